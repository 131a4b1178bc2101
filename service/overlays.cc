#include "service/overlays.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/work_queue.h"
#include "graph/overlay_store.h"
#include "graph/segment.h"
#include "indexer/indexer.h"
#include "service/index_options.h"

namespace fanin::service {
namespace {

constexpr size_t kKept = 4;

base::Digest DigestOf(const OverlayTexts& overlays) {
  base::Digester digester;
  for (const v1::Overlay& overlay : overlays) digester.Add(overlay.path()).Add(overlay.text());
  return digester.Finish();
}

std::vector<graph::FileEntry>::iterator FindPath(std::vector<graph::FileEntry>& files, std::string_view path) {
  return std::ranges::lower_bound(files, path, {}, &graph::FileEntry::path);
}

}  // namespace

// Makes one.
class Overlays::Builder {
 public:
  Builder(Engine& engine, Links& links, const retriever::SearchIndex& below)
      : engine_(engine), links_(links), below_(below), snapshot_(below.snapshot()) {
    content_.manifest = snapshot_.manifest();
    content_.manifest.designs.clear();  // elaborated without these texts
  }

  base::Result<Overlaid> Build(const graph::RepositoryRecord& record, const OverlayTexts& overlays) && {
    FANIN_ASSIGN_OR_RETURN(const v1::IndexOptions options, ReadOptions(record));
    for (const v1::Overlay& overlay : overlays) {
      FANIN_RETURN_IF_ERROR(AddText(ToIndexerOptions(record.root, options, engine_.roots()), overlay));
    }
    FANIN_RETURN_IF_ERROR(Link(record));
    FANIN_RETURN_IF_ERROR(WriteSegment());
    const std::string repository = content_.manifest.repository;
    const graph::SnapshotId id = content_.manifest.snapshot;
    auto store = std::make_shared<graph::OverlayStore>(engine_.shared_store(), std::move(content_));
    FANIN_ASSIGN_OR_RETURN(auto opened,
                           graph::Snapshot::Open(std::move(store), engine_.shared_cache(), repository, id));
    FANIN_ASSIGN_OR_RETURN(out_.index, engine_.OpenOver(below_, std::move(opened)));
    return std::move(out_);
  }

 private:
  std::vector<graph::Blob>& Blobs(graph::BlobKind kind) { return content_.blobs[static_cast<int>(kind)]; }

  base::Status AddText(const indexer::IndexOptions& options, const v1::Overlay& overlay) {
    std::vector<graph::FileEntry>& files = content_.manifest.files;
    auto entry = FindPath(files, overlay.path());
    const bool exists = entry != files.end() && entry->path == overlay.path();
    base::Result<std::string> bytes = indexer::IndexText(options, overlay.path(), overlay.text());
    if (!bytes) {
      out_.warnings.push_back("overlay " + overlay.path() + " gives no facts: " + bytes.error().message);
      if (exists) files.erase(entry);
      return {};
    }
    const base::Digest digest = base::DigestOf(*bytes);
    FANIN_ASSIGN_OR_RETURN(auto shard, graph::Shard::Decode(*std::move(bytes)));
    if (!exists) entry = files.emplace(entry);
    const base::Digest links = entry->links;  // stays where the text is linked as the stored one is
    *entry = {};
    entry->links = links;
    entry->path = overlay.path();
    entry->content = base::DigestOf(overlay.text());
    entry->shard = digest;
    entry->size_bytes = overlay.text().size();
    entry->chunk_count = static_cast<uint32_t>(shard->chunks().size());
    entry->node_count = static_cast<uint32_t>(shard->nodes().size());
    entry->line_count = shard->line_count();
    entry->error_count = static_cast<uint32_t>(
        std::ranges::count(shard->diagnostics(), graph::Severity::kError, &graph::Diagnostic::severity));
    Blobs(graph::BlobKind::kText).push_back({entry->content, overlay.text()});
    Blobs(graph::BlobKind::kShard).push_back({digest, shard->bytes()});
    shards_[overlay.path()] = std::move(shard);
    texts_[overlay.path()] = overlay.text();
    return {};
  }

  base::Result<std::shared_ptr<const graph::Shard>> ShardOf(const graph::FileEntry& file) const {
    const auto overlaid = shards_.find(file.path);
    if (overlaid != shards_.end()) return overlaid->second;
    return engine_.cache().GetShard(engine_.store(), file.shard);
  }

