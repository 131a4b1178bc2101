// TermTable: strings to dense numbers 0, 1, 2 ... in order of first appearance. Owns copies of the strings.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace fanin::retriever {

class TermTable {
 public:
  TermTable() : slots_(kInitialSlots, kEmpty) {}

  // The number of the term, new or known. Cost: one hash and a comparison.
  uint32_t Intern(std::string_view term) { return Intern(term, base::Hash64(term)); }
  // The same, where another table knows the hash.
  uint32_t Intern(std::string_view term, uint64_t hash) {
    size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot] != kEmpty) {
      const Entry& entry = entries_[slots_[slot]];
      if (entry.hash == hash && Get(slots_[slot]) == term) return slots_[slot];
      slot = (slot + 1) & (slots_.size() - 1);
    }
    const auto id = static_cast<uint32_t>(entries_.size());
    slots_[slot] = id;
    entries_.push_back({hash, arena_.size(), static_cast<uint32_t>(term.size())});
    arena_.append(term);
    if (entries_.size() * 2 > slots_.size()) Grow();
    return id;
  }

  size_t size() const { return entries_.size(); }
  uint64_t hash(uint32_t id) const { return entries_[id].hash; }
  // Valid until the next Intern. REQUIRES: id < size().
  std::string_view Get(uint32_t id) const {
    return std::string_view(arena_).substr(entries_[id].begin, entries_[id].size);
  }

 private:
  static constexpr size_t kInitialSlots = 1024;  // a power of two
  static constexpr uint32_t kEmpty = UINT32_MAX;
  struct Entry {
    uint64_t hash;
    size_t begin;
    uint32_t size;
  };

  void Grow() {
    slots_.assign(slots_.size() * 2, kEmpty);
    for (uint32_t id = 0; id < entries_.size(); ++id) {
      size_t slot = entries_[id].hash & (slots_.size() - 1);
      while (slots_[slot] != kEmpty) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = id;
    }
  }

  std::string arena_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;  // ids; linear probing, at most half full
};

}  // namespace fanin::retriever
