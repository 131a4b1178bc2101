#include "retriever/trigram.h"

#include <array>
#include <cstddef>

namespace fanin::retriever {
namespace {

constexpr uint8_t kNotAscii = 0x80;

constexpr std::array<uint8_t, 256> kFolded = [] {
  std::array<uint8_t, 256> folded{};
  for (size_t c = 0; c < folded.size(); ++c) {
    folded[c] = static_cast<uint8_t>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c >= kNotAscii ? kNotAscii : c);
  }
  return folded;
}();

}  // namespace

std::vector<uint32_t> TrigramsOf(std::string_view text) {
  // A bit per trigram, all clear between calls.
  thread_local std::vector<uint64_t> seen(kTrigramCount / 64);
  std::vector<uint32_t> trigrams;
  uint32_t trigram = 0;
  uint32_t ascii_run = 0;
  for (char c : text) {
    const uint8_t folded = kFolded[static_cast<uint8_t>(c)];
    ascii_run = folded == kNotAscii ? 0 : ascii_run + 1;
    trigram = (trigram << 7 | (folded & 0x7fU)) & (kTrigramCount - 1);
    if (ascii_run < 3) continue;
    uint64_t& word = seen[trigram / 64];
    const uint64_t bit = uint64_t{1} << trigram % 64;
    if ((word & bit) != 0) continue;
    word |= bit;
    trigrams.push_back(trigram);
  }
  for (uint32_t found : trigrams) seen[found / 64] = 0;
  return trigrams;
}

}  // namespace fanin::retriever
