// A repository built by hand for tests: shards and links in, snapshots out.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph_store.h"
#include "graph/link_set.h"
#include "graph/segment.h"
#include "graph/shard.h"
#include "graph/snapshot.h"

namespace fanin::graph {

inline Node MakeNode(NodeKind kind, LocalNode parent, std::string_view name, uint32_t begin = 0, uint32_t end = 0) {
  Node node;
  node.kind = kind;
  node.parent = parent;
  node.name = name;
  node.span = {begin, end, begin / 10 + 1, end / 10 + 1};
  node.name_span = node.span;
  return node;
}

template <typename T>
T ValueOf(base::Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error();
    abort();
  }
  return *std::move(result);
}

class TestRepository {
 public:
  TestRepository(std::shared_ptr<GraphStore> store, std::string name)
      : store_(std::move(store)), cache_(std::make_shared<ShardCache>(1 << 20)), name_(std::move(name)) {
    RepositoryRecord record;
    record.name = name_;
    EXPECT_TRUE(store_->CreateRepository(record).has_value());
  }

  // Adds a file or replaces it.
  void Put(const std::string& path, ShardBuilder shard, std::vector<Link> links = {}, std::string text = "") {
    files_[path] = {std::move(text), std::move(shard).Build(), EncodeLinkSet(std::move(links))};
    changed_.insert(path);
  }
  void Remove(const std::string& path) {
    files_.erase(path);
    changed_.erase(path);
    std::erase_if(manifest_.files, [&](const FileEntry& entry) { return entry.path == path; });
  }

  NodeId IdOf(const std::string& path, LocalNode node) const {
    return {FileKey(name_, path), ValueOf(Shard::Decode(files_.at(path).shard))->nodes()[node].local_id};
  }

  // Puts the changed files into a new segment and publishes.
  SnapshotId Publish() {
    const SegmentId segment = ValueOf(store_->NewSegmentId());
    SegmentBuilder builder;
    SegmentEntry entry{segment, 0, 0, std::nullopt};
    for (const std::string& path : changed_) {
      std::erase_if(manifest_.files, [&](const FileEntry& file) { return file.path == path; });
      manifest_.files.push_back(PutFile(path, builder, entry));
    }
    changed_.clear();
    std::ranges::sort(manifest_.files, {}, &FileEntry::path);
    manifest_.repository = name_;
    manifest_.segments.push_back(entry);
    EXPECT_TRUE(store_->WriteSegment(segment, std::move(builder).Build()).has_value());
    return ValueOf(store_->Publish(manifest_));
  }

  std::shared_ptr<const Snapshot> Open(std::optional<SnapshotId> id = std::nullopt) const {
    return ValueOf(Snapshot::Open(store_, cache_, name_, id));
  }
  const std::shared_ptr<GraphStore>& store() const { return store_; }
  const Manifest& manifest() const { return manifest_; }
  Manifest& mutable_manifest() { return manifest_; }

 private:
  struct File {
    std::string text, shard, links;
  };

  FileEntry PutFile(const std::string& path, SegmentBuilder& builder, SegmentEntry& segment) {
    const File& file = files_.at(path);
    FileEntry entry;
    entry.path = path;
    entry.content = base::DigestOf(file.text);
    entry.shard = base::DigestOf(file.shard);
    entry.links = base::DigestOf(file.links);
    EXPECT_TRUE(store_->PutBlobs(BlobKind::kText, {{entry.content, file.text}}).has_value());
    EXPECT_TRUE(store_->PutBlobs(BlobKind::kShard, {{entry.shard, file.shard}}).has_value());
    EXPECT_TRUE(store_->PutBlobs(BlobKind::kLinks, {{entry.links, file.links}}).has_value());
    const auto shard = ValueOf(Shard::Decode(file.shard));
    const auto position = builder.Add({path, shard, ValueOf(LinkSet::Decode(file.links))});
    entry.segment = segment.id;
    entry.ordinal = position.ordinal;
    entry.doc_base = position.doc_base;
    entry.chunk_count = static_cast<uint32_t>(shard->chunks().size());
    entry.node_count = static_cast<uint32_t>(shard->nodes().size());
    entry.size_bytes = file.text.size();
    segment.file_count += 1;
    segment.doc_count += entry.chunk_count;
    return entry;
  }

  std::shared_ptr<GraphStore> store_;
  std::shared_ptr<ShardCache> cache_;
  std::string name_;
  std::map<std::string, File> files_;
  std::set<std::string> changed_;
  Manifest manifest_;
};

}  // namespace fanin::graph
