#include "graph/snapshot.h"

#include <algorithm>
#include <utility>

#include "graph/snapshot_index.h"

namespace fanin::graph {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;

Snapshot::Snapshot() = default;
Snapshot::~Snapshot() = default;

Result<std::shared_ptr<const Snapshot>> Snapshot::Open(std::shared_ptr<GraphStore> store,
                                                       std::shared_ptr<ShardCache> cache, std::string_view repository,
                                                       std::optional<SnapshotId> snapshot) {
  std::shared_ptr<Snapshot> opened(new Snapshot());
  SnapshotId last_tried = 0;
  while (opened->pin_ == nullptr) {
    FANIN_ASSIGN_OR_RETURN(opened->manifest_, store->GetManifest(repository, snapshot));
    auto pin = store->Pin(repository, opened->manifest_.snapshot);
    // The newest may have been replaced and dropped between the two calls: then there is a newer one.
    const bool was_newest = !snapshot && opened->manifest_.snapshot != last_tried;
    if (!pin && !(pin.error().code == Code::kNotFound && was_newest)) return std::unexpected(pin.error());
    last_tried = opened->manifest_.snapshot;
    if (pin) opened->pin_ = *std::move(pin);
  }
  opened->store_ = std::move(store);
  opened->cache_ = std::move(cache);
  FANIN_RETURN_IF_ERROR(opened->IndexManifest());
  return opened;
}

Status Snapshot::IndexManifest() {
  const auto inconsistent = [this](const std::string& what) {
    return Fail(Code::kDataLoss, "snapshot " + std::to_string(manifest_.snapshot) + " of \"" + manifest_.repository +
                                     "\" is inconsistent: " + what + "; index it again");
  };
  for (const SegmentEntry& segment : manifest_.segments) {
    segments_.push_back({segment.id, std::vector<FileRef>(segment.file_count, SegmentIndex::kDead), {}});
  }
  std::ranges::sort(segments_, {}, &SegmentIndex::id);

  uint64_t nodes = 0;
  node_base_.reserve(manifest_.files.size() + 1);
  node_base_.push_back(0);
  file_by_key_.reserve(manifest_.files.size());
  for (FileRef file = 0; file < manifest_.files.size(); ++file) {
    const FileEntry& entry = manifest_.files[file];
    if (file > 0 && manifest_.files[file - 1].path >= entry.path) return inconsistent("files out of order");
    auto segment = std::ranges::lower_bound(segments_, entry.segment, {}, &SegmentIndex::id);
    if (segment == segments_.end() || segment->id != entry.segment || entry.ordinal >= segment->by_ordinal.size()) {
      return inconsistent(entry.path + " is in no segment");
    }
    if (std::exchange(segment->by_ordinal[entry.ordinal], file) != SegmentIndex::kDead) {
      return inconsistent("two files at one ordinal");
    }
    if (entry.chunk_count > 0) segment->by_doc.push_back(file);
    nodes += entry.node_count;
    if (nodes >= kNoRef) return inconsistent("more nodes than references can tell");
    node_base_.push_back(static_cast<NodeRef>(nodes));
    file_by_key_.emplace(FileKey(manifest_.repository, entry.path), file);
  }
  for (SegmentIndex& segment : segments_) {
    std::ranges::sort(segment.by_doc, {}, [this](FileRef file) { return manifest_.files[file].doc_base; });
  }
  return {};
}

const Snapshot::SegmentIndex* Snapshot::FindSegment(SegmentId id) const {
  auto found = std::ranges::lower_bound(segments_, id, {}, &SegmentIndex::id);
  return found != segments_.end() && found->id == id ? &*found : nullptr;
}

std::optional<FileRef> Snapshot::FindFile(std::string_view path) const {
  auto found = std::ranges::lower_bound(manifest_.files, path, {}, &FileEntry::path);
  if (found == manifest_.files.end() || found->path != path) return std::nullopt;
  return static_cast<FileRef>(found - manifest_.files.begin());
}

std::optional<FileRef> Snapshot::FileOfOrdinal(SegmentId segment, uint32_t ordinal) const {
  const SegmentIndex* index = FindSegment(segment);
  if (index == nullptr || ordinal >= index->by_ordinal.size()) return std::nullopt;
  const FileRef file = index->by_ordinal[ordinal];
  if (file == SegmentIndex::kDead) return std::nullopt;
  return file;
}

std::optional<Snapshot::DocPosition> Snapshot::FileOfDoc(SegmentId segment, uint32_t doc) const {
  const SegmentIndex* index = FindSegment(segment);
  if (index == nullptr) return std::nullopt;
  auto above =
      std::ranges::upper_bound(index->by_doc, doc, {}, [this](FileRef file) { return manifest_.files[file].doc_base; });
  if (above == index->by_doc.begin()) return std::nullopt;
  const FileRef file = *std::prev(above);
  const uint32_t chunk = doc - manifest_.files[file].doc_base;
  if (chunk >= manifest_.files[file].chunk_count) return std::nullopt;
  return DocPosition{file, chunk};
}

Result<Snapshot::ByFile<Shard>> Snapshot::GetShards(std::vector<FileRef> files) const {
  std::ranges::sort(files);
  files.erase(std::ranges::unique(files).begin(), files.end());
  std::vector<base::Digest> digests;
  for (FileRef file : files) digests.push_back(manifest_.files[file].shard);
  FANIN_ASSIGN_OR_RETURN(auto shards, cache_->GetShards(*store_, digests));
  ByFile<Shard> by_file;
  for (size_t i = 0; i < files.size(); ++i) {
    const FileEntry& entry = manifest_.files[files[i]];
    if (shards[i]->nodes().size() != entry.node_count || shards[i]->chunks().size() != entry.chunk_count) {
      return Fail(Code::kDataLoss, "the shard of " + entry.path + " is not the one its snapshot tells of");
    }
    by_file.emplace(files[i], std::move(shards[i]));
  }
  return by_file;
}

Result<Snapshot::ByFile<LinkSet>> Snapshot::GetLinkSets(std::vector<FileRef> files) const {
  std::ranges::sort(files);
  files.erase(std::ranges::unique(files).begin(), files.end());
  std::vector<base::Digest> digests;
  for (FileRef file : files) digests.push_back(manifest_.files[file].links);
  FANIN_ASSIGN_OR_RETURN(auto link_sets, cache_->GetLinkSets(*store_, digests));
  ByFile<LinkSet> by_file;
  for (size_t i = 0; i < files.size(); ++i) by_file.emplace(files[i], std::move(link_sets[i]));
  return by_file;
}

Result<std::shared_ptr<const Shard>> Snapshot::GetShard(FileRef file) const {
  FANIN_CHECK(file < file_count());
  FANIN_ASSIGN_OR_RETURN(auto shards, GetShards({file}));
  return shards.begin()->second;
}

Result<std::string> Snapshot::GetText(FileRef file) const {
  FANIN_CHECK(file < file_count());
  const FileEntry& entry = manifest_.files[file];
  FANIN_ASSIGN_OR_RETURN(auto texts, store_->GetBlobs(BlobKind::kText, {&entry.content, 1}));
  if (texts.front()) return *std::move(texts.front());
  return Fail(Code::kDataLoss,
              "the text of " + entry.path + " is missing from the store; run fanin doctor, or index again");
}

FileRef Snapshot::FileOf(NodeRef ref) const {
  FANIN_CHECK(ref < node_count());
  return static_cast<FileRef>(std::ranges::upper_bound(node_base_, ref) - node_base_.begin() - 1);
}

Result<std::vector<NodeHandle>> Snapshot::GetNodes(std::span<const NodeRef> refs) const {
  std::vector<FileRef> files;
  files.reserve(refs.size());
  for (NodeRef ref : refs) files.push_back(FileOf(ref));
  FANIN_ASSIGN_OR_RETURN(const auto shards, GetShards(files));
  std::vector<NodeHandle> handles;
  handles.reserve(refs.size());
  for (size_t i = 0; i < refs.size(); ++i) {
    handles.push_back({refs[i], files[i], refs[i] - node_base_[files[i]], shards.at(files[i])});
  }
  return handles;
}

Result<NodeHandle> Snapshot::GetNode(NodeRef ref) const {
  FANIN_ASSIGN_OR_RETURN(auto handles, GetNodes({&ref, 1}));
  return std::move(handles.front());
}

Result<NodeRef> Snapshot::FindNode(const NodeId& id) const {
  auto file = file_by_key_.find(id.file);
  if (file == file_by_key_.end()) return kNoRef;
  FANIN_ASSIGN_OR_RETURN(auto shard, GetShard(file->second));
  const LocalNode local = shard->FindLocal(id.local);
  return local == kNoNode ? kNoRef : RefOf(file->second, local);
}

NodeId Snapshot::IdOf(const NodeHandle& node) const {
  return {FileKey(manifest_.repository, manifest_.files[node.file].path), node->local_id};
}

}  // namespace fanin::graph
