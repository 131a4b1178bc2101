#include "indexer/repository_scan.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "base/file.h"
#include "base/work_queue.h"
#include "indexer/discovery.h"
#include "indexer/file_list.h"
#include "indexer/manifests.h"
#include "indexer/path_index.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxManifestBytes = 1 << 20;
// Spans are 32 bits.
constexpr uint64_t kMaxFileBytes = UINT32_MAX - 1;
// Tokens of one expression: parsers and visitors recurse over its operators.
constexpr uint32_t kMaxRun = 50'000;

bool IsCancelled(const std::function<bool()>& cancelled) { return cancelled && cancelled(); }

// What file lists, manifests and options say beside the files themselves.
struct Configuration {
  RepositoryMacros::Search search;
  std::unordered_map<std::string, std::vector<MacroDefinition>> defines_of_file;
  std::vector<SourceFile> listed;  // files of the lists
  std::vector<graph::LostFile> lost;
  std::vector<ScannedManifest> manifests;
};

class ConfigurationReader {
 public:
  ConfigurationReader(const SourceTree& tree, const IndexOptions& options, const Discovery& discovery,
                      const RepositoryScan* previous)
      : tree_(tree), options_(options), discovery_(discovery), previous_(previous) {}

  base::Result<Configuration> Run() && {
    for (const std::string& define : options_.defines) FANIN_RETURN_IF_ERROR(AddDefine(define, ""));
    for (const std::string& folder : options_.include_dirs) {
      AddIncludeDir((discovery_.root / folder).lexically_normal(), folder, "options");
    }
    FileList list;
    const bool is_for_others = options_.roots.confined();
    const FileListRules rules{.outside = !is_for_others, .environment = !is_for_others};
    for (const std::string& file : options_.file_lists) {
      FANIN_RETURN_IF_ERROR(ReadFileList(tree_.root(), file, list, rules, &tree_));
    }
    for (const ListedDefine& define : list.defines) FANIN_RETURN_IF_ERROR(AddDefine(define.text, define.where + ": "));
    for (const ListedName& folder : list.include_dirs) AddIncludeDir(folder.path, folder.path.string(), folder.where);
    for (const ListedName& source : list.sources) AddSource(source);
    ReadManifests();
    return std::move(result_);
  }

 private:
  base::Status AddDefine(const std::string& text, const std::string& where) {
    auto define = ParseDefine(text);
    if (!define) return base::Fail(define.error().code, where + define.error().message);
    result_.search.defines.push_back(*std::move(define));
    return {};
  }

  // nullopt: not below the root.
  std::optional<std::string> Relative(const fs::path& path) const {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(path, error);
    return error ? std::nullopt : NormaliseRelative(real.lexically_relative(discovery_.root));
  }
  static std::optional<std::string> NormaliseRelative(const fs::path& path) {
    return path.empty() ? std::nullopt : NormalisePath(path.generic_string());
  }

  void AddIncludeDir(const fs::path& folder, const std::string& shown, const std::string& where) {
    if (auto relative = Relative(folder)) {
      result_.search.include_dirs.push_back(*std::move(relative));
    } else {
      result_.lost.push_back({shown, "include folder out of the repository, named by " + where});
    }
  }

  void AddSource(const ListedName& source) {
    const auto relative = Relative(source.path);
    if (!relative) {
      result_.lost.push_back({source.path.string(), "out of the repository, named by " + source.where});
    } else if (!tree_.ExistsAt(source.path)) {
      result_.lost.push_back({*relative, "no such file, named by " + source.where});
    } else {
      const Language language = LanguageOf(*relative);
      result_.listed.push_back({*relative, language == Language::kNone ? Language::kSystemVerilog : language});
    }
  }

  void ReadManifests() {
    for (const std::string& path : discovery_.others) {
      if (IsManifest(path)) result_.manifests.push_back(ReadOne(path));
    }
    for (const ScannedManifest& manifest : result_.manifests) {
      if (!manifest.lost.empty()) result_.lost.push_back({manifest.path, manifest.lost});
      const ManifestFacts& facts = manifest.facts;
      std::vector<std::string>& dirs = result_.search.manifest_dirs;
      dirs.insert(dirs.end(), facts.include_dirs.begin(), facts.include_dirs.end());
      for (const auto& [file, defines] : facts.defines) {
        for (const std::string& text : defines) {
          if (auto define = ParseDefine(text)) result_.defines_of_file[file].push_back(*std::move(define));
        }
      }
    }
  }

  ScannedManifest ReadOne(const std::string& path) const {
    ScannedManifest manifest{path, tree_.Stamp(path), {}, {}};
    if (previous_ != nullptr && manifest.stamp != 0) {
      const auto same = std::ranges::lower_bound(previous_->manifests, path, {}, &ScannedManifest::path);
      if (same != previous_->manifests.end() && same->path == path && same->stamp == manifest.stamp) return *same;
    }
    const auto text = tree_.Read(path, kMaxManifestBytes);
    const auto read = text ? ReadManifest(path, *text, manifest.facts) : base::Status(std::unexpected(text.error()));
    if (!read) manifest.lost = read.error().message;
    return manifest;
  }

