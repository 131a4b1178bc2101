#include "service/engine.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "service/lazy_embedder.h"

namespace fanin::service {
namespace {

constexpr size_t kDesignsKept = 4;
// Repositories that are indexed in turn, whose runs are quick.
constexpr size_t kMemoriesKept = 4;

// A process that only asks embeds a query or two.
retriever::EmbedderConfig EmbedderFor(const EngineOptions& options) {
  retriever::EmbedderConfig config = options.embedder;
  if (options.read_only && config.runtime == retriever::EmbedRuntime::kAuto) {
    config.runtime = retriever::EmbedRuntime::kSoonest;
  }
  return config;
}

}  // namespace

Engine::Engine(const EngineOptions& options)
    : options_(options),
      cache_(std::make_shared<graph::ShardCache>(options.shard_cache_bytes)),
      embedder_(LazyEmbedder::Create(EmbedderFor(options))),
      retriever_(std::make_unique<retriever::Retriever>(embedder_.value_or(nullptr))) {}

Engine::~Engine() = default;

base::Result<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine(options));
  graph::RocksOptions store_options;
  store_options.mode = options.read_only ? graph::OpenMode::kReadOnly : graph::OpenMode::kReadWrite;
  FANIN_ASSIGN_OR_RETURN(engine->store_, graph::RocksStore::Open(options.data_dir, store_options));
  return engine;
}

std::string Engine::DescribeMissingModel() const {
  return "no embeddings, search by meaning is off: " + embedder_.error().message;
}

double Engine::SemanticCoverage(const graph::Manifest& manifest) const {
  uint64_t all = 0;
  uint64_t covered = 0;
  for (const graph::FileEntry& file : manifest.files) {
    all += file.chunk_count;
    const auto segment = std::ranges::find(manifest.segments, file.segment, &graph::SegmentEntry::id);
    const bool has_vectors = embedder_ && segment != manifest.segments.end() && segment->vectors &&
                             segment->vectors->model == (*embedder_)->identity().digest;
    if (has_vectors) covered += file.chunk_count;
  }
  return all == 0 ? 1 : static_cast<double>(covered) / static_cast<double>(all);
}

base::Result<std::shared_ptr<const graph::Snapshot>> Engine::ReadSnapshot(std::string_view repository,
                                                                          std::optional<graph::SnapshotId> snapshot) {
  FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record, store_->GetRepository(repository));
  if (record.latest == 0) {
    return base::Fail(base::Code::kFailedPrecondition,
                      "repository " + record.name + " has never been indexed; run: fanin index " + record.root);
  }
  return graph::Snapshot::Open(store_, cache_, repository, snapshot);
}

base::Result<std::shared_ptr<const retriever::SearchIndex>> Engine::ReadIndex(
    std::shared_ptr<const graph::Snapshot> snapshot, const retriever::SearchIndex* before) const {
  retriever::SearchIndex::Options options;
  if (embedder_) {
    options.vectors_dir = vectors_dir();
    options.model = (*embedder_)->identity().digest;
    options.writable = ::access(vectors_dir().c_str(), W_OK) == 0;
  }
  return retriever::SearchIndex::Open(std::move(snapshot), options, before);
}

Engine::Opened Engine::Find(std::string_view repository) const {
  std::lock_guard lock(mutex_);
  const auto found = opened_.find(repository);
  return found == opened_.end() ? Opened{} : found->second;
}

uint64_t Engine::CountDeletions() const {
  std::lock_guard lock(mutex_);
  return deletions_;
}

void Engine::Keep(const std::string& repository, const Opened& opened, uint64_t deletions) {
  std::lock_guard lock(mutex_);
  if (deletions != deletions_) return;
  Opened& kept = opened_[repository];
  // Two callers may have opened at once; the newer snapshot stays, and of equal ones the one with an index.
  const auto rank = [](const Opened& one) {
    return one.snapshot == nullptr ? std::pair<graph::SnapshotId, bool>{0, false}
                                   : std::pair{one.snapshot->manifest().snapshot, one.index != nullptr};
  };
  if (rank(opened) > rank(kept)) kept = opened;
}

