// Where completion context comes from: each source proposes passages with a score and a reason; the packer
// (context_pack.h) chooses. Scores and limits are explained in docs/context.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "retriever/context_evidence.h"
#include "retriever/context_view.h"
#include "retriever/cursor_scan.h"
#include "retriever/retriever.h"

namespace fanin::retriever {

// What a passage is for; each has its share of the budget.
enum class ContextNeed : uint8_t {
  kDefinition,  // what names that are written, or being written, mean
  kMember,      // what could be named next: items of imported packages, macros of included headers
  kModule,      // modules that could be instantiated next
  kCopy,        // how such lines go on elsewhere
};
inline constexpr size_t kContextNeedCount = 4;

struct LineRange {
  uint32_t begin = 1;  // 1-based, both inclusive
  uint32_t end = 1;
  friend bool operator==(const LineRange&, const LineRange&) = default;
};

// A proposed passage of a visible file: whole lines; what lies between two ranges is left out, and said so.
struct ContextCandidate {
  size_t index = 0;
  std::string path;
  std::vector<LineRange> lines;      // ascending, disjoint, not empty
  std::vector<LineRange> essential;  // shown instead where all is too much; empty: nothing
  ContextNeed need = ContextNeed::kDefinition;
  std::string kind;  // ContextSnippet::kind
  std::string node_kind;
  std::string name;
  std::string reason;
  double score = 0;    // about how likely it is that the next lines need it
  bool joins = false;  // may share a snippet with others of its file and kind
};

// One request, as sources see it. Not thread-safe.
struct ContextQuery {
  const CursorScan& scan;
  std::string_view prefix;  // the text before the cursor
  const ContextView& view;
  std::span<const std::string> recent_paths;
  mutable std::optional<ContextEvidence> evidence = std::nullopt;

  // Collected when first asked for.
  base::Result<const ContextEvidence*> Evidence() const;
};

class ContextSource {
 public:
  virtual ~ContextSource() = default;
  virtual base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const = 0;
};

// In the order they are asked: what matters most first, so that a deadline costs the least.
std::unique_ptr<ContextSource> NewInstanceSource();    // the module being instantiated, and its other instances
std::unique_ptr<ContextSource> NewDefinitionSource();  // what names near the cursor mean
std::unique_ptr<ContextSource> NewCopySource();        // places whose lines before them are alike
std::unique_ptr<ContextSource> NewFollowingSource();   // what names that follow there mean
std::unique_ptr<ContextSource> NewMemberSource();      // items of imported packages, macros of included headers
std::unique_ptr<ContextSource> NewModuleSource();      // modules that could come next
std::unique_ptr<ContextSource> NewConnectionSource();  // how the enclosing module's ports near the cursor are connected
std::vector<std::unique_ptr<ContextSource>> MakeContextSources();

// --- shared by sources

// The lines of a node, what is past `max_lines` left out but for the last.
ContextCandidate Propose(const FoundNode& found, uint32_t max_lines, ContextNeed need, std::string kind, double score,
                         std::string reason);
// A definition's interface: its header passage, else its first lines.
ContextCandidate ProposeHeader(const FoundNode& found, ContextNeed need, double score, std::string reason);
// How much the definition of a name of this kind helps, [0, 1]; 0: it is no definition to show.
double KindWeight(const FoundNode& found);
// How much of a name another begins with, [0, 1]: 1 for equal names.
double SharedPrefix(std::string_view a, std::string_view b);
// Nearest folder first.
void SortByNearness(const ContextView& view, std::vector<FoundNode>& nodes);
// Ranges joined where they touch.
std::vector<LineRange> JoinLines(std::vector<LineRange> lines);
// The package or class that an element is in; empty: none.
std::string_view ScopeOf(const FoundNode& found);

}  // namespace fanin::retriever
