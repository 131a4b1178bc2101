// Modules that could be instantiated next: those that files like this one instantiate, those that follow at near
// copies, those named like modules in use, those of near files.
#include <algorithm>
#include <cmath>

#include "retriever/context_source.h"

namespace fanin::retriever {
namespace {

constexpr size_t kMaxProposed = 30;

// How likely it is that an instantiation comes next, by what the cursor is at.
double Likelihood(CursorPlace place) {
  switch (place) {
    case CursorPlace::kItem: return 0.45;
    case CursorPlace::kExpression: return 0.15;  // a name may have begun one
    default: return 0;
  }
}

constexpr double kSupportShare = 0.3;
constexpr double kFollowingShare = 0.35;
constexpr double kNameShare = 0.25;
constexpr double kNearnessShare = 0.1;
constexpr double kEnclosingShare = 0.8;  // being named like the module itself, against like one that it uses
constexpr double kUsedShare = 0.3;       // of a module in use: its definition comes by its name

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return lower;
}

class ModuleSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    const double likelihood = Likelihood(query.scan.place);
    if (likelihood == 0) return {};
    FANIN_ASSIGN_OR_RETURN(const ContextEvidence* evidence, query.Evidence());
    FANIN_ASSIGN_OR_RETURN(std::vector<ContextEvidence::Module> modules, evidence->Modules());
    std::vector<std::string> names;  // of the text, in lower case, sorted
    for (const std::string& name : query.scan.all_names) names.push_back(LowerCase(name));
    std::ranges::sort(names);
    std::vector<std::string_view> used;
    double most = 1e-9;
    for (const ContextEvidence::Module& module : modules) {
      most = std::max(most, module.support);
      if (std::ranges::binary_search(names, module.name)) used.push_back(module.name);
    }
    const std::string enclosing = LowerCase(query.scan.enclosing);
    std::vector<std::pair<double, std::string_view>> ranked;
    for (const ContextEvidence::Module& module : modules) {
      if (module.name == enclosing) continue;
      double like = kEnclosingShare * SharedPrefix(module.name, enclosing);
      for (const std::string_view other : used) {
        if (other != module.name && other != enclosing) like = std::max(like, SharedPrefix(module.name, other));
      }
      double score = kSupportShare * std::sqrt(module.support / most) +
                     kFollowingShare * std::min(1.0, 2 * evidence->Following(module.name)) + kNameShare * like +
                     kNearnessShare * std::min(1.0, module.nearness);
      if (std::ranges::binary_search(names, module.name)) score *= kUsedShare;
      ranked.emplace_back(likelihood * score, module.name);
    }
    const size_t kept = std::min(kMaxProposed, ranked.size());
    std::partial_sort(
        ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(kept), ranked.end(),
        [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    ranked.resize(kept);
    for (const auto& [score, name] : ranked) FANIN_RETURN_IF_ERROR(Show(query, name, score, out));
    return {};
  }

 private:
  // The line with its name: that there is such a module, and where.
  static base::Status Show(const ContextQuery& query, std::string_view name, double score,
                           std::vector<ContextCandidate>& out) {
    FANIN_ASSIGN_OR_RETURN(std::vector<FoundNode> found, query.view.FindDefinitions(name));
    if (found.empty()) return {};
    SortByNearness(query.view, found);
    const graph::Node& node = found.front().node();
    ContextCandidate candidate =
        Propose(found.front(), 2, ContextNeed::kModule, "module", score, "may be instantiated next");
    candidate.lines = {{node.span.begin_line, std::max(node.span.begin_line, node.name_span.begin_line)}};
    out.push_back(std::move(candidate));
    return {};
  }
};

}  // namespace

std::unique_ptr<ContextSource> NewModuleSource() { return std::make_unique<ModuleSource>(); }

}  // namespace fanin::retriever
