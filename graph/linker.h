// Linking: binding the names that shards refer to to nodes of other files. Keeps all candidates of a duplicated name, each
// with a confidence. Source of the split: verible's build-then-resolve (symbol-table.h), clangd's per-file shards.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
  float confidence = 1.0F;  // [0, 1]; candidates of one duplicated name sum to 1
  LocalNode local = kNoNode;
  NodeId remote;
  EdgeAttributes attributes;  // statement is local to this file
};

// All links of one file, immutable, content-addressed. Owns its bytes. Links are sorted by `local`.
class LinkSet {
 public:
  static base::Result<std::shared_ptr<const LinkSet>> Decode(std::string bytes);
  std::span<const Link> links() const { return links_; }
  // Links whose `local` is the node.
  std::span<const Link> LinksOf(LocalNode node) const;
  size_t EstimateMemoryBytes() const;

 private:
  std::string bytes_;
  std::vector<Link> links_;
};

// One file to link. Only `shard` is loaded on demand, so that a large repository need not be in memory at once.
struct LinkInput {
  std::string path;  // relative to the repository's root
  std::function<base::Result<std::shared_ptr<const Shard>>()> shard;
};

// An instantiated (or imported, extended, included) name that no file defines.
struct Unresolved {
  LookUp look_up = LookUp::kDefinition;
  std::string name;
  uint32_t count = 0;
};

struct LinkResult {
  std::vector<std::string> link_sets;  // encoded LinkSet per input, same order
  std::vector<Unresolved> unresolved;  // definitions, packages and includes, most frequent first
  uint64_t references = 0;             // looked up
  uint64_t resolved = 0;               // with at least one candidate
};

// Links all files of a repository against each other, on up to `threads` threads. Deterministic: equal inputs give equal
// bytes. Candidates of a duplicated name are ranked by nearness of their folders to the referring file. Cost: two passes
// over the shards.
base::Result<LinkResult> LinkRepository(std::string_view repository, std::span<const LinkInput> files, size_t threads);

}  // namespace fanin::graph