base::Result<std::shared_ptr<const graph::Snapshot>> Engine::OpenSnapshot(std::string_view repository,
                                                                          std::optional<graph::SnapshotId> snapshot) {
  const uint64_t deletions = CountDeletions();
  const Opened opened = Find(repository);
  if (opened.snapshot != nullptr &&
      snapshot.value_or(opened.snapshot->manifest().snapshot) == opened.snapshot->manifest().snapshot) {
    return opened.snapshot;
  }
  FANIN_ASSIGN_OR_RETURN(std::shared_ptr<const graph::Snapshot> read, ReadSnapshot(repository, snapshot));
  if (!snapshot) Keep(std::string(repository), {read, nullptr}, deletions);
  return read;
}

base::Result<std::shared_ptr<const retriever::SearchIndex>> Engine::OpenIndex(
    std::string_view repository, std::optional<graph::SnapshotId> snapshot) {
  const uint64_t deletions = CountDeletions();
  FANIN_ASSIGN_OR_RETURN(std::shared_ptr<const graph::Snapshot> opened, OpenSnapshot(repository, snapshot));
  if (const Opened kept = Find(repository); kept.snapshot == opened && kept.index != nullptr) return kept.index;
  FANIN_ASSIGN_OR_RETURN(std::shared_ptr<const retriever::SearchIndex> index, ReadIndex(opened, nullptr));
  if (!snapshot) Keep(std::string(repository), {opened, index}, deletions);
  return index;
}

base::Result<std::shared_ptr<const graph::Elaboration>> Engine::OpenElaboration(const graph::Snapshot& snapshot,
                                                                                const std::string& design) {
  const graph::Manifest& manifest = snapshot.manifest();
  std::string name = design;
  if (name.empty()) {
    const auto first = std::ranges::find_if(manifest.designs, [](const auto& entry) { return entry.elaborated > 0; });
    if (first == manifest.designs.end()) return nullptr;
    name = first->name;
  }
  {
    std::lock_guard lock(mutex_);
    for (auto opened = designs_.begin(); opened != designs_.end(); ++opened) {
      if (opened->repository != manifest.repository || opened->snapshot != manifest.snapshot ||
          opened->design != name) {
        continue;
      }
      designs_.splice(designs_.begin(), designs_, opened);
      return opened->elaboration;
    }
  }
  FANIN_ASSIGN_OR_RETURN(auto elaboration, graph::Elaboration::Open(snapshot, name));
  std::lock_guard lock(mutex_);
  designs_.push_front({manifest.repository, manifest.snapshot, name, elaboration});
  if (designs_.size() > kDesignsKept) designs_.pop_back();
  return elaboration;
}

base::Status Engine::Refresh(const std::string& repository) {
  const uint64_t deletions = CountDeletions();
  const Opened before = Find(repository);
  if (before.snapshot == nullptr) return {};
  Opened after;
  FANIN_ASSIGN_OR_RETURN(after.snapshot, ReadSnapshot(repository, std::nullopt));
  if (before.index != nullptr) {
    FANIN_ASSIGN_OR_RETURN(after.index, ReadIndex(after.snapshot, before.index.get()));
  }
  Keep(repository, after, deletions);
  return {};
}

void Engine::Forget(const std::string& repository) {
  std::lock_guard lock(mutex_);
  opened_.erase(repository);
  std::erase_if(memories_, [&](const auto& entry) { return entry.first == repository; });
  std::erase_if(designs_, [&](const OpenedDesign& opened) { return opened.repository == repository; });
  ++deletions_;
}

std::unique_ptr<IndexMemory> Engine::TakeMemory(const std::string& repository) {
  std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(memories_, repository, [](const auto& entry) { return entry.first; });
  if (found == memories_.end()) return std::make_unique<IndexMemory>(repository);
  std::unique_ptr<IndexMemory> memory = std::move(found->second);
  memories_.erase(found);
  return memory;
}

void Engine::KeepMemory(const std::string& repository, std::unique_ptr<IndexMemory> memory) {
  std::lock_guard lock(mutex_);
  memories_.emplace_front(repository, std::move(memory));
  if (memories_.size() > kMemoriesKept) memories_.pop_back();
}

}  // namespace fanin::service
