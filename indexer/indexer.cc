#include "indexer/indexer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/work_queue.h"
#include "graph/shard.h"
#include "indexer/document_extractor.h"
#include "indexer/git.h"
#include "indexer/parser.h"
#include "indexer/path_index.h"
#include "indexer/repository_scan.h"

namespace fanin::indexer {
namespace {

// Shards are handed on when a worker has this much.
constexpr size_t kBatchBytes = 4 << 20;
// slang takes up to 70 times the size of a text. Texts larger than this are parsed one at a time.
constexpr size_t kLargeTextBytes = 4 << 20;

// The path belongs to it: a shard's root node is named by it.
base::Digest ShardKey(const ScannedSource& source, const base::Digest& content, const MacroEnvironment& environment) {
  base::Digester digester;
  digester.AddInt(kExtractorVersion).AddInt(static_cast<uint64_t>(source.language)).Add(source.path);
  digester.Add(content.View());
  environment.AddTo(digester);
  return digester.Finish();
}

base::Result<std::string> BuildShard(std::string_view path, std::string_view text, Language language,
                                     const TextScan& scan, const MacroEnvironment& environment) {
  if (IsHdl(language)) return BuildHdlShard({path, text, language, scan, environment});
  graph::ShardBuilder builder;
  ExtractDocument(path, text, builder);
  return std::move(builder).Build();
}

// --- the scans that IndexText uses

// The last scans of this process, most recent first. Thread-safe.
class ScanCache {
 public:
  std::shared_ptr<const RepositoryScan> Find(const base::Digest& key) {
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first != key) continue;
      entries_.splice(entries_.begin(), entries_, entry);
      return entries_.front().second;
    }
    return nullptr;
  }

  void Insert(const base::Digest& key, std::shared_ptr<const RepositoryScan> scan) {
    const std::lock_guard lock(mutex_);
    entries_.remove_if([&key](const auto& entry) { return entry.first == key; });
    entries_.emplace_front(key, std::move(scan));
    if (entries_.size() > kMaxEntries) entries_.pop_back();
  }

 private:
  static constexpr size_t kMaxEntries = 8;

  std::mutex mutex_;
  std::list<std::pair<base::Digest, std::shared_ptr<const RepositoryScan>>> entries_;  // guarded by mutex_
};

ScanCache& Scans() {
  static ScanCache cache;
  return cache;
}

// All of the options that a scan depends on.
base::Digest ScanKey(const IndexOptions& options) {
  base::Digester digester;
  digester.Add(options.root).Add(options.revision);
  for (const auto* list : {&options.file_lists, &options.include_dirs, &options.defines}) {
    digester.AddInt(list->size());
    for (const std::string& item : *list) digester.Add(item);
  }
  digester.AddInt(options.max_file_bytes).AddInt(options.max_nesting).AddInt(options.roots.confined() ? 1 : 0);
  return digester.Finish();
}

base::Result<std::shared_ptr<const SourceTree>> OpenTree(const IndexOptions& options) {
  return options.revision.empty() ? OpenFolder(options.root, options.roots)
                                  : OpenCommit(options.root, options.revision, options.roots);
}

// --- one run

class FolderRun {
 public:
  FolderRun(const IndexOptions& options, const RepositoryScan& scan, ShardSink& sink,
            const std::function<void(const Progress&)>& on_progress)
      : options_(options),
        scan_(scan),
        sink_(sink),
        on_progress_(on_progress),
        threads_(options.threads != 0 ? options.threads : base::DefaultThreads()),
        files_(scan.sources.size()),
        batches_(threads_) {}

