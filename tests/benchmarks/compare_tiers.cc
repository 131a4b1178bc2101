// compare_tiers: how well the facts of syntax (tier 1) agree with those of elaboration (tier 2), which are taken for
// the truth, at the level of statements, over all elaborated definitions of a design.
//
//     fanin index PATH --top TOP --data-dir DIR --no-embed && compare_tiers DIR REPOSITORY EXAMPLES DESIGN...
//
// Of several designs, e.g. one module with other parameters, a fact of any counts as true.
//
// Measured are, as recall and precision:
//   drives    (statement, continuous assignment or instance; signal)
//   reads     (signal; statement, continuous assignment or instance)
//   flows     (signal; signal; role; what makes it)
//   connects  (instance; port)
// An edge of tier 1 counts when its confidence is at least one half. Out of the comparison, and counted apart, are
// edges of tier 1 that the design says nothing of: made in generate blocks that do not exist in it, in arms of an
// `ifdef, in statements that elaboration found unreachable, and at interface ports themselves (tier 2 tells of their
// members).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "graph/elaboration.h"
#include "graph/rocks_store.h"
#include "graph/snapshot.h"

namespace fanin::graph {
namespace {

constexpr EdgeMask kCompared = MaskOf(EdgeKind::kDrives, EdgeKind::kReads, EdgeKind::kFlows, EdgeKind::kConnects);
constexpr float kBelieved = 0.5F;

// What makes the edge; of a block's summary edges the block.
NodeRef MakerOf(const Edge& edge) {
  if (edge.kind == EdgeKind::kFlows) return edge.statement;
  return edge.kind == EdgeKind::kReads ? edge.to : edge.from;
}

// An edge as it is compared: without bits, guards and, but for flows, roles.
struct Fact {
  NodeRef from;
  NodeRef to;
  NodeRef maker;
  Role role;
  friend auto operator<=>(const Fact&, const Fact&) = default;
};
using Facts = std::set<Fact>;

Fact FactOf(const Edge& edge) {
  return {edge.from, edge.to, MakerOf(edge), edge.kind == EdgeKind::kFlows ? edge.role : Role::kData};
}

template <typename T>
T Check(base::Result<T> result) {
  if (result) return *std::move(result);
  std::cerr << result.error() << '\n';
  std::exit(3);
}

class Comparison {
 public:
  Comparison(std::shared_ptr<const Snapshot> snapshot, size_t examples)
      : snapshot_(std::move(snapshot)), examples_(examples) {}

  void Run(const std::vector<std::string>& designs) {
    for (const std::string& name : designs) CollectTierTwo(*Check(Elaboration::Open(*snapshot_, name)));
    for (NodeRef definition : definitions_) CollectTierOne(definition);
    for (NodeRef outside : Outside()) CollectTierOne(outside);
    std::printf("%zu definitions\n\n", definitions_.size());
    std::printf("| | elaborated | syntax | both | recall | precision | not judged |\n|---|---|---|---|---|---|---|\n");
    for (EdgeKind kind : {EdgeKind::kDrives, EdgeKind::kReads, EdgeKind::kFlows, EdgeKind::kConnects}) Row(kind);
    for (EdgeKind kind : {EdgeKind::kDrives, EdgeKind::kReads, EdgeKind::kFlows, EdgeKind::kConnects}) Causes(kind);
    for (const auto& [cause, count] : apart_) std::printf("not judged: %s: %zu\n", cause.c_str(), count);
  }

 private:
  const Node& NodeOf(NodeRef ref) {
    auto& handle = handles_[ref];
    if (handle.ref == kNoRef) handle = Check(snapshot_->GetNode(ref));
    return *handle;
  }
  NodeRef ParentOf(NodeRef ref) {
    const Node& node = NodeOf(ref);
    return node.parent == kNoNode ? kNoRef : snapshot_->RefOf(handles_[ref].file, node.parent);
  }

  // Statements, continuous assignments and instances: what facts are compared at.
  bool IsStatementLevel(NodeRef maker) {
    if (maker == kNoRef) return false;
    const NodeKind kind = NodeOf(maker).kind;
    return kind == NodeKind::kStatement || kind == NodeKind::kAssign || kind == NodeKind::kInstance;
  }
  bool IsCompared(const Edge& edge) {
    if (edge.kind == EdgeKind::kConnects) return true;
    if (edge.kind == EdgeKind::kFlows) return edge.statement != kNoRef;
    return IsStatementLevel(MakerOf(edge));
  }

