// Private parts of Snapshot, shared by its source files.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graph/segment_rows.h"
#include "graph/snapshot.h"

namespace fanin::graph {

// Where the live files of one segment are.
struct Snapshot::SegmentIndex {
  static constexpr FileRef kDead = UINT32_MAX;

  SegmentId id = 0;
  std::vector<FileRef> by_ordinal;  // kDead where the file is no more
  std::vector<FileRef> by_doc;      // live files that have documents, by doc_base

  // The names table, decoded: kept once all of it was read, as listing modules or tops does.
  struct Names {
    std::string text;                // the names, one after the other
    std::vector<uint32_t> text_end;  // of each name
    std::vector<NameHit> hits;
    std::vector<uint32_t> hits_end;  // of each name

    size_t size() const { return text_end.size(); }
    std::string_view NameAt(size_t i) const {
      const uint32_t begin = i == 0 ? 0 : text_end[i - 1];
      return std::string_view(text).substr(begin, text_end[i] - begin);
    }
    std::span<const NameHit> HitsAt(size_t i) const {
      const uint32_t begin = i == 0 ? 0 : hits_end[i - 1];
      return std::span(hits).subspan(begin, hits_end[i] - begin);
    }
  };
  using KeptNames = std::atomic<std::shared_ptr<const Names>>;  // null: not read yet
  std::unique_ptr<KeptNames> names = std::make_unique<KeptNames>();
};

// A named node of the snapshot, as the names table tells.
struct Snapshot::NameCandidate {
  NodeRef ref = kNoRef;
  FileRef file = 0;
  NameEntry entry;
};

}  // namespace fanin::graph
