#include "indexer/chunker_units.h"

#include <algorithm>

namespace fanin::indexer {
namespace {

using graph::ChunkKind;
using graph::LocalNode;
using graph::NodeKind;
using graph::ShardBuilder;

ChunkKind KindOf(NodeKind kind) {
  switch (kind) {
    case NodeKind::kModule:
    case NodeKind::kInterface:
    case NodeKind::kProgram:
    case NodeKind::kPrimitive:
    case NodeKind::kChecker: return ChunkKind::kModuleHeader;
    case NodeKind::kPackage: return ChunkKind::kPackageHeader;
    case NodeKind::kClass: return ChunkKind::kClass;
    case NodeKind::kFunction:
    case NodeKind::kTask: return ChunkKind::kFunction;
    case NodeKind::kAlways:
    case NodeKind::kAlwaysFf:
    case NodeKind::kAlwaysComb:
    case NodeKind::kAlwaysLatch:
    case NodeKind::kInitial:
    case NodeKind::kFinal: return ChunkKind::kBlock;
    case NodeKind::kAssign: return ChunkKind::kAssigns;
    case NodeKind::kInstance: return ChunkKind::kInstance;
    case NodeKind::kGenerate: return ChunkKind::kGenerate;
    case NodeKind::kTypedef: return ChunkKind::kTypes;
    case NodeKind::kAssertion:
    case NodeKind::kCovergroup:
    case NodeKind::kConstraint: return ChunkKind::kAssertions;
    case NodeKind::kMacro: return ChunkKind::kMacros;
    default: return ChunkKind::kDeclarations;
  }
}

class UnitCollector {
 public:
  UnitCollector(const ChunkSource& source, const ShardBuilder& builder, const NodeTree& tree)
      : source_(source), builder_(builder), tree_(tree) {}

  std::vector<ChunkUnit> Run() && {
    std::vector<Visit> stack;
    PushChildren(0, 0, stack);
    while (!stack.empty()) {
      const Visit visit = stack.back();
      stack.pop_back();
      Add(visit, stack);
    }
    std::ranges::stable_sort(units_, {}, &ChunkUnit::first_line);
    return std::move(units_);
  }

 private:
  struct Visit {
    LocalNode node;
    LocalNode scope;
  };

  // Those from `begin_byte` on, last first.
  void PushChildren(LocalNode node, uint32_t begin_byte, std::vector<Visit>& stack) {
    const std::span<const LocalNode> children = tree_.ChildrenOf(node);
    for (size_t i = children.size(); i-- > 0;) {
      if (SpanOf(children[i]).begin_byte >= begin_byte) stack.push_back({children[i], node});
    }
  }

  void Add(const Visit& visit, std::vector<Visit>& stack) {
    const graph::Node& node = builder_.node(visit.node);
    ChunkUnit unit{KindOf(node.kind), visit.node, visit.scope, node.span.begin_line, node.span.end_line};
    const uint32_t lines = unit.line_count();
    switch (unit.kind) {
      case ChunkKind::kModuleHeader:
      case ChunkKind::kPackageHeader:
      case ChunkKind::kClass:
        if (lines > kSmallLines) {
          const uint32_t head_end = HeadEndOf(visit.node);
          unit.last_line = source_.lines.LineOf(head_end > 0 ? head_end - 1 : 0);
          unit.scope = visit.node;  // what its head is followed by are its members
          PushChildren(visit.node, head_end, stack);
        }
        break;
      case ChunkKind::kGenerate:
        if (lines > kRunLines && HasMembers(visit.node)) {
          unit.last_line = std::max(unit.first_line, FirstMemberLine(visit.node) - 1);
          unit.scope = visit.node;
          PushChildren(visit.node, 0, stack);
        }
        break;
      default: break;
    }
    units_.push_back(unit);
  }

  const graph::Span& SpanOf(LocalNode node) const { return builder_.node(node).span; }

  uint32_t HeadEndOf(LocalNode node) const {
    const auto head = std::ranges::lower_bound(source_.heads, node, {}, &HeadEnd::node);
    if (head != source_.heads.end() && head->node == node) return head->byte;
    return SpanOf(node).end_byte;
  }

  static bool IsMember(const graph::Node& node) { return node.type != "genvar" || node.kind != NodeKind::kSignal; }
  bool HasMembers(LocalNode node) const {
    return std::ranges::any_of(tree_.ChildrenOf(node), [&](LocalNode child) { return IsMember(builder_.node(child)); });
  }
  uint32_t FirstMemberLine(LocalNode node) const {
    for (LocalNode child : tree_.ChildrenOf(node)) {
      if (IsMember(builder_.node(child))) return source_.comments.FirstLineWithDoc(SpanOf(child).begin_line);
    }
    return SpanOf(node).end_line + 1;
  }

  const ChunkSource& source_;
  const ShardBuilder& builder_;
  const NodeTree& tree_;
  std::vector<ChunkUnit> units_;
};

}  // namespace

NodeTree::NodeTree(const ShardBuilder& builder) : begin_(builder.node_count() + 1) {
  const auto count = static_cast<LocalNode>(builder.node_count());
  for (LocalNode node = 1; node < count; ++node) ++begin_[builder.node(node).parent + 1];
  for (LocalNode node = 0; node < count; ++node) begin_[node + 1] += begin_[node];
  items_.resize(begin_[count]);
  std::vector<uint32_t> next(begin_.begin(), begin_.end() - 1);
  for (LocalNode node = 1; node < count; ++node) items_[next[builder.node(node).parent]++] = node;
  auto position = [&](LocalNode node) { return builder.node(node).span.begin_byte; };
  for (LocalNode node = 0; node < count; ++node) {
    const auto first = items_.begin() + begin_[node];
    const auto last = items_.begin() + begin_[node + 1];
    if (!std::is_sorted(first, last, [&](LocalNode a, LocalNode b) { return position(a) < position(b); })) {
      std::stable_sort(first, last, [&](LocalNode a, LocalNode b) { return position(a) < position(b); });
    }
  }
}

std::vector<ChunkUnit> CollectUnits(const ChunkSource& source, const ShardBuilder& builder, const NodeTree& tree) {
  return UnitCollector(source, builder, tree).Run();
}

}  // namespace fanin::indexer
