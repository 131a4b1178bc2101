// Snapshot: one immutable, complete state of a repository, opened for reading. Everything that queries the graph starts
// here; nothing above knows how it is stored.
//
// Thread-safe. Pins itself in the store while it lives. Files, shards and link sets are loaded when first needed and
// kept in a cache shared by all snapshots of a store (ShardCache), so that opening costs one manifest read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/graph_store.h"
#include "graph/linker.h"
#include "graph/manifest.h"
#include "graph/schema.h"
#include "graph/shard.h"

namespace fanin::graph {

using FileRef = uint32_t;  // index into Manifest::files of this snapshot

// Decoded shards and link sets, least recently used first out, bounded in bytes. Thread-safe.
class ShardCache {
 public:
  explicit ShardCache(size_t capacity_bytes);
  ~ShardCache();
  // In the order of the digests; those not cached are read from the store at once and decoded under no lock. Errors:
  // DATA_LOSS (damaged, or not in the store).
  base::Result<std::vector<std::shared_ptr<const Shard>>> GetShards(GraphStore& store,
                                                                    std::span<const base::Digest> digests);
  base::Result<std::vector<std::shared_ptr<const LinkSet>>> GetLinkSets(GraphStore& store,
                                                                        std::span<const base::Digest> digests);
  base::Result<std::shared_ptr<const Shard>> GetShard(GraphStore& store, const base::Digest& digest);
  base::Result<std::shared_ptr<const LinkSet>> GetLinks(GraphStore& store, const base::Digest& digest);

  struct Stats {
    uint64_t hits = 0;
    uint64_t misses = 0;
    size_t bytes = 0;  // held now
  };
  Stats stats() const;

 private:
  struct State;
  template <typename Value>
  base::Result<std::vector<std::shared_ptr<const Value>>> GetAll(GraphStore& store, BlobKind kind,
                                                                 std::span<const base::Digest> digests);
  std::unique_ptr<State> state_;
};

// A node with the shard that holds its text. Cheap to copy.
struct NodeHandle {
  NodeRef ref = kNoRef;
  FileRef file = 0;
  LocalNode local = kNoNode;
  std::shared_ptr<const Shard> shard;

  const Node& operator*() const { return shard->nodes()[local]; }
  const Node* operator->() const { return &shard->nodes()[local]; }
};

// An edge within a snapshot. Owns its texts.
struct Edge {
  EdgeKind kind = EdgeKind::kContains;
  NodeRef from = kNoRef;
  NodeRef to = kNoRef;
  Provenance provenance = Provenance::kSyntax;
  float confidence = 1.0F;
  Role role = Role::kData;
  Assignment assignment = Assignment::kNone;
  BitRange from_range;
  BitRange to_range;
  NodeRef statement = kNoRef;  // where it is made
  std::string guard;
  std::string text;
};

enum class Direction : uint8_t { kOut = 0, kIn = 1 };

class Snapshot {
 public:
  // Errors: NOT_FOUND, DATA_LOSS.
  static base::Result<std::shared_ptr<const Snapshot>> Open(std::shared_ptr<GraphStore> store,
                                                            std::shared_ptr<ShardCache> cache,
                                                            std::string_view repository,
                                                            std::optional<SnapshotId> snapshot = std::nullopt);
  ~Snapshot();

  const Manifest& manifest() const { return manifest_; }
  GraphStore& store() const { return *store_; }

  // --- files
  size_t file_count() const { return manifest_.files.size(); }
  const FileEntry& file(FileRef file) const { return manifest_.files[file]; }
  std::optional<FileRef> FindFile(std::string_view path) const;
  // The live file at an ordinal of a segment; nullopt: it is dead (replaced or removed).
  std::optional<FileRef> FileOfOrdinal(SegmentId segment, uint32_t ordinal) const;
  // The live file and chunk of a segment's document; nullopt: dead. Cost: logarithmic.
  struct DocPosition {
    FileRef file = 0;
    uint32_t chunk = 0;
  };
  std::optional<DocPosition> FileOfDoc(SegmentId segment, uint32_t doc) const;
  base::Result<std::shared_ptr<const Shard>> GetShard(FileRef file) const;
  base::Result<std::string> GetText(FileRef file) const;

