// Between the passes of linking: all files' symbols in tables by name, include directives bound to files, and the
// choice among candidates of a duplicated name by nearness of folders. Internal to the linker (linker.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/linker_symbols.h"
#include "graph/schema.h"

namespace fanin::graph::linker {

// A symbol of a file; kNone: the file itself. Files are numbered in order of their paths.
struct Target {
  uint32_t file = kNone;
  uint32_t symbol = kNone;
  friend auto operator<=>(const Target&, const Target&) = default;
};

struct Candidate {
  Target target;
  float confidence = 1.0F;
};
// Most likely first. Confidences sum to at most 1.
using Candidates = std::vector<Candidate>;
float SumOf(const Candidates& candidates);
// Joins candidates of the same target, scales the sum to `total`, sorts, and keeps kMaxCandidates.
void Normalise(Candidates& candidates, float total);

struct ScopeRef {
  uint32_t file = kNone;
  uint32_t scope = kNone;
  friend bool operator==(const ScopeRef&, const ScopeRef&) = default;
};

// Occurrences of names, sorted by name, then file and symbol.
class NameTable {
 public:
  struct Entry {
    NameHash name = 0;
    uint32_t file = kNone;
    uint32_t symbol = kNone;
  };
  void Add(NameHash name, uint32_t file, uint32_t symbol) { entries_.push_back({name, file, symbol}); }
  void Sort();
  std::span<const Entry> Find(NameHash name) const;

 private:
  std::vector<Entry> entries_;
};

// The folders of files as a tree, to measure how near two files are.
class Folders {
 public:
  explicit Folders(std::span<const std::string_view> paths);
  // Steps from the folder of `a` up to the common folder and down to that of `b`.
  uint32_t Distance(uint32_t a, uint32_t b) const;

 private:
  struct Folder {
    uint32_t parent = 0;
    uint32_t depth = 0;
  };
  std::vector<Folder> folders_;
  std::vector<uint32_t> folder_of_file_;
};

// What is known of one file once all include directives and imports are bound.
struct FileBindings {
  std::vector<uint32_t> include_files;  // parallel to FileSymbols::includes: the nearest file, or kNone
  // Files that a scope includes, directly or not, and that declare something outside definitions.
  struct ScopeFiles {
    uint32_t scope = kNone;
    Range files;  // of included_files
  };
  std::vector<ScopeFiles> scope_files;  // sorted by scope
  std::vector<uint32_t> included_files;
  std::vector<uint32_t> all_included;       // every file that this one includes, directly or not; sorted
  std::vector<Candidates> import_packages;  // parallel to FileSymbols::imports
  // Scopes of other files that include this one, nearest first; `level` counts the includes in between, from 1.
  struct Includer {
    ScopeRef where;
    uint32_t level = 0;
  };
  std::vector<Includer> includers;
  std::vector<ScopeRef> base_scopes;  // parallel to FileSymbols::bases; file kNone: unknown. Set by the linker.

  std::span<const uint32_t> IncludedBy(uint32_t scope) const;
};

// Immutable after construction but for set_base_scopes and ReplaceSymbols. Views given must outlive it.
class SymbolIndex {
 public:
  // `paths` ascending, `files` parallel to it.
  SymbolIndex(std::string_view repository, std::vector<std::string_view> paths, std::vector<FileSymbols> files,
              size_t threads);

  size_t file_count() const { return files_.size(); }
  const FileSymbols& symbols(uint32_t file) const { return files_[file]; }
  const FileBindings& bindings(uint32_t file) const { return bindings_[file]; }
  const Symbol& SymbolOf(Target target) const { return files_[target.file].symbols[target.symbol]; }
  NodeId IdOf(Target target) const;
  NodeId LocalIdOf(uint32_t file, uint64_t local_id) const { return {file_keys_[file], local_id}; }

  const NameTable& designs() const { return designs_; }  // modules, interfaces, programs, primitives, checkers
  const NameTable& classes() const { return classes_; }  // wherever declared
  const NameTable& packages() const { return packages_; }
  const NameTable& macros() const { return macros_; }
  const NameTable& unit_items() const { return unit_items_; }  // declared outside any definition, package or class

  // Candidates of one name as seen from a file: its own alone if it has any, else those of the nearest folders. Each
  // further folder step halves the weight. Of very many only those around the file in path order are considered; what
  // is left out keeps its share of the confidence. They sum to at most `certainty`.
  Candidates Nearest(std::span<const NameTable::Entry> entries, uint32_t from_file, KindMask accepted,
                     float certainty = 1.0F) const;
  // Scopes that hold instances of the definition, or that such are bound into: the nearest few.
  std::vector<ScopeRef> UsersOf(NameHash definition, uint32_t from_file) const;
  // Files that the text of an `include can mean.
  Candidates IncludedFile(std::string_view text, uint32_t from_file) const;

  // Only while no other thread resolves names with inheritance.
  void set_base_scopes(uint32_t file, std::vector<ScopeRef> scopes) { bindings_[file].base_scopes = std::move(scopes); }

  // Puts another state of a file in the place of its old one. REQUIRES: SameForOthers; no other thread uses the index.
  void ReplaceSymbols(uint32_t file, FileSymbols symbols) { files_[file] = std::move(symbols); }
  // Ends the use of the index.
  std::vector<FileSymbols> TakeSymbols() && { return std::move(files_); }

 private:
  void FillTables();
  void BindIncludes(uint32_t file);
  void CloseIncludes(uint32_t file);
  void FindIncluders();
  void BindImports(uint32_t file);

  std::vector<std::string_view> paths_;
  std::vector<uint64_t> file_keys_;
  std::vector<FileSymbols> files_;
  std::vector<FileBindings> bindings_;
  Folders folders_;
  NameTable designs_, classes_, packages_, macros_, unit_items_, file_names_, uses_;
};

}  // namespace fanin::graph::linker
