// The rows of a segment's graph tables (docs/storage_format.md): what SegmentBuilder writes and Snapshot reads. Private
// to graph/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/schema.h"

namespace fanin::graph {

// ASCII letters lowered; other bytes as they are.
std::string LowerCase(std::string_view text);

// --- kNames: key = lower-case name, value = its nodes in order of (ordinal, local).
struct NameEntry {
  uint32_t ordinal = 0;  // of the file in the segment
  LocalNode local = kNoNode;
  NodeKind kind = NodeKind::kFile;
  bool top_level = false;   // the parent is the file
  bool mixed_case = false;  // the name as written is not the key

  friend bool operator==(const NameEntry&, const NameEntry&) = default;
};

// Appends entries to a row; they must come in order.
class NameRowWriter {
 public:
  void Add(const NameEntry& entry);
  std::string Take() && { return std::move(value_); }

 private:
  std::string value_;
  uint32_t last_ordinal_ = 0;
  LocalNode last_local_ = 0;
};

// Errors: DATA_LOSS.
base::Result<std::vector<NameEntry>> DecodeNameRow(std::string_view value);

// --- kEdgesIn: key = NodeId::file of the target as 8 bytes big-endian, value = links to it, by the target's local id.
struct InLink {
  uint64_t target = 0;   // NodeId::local
  uint32_t ordinal = 0;  // of the file that holds the link
  uint32_t link = 0;     // index into LinkSet::links()
  EdgeKind kind = EdgeKind::kRefersTo;
  bool remote_is_source = false;

  friend auto operator<=>(const InLink&, const InLink&) = default;
};

std::string InLinkKey(uint64_t file_key);
// Sorts its argument.
std::string EncodeInLinkRow(std::vector<InLink> links);
// The links to one target; found by binary search, nothing else is decoded. Errors: DATA_LOSS.
base::Result<std::vector<InLink>> FindInLinks(std::string_view row, uint64_t target);

}  // namespace fanin::graph
