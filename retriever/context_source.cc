#include "retriever/context_source.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

namespace fanin::retriever {
namespace {

using graph::NodeKind;

constexpr uint32_t kMaxDefinitionLines = 60;
constexpr uint32_t kMaxInstanceLines = 60;
constexpr size_t kMaxCandidatesPerName = 2;
constexpr size_t kMaxSiblings = 3;
constexpr uint32_t kMaxSiblingsSeen = 50;  // the nearest are chosen among these
constexpr size_t kMaxConnections = 2;
constexpr uint32_t kMaxSimilar = 8;

constexpr double kInstanceHeaderScore = 3.0;
constexpr double kSiblingScore = 1.2;
constexpr double kNextSiblingShare = 0.8;
constexpr double kConnectionScore = 0.45;
constexpr double kSimilarScore = 0.5;
constexpr double kImportedPackageWeight = 0.3;  // a package imported far above the cursor still matters
constexpr double kFarDefinitionShare = 0.5;     // a definition neither imported nor in a near folder

ContextCandidate Propose(const FoundNode& found, uint32_t max_lines, std::string kind, double score,
                         std::string reason) {
  const graph::Node& node = found.node();
  return {found.index,
          std::string(found.path),
          node.span.begin_line,
          std::min(node.span.end_line, node.span.begin_line + max_lines - 1),
          std::move(kind),
          std::string(graph::NodeKindName(node.kind)),
          std::string(node.name),
          std::move(reason),
          score};
}

// A definition's interface: its header chunk, else its first lines.
ContextCandidate ProposeHeader(const FoundNode& found, double score, std::string reason) {
  ContextCandidate candidate = Propose(found, kMaxDefinitionLines, "definition", score, std::move(reason));
  for (const graph::Chunk& chunk : found.shard->chunks()) {
    const bool header = chunk.kind == graph::ChunkKind::kModuleHeader || chunk.kind == graph::ChunkKind::kPackageHeader;
    if (header && chunk.node == found.local) {
      candidate.begin_line = chunk.span.begin_line;
      candidate.end_line = chunk.span.end_line;
      break;
    }
  }
  return candidate;
}

void SortByNearness(const ContextView& view, std::vector<FoundNode>& nodes) {
  std::ranges::stable_sort(nodes, [&](const FoundNode& a, const FoundNode& b) {
    if (a.index != b.index) return a.index < b.index;
    return view.Nearness(a.path) > view.Nearness(b.path);
  });
}

// --- instance

class InstanceSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    if (query.scan.open_instances.empty()) return {};
    const OpenInstance& open = query.scan.open_instances.back();
    FANIN_ASSIGN_OR_RETURN(std::vector<FoundNode> found, query.view.FindByName(open.module));
    std::erase_if(found, [](const FoundNode& node) { return !graph::IsDefinition(node.node().kind); });
    SortByNearness(query.view, found);
    if (found.size() > kMaxCandidatesPerName) found.resize(kMaxCandidatesPerName);
    double share = 1;
    for (const FoundNode& definition : found) {
      out.push_back(ProposeHeader(definition, kInstanceHeaderScore * share,
                                  open.module + " is being instantiated: its parameters and ports"));
      share /= 2;
    }
    return Siblings(query, open.module, out);
  }

 private:
  // By the module's written name, so that instances of a module that no repository defines are found too.
  static base::Status Siblings(const ContextQuery& query, const std::string& module,
                               std::vector<ContextCandidate>& out) {
    SearchRequest request;
    request.query = "kind:instance instance_of:" + module;
    request.limit = kMaxSiblingsSeen;
    request.deadline = query.deadline;
    FANIN_ASSIGN_OR_RETURN(const SearchResponse response, query.retriever.Search(query.indexes, request));
    std::vector<FoundNode> siblings;
    for (const SearchResult& result : response.results) {
      FANIN_ASSIGN_OR_RETURN(std::optional<FoundNode> instance, query.view.Find(result.index, result.node.ref));
      if (instance) siblings.push_back(*std::move(instance));
    }
    SortByNearness(query.view, siblings);
    if (siblings.size() > kMaxSiblings) siblings.resize(kMaxSiblings);
    double score = kSiblingScore;
    for (const FoundNode& sibling : siblings) {
      out.push_back(Propose(sibling, kMaxInstanceLines, "instance", score, "another instance of " + module));
      score *= kNextSiblingShare;
    }
    return {};
  }
};

