// The macro environment of a file: the definitions from outside that its parse needs, chosen before it is parsed.
//
// The conditionals of the file are walked with the macros that are defined at each point: those of the options, of the
// files it includes, its own. Each macro that the text uses and the file has not defined by then (in inactive text: by
// its end), or that the body of such a macro uses in turn, gets one definition:
//   1. from the options and manifests;
//   2. from the files it includes, which are searched for in the whole repository (path_index.h) and visited once each;
//   3. from any other file of the repository, the nearest folder first; under conditions that hold before those that
//   don't;
//   4. from the built-in library (builtin_macros.h);
//   5. made up from how the macro is used.
// Where names are pasted together (`log_``LEVEL), all macros whose name begins so are taken for used.
// A name that an `ifdef tests counts as defined by 1 and 2 only, so that an unrelated file switches no code on or off;
// if the file tests it undefined, 3 to 5 do not define it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "indexer/path_index.h"
#include "indexer/text_scan.h"

namespace fanin::indexer {

// "NAME", "NAME=VALUE" or "NAME(A,B)=BODY"; without a value it is 1. Errors: INVALID_ARGUMENT.
base::Result<MacroDefinition> ParseDefine(std::string_view text);

// Immutable once resolved; movable. Definitions point into the RepositoryMacros that made it, which must outlive it.
struct MacroEnvironment {
  struct Note {
    uint32_t line = 0;
    std::string message;
  };

  std::vector<const MacroDefinition*> definitions;            // by name
  std::vector<Note> notes;                                    // e.g. an include that is nowhere; in order of line
  std::vector<std::unique_ptr<const MacroDefinition>> stubs;  // those of `definitions` that were made up

  // Adds all that a parse depends on.
  void AddTo(base::Digester& digester) const;
};

// The scans of all HDL files of a repository, and the macros among them. Immutable; thread-safe.
class RepositoryMacros {
 public:
  struct File {
    std::string path;
    std::shared_ptr<const TextScan> scan;
    std::vector<MacroDefinition> defines;  // of manifests, for this file only
  };
  struct Search {
    std::vector<std::string> include_dirs;  // see PathIndex
    std::vector<std::string> manifest_dirs;
    std::vector<MacroDefinition> defines;  // for all files
  };

  // The files' paths must be distinct.
  RepositoryMacros(std::vector<File> files, Search search);

  // The environment of a text at `path`, whose scan may differ from the stored one (an unsaved edit) or be of no known
  // file. Cost: linear in the directives of the file and of all that it includes.
  MacroEnvironment Resolve(std::string_view path, const TextScan& scan) const;

  const std::vector<File>& files() const { return files_; }
  const PathIndex& paths() const { return paths_; }

 private:
  friend class EnvironmentResolver;
  struct Candidate {
    uint32_t file = 0;
    const MacroDefinition* definition = nullptr;
    bool active = false;  // its conditions hold when nothing but the options' macros is defined
  };

  void AddCandidates(uint32_t file);
  // Of the macro table; nullptr: none.
  const MacroDefinition* FindNearest(std::string_view from, std::string_view name) const;
  // Names in the table and the built-in library that begin so, up to a limit.
  std::vector<std::string_view> NamesWithPrefix(std::string_view prefix) const;

  std::vector<File> files_;
  Search search_;
  PathIndex paths_;
  std::map<std::string_view, std::vector<Candidate>> table_;
};

}  // namespace fanin::indexer