  void CollectTierTwo(const Elaboration& design) {
    for (uint32_t i = 0; i < design.design().definitions.size(); ++i) {
      const NodeRef node = design.NodeOf(i);
      if (node == kNoRef) continue;
      const bool all = std::ranges::all_of(design.SpecialisationsOf(node),
                                           [&](uint32_t d) { return design.design().definitions[d].elaborated(); });
      if (!all) continue;
      definitions_.insert(node);
      const ElaboratedFacts& facts = design.FactsOf(i);
      unplaced_ += facts.unplaced;
      for (const ElaboratedBlock& block : facts.blocks) blocks_.insert(Check(snapshot_->FindNode(block.node)));
      for (const ElaboratedEdge& stored : facts.edges) {
        if ((MaskOf(stored.kind) & kCompared) == 0) continue;
        Edge edge;
        edge.kind = stored.kind;
        edge.role = stored.role;
        edge.from = Check(snapshot_->FindNode(stored.from));
        edge.to = Check(snapshot_->FindNode(stored.to));
        edge.statement = stored.statement == NodeId{} ? kNoRef : Check(snapshot_->FindNode(stored.statement));
        if (edge.from == kNoRef || edge.to == kNoRef) continue;
        if (MakerOf(edge) != kNoRef) makers_.insert(MakerOf(edge));
        if (IsCompared(edge)) two_[edge.kind].insert(FactOf(edge));
      }
    }
  }

  // What stands outside of every definition and makes facts of one all the same: text that is included into it.
  std::set<NodeRef> Outside() {
    std::set<NodeRef> outside;
    for (NodeRef maker : makers_) {
      NodeRef at = maker;
      while (!IsDefinition(NodeOf(at).kind) && NodeOf(at).parent != kNoNode && NodeOf(at).parent != 0)
        at = ParentOf(at);
      if (!IsDefinition(NodeOf(at).kind)) outside.insert(at);
    }
    return outside;
  }

  void CollectTierOne(NodeRef definition) {
    std::vector<NodeRef> nodes;
    std::vector<NodeRef> open{definition};
    while (!open.empty()) {
      const NodeRef node = open.back();
      open.pop_back();
      nodes.push_back(node);
      NodeOf(node);
      const NodeHandle& handle = handles_[node];
      for (LocalNode child : handle.shard->Children(handle.local)) {
        const NodeRef ref = snapshot_->RefOf(handle.file, child);
        if (!IsDefinition(handle.shard->nodes()[child].kind)) open.push_back(ref);
      }
    }
    // Edges that are made here but have neither end here begin or end at a port of an instance, which is the far end of
    // a link of this file; both directions of every node find them all.
    std::set<NodeRef> here(nodes.begin(), nodes.end());
    for (Direction direction : {Direction::kOut, Direction::kIn}) {
      const auto edges = Check(snapshot_->GetEdges(nodes, direction, kCompared));
      for (const std::vector<Edge>& of_node : edges) {
        for (const Edge& edge : of_node) {
          const NodeRef maker = MakerOf(edge);
          if (maker == kNoRef || !here.contains(maker) || !IsCompared(edge)) continue;
          if (const std::string apart = WhyApart(edge); !apart.empty()) {
            if (not_judged_[edge.kind].insert(FactOf(edge)).second) ++apart_[apart];
          } else {
            one_[edge.kind].insert(FactOf(edge));
          }
        }
      }
    }
  }

  std::string WhyApart(const Edge& edge) {
    if (edge.confidence <= kBelieved) return "confidence of one half or below";
    if (edge.kind == EdgeKind::kConnects && edge.text.empty()) return "port left open";
    const NodeRef maker = MakerOf(edge);
    for (NodeRef at = maker; at != kNoRef; at = ParentOf(at)) {
      const Node& node = NodeOf(at);
      if (IsDefinition(node.kind)) break;
      if (!node.condition.empty()) return "in an arm of an `ifdef";
      if (node.kind == NodeKind::kGenerate && !blocks_.contains(at)) return "in a generate block that does not exist";
    }
    if (!makers_.contains(maker) && NodeOf(maker).kind == NodeKind::kStatement) return "unreachable statement";
    for (NodeRef end : {edge.from, edge.to}) {
      if (!NodeOf(end).condition.empty()) return "in an arm of an `ifdef";
    }
    if (edge.kind == EdgeKind::kConnects) return "";
    for (NodeRef end : {edge.from, edge.to}) {
      const Node& node = NodeOf(end);
      if (node.kind == NodeKind::kPort && node.direction == PortDirection::kNone) return "interface port";
      if (node.kind == NodeKind::kInstance && end != maker) return "member of an interface instance";
    }
    return "";
  }