  const SourceTree& tree_;
  const IndexOptions& options_;
  const Discovery& discovery_;
  const RepositoryScan* const previous_;
  Configuration result_;
};

// Reads and scans files; collects what became of each.
class SourceScanner {
 public:
  SourceScanner(const SourceTree& tree, const IndexOptions& options, const RepositoryScan* previous,
                const std::function<bool()>& cancelled, const std::function<void(const Progress&)>& on_progress)
      : tree_(tree), options_(options), previous_(previous), cancelled_(cancelled), on_progress_(on_progress) {}

  base::Status Scan(const std::vector<SourceFile>& files) {
    std::vector<Outcome> outcomes(files.size());
    std::atomic<bool> stopped = false;
    total_ += files.size();
    const size_t threads = options_.threads != 0 ? options_.threads : base::DefaultThreads();
    base::ParallelFor(files.size(), threads, [&](size_t, size_t i) {
      if (stopped || IsCancelled(cancelled_)) {
        stopped = true;
        return;
      }
      outcomes[i] = ScanOne(files[i]);
      Report();
    });
    if (stopped) return base::Fail(base::Code::kCancelled, "indexing was cancelled");
    for (size_t i = 0; i < files.size(); ++i) Keep(files[i], std::move(outcomes[i]));
    return {};
  }

  std::vector<ScannedSource>& sources() { return sources_; }
  std::vector<RepositoryMacros::File>& macro_files() { return macro_files_; }
  std::vector<graph::LostFile>& lost() { return lost_; }

 private:
  struct Outcome {
    base::Digest content;
    uint64_t size_bytes = 0;
    uint64_t stamp = 0;
    std::shared_ptr<const TextScan> scan;
    std::string lost;  // why; empty: not
  };

  // What the previous scan says of a file that has not changed; null: it has, or is new.
  const ScannedSource* FindUnchanged(const SourceFile& file, uint64_t stamp) const {
    if (previous_ == nullptr || stamp == 0) return nullptr;
    const auto found = std::ranges::lower_bound(previous_->sources, file.path, {}, &ScannedSource::path);
    if (found == previous_->sources.end() || found->path != file.path) return nullptr;
    return found->stamp == stamp && found->language == file.language ? &*found : nullptr;
  }

  Outcome ScanOne(const SourceFile& file) const {
    Outcome outcome;
    outcome.stamp = tree_.Stamp(file.path);
    if (const ScannedSource* unchanged = FindUnchanged(file, outcome.stamp)) {
      outcome.content = unchanged->content;
      outcome.size_bytes = unchanged->size_bytes;
      if (unchanged->macros_file != UINT32_MAX) {
        outcome.scan = previous_->macros->files()[unchanged->macros_file].scan;
      }
      return outcome;
    }
    const auto text = ReadSource(tree_, file.path, options_);
    if (!text) {
      outcome.lost = text.error().message;
      return outcome;
    }
    auto scan = ScanSource(*text, file.language, options_);
    if (!scan) {
      outcome.lost = scan.error().message;
      return outcome;
    }
    outcome.scan = std::make_shared<const TextScan>(*std::move(scan));
    outcome.content = base::DigestOf(*text);
    outcome.size_bytes = text->size();
    return outcome;
  }

  void Report() {
    if (!on_progress_) return;
    const std::lock_guard lock(progress_mutex_);
    on_progress_({Progress::Phase::kScan, ++done_, total_});
  }

  void Keep(const SourceFile& file, Outcome outcome) {
    if (!outcome.lost.empty()) {
      lost_.push_back({file.path, std::move(outcome.lost)});
      return;
    }
    ScannedSource source{file.path, file.language, outcome.content, outcome.size_bytes, UINT32_MAX, outcome.stamp};
    if (IsHdl(file.language)) {
      source.macros_file = static_cast<uint32_t>(macro_files_.size());
      macro_files_.push_back({file.path, std::move(outcome.scan), {}});
    }
    sources_.push_back(std::move(source));
  }

  const SourceTree& tree_;
  const IndexOptions& options_;
  const RepositoryScan* const previous_;
  const std::function<bool()>& cancelled_;
  const std::function<void(const Progress&)>& on_progress_;
  std::mutex progress_mutex_;
  uint64_t done_ = 0;  // guarded by progress_mutex_
  uint64_t total_ = 0;
  std::vector<ScannedSource> sources_;
  std::vector<RepositoryMacros::File> macro_files_;
  std::vector<graph::LostFile> lost_;
};

