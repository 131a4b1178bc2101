#include "service/index_job.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/work_queue.h"
#include "graph/link_set.h"
#include "indexer/git.h"
#include "retriever/search_index.h"
#include "service/convert.h"
#include "service/design_job.h"
#include "service/index_options.h"
#include "service/parse_problems.h"
#include "service/resource_name.h"
#include "service/segment_writer.h"
#include "service/unix_time.h"
#include "service/utf8.h"

namespace fanin::service {
namespace {

using Progress = v1::IndexProgress;

// More segments slow every search; a dead passage costs a look-up in each.
constexpr size_t kMaxSegments = 8;
constexpr double kMaxDeadShare = 0.5;
// Link sets stored at once.
constexpr size_t kLinkBatch = 256;
// Files with parse errors that a summary names.
constexpr size_t kMaxParseProblems = 1000;

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

}  // namespace

bool IndexJobRequest::Joins(const IndexJobRequest& other) const {
  const bool same_options = !other.options || (options && EncodeOptions(*options) == EncodeOptions(*other.options));
  return repository == other.repository && revision == other.revision && same_options && embed == other.embed;
}

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
    next_.designs = previous_->designs;
  }
  FANIN_RETURN_IF_ERROR(Publish());
  if (commit_.empty()) engine_.KeepMemory(record_.name, std::move(memory_));
  if (commit_.empty()) FANIN_RETURN_IF_ERROR(Elaborate());
  FANIN_RETURN_IF_ERROR(Embed());
  FANIN_RETURN_IF_ERROR(Finish());
  return std::move(summary_);
}

base::Status IndexJob::Prepare() {
  FANIN_ASSIGN_OR_RETURN(record_, engine_.store().GetRepository(request_.repository));
  FANIN_RETURN_IF_ERROR(engine_.roots().Check(record_.root));
  if (request_.options) {
    options_ = *request_.options;
  } else {
    FANIN_ASSIGN_OR_RETURN(options_, ReadOptions(record_));
  }
  memory_ = request_.revision.empty() ? engine_.TakeMemory(record_.name) : std::make_unique<IndexMemory>(record_.name);
  if (record_.latest != 0) {
    FANIN_ASSIGN_OR_RETURN(previous_, engine_.store().GetManifest(record_.name, std::nullopt));
  }
  return request_.revision.empty() ? base::Status() : FindCommit();
}