  base::Result<IndexResult> Run() && {
    ResolveEnvironments();
    FANIN_RETURN_IF_ERROR(FindMissing());
    base::ParallelFor(missing_.size(), threads_, [this](size_t worker, size_t i) {
      if (sink_.Cancelled()) Stop({base::Code::kCancelled, "indexing was cancelled"});
      if (stopped_) return;
      Parse(worker, missing_[i]);
      Report();
    });
    for (auto& batch : batches_) Flush(batch);
    if (error_) return std::unexpected(*error_);

    IndexResult result;
    result.lost = scan_.lost;
    for (size_t i = 0; i < files_.size(); ++i) {
      const std::string& path = scan_.sources[i].path;
      if (files_[i].lost.empty()) {
        result.files.push_back({path, files_[i].content, files_[i].shard, files_[i].size_bytes, files_[i].reused});
      } else {
        result.lost.push_back({path, files_[i].lost});
      }
    }
    std::sort(result.lost.begin(), result.lost.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return result;
  }

 private:
  struct File {
    MacroEnvironment environment;
    base::Digest content;
    base::Digest shard;
    uint64_t size_bytes = 0;
    bool reused = false;
    std::string lost;  // why; empty: not
  };
  struct Batch {
    std::vector<ShardSink::Item> items;
    size_t bytes = 0;
  };

  const TextScan& ScanOf(size_t file) const {
    static const TextScan kNone;
    const uint32_t index = scan_.sources[file].macros_file;
    return index == UINT32_MAX ? kNone : *scan_.macros->files()[index].scan;
  }

  void ResolveEnvironments() {
    base::ParallelFor(files_.size(), threads_, [this](size_t, size_t i) {
      const ScannedSource& source = scan_.sources[i];
      File& file = files_[i];
      if (IsHdl(source.language)) file.environment = scan_.macros->Resolve(source.path, ScanOf(i));
      file.content = source.content;
      file.size_bytes = source.size_bytes;
      file.shard = ShardKey(source, source.content, file.environment);
    });
  }

  base::Status FindMissing() {
    std::vector<base::Digest> keys;
    for (const File& file : files_) keys.push_back(file.shard);
    FANIN_ASSIGN_OR_RETURN(const std::vector<bool> stored, sink_.HasShards(keys));
    for (size_t i = 0; i < files_.size(); ++i) {
      files_[i].reused = stored[i];
      if (!stored[i]) missing_.push_back(i);
    }
    // The largest first, so that no thread is left alone with it at the end.
    std::stable_sort(missing_.begin(), missing_.end(),
                     [this](size_t a, size_t b) { return files_[a].size_bytes > files_[b].size_bytes; });
    return {};
  }

  void Parse(size_t worker, size_t i) {
    const ScannedSource& source = scan_.sources[i];
    File& file = files_[i];
    auto text = ReadSource(*scan_.tree, source.path, options_);
    if (!text) {
      file.lost = text.error().message;
      return;
    }
    TextScan new_scan;
    const bool changed = base::DigestOf(*text) != source.content;
    if (changed && !Rescan(i, *text, new_scan)) return;
    std::unique_lock large(large_text_mutex_, std::defer_lock);
    if (text->size() > kLargeTextBytes) large.lock();
    auto shard = BuildShard(source.path, *text, source.language, changed ? new_scan : ScanOf(i), file.environment);
    if (large.owns_lock()) large.unlock();
    file.environment = {};
    if (!shard) {
      file.lost = shard.error().message;
      return;
    }
    Batch& batch = batches_[worker];
    batch.bytes += text->size() + shard->size();
    batch.items.push_back({file.content, *std::move(text), file.shard, *std::move(shard)});
    if (batch.bytes >= kBatchBytes) Flush(batch);
  }

  // For a file that has changed since the scan. False: it is lost.
  bool Rescan(size_t i, const std::string& text, TextScan& scan) {
    const ScannedSource& source = scan_.sources[i];
    File& file = files_[i];
    auto result = ScanSource(text, source.language, options_);
    if (!result) {
      file.lost = result.error().message;
      return false;
    }
    scan = *std::move(result);
    file.content = base::DigestOf(text);
    file.size_bytes = text.size();
    if (IsHdl(source.language)) file.environment = scan_.macros->Resolve(source.path, scan);
    file.shard = ShardKey(source, file.content, file.environment);
    return true;
  }

  void Flush(Batch& batch) {
    if (batch.items.empty()) return;
    const std::lock_guard lock(sink_mutex_);
    if (auto put = sink_.Put(std::exchange(batch.items, {})); !put) Stop(std::move(put).error());
    batch.bytes = 0;
  }

  void Stop(base::Error error) {
    const std::lock_guard lock(error_mutex_);
    stopped_ = true;
    if (!error_) error_ = std::move(error);
  }

  void Report() {
    if (!on_progress_) return;
    const std::lock_guard lock(progress_mutex_);
    on_progress_({Progress::Phase::kParse, ++parsed_, missing_.size()});
  }

  const IndexOptions& options_;
  const RepositoryScan& scan_;
  ShardSink& sink_;
  const std::function<void(const Progress&)>& on_progress_;
  const size_t threads_;

  std::vector<File> files_;      // as scan_.sources
  std::vector<size_t> missing_;  // of files_, to be parsed
  std::vector<Batch> batches_;   // one per worker

  std::mutex large_text_mutex_;  // guards nothing but the memory
  std::mutex sink_mutex_;
  std::mutex progress_mutex_;
  uint64_t parsed_ = 0;  // guarded by progress_mutex_
  std::mutex error_mutex_;
  std::optional<base::Error> error_;  // guarded by error_mutex_; the first
  std::atomic<bool> stopped_ = false;
};

}  // namespace

base::Result<IndexResult> IndexFolder(const IndexOptions& options, ShardSink& sink,
                                      const std::function<void(const Progress&)>& on_progress) {
  const auto start = std::chrono::steady_clock::now();
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<const SourceTree> tree, OpenTree(options));
  // git reads the checkout while this does.
  std::future<std::string> revision;
  if (options.revision.empty()) {
    revision = std::async(std::launch::async, [&] { return GitRevision(tree->root(), {options.roots, {}}); });
  }
  const base::Digest key = ScanKey(options);
  const std::shared_ptr<const RepositoryScan> previous = Scans().Find(key);
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<const RepositoryScan> scan,
                         ScanRepository(
                             tree, options, previous.get(), [&sink] { return sink.Cancelled(); }, on_progress));
  if (options.revision.empty()) Scans().Insert(key, scan);
  FANIN_ASSIGN_OR_RETURN(IndexResult result, FolderRun(options, *scan, sink, on_progress).Run());
  result.parse_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.revision = options.revision.empty() ? revision.get() : options.revision;
  return result;
}

base::Result<std::string> IndexText(const IndexOptions& options, const std::string& path, const std::string& text) {
  const auto normal = NormalisePath(path);
  if (!normal) return base::Fail(base::Code::kInvalidArgument, "not a path within the repository: " + path);
  Language language = LanguageOf(*normal);
  if (language == Language::kNone) language = Language::kSystemVerilog;
  FANIN_ASSIGN_OR_RETURN(const TextScan text_scan, ScanSource(text, language, options));
  MacroEnvironment environment;
  std::shared_ptr<const RepositoryScan> scan;
  if (IsHdl(language)) {
    const base::Digest key = ScanKey(options);
    scan = Scans().Find(key);
    if (scan == nullptr) {
      FANIN_ASSIGN_OR_RETURN(std::shared_ptr<const SourceTree> tree, OpenTree(options));
      FANIN_ASSIGN_OR_RETURN(scan, ScanRepository(std::move(tree), options, nullptr, {}, {}));
      Scans().Insert(key, scan);
    }
    environment = scan->macros->Resolve(*normal, text_scan);
  }
  return BuildShard(*normal, text, language, text_scan, environment);
}

}  // namespace fanin::indexer
