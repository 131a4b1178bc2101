#include "graph/retention.h"

#include <algorithm>
#include <mutex>

namespace fanin::graph {

using base::Code;
using base::Fail;

struct PinTable::State {
  std::mutex mutex;
  std::multiset<SnapshotKey> pinned;
  std::multiset<SnapshotKey> dropping;
};

PinTable::PinTable() : state_(std::make_shared<State>()) {}

std::shared_ptr<void> PinTable::Pin(const SnapshotKey& key) {
  {
    std::lock_guard lock(state_->mutex);
    if (state_->dropping.contains(key)) return nullptr;
    state_->pinned.insert(key);
  }
  auto unpin = [state = state_, key](void*) {
    std::lock_guard lock(state->mutex);
    state->pinned.erase(state->pinned.find(key));
  };
  return std::shared_ptr<void>(state_.get(), std::move(unpin));
}

std::vector<SnapshotKey> PinTable::BeginDrop(std::span<const SnapshotKey> keys) {
  std::vector<SnapshotKey> dropped;
  std::lock_guard lock(state_->mutex);
  for (const SnapshotKey& key : keys) {
    if (state_->pinned.contains(key)) continue;
    state_->dropping.insert(key);
    dropped.push_back(key);
  }
  return dropped;
}

void PinTable::EndDrop(std::span<const SnapshotKey> keys) {
  std::lock_guard lock(state_->mutex);
  for (const SnapshotKey& key : keys) state_->dropping.erase(state_->dropping.find(key));
}

SnapshotId AddNewest(RepositoryRecord& record) {
  record.latest = std::max(record.latest, record.named.empty() ? 0 : record.named.back()) + 1;
  return record.latest;
}

SnapshotId AddNamed(RepositoryRecord& record, std::optional<SnapshotId> replaced) {
  const SnapshotId latest = record.latest;
  const SnapshotId id = AddNewest(record);
  if (latest != 0 && latest != replaced) record.latest = latest;
  if (replaced) std::erase(record.named, *replaced);
  record.named.push_back(id);
  if (record.named.size() > kMaxNamedSnapshots) record.named.erase(record.named.begin());
  return id;
}

std::vector<SnapshotKey> DroppableSnapshots(std::span<const RepositoryRecord> repositories,
                                            const std::set<SnapshotKey>& all, size_t keep) {
  std::map<uint64_t, const RepositoryRecord*> known;
  for (const RepositoryRecord& record : repositories) known.emplace(record.number, &record);
  std::vector<SnapshotKey> droppable;
  std::map<uint64_t, size_t> seen;
  for (auto key = all.rbegin(); key != all.rend(); ++key) {  // of each repository the newest first
    const auto repository = known.find(key->repository_number);
    if (repository == known.end()) {
      droppable.push_back(*key);
      continue;
    }
    const RepositoryRecord& record = *repository->second;
    const auto is_named = [&](SnapshotId id) { return std::ranges::find(record.named, id) != record.named.end(); };
    if (is_named(key->snapshot)) continue;
    // Others were kept by name once: those newer than the newest, and all where even that is named.
    const bool counts = key->snapshot <= record.latest && !is_named(record.latest);
    if (!counts || ++seen[record.number] > std::max<size_t>(keep, 1)) droppable.push_back(*key);
  }
  return droppable;
}

void LiveContent::Add(const Manifest& manifest) {
  any_snapshot = true;
  for (const FileEntry& file : manifest.files) {
    texts.insert(file.content);
    shards.insert(file.shard);
    links.insert(file.links);
  }
  for (const DesignEntry& design : manifest.designs) {
    designs.insert(design.record);
    elaborated.insert(design.facts.begin(), design.facts.end());
  }
  for (const SegmentEntry& segment : manifest.segments) {
    segments.insert(segment.id);
    if (segment.vectors) vector_files.insert(segment.vectors->name);
  }
}

bool LiveContent::Holds(BlobKind kind, const base::Digest& digest) const {
  switch (kind) {
    case BlobKind::kText: return texts.contains(digest);
    case BlobKind::kShard: return shards.contains(digest);
    case BlobKind::kLinks: return links.contains(digest);
    case BlobKind::kVector: return any_snapshot;
    case BlobKind::kDesign: return designs.contains(digest);
    case BlobKind::kElaborated: return elaborated.contains(digest);
  }
  return false;
}

std::unexpected<base::Error> FailNoRepository(std::string_view name, std::span<const RepositoryRecord> existing) {
  std::string message = "no repository named \"" + std::string(name) + "\"";
  if (existing.empty()) return Fail(Code::kNotFound, message + "; none is indexed yet");
  message += "; there are: ";
  constexpr size_t kMaxNames = 20;
  for (size_t i = 0; i < existing.size(); ++i) {
    if (i == kMaxNames) {
      message += " and " + std::to_string(existing.size() - i) + " more";
      break;
    }
    message += (i == 0 ? "" : ", ") + existing[i].name;
  }
  return Fail(Code::kNotFound, std::move(message));
}

std::unexpected<base::Error> FailNoSnapshot(std::string_view repository, SnapshotId snapshot) {
  return Fail(Code::kNotFound, "repository \"" + std::string(repository) + "\" has no snapshot " +
                                   (snapshot == 0 ? "yet" : std::to_string(snapshot)));
}

void CheckRowOrder(const SegmentRows& rows) {
  for (const std::vector<Row>& table : rows.tables) {
    for (size_t i = 1; i < table.size(); ++i) FANIN_CHECK(table[i - 1].key < table[i].key);
  }
}

}  // namespace fanin::graph