// --- definitions

// How much the definition of a name of this kind helps; 0: it is no definition to show.
double KindWeight(const FoundNode& found) {
  const NodeKind scope = found.node().parent == graph::kNoNode ? NodeKind::kFile : found.Parent().node().kind;
  const bool shared = scope == NodeKind::kPackage || scope == NodeKind::kFile || scope == NodeKind::kClass ||
                      scope == NodeKind::kInterface;
  switch (found.node().kind) {
    case NodeKind::kTypedef: return 1.0;
    case NodeKind::kModule:
    case NodeKind::kInterface:
    case NodeKind::kProgram:
    case NodeKind::kPrimitive:
    case NodeKind::kChecker: return 0.9;
    case NodeKind::kEnumMember: return 0.8;
    case NodeKind::kMacro: return 0.8;
    case NodeKind::kFunction:
    case NodeKind::kTask: return shared ? 0.8 : 0;
    case NodeKind::kParameter: return shared ? 0.7 : 0;
    case NodeKind::kClass: return 0.7;
    case NodeKind::kPackage: return 0.6;
    default: return 0;
  }
}

class DefinitionSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    const std::unordered_set<std::string_view> imports(query.scan.imports.begin(), query.scan.imports.end());
    for (const CursorName& name : query.scan.names) {
      if (name.text == query.scan.enclosing) continue;
      const double weight = imports.contains(name.text) ? std::max(name.weight, kImportedPackageWeight) : name.weight;
      FANIN_RETURN_IF_ERROR(Define(query, name, weight, imports, out));
    }
    for (const std::string& package : query.scan.imports) {
      const bool named = std::ranges::any_of(query.scan.names, [&](const CursorName& n) { return n.text == package; });
      if (!named) {
        FANIN_RETURN_IF_ERROR(
            Define(query, CursorName{package, {}, false, 0, 0}, kImportedPackageWeight, imports, out));
      }
    }
    return {};
  }

 private:
  static base::Status Define(const ContextQuery& query, const CursorName& name, double weight,
                             const std::unordered_set<std::string_view>& imports, std::vector<ContextCandidate>& out) {
    FANIN_ASSIGN_OR_RETURN(std::vector<FoundNode> found, query.view.FindByName(name.text));
    std::vector<std::pair<double, FoundNode>> ranked;
    for (FoundNode& node : found) {
      double score = weight * KindWeight(node) * Affinity(query, name, node, imports);
      if (score > 0) ranked.emplace_back(score, std::move(node));
    }
    std::ranges::stable_sort(ranked, std::greater<>(), [](const auto& entry) { return entry.first; });
    if (ranked.size() > kMaxCandidatesPerName) ranked.resize(kMaxCandidatesPerName);
    double share = 1;
    for (const auto& [score, node] : ranked) {
      out.push_back(Show(name, node, score * share));
      share /= 2;
    }
    return {};
  }

  // 1 for what the prefix can see by its scope, import or folder; less for a mere equal name; 0 for another scope's.
  static double Affinity(const ContextQuery& query, const CursorName& name, const FoundNode& found,
                         const std::unordered_set<std::string_view>& imports) {
    if (name.macro != (found.node().kind == NodeKind::kMacro)) return 0;
    std::string_view scope;
    for (FoundNode at = found; at.node().parent != graph::kNoNode;) {
      at = at.Parent();
      if (at.node().kind == NodeKind::kPackage || at.node().kind == NodeKind::kClass) {
        scope = at.node().name;
        break;
      }
    }
    if (!name.scope.empty()) return scope == name.scope ? 1.0 : 0.0;
    if (imports.contains(scope) && !scope.empty()) return 1.0;
    const double nearness = 1.0 / (1.0 + std::max(0, -query.view.Nearness(found.path)));
    return kFarDefinitionShare + (1.0 - kFarDefinitionShare) * nearness;
  }

  static ContextCandidate Show(const CursorName& name, const FoundNode& found, double score) {
    std::string reason = (name.macro ? "`" : "") + (name.scope.empty() ? name.text : name.scope + "::" + name.text);
    reason += name.line != 0 ? " is used on line " + std::to_string(name.line) : " is imported";
    if (graph::IsDefinition(found.node().kind)) return ProposeHeader(found, score, std::move(reason));
    if (found.node().kind == NodeKind::kEnumMember) {
      const FoundNode type = found.Parent();  // the typedef says more than the member
      if (type.node().kind == NodeKind::kTypedef) {
        return Propose(type, kMaxDefinitionLines, "definition", score, std::move(reason));
      }
    }
    return Propose(found, kMaxDefinitionLines, "definition", score, std::move(reason));
  }
};