  // --- nodes
  size_t node_count() const { return node_base_.empty() ? 0 : node_base_.back(); }
  NodeRef RefOf(FileRef file, LocalNode node) const { return node_base_[file] + node; }
  // REQUIRES, here and below: refs < node_count().
  FileRef FileOf(NodeRef ref) const;
  // In the order of the refs.
  base::Result<std::vector<NodeHandle>> GetNodes(std::span<const NodeRef> refs) const;
  base::Result<NodeHandle> GetNode(NodeRef ref) const;
  // kNoRef where there is no such node now.
  base::Result<NodeRef> FindNode(const NodeId& id) const;
  NodeId IdOf(const NodeHandle& node) const;

  // Nodes of a name, whatever their case; anonymous ones have none. Order: by ref.
  struct NameHit {
    NodeRef ref = kNoRef;
    NodeKind kind = NodeKind::kFile;
  };
  base::Result<std::vector<NameHit>> FindByName(std::string_view name) const;
  // Calls visit(lower-case name, hits) for each name with the lower-case prefix (within each segment ascending; a name
  // may come once per segment) until it returns false.
  base::Status ScanNames(std::string_view prefix,
                         const std::function<bool(std::string_view name, std::span<const NameHit> hits)>& visit) const;
  // "ibex_core.instr_req_o", "ibex_pkg::opcode_e", a definition's bare name: all nodes whose qualified path is, or ends
  // in (at a separator), `path`; of files, the last component of their path. Case matters. Order: definitions and exact
  // paths first, then by ref. Cost: a lower-case bare name reads names only, else the shards that hold all components.
  base::Result<std::vector<NodeRef>> FindByPath(std::string_view path) const;

  // --- edges
  // Edges of all given kinds at each node; result[i] belongs to refs[i]. Local edges, links of the node's file and
  // links of other files that point to it, joined. kContains included when asked. A link to a node that is no more is
  // left out. Cost: one read of rows per segment, and of the shards and link sets that the edges touch.
  base::Result<std::vector<std::vector<Edge>>> GetEdges(std::span<const NodeRef> refs, Direction direction,
                                                        EdgeMask kinds) const;

 private:
  struct SegmentIndex;
  struct NameCandidate;
  class EdgeReader;  // snapshot_edges.cc
  template <typename Value>
  using ByFile = std::unordered_map<FileRef, std::shared_ptr<const Value>>;

  Snapshot();
  base::Status IndexManifest();
  const SegmentIndex* FindSegment(SegmentId id) const;
  base::Result<ByFile<Shard>> GetShards(std::vector<FileRef> files) const;
  base::Result<ByFile<LinkSet>> GetLinkSets(std::vector<FileRef> files) const;
  // result[i] belongs to names[i], by ref.
  base::Result<std::vector<std::vector<NameCandidate>>> FindNames(std::span<const std::string_view> names) const;
  base::Result<std::vector<NameCandidate>> CandidatesOfPath(
      std::string_view last, std::span<const std::vector<NameCandidate>> components) const;
  base::Status DecodeNames(const SegmentIndex& segment, std::string_view row, std::vector<NameCandidate>& out) const;

  std::shared_ptr<GraphStore> store_;
  std::shared_ptr<ShardCache> cache_;
  std::shared_ptr<void> pin_;
  Manifest manifest_;
  std::vector<NodeRef> node_base_;  // files + 1 entries
  std::unordered_map<uint64_t, FileRef> file_by_key_;
  std::vector<SegmentIndex> segments_;  // by id
};

}  // namespace fanin::graph
