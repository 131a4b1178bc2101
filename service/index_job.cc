#include "service/index_job.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <utility>

#include "base/work_queue.h"
#include "graph/link_set.h"
#include "retriever/search_index.h"
#include "service/convert.h"
#include "service/index_options.h"
#include "service/resource_name.h"
#include "service/segment_writer.h"
#include "service/utf8.h"

namespace fanin::service {
namespace {

using Progress = v1::IndexProgress;

// More segments slow every search; a dead passage costs a look-up in each.
constexpr size_t kMaxSegments = 8;
constexpr double kMaxDeadShare = 0.5;
// Link sets stored at once.
constexpr size_t kLinkBatch = 256;

// Puts shards into the engine's store.
class StoreSink : public indexer::ShardSink {
 public:
  StoreSink(graph::GraphStore& store, const RunMonitor& monitor) : store_(store), monitor_(monitor) {}

  base::Result<std::vector<bool>> HasShards(const std::vector<base::Digest>& keys) override {
    return store_.HasBlobs(graph::BlobKind::kShard, keys);
  }

  base::Status Put(std::vector<Item> items) override {
    std::vector<graph::Blob> texts;
    std::vector<graph::Blob> shards;
    for (Item& item : items) {
      texts.push_back({item.content, std::move(item.text)});
      shards.push_back({item.shard_key, std::move(item.shard_bytes)});
    }
    // Texts first: a stored shard promises its text.
    FANIN_RETURN_IF_ERROR(store_.PutBlobs(graph::BlobKind::kText, std::move(texts)));
    return store_.PutBlobs(graph::BlobKind::kShard, std::move(shards));
  }

  bool Cancelled() const override { return monitor_.cancelled(); }

