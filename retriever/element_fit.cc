#include "retriever/element_fit.h"

#include <algorithm>
#include <string_view>

#include "retriever/query_pattern.h"

namespace fanin::retriever {
namespace {

using graph::EdgeKind;
using graph::LocalNode;
using graph::Node;
using graph::NodeKind;
using graph::Shard;

void Restrict(const Query& leaf, const CompiledQuery& compiled, std::optional<KindSet>& kinds) {
  const auto* atom = leaf.As<Atom>();
  if (atom == nullptr || atom->key != Key::kKind) return;
  const KindSet& asked = compiled.Of(leaf).kinds;
  kinds = kinds.has_value() ? *kinds & asked : asked;
}

bool IsContainer(NodeKind kind) { return IsDefinition(kind) || kind == NodeKind::kPackage || kind == NodeKind::kClass; }

}  // namespace

bool IsDeclaration(NodeKind kind) {
  return IsSignalLike(kind) || kind == NodeKind::kStructField || kind == NodeKind::kTypedef || kind == NodeKind::kMacro;
}

std::optional<KindSet> KindsAsked(const Query& condition, const CompiledQuery& compiled) {
  std::optional<KindSet> kinds;
  Restrict(condition, compiled, kinds);
  if (const auto* all = condition.As<And>()) {
    for (const QueryPtr& child : all->children) Restrict(*child, compiled, kinds);
  }
  return kinds.has_value() && kinds->any() ? kinds : std::nullopt;
}

Level LevelOf(const KindSet& kinds) {
  bool containers = true;
  bool declarations = true;
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (!kinds.test(i)) continue;
    containers = containers && IsContainer(static_cast<NodeKind>(i));
    declarations = declarations && IsDeclaration(static_cast<NodeKind>(i));
  }
  return containers ? Level::kDefinition : declarations ? Level::kDeclaration : Level::kBlock;
}

size_t FitOf(std::span<const Query* const> satisfied, const CompiledQuery& compiled, const Shard& shard,
             LocalNode node) {
  const Node& element = shard.nodes()[node];
  size_t fit = 0;
  for (const Query* leaf : satisfied) {
    const auto* atom = leaf->As<Atom>();
    if (atom == nullptr) continue;
    const CompiledQuery::Leaf& compiled_leaf = compiled.Of(*leaf);
    const auto matches = [&](std::string_view name) { return compiled_leaf.pattern->Matches(LowerCase(name)); };
    switch (atom->key) {
      case Key::kKind: fit += compiled_leaf.kinds.test(static_cast<size_t>(element.kind)) ? 2 : 0; break;
      case Key::kName: fit += !element.anonymous && matches(element.name) ? 2 : 0; break;
      case Key::kInstanceOf: fit += element.kind == NodeKind::kInstance && matches(element.value) ? 1 : 0; break;
      case Key::kDrives:
        fit += std::ranges::any_of(shard.OutEdges(node), [&](uint32_t i) {
          const graph::LocalEdge& edge = shard.edges()[i];
          return edge.kind == EdgeKind::kDrives && matches(shard.nodes()[edge.to].name);
        });
        break;
      case Key::kReads:
        fit += std::ranges::any_of(shard.InEdges(node), [&](uint32_t i) {
          const graph::LocalEdge& edge = shard.edges()[i];
          return edge.kind == EdgeKind::kReads && matches(shard.nodes()[edge.from].name);
        });
        break;
      default: break;
    }
  }
  return fit;
}

}  // namespace fanin::retriever
