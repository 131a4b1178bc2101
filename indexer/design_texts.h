// The texts of a design as slang asks for them: compiled files and all that they include, under the names that slang
// makes of the including file's folder and the text of its `include.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"
#include "indexer/design_sources.h"
#include "indexer/text_scan.h"

namespace fanin::indexer {

class DesignTexts {
 public:
  struct Text {
    std::string text;
    TextScan scan;
  };

  // Reads and scans every file, and for each the files whose macros tier 1 takes for it though it does not include
  // them. Errors: DATA_LOSS.
  static base::Result<DesignTexts> Read(const graph::Snapshot& snapshot, const DesignSources& sources);

  // The name of a compiled file in slang.
  static std::string NameOf(std::string_view path);
  // All names that slang may ask for, with their files. An absolute include is not among them: see hidden.
  const std::unordered_map<std::string, graph::FileRef>& files_by_name() const { return files_by_name_; }
  // Names that must not be looked up anywhere, absolute includes; they are empty.
  const std::vector<std::string>& hidden() const { return hidden_; }
  // REQUIRES: a file of files_by_name().
  const Text& text(graph::FileRef file) const { return texts_.at(file); }
  const std::vector<graph::FileRef>& files() const { return files_; }  // all, ascending
  // Files whose macros a compiled file needs beside those that it includes.
  const std::vector<graph::FileRef>& MacroFilesOf(graph::FileRef file) const;

 private:
  base::Status AddFiles(const graph::Snapshot& snapshot, const DesignSources& sources,
                        const std::vector<graph::FileRef>& files);
  base::Status FindMacroFiles(const graph::Snapshot& snapshot, const DesignSources& sources);
  // Files that a file includes, directly or not, itself too.
  std::vector<graph::FileRef> IncludedBy(graph::FileRef file) const;

  std::unordered_map<std::string, graph::FileRef> files_by_name_;
  std::unordered_map<graph::FileRef, Text> texts_;
  std::unordered_map<graph::FileRef, std::vector<graph::FileRef>> includes_;
  std::unordered_map<graph::FileRef, std::vector<graph::FileRef>> macro_files_;
  std::vector<graph::FileRef> files_;
  std::vector<std::string> hidden_;
};

}  // namespace fanin::indexer
