// Which files of a snapshot a design is made of.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/elaborated.h"
#include "graph/snapshot.h"
#include "indexer/design_spec.h"
#include "indexer/file_list.h"

namespace fanin::indexer {

struct DesignSources {
  std::vector<graph::FileRef> files;  // to be compiled, each once: the listed ones in order, then the found ones
  std::vector<std::string> include_dirs;
  std::vector<std::string> defines;
  std::vector<graph::DesignProblem> problems;  // of the whole design: names that the snapshot does not have
};

// Listed files come from the spec, its lists and manifests, which are read below `root`, its
// lists by the rules. With spec.discover, files are
// added until every module, interface, package and class that the tops need is defined: from the tops' definitions
// along the links of tier 1 (instantiates, imports, includes, refers_to, has_type, extends, calls). Of a name defined
// several times the pinned file counts, else a listed one, else the candidate of the highest confidence, and once it
// is chosen every use of the name means it. Errors: NOT_FOUND when no file defines a top, INVALID_ARGUMENT (a list or
// manifest that cannot be read), DATA_LOSS. Cost: one batched edge read per definition that is found.
base::Result<DesignSources> FindDesignSources(const graph::Snapshot& snapshot, const std::filesystem::path& root,
                                              const DesignSpec& spec, const FileListRules& rules);

}  // namespace fanin::indexer