 private:
  graph::GraphStore& store_;
  const RunMonitor& monitor_;
};

Progress::Phase ToProto(indexer::Progress::Phase phase) {
  switch (phase) {
    case indexer::Progress::Phase::kDiscover: return Progress::PHASE_DISCOVER;
    case indexer::Progress::Phase::kScan: return Progress::PHASE_SCAN;
    case indexer::Progress::Phase::kParse: return Progress::PHASE_PARSE;
  }
  return Progress::PHASE_UNSPECIFIED;
}

std::string_view LookUpName(graph::LookUp look_up) {
  switch (look_up) {
    case graph::LookUp::kDefinition: return "definition";
    case graph::LookUp::kPackage: return "package";
    case graph::LookUp::kFile: return "file";
    default: return "name";
  }
}

int64_t NowUnixMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

IndexJob::IndexJob(Engine& engine, IndexJobRequest request, OnIndexProgress on_progress)
    : engine_(engine), request_(std::move(request)), monitor_(std::move(on_progress)) {}

base::Result<v1::IndexSummary> IndexJob::Run() {
  FANIN_RETURN_IF_ERROR(Prepare());
  FANIN_RETURN_IF_ERROR(Parse());
  if (FilesChanged()) {
    FANIN_RETURN_IF_ERROR(DescribeFiles());
    FANIN_RETURN_IF_ERROR(Link());
    FANIN_RETURN_IF_ERROR(WriteSegments());
  } else {
    next_.segments = previous_->segments;
    next_.files = previous_->files;
    next_.external_definitions = previous_->external_definitions;
  }
  FANIN_RETURN_IF_ERROR(Publish());
  FANIN_RETURN_IF_ERROR(Embed());
  FANIN_RETURN_IF_ERROR(Finish());
  return std::move(summary_);
}

base::Status IndexJob::Prepare() {
  FANIN_ASSIGN_OR_RETURN(record_, engine_.store().GetRepository(request_.repository));
  if (request_.options) {
    options_ = *request_.options;
  } else {
    FANIN_ASSIGN_OR_RETURN(options_, ReadOptions(record_));
  }
  if (record_.latest != 0) {
    FANIN_ASSIGN_OR_RETURN(previous_, engine_.store().GetManifest(record_.name, std::nullopt));
  }
  return {};
}

base::Status IndexJob::Parse() {
  StoreSink sink(engine_.store(), monitor_);
  std::optional<indexer::Progress::Phase> phase;
  const auto on_progress = [&](const indexer::Progress& progress) {
    if (progress.phase != phase) {
      phase = progress.phase;
      monitor_.Begin(ToProto(progress.phase));
    }
    monitor_.Report(progress.done, progress.total);
  };
  FANIN_ASSIGN_OR_RETURN(parsed_, indexer::IndexFolder(ToIndexerOptions(record_.root, options_), sink, on_progress));
  monitor_.End();
  next_.repository = record_.name;
  next_.revision = parsed_.revision;
  next_.extractor_version = indexer::kExtractorVersion;
  next_.lost = parsed_.lost;
  return monitor_.CheckCancelled();
}

bool IndexJob::FilesChanged() const {
  if (!previous_ || previous_->extractor_version != next_.extractor_version) return true;
  return !std::ranges::equal(
      parsed_.files, previous_->files, [](const indexer::IndexedFile& now, const graph::FileEntry& before) {
        return now.path == before.path && now.content == before.content && now.shard == before.shard;
      });
}

base::Status IndexJob::DescribeFiles() {
  monitor_.Begin(Progress::PHASE_LINK);
  const size_t count = parsed_.files.size();
  next_.files.resize(count);
  std::vector<base::Status> statuses(count);
  std::mutex mutex;
  std::array<uint32_t, graph::kNodeKindCount> nodes{};
  uint64_t edges = 0;
  base::ParallelFor(count, base::DefaultThreads(), [&](size_t, size_t i) {
    const indexer::IndexedFile& file = parsed_.files[i];
    const auto shard = engine_.cache().GetShard(engine_.store(), file.shard);
    if (!shard) {
      statuses[i] = std::unexpected(shard.error().Annotate(file.path));
      return;
    }
    graph::FileEntry& entry = next_.files[i];
    entry.path = file.path;
    entry.content = file.content;
    entry.shard = file.shard;
    entry.size_bytes = file.size_bytes;
    entry.chunk_count = static_cast<uint32_t>((*shard)->chunks().size());
    entry.node_count = static_cast<uint32_t>((*shard)->nodes().size());
    entry.line_count = (*shard)->line_count();
    entry.error_count = static_cast<uint32_t>(
        std::ranges::count((*shard)->diagnostics(), graph::Severity::kError, &graph::Diagnostic::severity));
    std::lock_guard lock(mutex);
    for (const graph::Node& node : (*shard)->nodes()) ++nodes[static_cast<size_t>(node.kind)];
    edges += (*shard)->edges().size();
  });
  for (base::Status& status : statuses) FANIN_RETURN_IF_ERROR(std::move(status));
  for (int kind = 0; kind < graph::kNodeKindCount; ++kind) {
    if (nodes[static_cast<size_t>(kind)] == 0) continue;
    const std::string name(graph::NodeKindName(static_cast<graph::NodeKind>(kind)));
    (*summary_.mutable_nodes())[name] = nodes[static_cast<size_t>(kind)];
  }
  summary_.set_edges(static_cast<uint32_t>(edges));
  return monitor_.CheckCancelled();
}

base::Status IndexJob::Link() {
  std::vector<graph::LinkInput> inputs;
  for (const graph::FileEntry& file : next_.files) {
    inputs.push_back({file.path, [this, &file] { return engine_.cache().GetShard(engine_.store(), file.shard); }});
  }
  FANIN_ASSIGN_OR_RETURN(graph::LinkResult linked, graph::LinkRepository(record_.name, inputs, base::DefaultThreads()));
  summary_.set_references(static_cast<uint32_t>(linked.references));
  summary_.set_references_resolved(static_cast<uint32_t>(linked.resolved));
  for (const graph::Unresolved& unresolved : linked.unresolved) {
    v1::UnresolvedName& name = *summary_.add_external_names();
    name.set_name(ToUtf8(unresolved.name));
    name.set_look_up(std::string(LookUpName(unresolved.look_up)));
    name.set_count(unresolved.count);
    if (unresolved.look_up == graph::LookUp::kDefinition) next_.external_definitions.push_back(unresolved.name);
  }
  std::ranges::sort(next_.external_definitions);

  for (size_t begin = 0; begin < linked.link_sets.size(); begin += kLinkBatch) {
    FANIN_RETURN_IF_ERROR(monitor_.CheckCancelled());
    std::vector<graph::Blob> blobs;
    for (size_t i = begin; i < std::min(begin + kLinkBatch, linked.link_sets.size()); ++i) {
      next_.files[i].links = base::DigestOf(linked.link_sets[i]);
      blobs.push_back({next_.files[i].links, std::move(linked.link_sets[i])});
    }
    FANIN_RETURN_IF_ERROR(engine_.store().PutBlobs(graph::BlobKind::kLinks, std::move(blobs)));
  }
  return CountLinks();
}

base::Status IndexJob::CountLinks() {
  for (const graph::FileEntry& file : next_.files) {
    FANIN_ASSIGN_OR_RETURN(const auto links, engine_.cache().GetLinks(engine_.store(), file.links));
    summary_.set_edges(summary_.edges() + static_cast<uint32_t>(links->links().size()));
  }
  return monitor_.CheckCancelled();
}

std::vector<graph::FileEntry*> IndexJob::KeepOldPlaces() {
  std::vector<graph::FileEntry*> new_files;
  std::span<const graph::FileEntry> old;
  if (previous_) old = previous_->files;
  for (graph::FileEntry& file : next_.files) {
    const auto found = std::ranges::lower_bound(old, file.path, {}, &graph::FileEntry::path);
    if (found == old.end() || found->path != file.path || found->shard != file.shard || found->links != file.links) {
      new_files.push_back(&file);
      continue;
    }
    file.segment = found->segment;
    file.ordinal = found->ordinal;
    file.doc_base = found->doc_base;
  }
  return new_files;
}

bool IndexJob::ShouldMerge(const std::vector<graph::FileEntry*>& new_files) const {
  uint64_t docs = 0;
  for (const graph::SegmentEntry& segment : next_.segments) docs += segment.doc_count;
  uint64_t live = 0;
  for (const graph::FileEntry& file : next_.files) live += file.chunk_count;
  for (const graph::FileEntry* file : new_files) live -= file->chunk_count;
  const bool many_dead = docs > 0 && static_cast<double>(live) < (1 - kMaxDeadShare) * static_cast<double>(docs);
  return many_dead || next_.segments.size() + (new_files.empty() ? 0 : 1) > kMaxSegments;
}

base::Status IndexJob::WriteSegments() {
  monitor_.Begin(Progress::PHASE_POSTINGS);
  std::vector<graph::FileEntry*> new_files = KeepOldPlaces();
  if (previous_) {
    for (const graph::SegmentEntry& segment : previous_->segments) {
      if (std::ranges::find(next_.files, segment.id, &graph::FileEntry::segment) != next_.files.end()) {
        next_.segments.push_back(segment);
      }
    }
  }
  if (ShouldMerge(new_files)) {
    next_.segments.clear();
    new_files.clear();
    for (graph::FileEntry& file : next_.files) new_files.push_back(&file);
  }
  if (!new_files.empty()) {
    FANIN_ASSIGN_OR_RETURN(const graph::SegmentEntry segment, WriteSegment(engine_, new_files, monitor_));
    next_.segments.push_back(segment);
  }
  monitor_.End();
  return {};
}

base::Status IndexJob::Publish() {
  // Equal but for what publication gives it: nothing to publish.
  if (previous_) {
    next_.snapshot = previous_->snapshot;
    next_.created_unix_ms = previous_->created_unix_ms;
    if (next_ == *previous_) return {};
  }
  FANIN_RETURN_IF_ERROR(monitor_.CheckCancelled());
  next_.created_unix_ms = NowUnixMs();
  FANIN_ASSIGN_OR_RETURN(next_.snapshot, engine_.store().Publish(next_));
  return engine_.Refresh(record_.name);
}

base::Status IndexJob::Embed() {
  if (!request_.embed) return {};
  if (!engine_.embedder()) return {};
  retriever::Embedder& embedder = **engine_.embedder();
  const auto is_current = [&](const graph::SegmentEntry& segment) {
    return segment.vectors && segment.vectors->model == embedder.identity().digest;
  };
  if (std::ranges::all_of(next_.segments, is_current)) return {};

  monitor_.Begin(Progress::PHASE_EMBED);
  FANIN_ASSIGN_OR_RETURN(const auto snapshot, engine_.OpenSnapshot(record_.name, next_.snapshot));
  const auto on_progress = [&](const retriever::VectorProgress& progress) {
    summary_.set_chunks_embedded(static_cast<uint32_t>(progress.embedded));
    monitor_.Report(progress.done, progress.total);
    return !monitor_.cancelled();
  };
  FANIN_ASSIGN_OR_RETURN(next_.segments,
                         retriever::BuildVectors(*snapshot, embedder, engine_.vectors_dir(), on_progress));
  next_.created_unix_ms = NowUnixMs();
  FANIN_ASSIGN_OR_RETURN(next_.snapshot, engine_.store().Publish(next_));
  monitor_.End();
  return engine_.Refresh(record_.name);
}

base::Status IndexJob::Finish() {
  if (std::string json = EncodeOptions(options_); json != record_.options_json) {
    record_.options_json = std::move(json);
    FANIN_RETURN_IF_ERROR(engine_.store().UpdateRepository(record_));
  }
  FANIN_RETURN_IF_ERROR(engine_.store().CollectGarbage(kSnapshotsKept));

  summary_.set_snapshot(SnapshotName(record_.name, next_.snapshot));
  summary_.set_up_to_date(previous_ && previous_->snapshot == next_.snapshot);
  const v1::Snapshot totals = ToProto(next_);
  summary_.set_revision(totals.revision());
  summary_.set_files(totals.files());
  summary_.set_files_reused(
      static_cast<uint32_t>(std::ranges::count(parsed_.files, true, &indexer::IndexedFile::reused)));
  summary_.set_lines(totals.lines());
  summary_.set_files_with_errors(totals.files_with_errors());
  summary_.set_chunks(totals.chunks());
  *summary_.mutable_lost_files() = totals.lost_files();
  summary_.set_semantic_coverage(engine_.SemanticCoverage(next_));
  if (!engine_.embedder()) {
    summary_.add_warnings(engine_.DescribeMissingModel());
  } else if (summary_.semantic_coverage() < 1) {
    summary_.add_warnings(
        "new passages have no embeddings: search by meaning does not find them; index again with embeddings");
  }
  monitor_.FillIn(summary_);
  return {};
}

}  // namespace fanin::service