// Files with other names that scanned files include, which makes them HDL.
std::vector<SourceFile> FindIncludedOthers(const std::vector<RepositoryMacros::File>& scanned,
                                           const std::vector<std::string>& others, const PathIndex& other_paths,
                                           const RepositoryMacros::Search& search) {
  std::vector<std::string_view> paths;
  for (const auto& file : scanned) paths.push_back(file.path);
  const PathIndex known(paths, search.include_dirs, search.manifest_dirs);
  std::set<PathIndex::FileIndex> found;
  for (const auto& file : scanned) {
    for (const IncludeDirective& include : file.scan->includes) {
      if (known.ResolveInclude(file.path, include.path)) continue;
      if (const auto other = other_paths.ResolveInclude(file.path, include.path)) found.insert(*other);
    }
  }
  std::vector<SourceFile> result;
  for (const auto index : found) result.push_back({others[index], Language::kSystemVerilog});
  return result;
}

// The files to scan: found ones and listed ones, each once, sorted.
std::vector<SourceFile> MergeFiles(std::vector<SourceFile> found, const std::vector<SourceFile>& listed) {
  found.insert(found.end(), listed.begin(), listed.end());
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  found.erase(std::unique(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.path == b.path; }),
              found.end());
  return found;
}

}  // namespace

base::Result<std::string> ReadSource(const SourceTree& tree, const std::string& path, const IndexOptions& options) {
  const uint64_t limit = std::min(options.max_file_bytes, kMaxFileBytes);
  auto text = tree.Read(path, limit);
  if (text) return text;
  std::string reason = text.error().message;
  if (text.error().code == base::Code::kResourceExhausted) {
    reason = "larger than the limit of " + std::to_string(limit) + " bytes";
  }
  return base::Fail(text.error().code, reason);
}

base::Result<TextScan> ScanSource(std::string_view text, Language language, const IndexOptions& options) {
  const size_t zero = text.find('\0');
  if (zero != std::string_view::npos || text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return base::Fail(base::Code::kInvalidArgument, "not text: it holds a zero byte or is UTF-16");
  }
  if (!IsHdl(language)) return TextScan();
  TextScan scan = ScanText(text, options.max_nesting);
  if (scan.max_nesting > options.max_nesting) {
    return base::Fail(base::Code::kResourceExhausted, "nested deeper than " + std::to_string(options.max_nesting) +
                                                          " levels, line " + std::to_string(scan.max_nesting_line));
  }
  if (scan.longest_run > kMaxRun) {
    return base::Fail(base::Code::kResourceExhausted, "an expression of more than " + std::to_string(kMaxRun) +
                                                          " tokens, line " + std::to_string(scan.longest_run_line));
  }
  return scan;
}

base::Result<std::shared_ptr<const RepositoryScan>> ScanRepository(
    std::shared_ptr<const SourceTree> tree, const IndexOptions& options, const RepositoryScan* previous,
    const std::function<bool()>& cancelled, const std::function<void(const Progress&)>& on_progress) {
  if (on_progress) on_progress({Progress::Phase::kDiscover, 0, 0});
  FANIN_ASSIGN_OR_RETURN(Discovery discovery, tree->Discover());
  FANIN_ASSIGN_OR_RETURN(Configuration configuration, ConfigurationReader(*tree, options, discovery, previous).Run());
  const std::vector<SourceFile> files = MergeFiles(std::move(discovery.files), configuration.listed);
  if (std::none_of(files.begin(), files.end(), [](const SourceFile& file) { return IsHdl(file.language); })) {
    return base::Fail(base::Code::kFailedPrecondition,
                      "no HDL file in " + options.root + "; looked for " + std::string(kHdlExtensions));
  }
  if (on_progress) on_progress({Progress::Phase::kDiscover, files.size(), files.size()});

  auto scan = std::make_shared<RepositoryScan>();
  scan->tree = std::move(tree);
  scan->manifests = std::move(configuration.manifests);
  SourceScanner scanner(*scan->tree, options, previous, cancelled, on_progress);
  FANIN_RETURN_IF_ERROR(scanner.Scan(files));
  const std::vector<std::string_view> others(discovery.others.begin(), discovery.others.end());
  const PathIndex other_paths(others, configuration.search.include_dirs, configuration.search.manifest_dirs);
  while (true) {
    const auto included =
        FindIncludedOthers(scanner.macro_files(), discovery.others, other_paths, configuration.search);
    if (included.empty()) break;
    const size_t before = scanner.macro_files().size();
    FANIN_RETURN_IF_ERROR(scanner.Scan(included));
    if (scanner.macro_files().size() == before) break;  // all lost
  }

  scan->sources = std::move(scanner.sources());
  std::sort(scan->sources.begin(), scan->sources.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  for (RepositoryMacros::File& file : scanner.macro_files()) {
    const auto found = configuration.defines_of_file.find(file.path);
    if (found != configuration.defines_of_file.end()) file.defines = found->second;
  }
  scan->macros =
      std::make_unique<const RepositoryMacros>(std::move(scanner.macro_files()), std::move(configuration.search));
  for (auto* some : {&discovery.lost, &configuration.lost, &scanner.lost()}) {
    scan->lost.insert(scan->lost.end(), some->begin(), some->end());
  }
  std::sort(scan->lost.begin(), scan->lost.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return scan;
}

}  // namespace fanin::indexer