  base::Status Link(const graph::RepositoryRecord& record) {
    if (links_.linker == nullptr || links_.repository != record.number ||
        links_.snapshot != content_.manifest.snapshot) {
      links_ = {record.number, content_.manifest.snapshot, std::make_unique<graph::Linker>(record.name), {}};
    }
    std::vector<graph::LinkInput> inputs;
    for (const graph::FileEntry& file : content_.manifest.files) {
      inputs.push_back({file.path, [this, &file] { return ShardOf(file); }, file.shard});
    }
    FANIN_ASSIGN_OR_RETURN(graph::LinkResult linked, links_.linker->Link(inputs, base::DefaultThreads()));
    for (size_t i = 0; i < inputs.size(); ++i) {
      graph::FileEntry& file = content_.manifest.files[i];
      if (!linked.link_sets[i].empty()) KeepLinks(file.path, std::move(linked.link_sets[i]));
      const auto changed = links_.bytes.find(file.path);
      if (changed == links_.bytes.end()) continue;
      file.links = base::DigestOf(changed->second);
      Blobs(graph::BlobKind::kLinks).push_back({file.links, changed->second});
    }
    content_.manifest.external_definitions.clear();
    for (const graph::Unresolved& name : linked.unresolved) {
      if (name.look_up == graph::LookUp::kDefinition) content_.manifest.external_definitions.push_back(name.name);
    }
    std::ranges::sort(content_.manifest.external_definitions);
    return {};
  }

  // Remembers a link set, unless the store has it as that of its file.
  void KeepLinks(const std::string& path, std::string bytes) {
    const std::optional<graph::FileRef> stored = snapshot_.FindFile(path);
    if (stored && snapshot_.file(*stored).links == base::DigestOf(bytes)) {
      links_.bytes.erase(path);
    } else {
      links_.bytes[path] = std::move(bytes);
    }
  }

  base::Status WriteSegment() {
    graph::SegmentBuilder names;
    retriever::PostingsBuilder postings;
    graph::SegmentEntry segment;
    segment.id = graph::kOverlaySegment;
    for (graph::FileEntry& file : content_.manifest.files) {
      if (!texts_.contains(file.path) && !links_.bytes.contains(file.path)) continue;
      FANIN_ASSIGN_OR_RETURN(const auto shard, ShardOf(file));
      FANIN_ASSIGN_OR_RETURN(const auto links, LinksOf(file));
      FANIN_ASSIGN_OR_RETURN(const std::string text, TextOf(file.path));
      const graph::SegmentBuilder::Position position = names.Add({file.path, shard, links});
      postings.Add(*shard, file.path, text, position, links.get());
      file.segment = segment.id;
      file.ordinal = position.ordinal;
      file.doc_base = position.doc_base;
      ++segment.file_count;
      segment.doc_count += file.chunk_count;
    }
    content_.segment = std::move(names).Build();
    content_.segment.tables[static_cast<int>(graph::Table::kPostings)] = std::move(postings).Build();
    content_.manifest.segments.push_back(segment);
    return {};
  }

  base::Result<std::shared_ptr<const graph::LinkSet>> LinksOf(const graph::FileEntry& file) const {
    const auto changed = links_.bytes.find(file.path);
    if (changed != links_.bytes.end()) return graph::LinkSet::Decode(changed->second);
    return engine_.cache().GetLinks(engine_.store(), file.links);
  }

  base::Result<std::string> TextOf(const std::string& path) const {
    const auto overlaid = texts_.find(path);
    if (overlaid != texts_.end()) return overlaid->second;
    const std::optional<graph::FileRef> stored = snapshot_.FindFile(path);
    FANIN_CHECK(stored.has_value());
    return snapshot_.GetText(*stored);
  }

  Engine& engine_;
  Links& links_;
  const retriever::SearchIndex& below_;
  const graph::Snapshot& snapshot_;
  graph::OverlayStore::Content content_;
  std::unordered_map<std::string, std::shared_ptr<const graph::Shard>> shards_;  // of the overlays
  std::unordered_map<std::string, std::string> texts_;
  Overlaid out_;
};

base::Result<Overlaid> Overlays::Open(std::shared_ptr<const retriever::SearchIndex> below,
                                      const graph::RepositoryRecord& record, const OverlayTexts& overlays) {
  if (overlays.empty()) return Overlaid{std::move(below), {}};
  const Key key{record.number, below->snapshot().manifest().snapshot, DigestOf(overlays)};
  const std::lock_guard lock(mutex_);
  for (auto entry = recent_.begin(); entry != recent_.end(); ++entry) {
    if (entry->first != key) continue;
    recent_.splice(recent_.begin(), recent_, entry);
    return recent_.front().second;
  }
  base::Result<Overlaid> made = Builder(engine_, links_, *below).Build(record, overlays);
  if (!made) {
    links_ = {};
    return made;
  }
  recent_.emplace_front(key, *made);
  if (recent_.size() > kKept) recent_.pop_back();
  return made;
}

}  // namespace fanin::service
