// What names near the cursor, and names that follow at near copies, mean.
#include <algorithm>
#include <unordered_set>

#include "retriever/context_source.h"

namespace fanin::retriever {
namespace {

constexpr uint32_t kMaxLines = 40;
constexpr size_t kMaxCandidatesPerName = 2;
constexpr double kImportedPackageWeight = 0.3;  // a package imported far above the cursor still matters
constexpr double kFarDefinitionShare = 0.5;     // a definition neither imported nor in a near folder
constexpr double kFollowingScore = 0.8;

// Names with a weight, to their definitions.
class Definer {
 public:
  Definer(const ContextQuery& query, ContextNeed need)
      : query_(query), need_(need), imports_(query.scan.imports.begin(), query.scan.imports.end()) {}

  bool Imports(std::string_view package) const { return imports_.contains(package); }

  base::Status Define(const CursorName& name, double weight, std::string reason,
                      std::vector<ContextCandidate>& out) const {
    FANIN_ASSIGN_OR_RETURN(std::vector<FoundNode> found, query_.view.FindByName(name.text));
    std::vector<std::pair<double, FoundNode>> ranked;
    for (FoundNode& node : found) {
      const double score = weight * KindWeight(node) * Affinity(name, node);
      if (score > 0) ranked.emplace_back(score, std::move(node));
    }
    std::ranges::stable_sort(ranked, std::greater<>(), [](const auto& entry) { return entry.first; });
    if (ranked.size() > kMaxCandidatesPerName) ranked.resize(kMaxCandidatesPerName);
    double share = 1;
    for (const auto& [score, node] : ranked) {
      out.push_back(Show(node, score * share, reason));
      share /= 2;
    }
    return {};
  }

 private:
  // 1 for what the prefix can see by its scope, import or folder; less for a mere equal name; 0 for another scope's.
  double Affinity(const CursorName& name, const FoundNode& found) const {
    if (name.macro != (found.node().kind == graph::NodeKind::kMacro)) return 0;
    const std::string_view scope = ScopeOf(found);
    if (!name.scope.empty()) return scope == name.scope ? 1.0 : 0.0;
    if (!scope.empty() && imports_.contains(scope)) return 1.0;
    const double nearness = 1.0 / (1.0 - query_.view.Nearness(found.path));
    return kFarDefinitionShare + (1.0 - kFarDefinitionShare) * nearness;
  }

  ContextCandidate Show(const FoundNode& found, double score, const std::string& reason) const {
    if (graph::IsDefinition(found.node().kind) || found.node().kind == graph::NodeKind::kPackage) {
      return ProposeHeader(found, need_, score, reason);
    }
    if (found.node().kind == graph::NodeKind::kEnumMember) {
      const FoundNode type = found.Parent();  // the typedef says more than the member
      if (type.node().kind == graph::NodeKind::kTypedef) {
        return Propose(type, kMaxLines, need_, "definition", score, reason);
      }
    }
    return Propose(found, kMaxLines, need_, "definition", score, reason);
  }

  const ContextQuery& query_;
  ContextNeed need_;
  std::unordered_set<std::string_view> imports_;
};

class DefinitionSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    const Definer definer(query, ContextNeed::kDefinition);
    for (const CursorName& name : query.scan.names) {
      if (name.text == query.scan.enclosing) continue;
      const double weight = definer.Imports(name.text) ? std::max(name.weight, kImportedPackageWeight) : name.weight;
      std::string reason = (name.macro ? "`" : "") + (name.scope.empty() ? name.text : name.scope + "::" + name.text);
      reason += " is used on line " + std::to_string(name.line);
      FANIN_RETURN_IF_ERROR(definer.Define(name, weight, std::move(reason), out));
    }
    for (const std::string& package : query.scan.imports) {
      if (std::ranges::find(query.scan.names, package, &CursorName::text) != query.scan.names.end()) continue;
      const CursorName name{package, {}, false, 0, 0};
      FANIN_RETURN_IF_ERROR(definer.Define(name, kImportedPackageWeight, package + " is imported", out));
    }
    return {};
  }
};

class FollowingSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    FANIN_ASSIGN_OR_RETURN(const ContextEvidence* evidence, query.Evidence());
    const Definer definer(query, ContextNeed::kMember);
    for (const FollowingName& following : evidence->following()) {
      const CursorName name{following.text, {}, following.macro, 0, 0};
      std::string reason = (following.macro ? "`" : "") + following.text + " follows where lines are like these";
      FANIN_RETURN_IF_ERROR(definer.Define(name, kFollowingScore * following.weight, std::move(reason), out));
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<ContextSource> NewDefinitionSource() { return std::make_unique<DefinitionSource>(); }
std::unique_ptr<ContextSource> NewFollowingSource() { return std::make_unique<FollowingSource>(); }

}  // namespace fanin::retriever
