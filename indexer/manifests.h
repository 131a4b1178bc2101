// Project manifests found in a repository: FuseSoC .core (CAPI 2) and Bender.yml. Tier 1 reads their include folders
// and defines only: which files are indexed does not depend on them. A design can take its files from one.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"

namespace fanin::indexer {

// Paths are relative to the repository's root, '/' separated and normalised; what leads out of it is left out.
struct ManifestFacts {
  std::vector<std::string> include_dirs;
  std::unordered_map<std::string, std::vector<std::string>> defines;  // by file: "NAME=VALUE"
};

// By name: *.core, Bender.yml.
bool IsManifest(std::string_view path);

// Adds the facts of one manifest to `facts`. Taken as defined are: in Bender.yml the defines of source groups without a
// `target` condition, for the files of the group; in a .core file the vlogdefine parameters of its default target, for
// the files of that target. A .core file that is no CAPI 2 (e.g. a core dump) is passed over. Errors: INVALID_ARGUMENT
// with the parser's words: it is no YAML, or not of the expected shape.
base::Status ReadManifest(std::string_view path, const std::string& text, ManifestFacts& facts);

// What a design is made of according to one manifest. Paths as in ManifestFacts.
struct ManifestSources {
  std::vector<std::string> files;  // to be compiled, in order; include files are left out
  std::vector<std::string> include_dirs;
  std::vector<std::string> defines;
};

// The files of one manifest for the given targets. Of a Bender.yml: every group whose `target` expression (a name,
// all(), any(), not(), *) holds. Of a .core: the filesets of the targets, or of "default" where none is given; a
// conditional use, "flag ? (fileset)", counts when the flag is among them ("!flag ?": when it is not). Dependencies are
// not followed. Errors: INVALID_ARGUMENT: no manifest, no YAML, no such target.
base::Result<ManifestSources> ReadManifestSources(std::string_view path, const std::string& text,
                                                  const std::vector<std::string>& targets);

}  // namespace fanin::indexer
