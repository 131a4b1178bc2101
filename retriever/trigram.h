// Trigrams: the three-byte sequences of a text, a cheap superset test for substrings and regexes. Source: Cox, "Regular
// expression matching with a trigram index" (2012); here over lower-cased ASCII, so that one index serves both cases.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fanin::retriever {

// Three 7-bit characters, the first in the highest bits.
inline constexpr uint32_t kTrigramCount = 1U << 21;

// The distinct trigrams of a text, in order of first appearance; none that touch a byte above 127. Cost: linear, about
// 2 ns a byte. Thread-safe.
std::vector<uint32_t> TrigramsOf(std::string_view text);

}  // namespace fanin::retriever
