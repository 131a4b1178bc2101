// The first half of indexing: which files there are, what each is in bytes, and the macros among them. Parses nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/manifest.h"
#include "indexer/indexer.h"
#include "indexer/language.h"
#include "indexer/macro_environment.h"
#include "indexer/manifests.h"
#include "indexer/source_tree.h"

namespace fanin::indexer {

// A file that can be indexed.
struct ScannedSource {
  std::string path;
  Language language = Language::kNone;
  base::Digest content;
  uint64_t size_bytes = 0;
  uint32_t macros_file = UINT32_MAX;  // index into RepositoryMacros::files; documents have none
  uint64_t stamp = 0;                 // SourceTree::Stamp before it was read
};

// A project manifest, read.
struct ScannedManifest {
  std::string path;
  uint64_t stamp = 0;
  ManifestFacts facts;
  std::string lost;  // why it could not be read; empty: it was
};

struct RepositoryScan {
  std::shared_ptr<const SourceTree> tree;
  std::vector<ScannedSource> sources;  // sorted by path
  std::vector<graph::LostFile> lost;   // sorted by path
  std::unique_ptr<const RepositoryMacros> macros;
  std::vector<ScannedManifest> manifests;  // sorted by path
};

// Reads and scans all files of a tree on options.threads threads. A file whose stamp is that of `previous`, an earlier
// scan with equal options (null: none), is not read; its scan is shared. Texts are not kept: memory is about that of
// the macro definitions and of 24 bytes per macro use. `cancelled` is asked and `on_progress` called between files, the
// latter by one thread at a time. Errors: as IndexFolder.
base::Result<std::shared_ptr<const RepositoryScan>> ScanRepository(
    std::shared_ptr<const SourceTree> tree, const IndexOptions& options, const RepositoryScan* previous,
    const std::function<bool()>& cancelled, const std::function<void(const Progress&)>& on_progress);

// One text with its scan, if it can be indexed. Errors: INVALID_ARGUMENT (not text), RESOURCE_EXHAUSTED (nested too
// deep, or one expression too long); the message is fit for LostFile::reason.
base::Result<TextScan> ScanSource(std::string_view text, Language language, const IndexOptions& options);

// A whole file as ScanSource will accept its size. Errors: those of base::ReadFile, shortened to a reason.
base::Result<std::string> ReadSource(const SourceTree& tree, const std::string& path, const IndexOptions& options);

}  // namespace fanin::indexer
