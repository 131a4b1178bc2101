// Building the graph's tables of a segment: names and reverse links. The retriever adds its postings to the same rows.
// Row formats: docs/storage_format.md. The rows speak of a file's link set by index, so a file whose link set changes
// goes into a new segment even when its text did not change.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/graph_store.h"
#include "graph/linker.h"
#include "graph/shard.h"

namespace fanin::graph {

// One file that goes into a new segment, at the ordinal that is its position.
struct SegmentFile {
  std::string path;
  std::shared_ptr<const Shard> shard;
  std::shared_ptr<const LinkSet> links;  // nullptr: none
};

// Into the order that WriteSegment asks for.
void SortRows(std::vector<Row>& rows);

// Collects the files of a segment in order and builds kNames and kEdgesIn. Holds no shard longer than Add.
class SegmentBuilder {
 public:
  SegmentBuilder();
  ~SegmentBuilder();

  // The file's ordinal and first document within the segment.
  struct Position {
    uint32_t ordinal = 0;
    uint32_t doc_base = 0;
  };
  Position Add(const SegmentFile& file);
  // Rows of the graph's tables, sorted; the others are empty.
  SegmentRows Build() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fanin::graph
