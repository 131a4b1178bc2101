// What a misspelt name may have meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::base {

// Insertions, deletions, replacements and swaps of neighbours that make one text the other; bytes, case ignored.
// Source: optimal string alignment (Damerau 1964). Cost: product of the lengths.
size_t EditDistance(std::string_view a, std::string_view b);

// Those candidates that a slip of the keyboard makes of the name: at most a third of its length away, nearest first, of
// equally near ones in the order given; at most max_count.
std::vector<std::string> NearestNames(std::string_view name, const std::vector<std::string>& candidates,
                                      size_t max_count);

}  // namespace fanin::base
