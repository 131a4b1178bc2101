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
};

class ConfigurationReader {
 public:
  ConfigurationReader(const IndexOptions& options, const Discovery& discovery)
      : options_(options), discovery_(discovery) {}

  base::Result<Configuration> Run() && {
    for (const std::string& define : options_.defines) FANIN_RETURN_IF_ERROR(AddDefine(define, ""));
    for (const std::string& folder : options_.include_dirs) {
      AddIncludeDir((discovery_.root / folder).lexically_normal(), folder, "options");
    }
    FileList list;
    for (const std::string& file : options_.file_lists) {
      FANIN_RETURN_IF_ERROR(ReadFileList(discovery_.root, file, list));
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
    std::error_code error;
    if (!relative) {
      result_.lost.push_back({source.path.string(), "out of the repository, named by " + source.where});
    } else if (!fs::exists(source.path, error)) {
      result_.lost.push_back({*relative, "no such file, named by " + source.where});
    } else {
      const Language language = LanguageOf(*relative);
      result_.listed.push_back({*relative, language == Language::kNone ? Language::kSystemVerilog : language});
    }
  }

  void ReadManifests() {
    ManifestFacts facts;
    for (const std::string& path : discovery_.others) {
      if (!IsManifest(path)) continue;
      const auto text = base::ReadFile(discovery_.root / path, kMaxManifestBytes);
      const auto read = text ? ReadManifest(path, *text, facts) : base::Status(std::unexpected(text.error()));
      if (!read) result_.lost.push_back({path, read.error().message});
    }
    result_.search.manifest_dirs = std::move(facts.include_dirs);
    for (const auto& [file, defines] : facts.defines) {
      for (const std::string& text : defines) {
        if (auto define = ParseDefine(text)) result_.defines_of_file[file].push_back(*std::move(define));
      }
    }
  }

  const IndexOptions& options_;
  const Discovery& discovery_;
  Configuration result_;
};

// Reads and scans files; collects what became of each.
class SourceScanner {
 public:
  SourceScanner(const fs::path& root, const IndexOptions& options, const std::function<bool()>& cancelled,
                const std::function<void(const Progress&)>& on_progress)
      : root_(root), options_(options), cancelled_(cancelled), on_progress_(on_progress) {}

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
    TextScan scan;
    std::string lost;  // why; empty: not
  };

  Outcome ScanOne(const SourceFile& file) const {
    Outcome outcome;
    const auto text = ReadSource(root_ / file.path, options_);
    if (!text) {
      outcome.lost = text.error().message;
      return outcome;
    }
    auto scan = ScanSource(*text, file.language, options_);
    if (!scan) {
      outcome.lost = scan.error().message;
      return outcome;
    }
    outcome.scan = *std::move(scan);
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
    ScannedSource source{file.path, file.language, outcome.content, outcome.size_bytes};
    if (IsHdl(file.language)) {
      source.macros_file = static_cast<uint32_t>(macro_files_.size());
      macro_files_.push_back({file.path, std::move(outcome.scan), {}});
    }
    sources_.push_back(std::move(source));
  }

  const fs::path& root_;
  const IndexOptions& options_;
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
    for (const IncludeDirective& include : file.scan.includes) {
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

base::Result<std::string> ReadSource(const fs::path& path, const IndexOptions& options) {
  const uint64_t limit = std::min(options.max_file_bytes, kMaxFileBytes);
  auto text = base::ReadFile(path, limit);
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
    const IndexOptions& options, const std::function<bool()>& cancelled,
    const std::function<void(const Progress&)>& on_progress) {
  if (on_progress) on_progress({Progress::Phase::kDiscover, 0, 0});
  FANIN_ASSIGN_OR_RETURN(Discovery discovery, DiscoverFiles(options.root));
  FANIN_ASSIGN_OR_RETURN(Configuration configuration, ConfigurationReader(options, discovery).Run());
  const std::vector<SourceFile> files = MergeFiles(std::move(discovery.files), configuration.listed);
  if (std::none_of(files.begin(), files.end(), [](const SourceFile& file) { return IsHdl(file.language); })) {
    return base::Fail(base::Code::kFailedPrecondition,
                      "no HDL file in " + options.root + "; looked for " + std::string(kHdlExtensions));
  }
  if (on_progress) on_progress({Progress::Phase::kDiscover, files.size(), files.size()});

  auto scan = std::make_shared<RepositoryScan>();
  scan->root = discovery.root;
  SourceScanner scanner(scan->root, options, cancelled, on_progress);
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
