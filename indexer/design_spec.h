// What a design is: a top, and the files, folders and macros that it is elaborated from. docs/designs.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"

namespace fanin::indexer {

// All paths are relative to the repository's root, '/' separated.
struct DesignSpec {
  std::string name;
  std::vector<std::string> tops;
  std::vector<std::string> files;         // in order
  std::vector<std::string> file_lists;    // .f
  std::vector<std::string> manifests;     // .core, Bender.yml
  std::vector<std::string> targets;       // of the manifests; empty: "default" of a .core, none of a Bender.yml
  std::vector<std::string> include_dirs;  // beside those of lists and manifests, before them
  std::vector<std::string> defines;       // "NAME" or "NAME=VALUE", likewise
  std::vector<std::string> parameters;    // "NAME=VALUE", of the tops
  std::vector<std::string> pins;          // files that are preferred where a name is defined several times
  // Whether files that define what the files above lack are looked for in the repository.
  bool discover = false;
  // Whether lists may lie out of the repository: it is not the repository that names them.
  bool outside_lists = false;

  friend bool operator==(const DesignSpec&, const DesignSpec&) = default;
};

// The name of the file, in a repository's root, that names its designs.
inline constexpr std::string_view kDesignFile = "fanin.toml";

// The [[design]] tables of a fanin.toml; other keys belong to others. Errors: INVALID_ARGUMENT with line and key: no
// TOML, an unknown or ill-typed key, no top, two designs of one name.
base::Result<std::vector<DesignSpec>> ParseDesigns(std::string_view text);

// A design of a top whose files are found from it.
DesignSpec DiscoveredDesign(const std::string& top);

void AddTo(base::Digester& digester, const DesignSpec& spec);

}  // namespace fanin::indexer
