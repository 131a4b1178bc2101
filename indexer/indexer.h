// The indexer's whole interface: a folder of HDL in, one shard per file out. Writes facts, knows nothing of storage,
// retrieval or other repositories.
//
// A file is parsed alone, with slang, never elaborated here (tier 1). What it needs from outside is its macro
// environment: for every macro that its text uses and does not define itself, the one definition chosen from the files
// it includes, the file lists' defines, the repository's macro table, or the built-in library. The environment is found
// by a lexical scan before parsing, so a file's shard key (extractor version, language, path, text, environment) is
// known without parsing it, and a shard that the store already has is never made again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/confinement.h"
#include "base/digest.h"
#include "base/error.h"
#include "graph/manifest.h"

namespace fanin::indexer {

// Changes whenever equal input may give another shard. Part of every shard key.
inline constexpr uint32_t kExtractorVersion = 5;

struct IndexOptions {
  std::string root;                       // the repository's folder
  std::string revision;                   // full name of a commit to index (git.h); empty: the files as they are
  std::vector<std::string> file_lists;    // .f files, relative to root or absolute
  std::vector<std::string> include_dirs;  // likewise
  std::vector<std::string> defines;       // "NAME" or "NAME=VALUE"
  uint64_t max_file_bytes = 32ULL << 20;  // a larger file is lost, with that reason
  uint32_t max_nesting = 1000;            // brackets and begin/ends; deeper is lost, with that reason
  size_t threads = 0;                     // 0: all cores
  // With roots the run is for others: file lists outside of the repository are refused, the environment is not put into
  // them, and git is asked within the roots only.
  base::Roots roots;
};

// One source file of a finished run.
struct IndexedFile {
  std::string path;      // relative to root, '/' separated
  base::Digest content;  // of its text
  base::Digest shard;    // its shard key
  uint64_t size_bytes = 0;
  bool reused = false;  // the store had the shard
};

struct IndexResult {
  std::vector<IndexedFile> files;     // sorted by path
  std::vector<graph::LostFile> lost;  // sorted by path: unreadable, not text, too large, too deep, parser gave up; also
                                      // links not followed and what lists and manifests name in vain
  std::string revision;               // see Manifest::revision
  double parse_seconds = 0;           // wall time of the run, but for asking git for the revision
};

struct Progress {
  enum class Phase : uint8_t { kDiscover, kScan, kParse } phase = Phase::kDiscover;
  uint64_t done = 0;
  uint64_t total = 0;
};

// Where shards go; implemented by the caller over its store. Put is called from worker threads, one call at a time.
class ShardSink {
 public:
  virtual ~ShardSink() = default;
  // Which shard keys are stored already, in order.
  virtual base::Result<std::vector<bool>> HasShards(const std::vector<base::Digest>& keys) = 0;
  struct Item {
    base::Digest content;
    std::string text;
    base::Digest shard_key;
    std::string shard_bytes;
  };
  virtual base::Status Put(std::vector<Item> items) = 0;
  // Asked between files; true ends the run with CANCELLED.
  virtual bool Cancelled() const { return false; }
};

// Indexes a folder, or a commit of it without a checkout. What the last run of the same options in this process found
// in files that have not changed since is used again. Errors: NOT_FOUND (no such folder or commit), FAILED_PRECONDITION
// (no HDL file in it, naming what was looked for; a revision of what is no git checkout), INVALID_ARGUMENT (a file list
// or define that cannot be read, with its line), CANCELLED, and the sink's own. A file that fails costs itself only.
// Links out of the root and link loops are not followed; they are listed as lost. on_progress is called from worker
// threads, one call at a time; sink.Cancelled from several at once. Memory: that of the macros (repository_scan.h) and
// of the files being parsed; it does not hold the repository's texts.
base::Result<IndexResult> IndexFolder(const IndexOptions& options, ShardSink& sink,
                                      const std::function<void(const Progress&)>& on_progress = {});

// The shard of one text as it would be at `path` (overlays: unsaved editor text). Its macro environment comes from the
// last scan that IndexFolder made with these options in this process; the last few are kept. When there is none the
// folder is scanned first, which costs about a tenth of indexing it. Thread-safe. Errors: INVALID_ARGUMENT (not text, a
// path out of the repository), RESOURCE_EXHAUSTED (nested too deep), INTERNAL (the parser gave up), and those of
// IndexFolder's scan.
base::Result<std::string> IndexText(const IndexOptions& options, const std::string& path, const std::string& text);

}  // namespace fanin::indexer
