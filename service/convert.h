// Conversion of the graph's values to messages. No file or store is read except where said.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "fanin/v1/graph.pb.h"
#include "fanin/v1/node.pb.h"
#include "fanin/v1/repository.pb.h"
#include "fanin/v1/search.pb.h"
#include "graph/manifest.h"
#include "graph/snapshot.h"
#include "retriever/retriever.h"

namespace fanin::service {

v1::SourceRange ToProto(const graph::Span& span);
v1::ScoreSignal ToProto(const retriever::Signal& signal);
v1::Node ToProto(const graph::Snapshot& snapshot, const graph::NodeHandle& node);
v1::Snapshot ToProto(const graph::Manifest& manifest);
google::protobuf::Timestamp TimestampOf(int64_t unix_ms);

// Nodes of one snapshot by ref, loaded at once.
class NodeTable {
 public:
  // kNoRef among the refs is allowed and left out. Cost: one batched read.
  static base::Result<NodeTable> Load(const graph::Snapshot& snapshot, std::vector<graph::NodeRef> refs);
  // REQUIRES: the ref was given to Load and is not kNoRef.
  v1::Node ToProto(graph::NodeRef ref) const;
  // Ends and statement of the edge must have been given to Load.
  v1::Edge ToProto(const graph::Edge& edge) const;

 private:
  explicit NodeTable(const graph::Snapshot& snapshot) : snapshot_(&snapshot) {}
  std::string NameOf(graph::NodeRef ref) const;

  const graph::Snapshot* snapshot_;
  std::unordered_map<graph::NodeRef, graph::NodeHandle> nodes_;
};

// Offsets of the lines of a text.
class LineTable {
 public:
  explicit LineTable(std::string_view text);
  uint32_t line_count() const { return static_cast<uint32_t>(begins_.size()) - 1; }
  // Byte at which a line begins; of line_count() + 1: the text's size. REQUIRES: 1 <= line <= line_count() + 1.
  uint32_t BeginOf(uint32_t line) const { return begins_[line - 1]; }

 private:
  std::vector<uint32_t> begins_;  // one more than there are lines
};

// Lines first to last of a file of the snapshot, at most max_lines; `truncated` is set when that cuts. Lines past the
// end are cut off. Reads the file's text and shard. REQUIRES: 1 <= first. Errors: OUT_OF_RANGE when `first` is past the
// end.
base::Result<v1::SourceText> ReadSource(const graph::Snapshot& snapshot, graph::FileRef file, uint32_t first,
                                        uint32_t last, uint32_t max_lines, bool& truncated);

}  // namespace fanin::service