// --- connections

class ConnectionSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    const graph::Snapshot& snapshot = query.view.snapshot(0);
    // Navigation may use the stored facts of the file under the cursor; what is shown comes from other files.
    FANIN_ASSIGN_OR_RETURN(const auto scopes, snapshot.FindByName(query.scan.enclosing));
    std::unordered_set<graph::NodeRef> shown;
    for (const graph::Snapshot::NameHit& scope : scopes) {
      if (!graph::IsDefinition(scope.kind)) continue;
      FANIN_ASSIGN_OR_RETURN(const graph::NodeHandle definition, snapshot.GetNode(scope.ref));
      if (!query.view.Hidden(0, snapshot.file(definition.file).path)) continue;  // another module of that name
      for (const CursorName& name : query.scan.names) {
        if (shown.size() >= kMaxConnections) return {};
        const graph::NodeRef port = FindPort(snapshot, definition, name.text);
        if (port != graph::kNoRef) FANIN_RETURN_IF_ERROR(ShowUsers(query, name, port, shown, out));
      }
    }
    return {};
  }

 private:
  static graph::NodeRef FindPort(const graph::Snapshot& snapshot, const graph::NodeHandle& definition,
                                 std::string_view name) {
    for (const graph::LocalNode child : definition.shard->Children(definition.local)) {
      const graph::Node& node = definition.shard->nodes()[child];
      if (node.kind == NodeKind::kPort && node.name == name) return snapshot.RefOf(definition.file, child);
    }
    return graph::kNoRef;
  }

  static base::Status ShowUsers(const ContextQuery& query, const CursorName& name, graph::NodeRef port,
                                std::unordered_set<graph::NodeRef>& shown, std::vector<ContextCandidate>& out) {
    const graph::NodeRef refs[] = {port};
    FANIN_ASSIGN_OR_RETURN(const auto edges, query.view.snapshot(0).GetEdges(refs, graph::Direction::kIn,
                                                                             MaskOf(graph::EdgeKind::kConnects)));
    for (const graph::Edge& edge : edges[0]) {
      if (shown.size() >= kMaxConnections || !shown.insert(edge.from).second) continue;
      FANIN_ASSIGN_OR_RETURN(const std::optional<FoundNode> instance, query.view.Find(0, edge.from));
      if (!instance) continue;
      out.push_back(Propose(*instance, kMaxInstanceLines, "connection", kConnectionScore * name.weight,
                            "connects port " + name.text + " of " + query.scan.enclosing));
    }
    return {};
  }
};

// --- similar code

class SimilarSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    if (query.scan.nearby_words.empty()) return {};
    SearchRequest request;
    request.query = query.scan.nearby_words;
    request.limit = kMaxSimilar;
    request.deadline = query.deadline;
    FANIN_ASSIGN_OR_RETURN(const SearchResponse response, query.retriever.Search(query.indexes, request));
    const double best = response.results.empty() ? 0 : response.results.front().score;
    for (const SearchResult& result : response.results) {
      const std::string& path = query.indexes[result.index]->snapshot().file(result.node.file).path;
      if (query.view.Hidden(result.index, path) || best <= 0) continue;
      out.push_back({result.index, path, result.span.begin_line, result.span.end_line, "similar",
                     std::string(graph::NodeKindName(result.node->kind)), std::string(result.node->name),
                     "resembles the last lines", kSimilarScore * result.score / best});
    }
    return {};
  }
};

}  // namespace

std::vector<std::unique_ptr<ContextSource>> MakeContextSources() {
  std::vector<std::unique_ptr<ContextSource>> sources;
  sources.push_back(std::make_unique<InstanceSource>());
  sources.push_back(std::make_unique<DefinitionSource>());
  sources.push_back(std::make_unique<ConnectionSource>());
  sources.push_back(std::make_unique<SimilarSource>());
  return sources;
}

}  // namespace fanin::retriever
