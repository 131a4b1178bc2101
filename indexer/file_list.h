// Reader of file lists (.f) as simulators take them.
//
// Understood: source paths; +incdir+A+B, -I A, -IA, -incdir A; +define+A=1+B, -D A=1, -DA=1; -f and -F with nested
// lists; -v FILE, -y FOLDER (also searched for includes); // # and /* */ comments, "quotes", a backslash before a
// newline; $NAME, ${NAME}, $(NAME) from the process environment. Other options that begin with - or + are passed over.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "indexer/source_tree.h"

namespace fanin::indexer {

// Something that a list names, and where ("rtl.f:12").
struct ListedName {
  std::filesystem::path path;  // absolute, by text alone
  std::string where;
};

struct ListedDefine {
  std::string text;  // "NAME" or "NAME=VALUE"
  std::string where;
};

struct FileList {
  std::vector<ListedName> sources;
  std::vector<ListedName> include_dirs;
  std::vector<ListedDefine> defines;
};

// What a list may name.
struct FileListRules {
  bool outside = true;      // lists that lie outside of the root
  bool environment = true;  // variables of this process
};

// Reads a list and all lists that it names, adding to `result`. Relative paths in it are relative to `root` (as if the
// tool ran there) or, when there is no such file, to the list's own folder; in a list read by -F always to the latter.
// Errors: INVALID_ARGUMENT, naming list and line: a list that cannot be read or that reads itself, an option without
// its value, a variable that is not set, what the rules do not allow. What is below the root is read from `tree`; null:
// from the folder.
base::Status ReadFileList(const std::filesystem::path& root, const std::filesystem::path& list, FileList& result,
                          const FileListRules& rules = {}, const SourceTree* tree = nullptr);

}  // namespace fanin::indexer
