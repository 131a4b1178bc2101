// What a store keeps: pins on snapshots, and the content that the remaining snapshots name. Used by every GraphStore.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/graph_store.h"
#include "graph/manifest.h"

namespace fanin::graph {

// A snapshot of one repository, told from those of a deleted namesake.
struct SnapshotKey {
  uint64_t repository_number = 0;
  SnapshotId snapshot = 0;
  friend auto operator<=>(const SnapshotKey&, const SnapshotKey&) = default;
};

// Which snapshots readers hold. Thread-safe; shared by the store and its pins, so that a pin may outlive the store.
// A snapshot is either pinned or being dropped, never both.
class PinTable {
 public:
  PinTable();
  // A pin, held while the returned object lives; nullptr: the snapshot is being dropped. The caller makes sure after
  // pinning that the snapshot exists.
  std::shared_ptr<void> Pin(const SnapshotKey& key);
  // The keys that are not pinned. Until EndDrop they cannot be.
  std::vector<SnapshotKey> BeginDrop(std::span<const SnapshotKey> keys);
  void EndDrop(std::span<const SnapshotKey> keys);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Gives a new snapshot its id and makes it the newest of the repository.
SnapshotId AddNewest(RepositoryRecord& record);
// Gives a new snapshot its id and keeps it by name; see GraphStore::PublishNamed.
SnapshotId AddNamed(RepositoryRecord& record, std::optional<SnapshotId> replaced);

// The snapshots that garbage collection would drop were none pinned: of `all`, those that belong to no repository of
// `repositories`, and those that are neither named by it nor among its newest `keep`; the newest is always kept.
std::vector<SnapshotKey> DroppableSnapshots(std::span<const RepositoryRecord> repositories,
                                            const std::set<SnapshotKey>& all, size_t keep);

// All that a set of snapshots names.
struct LiveContent {
  bool any_snapshot = false;
  std::unordered_set<base::Digest> texts, shards, links, designs, elaborated;
  std::set<SegmentId> segments;
  std::set<std::string> vector_files;

  void Add(const Manifest& manifest);
  // Vectors are a cache keyed by content: alive while there is any snapshot.
  bool Holds(BlobKind kind, const base::Digest& digest) const;
};

// NOT_FOUND for a repository, with the names that exist.
std::unexpected<base::Error> FailNoRepository(std::string_view name, std::span<const RepositoryRecord> existing);
std::unexpected<base::Error> FailNoSnapshot(std::string_view repository, SnapshotId snapshot);

// Aborts unless the keys of every table ascend strictly.
void CheckRowOrder(const SegmentRows& rows);

}  // namespace fanin::graph
