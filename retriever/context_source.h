// Where completion context comes from: each source proposes snippets with a score and a reason; the packer
// (context.cc) chooses. Scores and limits are explained in docs/context.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "retriever/context_view.h"
#include "retriever/cursor_scan.h"
#include "retriever/retriever.h"

namespace fanin::retriever {

struct ContextQuery {
  const CursorScan& scan;
  const ContextView& view;
  std::span<const std::shared_ptr<const SearchIndex>> indexes;
  const Retriever& retriever;
  Deadline deadline;
};

// A proposed snippet: whole lines of a visible file.
struct ContextCandidate {
  size_t index = 0;
  std::string path;
  uint32_t begin_line = 1;  // 1-based, both inclusive
  uint32_t end_line = 1;
  std::string kind;  // ContextSnippet::kind
  std::string node_kind;
  std::string name;
  std::string reason;
  double score = 0;
};

class ContextSource {
 public:
  virtual ~ContextSource() = default;
  virtual base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const = 0;
};

// In the order they are asked: what matters most first, so that a deadline costs the least.
//   instance     ports of the module being instantiated, and its other instances
//   definitions  types, parameters, functions, macros, modules, imported packages named near the cursor
//   connections  how the enclosing module's ports near the cursor are connected by its users
//   similar      passages like the last lines
std::vector<std::unique_ptr<ContextSource>> MakeContextSources();

}  // namespace fanin::retriever
