// How the enclosing module's ports near the cursor are connected by its users.
#include <algorithm>
#include <unordered_set>

#include "retriever/context_source.h"

namespace fanin::retriever {
namespace {

constexpr uint32_t kMaxLines = 60;
constexpr size_t kMaxConnections = 2;
constexpr double kConnectionScore = 0.45;

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
      if (node.kind == graph::NodeKind::kPort && node.name == name) return snapshot.RefOf(definition.file, child);
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
      out.push_back(Propose(*instance, kMaxLines, ContextNeed::kCopy, "connection", kConnectionScore * name.weight,
                            "connects port " + name.text + " of " + query.scan.enclosing));
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<ContextSource> NewConnectionSource() { return std::make_unique<ConnectionSource>(); }

}  // namespace fanin::retriever
