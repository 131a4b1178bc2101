// A design's texts, parsed and given to slang as one compilation.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "graph/elaborated.h"
#include "graph/snapshot.h"
#include "indexer/design_sources.h"
#include "indexer/design_spec.h"
#include "indexer/design_texts.h"
#include "indexer/elaborator.h"
#include "slang/ast/Compilation.h"
#include "slang/syntax/SyntaxTree.h"
#include "slang/text/SourceManager.h"

namespace fanin::indexer {

// Owns all that slang's symbols point into. Each file is a compilation unit of its own, with the macros that tier 1
// takes for it from files that it does not include. Not thread-safe. slang may throw.
class DesignCompilation {
 public:
  // A file that cannot be parsed within bounds is left out and named in `problems`. Of the definitions named in
  // `emptied` only the ports and parameters are compiled.
  DesignCompilation(const graph::Snapshot& snapshot, const DesignSpec& spec, const DesignSources& sources,
                    const DesignTexts& texts, const ElaborationLimits& limits, const std::set<std::string>& emptied,
                    std::vector<graph::DesignProblem>& problems);
  DesignCompilation(const DesignCompilation&) = delete;
  DesignCompilation& operator=(const DesignCompilation&) = delete;

  slang::ast::Compilation& compilation() const { return *compilation_; }
  const slang::SourceManager& sources() const { return manager_; }

 private:
  using Tree = std::shared_ptr<slang::syntax::SyntaxTree>;

  using Macros = std::vector<const slang::syntax::DefineDirectiveSyntax*>;
  struct Dialect {
    slang::LanguageVersion version = slang::LanguageVersion::v1800_2023;
    bool keywords_of_2005 = false;
  };

  Tree Parse(graph::FileRef file, const Dialect& dialect, const Macros& macros);
  // As tier 1 reads it (best_reading.h): in the dialect and with the stand-ins for unknown macros that leave the fewest
  // errors. What stands in is named in `problems`.
  Tree ParseBest(graph::FileRef file, std::vector<graph::DesignProblem>& problems);
  Tree WithStandIns(graph::FileRef file, const Dialect& dialect, const Macros& macros, Tree best,
                    std::vector<graph::DesignProblem>& problems);
  // Macros that a tree uses and nobody defines, each once.
  std::vector<std::string> UnknownMacros(slang::syntax::SyntaxTree& tree) const;
  // The same macros with those of a text of `define lines.
  Macros Extend(Macros macros, const std::string& defines);
  // The macros of other files that a file needs.
  Macros MacrosFor(graph::FileRef file);

  const graph::Snapshot& snapshot_;
  const DesignTexts& texts_;
  std::vector<std::string> predefines_;
  slang::SourceManager manager_;
  std::unordered_map<std::string, slang::SourceBuffer> buffers_;
  std::unordered_map<graph::FileRef, Tree> macro_trees_;
  std::vector<Tree> stand_ins_;
  std::vector<std::string> tops_;  // views of them go to slang
  std::unique_ptr<slang::ast::Compilation> compilation_;
};

}  // namespace fanin::indexer
