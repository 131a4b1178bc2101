#include <list>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <variant>

#include "graph/snapshot.h"

namespace fanin::graph {

struct ShardCache::State {
  // Shards and link sets have keys of different contents, so that one map serves both.
  struct Entry {
    base::Digest digest;
    std::variant<std::shared_ptr<const Shard>, std::shared_ptr<const LinkSet>> value;
    size_t bytes = 0;
  };

  size_t capacity_bytes = 0;
  std::mutex mutex;  // protects all below
  size_t used_bytes = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
  std::list<Entry> recent;  // the most recently used first
  std::unordered_map<base::Digest, std::list<Entry>::iterator> entries;

  // nullptr when it is not cached. REQUIRES: mutex held.
  template <typename Value>
  std::shared_ptr<const Value> Find(const base::Digest& digest) {
    auto found = entries.find(digest);
    if (found == entries.end()) return nullptr;
    recent.splice(recent.begin(), recent, found->second);
    auto* value = std::get_if<std::shared_ptr<const Value>>(&found->second->value);
    return value == nullptr ? nullptr : *value;
  }

  // REQUIRES: mutex held.
  template <typename Value>
  void Insert(const base::Digest& digest, std::shared_ptr<const Value> value) {
    if (entries.contains(digest)) return;  // another thread was faster
    const size_t bytes = value->EstimateMemoryBytes();
    recent.push_front({digest, std::move(value), bytes});
    entries.emplace(digest, recent.begin());
    used_bytes += bytes;
    while (used_bytes > capacity_bytes) {
      used_bytes -= recent.back().bytes;
      entries.erase(recent.back().digest);
      recent.pop_back();
    }
  }
};

ShardCache::ShardCache(size_t capacity_bytes) : state_(std::make_unique<State>()) {
  state_->capacity_bytes = capacity_bytes;
}
ShardCache::~ShardCache() = default;

ShardCache::Stats ShardCache::stats() const {
  std::lock_guard lock(state_->mutex);
  return {state_->hits, state_->misses, state_->used_bytes};
}

template <typename Value>
base::Result<std::vector<std::shared_ptr<const Value>>> ShardCache::GetAll(GraphStore& store, BlobKind kind,
                                                                           std::span<const base::Digest> digests) {
  std::vector<std::shared_ptr<const Value>> values(digests.size());
  std::vector<size_t> missing;
  {
    std::lock_guard lock(state_->mutex);
    for (size_t i = 0; i < digests.size(); ++i) {
      values[i] = state_->Find<Value>(digests[i]);
      if (values[i] == nullptr) missing.push_back(i);
    }
    state_->hits += digests.size() - missing.size();
    state_->misses += missing.size();
  }
  if (missing.empty()) return values;

  std::vector<base::Digest> wanted;
  for (size_t i : missing) wanted.push_back(digests[i]);
  FANIN_ASSIGN_OR_RETURN(auto blobs, store.GetBlobs(kind, wanted));
  for (size_t i = 0; i < missing.size(); ++i) {
    const std::string name = (kind == BlobKind::kShard ? "shard " : "link set ") + wanted[i].ToHex();
    if (!blobs[i]) {
      return base::Fail(base::Code::kDataLoss, name + " is missing from the store; run fanin doctor, or index again");
    }
    auto value = Value::Decode(std::move(*blobs[i]));
    if (!value) return std::unexpected(value.error().Annotate(name));
    values[missing[i]] = *std::move(value);
  }
  std::lock_guard lock(state_->mutex);
  for (size_t i : missing) state_->Insert(digests[i], values[i]);
  return values;
}

base::Result<std::vector<std::shared_ptr<const Shard>>> ShardCache::GetShards(GraphStore& store,
                                                                              std::span<const base::Digest> digests) {
  return GetAll<Shard>(store, BlobKind::kShard, digests);
}

base::Result<std::vector<std::shared_ptr<const LinkSet>>> ShardCache::GetLinkSets(
    GraphStore& store, std::span<const base::Digest> digests) {
  return GetAll<LinkSet>(store, BlobKind::kLinks, digests);
}

base::Result<std::shared_ptr<const Shard>> ShardCache::GetShard(GraphStore& store, const base::Digest& digest) {
  FANIN_ASSIGN_OR_RETURN(auto shards, GetShards(store, {&digest, 1}));
  return shards.front();
}

base::Result<std::shared_ptr<const LinkSet>> ShardCache::GetLinks(GraphStore& store, const base::Digest& digest) {
  FANIN_ASSIGN_OR_RETURN(auto link_sets, GetLinkSets(store, {&digest, 1}));
  return link_sets.front();
}

}  // namespace fanin::graph
