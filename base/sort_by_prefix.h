// Sorting of large items by a small key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace fanin::base {

// The first 8 bytes as a number that orders as they do: big-endian, zeros behind a shorter text.
inline uint64_t PrefixOf(std::string_view text) {
  uint64_t prefix = 0;
  for (size_t i = 0; i < sizeof(prefix); ++i) {
    prefix = prefix << 8 | (i < text.size() ? static_cast<uint8_t>(text[i]) : 0);
  }
  return prefix;
}

// Sorts by `compare` (<=>), given a number per item that agrees with it: prefix_of(a) < prefix_of(b) only if a is
// before b. Moves each item twice, whatever their number, and compares items only where their prefixes are equal. Equal
// items keep their order.
template <typename T, typename PrefixOfItem, typename Compare>
void SortByPrefix(std::vector<T>& items, PrefixOfItem prefix_of, Compare compare) {
  struct Place {
    uint64_t prefix;
    uint32_t index;
  };
  FANIN_CHECK(items.size() <= UINT32_MAX);
  std::vector<Place> places;
  places.reserve(items.size());
  for (const T& item : items) places.push_back({prefix_of(item), static_cast<uint32_t>(places.size())});
  std::ranges::sort(places, [&](const Place& a, const Place& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const auto order = compare(items[a.index], items[b.index]);
    return order == 0 ? a.index < b.index : order < 0;
  });
  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const Place& place : places) sorted.push_back(std::move(items[place.index]));
  items = std::move(sorted);
}

}  // namespace fanin::base