base::Status IndexJob::FindCommit() {
  FANIN_ASSIGN_OR_RETURN(commit_, indexer::ResolveCommit(record_.root, request_.revision, {engine_.roots(), {}}));
  for (const graph::SnapshotId snapshot : record_.named) {
    FANIN_ASSIGN_OR_RETURN(graph::Manifest manifest, engine_.store().GetManifest(record_.name, snapshot));
    if (manifest.revision == commit_) existing_ = std::move(manifest);
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
  indexer::IndexOptions options = ToIndexerOptions(record_.root, options_, engine_.roots());
  options.revision = commit_;
  FANIN_ASSIGN_OR_RETURN(parsed_, indexer::IndexFolder(options, sink, on_progress));
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
  facts_.resize(count);
  std::vector<base::Status> statuses(count);
  base::ParallelFor(count, base::DefaultThreads(), [&](size_t, size_t i) { statuses[i] = DescribeFile(i); });
  for (base::Status& status : statuses) FANIN_RETURN_IF_ERROR(std::move(status));

  std::array<uint32_t, graph::kNodeKindCount> nodes{};
  uint32_t edges = 0;
  for (size_t i = 0; i < count; ++i) {
    const indexer::IndexedFile& file = parsed_.files[i];
    const FileFacts& facts = facts_[i];
    graph::FileEntry& entry = next_.files[i];
    entry.path = file.path;
    entry.content = file.content;
    entry.shard = file.shard;
    entry.size_bytes = file.size_bytes;
    entry.chunk_count = facts.chunk_count;
    entry.line_count = facts.line_count;
    entry.error_count = facts.error_count;
    for (size_t kind = 0; kind < nodes.size(); ++kind) {
      nodes[kind] += facts.nodes[kind];
      entry.node_count += facts.nodes[kind];
    }
    edges += facts.edge_count;
  }
  for (size_t kind = 0; kind < nodes.size(); ++kind) {
    if (nodes[kind] == 0) continue;
    (*summary_.mutable_nodes())[std::string(graph::NodeKindName(static_cast<graph::NodeKind>(kind)))] = nodes[kind];
  }
  summary_.set_edges(edges);
  return monitor_.CheckCancelled();
}

base::Status IndexJob::DescribeFile(size_t i) {
  const indexer::IndexedFile& file = parsed_.files[i];
  FileFacts& facts = facts_[i];
  if (const auto known = memory_->files.find(file.path);
      known != memory_->files.end() && known->second.shard == file.shard) {
    facts = known->second;
    return {};
  }
  const auto shard = engine_.cache().GetShard(engine_.store(), file.shard);
  if (!shard) return std::unexpected(shard.error().Annotate(file.path));
  facts.shard = file.shard;
  facts.chunk_count = static_cast<uint32_t>((*shard)->chunks().size());
  facts.line_count = (*shard)->line_count();
  facts.error_count = static_cast<uint32_t>(
      std::ranges::count((*shard)->diagnostics(), graph::Severity::kError, &graph::Diagnostic::severity));
  facts.edge_count = static_cast<uint32_t>((*shard)->edges().size());
  for (const graph::Node& node : (*shard)->nodes()) ++facts.nodes[static_cast<size_t>(node.kind)];
  return {};
}

base::Status IndexJob::Link() {
  std::vector<graph::LinkInput> inputs;
  for (const graph::FileEntry& file : next_.files) {
    inputs.push_back(
        {file.path, [this, &file] { return engine_.cache().GetShard(engine_.store(), file.shard); }, file.shard});
  }
  FANIN_ASSIGN_OR_RETURN(graph::LinkResult linked, memory_->linker.Link(inputs, base::DefaultThreads()));
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

  std::vector<graph::Blob> blobs;
  std::vector<size_t> changed;
  for (size_t i = 0; i < linked.link_sets.size(); ++i) {
    std::string& bytes = linked.link_sets[i];
    if (!bytes.empty()) {
      facts_[i].links = base::DigestOf(bytes);
      changed.push_back(i);
      blobs.push_back({facts_[i].links, std::move(bytes)});
    }
    next_.files[i].links = facts_[i].links;
    if (blobs.size() < kLinkBatch && i + 1 < linked.link_sets.size()) continue;
    FANIN_RETURN_IF_ERROR(monitor_.CheckCancelled());
    FANIN_RETURN_IF_ERROR(engine_.store().PutBlobs(graph::BlobKind::kLinks, std::exchange(blobs, {})));
  }
  std::vector<base::Status> statuses(changed.size());
  base::ParallelFor(changed.size(), base::DefaultThreads(), [&](size_t, size_t i) {
    FileFacts& facts = facts_[changed[i]];
    const auto links = engine_.cache().GetLinks(engine_.store(), facts.links);
    if (links) facts.link_count = static_cast<uint32_t>((*links)->links().size());
    if (!links) statuses[i] = std::unexpected(links.error());
  });
  for (base::Status& status : statuses) FANIN_RETURN_IF_ERROR(std::move(status));
  memory_->files.clear();
  for (size_t i = 0; i < facts_.size(); ++i) {
    summary_.set_edges(summary_.edges() + facts_[i].link_count);
    memory_->files.emplace(next_.files[i].path, facts_[i]);
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
  if (!commit_.empty()) return PublishCommit();
  // Equal but for what publication gives it: nothing to publish.
  if (previous_) {
    next_.snapshot = previous_->snapshot;
    next_.created_unix_ms = previous_->created_unix_ms;
    if (next_ == *previous_) return {};
  }
  FANIN_RETURN_IF_ERROR(monitor_.CheckCancelled());
  return PublishNext();
}

base::Status IndexJob::PublishNext() {
  next_.created_unix_ms = NowUnixMs();
  if (!commit_.empty()) {
    const std::optional<graph::SnapshotId> replaced =
        next_.snapshot == 0 ? std::nullopt : std::optional(next_.snapshot);
    FANIN_ASSIGN_OR_RETURN(next_.snapshot, engine_.store().PublishNamed(next_, replaced));
    return {};
  }
  FANIN_ASSIGN_OR_RETURN(next_.snapshot, engine_.store().Publish(next_));
  return engine_.Refresh(record_.name);
}

base::Status IndexJob::PublishCommit() {
  const auto content = [](const graph::FileEntry& file) {
    return std::tie(file.path, file.content, file.shard, file.links);
  };
  if (existing_ && existing_->lost == next_.lost && existing_->extractor_version == next_.extractor_version &&
      std::ranges::equal(existing_->files, next_.files, {}, content, content)) {
    next_ = *existing_;
    return {};
  }
  if (existing_) next_.snapshot = existing_->snapshot;  // which it replaces
  FANIN_RETURN_IF_ERROR(monitor_.CheckCancelled());
  return PublishNext();
}

base::Status IndexJob::Elaborate() {
  FANIN_ASSIGN_OR_RETURN(const std::vector<indexer::DesignSpec> specs,
                         FindDesignSpecs(record_.root, options_, warnings_));
  if (specs.empty() && next_.designs.empty()) return {};
  monitor_.Begin(Progress::PHASE_ELABORATE);
  std::vector<graph::DesignEntry> designs;
  std::span<const graph::DesignEntry> before;
  if (previous_) before = previous_->designs;
  FANIN_ASSIGN_OR_RETURN(const auto snapshot, engine_.OpenSnapshot(record_.name, next_.snapshot));
  for (const indexer::DesignSpec& spec : specs) {
    monitor_.Report(designs.size(), specs.size());
    const auto old = std::ranges::find(before, spec.name, &graph::DesignEntry::name);
    FANIN_ASSIGN_OR_RETURN(
        graph::DesignEntry entry,
        ElaborateDesign(engine_.store(), *snapshot, record_.root, spec, engine_.roots().confined(),
                        old == before.end() ? nullptr : &*old, [this] { return monitor_.cancelled(); }));
    designs.push_back(std::move(entry));
  }
  monitor_.End();
  if (designs == next_.designs) return {};
  next_.designs = std::move(designs);
  return PublishNext();
}

base::Status IndexJob::Embed() {
  if (!request_.embed) return {};
  if (!engine_.embedder()) return {};
  retriever::Embedder& embedder = **engine_.embedder();
  const auto is_current = [&](const graph::SegmentEntry& segment) {
    return segment.vectors && segment.vectors->model == embedder.identity().digest;
  };
  if (std::ranges::all_of(next_.segments, is_current)) return {};
  const auto superseded = [this] { return request_.superseded && request_.superseded(); };

  monitor_.Begin(Progress::PHASE_EMBED);
  FANIN_ASSIGN_OR_RETURN(const auto snapshot, engine_.OpenSnapshot(record_.name, next_.snapshot));
  const auto on_progress = [&](const retriever::VectorProgress& progress) {
    summary_.set_chunks_embedded(static_cast<uint32_t>(progress.embedded));
    monitor_.Report(progress.done, progress.total);
    return !monitor_.cancelled() && !superseded();
  };
  base::Result<std::vector<graph::SegmentEntry>> segments =
      retriever::BuildVectors(*snapshot, embedder, engine_.vectors_dir(), on_progress);
  monitor_.End();
  if (!segments && !monitor_.cancelled() && superseded()) {
    summary_.add_warnings("the next run makes the rest of the embeddings");
    return {};
  }
  if (!segments) return std::unexpected(segments.error());
  next_.segments = *std::move(segments);
  return PublishNext();
}

base::Status IndexJob::Finish() {
  if (std::string json = EncodeOptions(options_); commit_.empty() && json != record_.options_json) {
    record_.options_json = std::move(json);
    FANIN_RETURN_IF_ERROR(engine_.store().UpdateRepository(record_));
  }
  FANIN_RETURN_IF_ERROR(engine_.store().CollectGarbage(kSnapshotsKept));

  summary_.set_snapshot(SnapshotName(record_.name, next_.snapshot));
  const std::optional<graph::Manifest>& before = commit_.empty() ? previous_ : existing_;
  summary_.set_up_to_date(before && before->snapshot == next_.snapshot);
  const v1::Snapshot totals = ToProto(next_);
  summary_.set_revision(totals.revision());
  summary_.set_files(totals.files());
  summary_.set_files_reused(
      static_cast<uint32_t>(std::ranges::count(parsed_.files, true, &indexer::IndexedFile::reused)));
  summary_.set_lines(totals.lines());
  summary_.set_files_with_errors(totals.files_with_errors());
  FANIN_RETURN_IF_ERROR(DescribeParseProblems(engine_.store(), engine_.cache(), next_, kMaxParseProblems,
                                              *summary_.mutable_parse_problems()));
  summary_.set_chunks(totals.chunks());
  *summary_.mutable_lost_files() = totals.lost_files();
  summary_.set_semantic_coverage(engine_.SemanticCoverage(next_));
  FANIN_RETURN_IF_ERROR(DescribeDesigns(engine_.store(), next_, *summary_.mutable_designs()));
  for (const std::string& warning : warnings_) summary_.add_warnings(warning);
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