  void Row(EdgeKind kind) {
    const Facts& one = one_[kind];
    const Facts& two = two_[kind];
    const Facts& apart = not_judged_[kind];
    size_t both = 0, found = 0;
    for (const Fact& fact : one) both += two.contains(fact) ? 1 : 0;
    for (const Fact& fact : two) found += one.contains(fact) || apart.contains(fact) ? 1 : 0;
    const auto share = [](size_t part, size_t all) {
      return all == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(all);
    };
    std::printf("| %s | %zu | %zu | %zu | %.4f | %.4f | %zu |\n", std::string(EdgeKindName(kind)).c_str(), two.size(),
                one.size(), both, share(found, two.size()), share(both, one.size()), apart.size());
  }

  std::string Text(NodeRef ref) {
    if (ref == kNoRef) return "-";
    const Node& node = NodeOf(ref);
    const NodeHandle& handle = handles_[ref];
    return snapshot_->file(handle.file).path + ":" + std::to_string(node.span.begin_line) + " " +
           std::string(NodeKindName(node.kind)) + " " + handle.shard->Path(handle.local);
  }

  // Why a fact of one side is not on the other, as far as the facts themselves tell.
  std::string Cause(const Fact& fact, const Facts& others, EdgeKind kind) {
    const auto begin = others.lower_bound({fact.from, fact.to, 0, Role::kData});
    bool same_pair = false, same_maker = false;
    for (auto at = begin; at != others.end() && at->from == fact.from && at->to == fact.to; ++at) {
      same_pair = true;
      same_maker = same_maker || at->maker == fact.maker;
    }
    if (same_maker) return "another role";
    if (same_pair) return "another statement";
    for (NodeRef end : {fact.from, fact.to}) {
      if (end == fact.maker) continue;
      const Node& node = NodeOf(end);
      if (node.kind == NodeKind::kFunction) return "result of a function";
      const NodeRef parent = ParentOf(end);
      const NodeKind around = parent == kNoRef ? NodeKind::kFile : NodeOf(parent).kind;
      if (around == NodeKind::kFunction || around == NodeKind::kTask) return "argument or variable of a function";
      if (around == NodeKind::kInterface) return "member of an interface";
      if (around == NodeKind::kFile || around == NodeKind::kPackage) return "declared outside of the module";
    }
    if (fact.maker != kNoRef && kind != EdgeKind::kConnects && NodeOf(fact.maker).kind == NodeKind::kInstance)
      return "connection";
    return "other";
  }

  void Causes(EdgeKind kind) {
    for (const bool missing : {true, false}) {
      const Facts& these = missing ? two_[kind] : one_[kind];
      const Facts& others = missing ? one_[kind] : two_[kind];
      std::map<std::string, std::vector<Fact>> by_cause;
      for (const Fact& fact : these) {
        if (others.contains(fact) || (missing && not_judged_[kind].contains(fact))) continue;
        by_cause[Cause(fact, others, kind)].push_back(fact);
      }
      for (const auto& [cause, facts] : by_cause) {
        std::printf("\n%s, %s: %s: %zu\n", std::string(EdgeKindName(kind)).c_str(),
                    missing ? "missing in syntax" : "in syntax only", cause.c_str(), facts.size());
        const size_t step = std::max<size_t>(1, facts.size() / std::max<size_t>(1, examples_));
        for (size_t i = 0, shown = 0; i < facts.size() && shown < examples_; i += step, ++shown) {
          std::printf("    %s -> %s  %s  at %s\n", Text(facts[i].from).c_str(), Text(facts[i].to).c_str(),
                      std::string(RoleName(facts[i].role)).c_str(), Text(facts[i].maker).c_str());
        }
      }
    }
    std::printf("\n");
    if (kind == EdgeKind::kConnects) std::printf("facts of elaboration without a node of tier 1: %zu\n", unplaced_);
  }

  const std::shared_ptr<const Snapshot> snapshot_;
  const size_t examples_;
  std::map<NodeRef, NodeHandle> handles_;
  std::set<NodeRef> definitions_, blocks_, makers_;
  std::map<EdgeKind, Facts> one_, two_, not_judged_;
  std::map<std::string, size_t> apart_;
  size_t unplaced_ = 0;
};

}  // namespace
}  // namespace fanin::graph

int main(int argc, char** argv) {
  using namespace fanin::graph;
  if (argc < 5) {
    std::cerr << "usage: compare_tiers DATA_DIR REPOSITORY EXAMPLES DESIGN...\n";
    return 2;
  }
  RocksOptions options;
  options.mode = OpenMode::kReadOnly;
  const std::shared_ptr<GraphStore> store = Check(RocksStore::Open(argv[1], options));
  const auto snapshot = Check(Snapshot::Open(store, std::make_shared<ShardCache>(size_t{1} << 30), argv[2]));
  Comparison(snapshot, std::strtoul(argv[3], nullptr, 10)).Run({argv + 4, argv + argc});
  return 0;
}
