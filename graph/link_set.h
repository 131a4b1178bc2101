// A LinkSet: the edges of one file whose ends were bound by name across files. Immutable and content-addressed, like a
// shard. Byte format: docs/linking.md.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/schema.h"
#include "graph/shard.h"

namespace fanin::graph {

// An edge between a node of this file (`local`) and one of any file (`remote`, which may be this file too).
struct Link {
  EdgeKind kind = EdgeKind::kRefersTo;
  bool remote_is_source = false;  // the edge runs remote -> local
  Provenance provenance = Provenance::kLinked;
  float confidence = 1.0F;  // [0, 1]; candidates of one name sum to at most 1 (docs/linking.md)
  LocalNode local = kNoNode;
  NodeId remote;
  EdgeAttributes attributes;  // statement is local to this file
};

// All links of one file. Owns its bytes; every view handed out lives as long as the set. Thread-safe.
class LinkSet {
 public:
  // Errors: DATA_LOSS (checksum, truncation, out-of-range value); FAILED_PRECONDITION (newer format version). Cost:
  // linear in size. Whether `local` and `statement` exist in the file's shard is for the caller to check.
  static base::Result<std::shared_ptr<const LinkSet>> Decode(std::string bytes);

  // Sorted by `local`.
  std::span<const Link> links() const { return links_; }
  // Links whose `local` is the node. Cost: logarithmic.
  std::span<const Link> LinksOf(LocalNode node) const;
  size_t EstimateMemoryBytes() const;

 private:
  LinkSet() = default;
  base::Status Parse();

  std::string bytes_;
  std::vector<Link> links_;
};

// The bytes of a set of links. They are sorted and duplicates dropped, so that equal sets give equal bytes.
// REQUIRES: every confidence within [0, 1]; every local is a node.
std::string EncodeLinkSet(std::vector<Link> links);

}  // namespace fanin::graph
