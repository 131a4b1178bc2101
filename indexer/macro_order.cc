#include "indexer/macro_order.h"

#include <vector>

#include "indexer/hdl_extractor_source.h"
#include "slang/syntax/AllSyntax.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;

bool IsAssignment(const SyntaxNode& expression) {
  switch (expression.kind) {
    case SyntaxKind::PostincrementExpression:
    case SyntaxKind::PostdecrementExpression:
    case SyntaxKind::UnaryPreincrementExpression:
    case SyntaxKind::UnaryPredecrementExpression: return true;
    default: return BinaryExpressionSyntax::isKind(expression.kind);
  }
}

std::optional<MacroPart> PartOf(const SyntaxNode& node) {
  if (node.parent != nullptr) {
    const SyntaxNode& around = *node.parent;
    if (around.kind == SyntaxKind::ExpressionStatement)
      return IsAssignment(node) ? MacroPart::kAssignment : MacroPart::kCall;
    // The items of a continuous assignment stand in a list below it.
    const bool in_list = around.parent != nullptr && around.parent->kind == SyntaxKind::ContinuousAssign &&
                         !ExpressionSyntax::isKind(around.kind);
    const bool is_item = in_list || around.kind == SyntaxKind::ContinuousAssign;
    if (is_item && ExpressionSyntax::isKind(node.kind)) return MacroPart::kContinuous;
  }
  switch (node.kind) {
    case SyntaxKind::ReturnStatement: return MacroPart::kReturn;
    case SyntaxKind::ConditionalStatement:
    case SyntaxKind::CaseStatement:
    case SyntaxKind::ForLoopStatement:
    case SyntaxKind::LoopStatement:
    case SyntaxKind::ForeachLoopStatement:
    case SyntaxKind::ForeverStatement:
    case SyntaxKind::DoWhileStatement: return MacroPart::kCondition;
    default: break;
  }
  if (ProceduralBlockSyntax::isKind(node.kind)) return MacroPart::kBlock;
  return std::nullopt;
}

}  // namespace

void MacroOrder::Add(const SyntaxNode& root, const PlaceOf& place_of) {
  // Depth first, in the order of the text.
  std::vector<const SyntaxNode*> open{&root};
  while (!open.empty()) {
    const SyntaxNode& node = *open.back();
    open.pop_back();
    if (const auto part = PartOf(node)) {
      const auto first = FirstToken(node);
      const auto place = first ? place_of(first.location()) : std::nullopt;
      if (place) {
        const Group group{place->first, place->second, *part};
        index_of_.emplace(&node, std::pair(group, counts_[group]++));
      }
    }
    for (size_t i = node.getChildCount(); i-- > 0;) {
      if (const SyntaxNode* child = node.childNode(i)) open.push_back(child);
    }
  }
}

std::optional<MacroOrder::Position> MacroOrder::Find(const SyntaxNode& node, MacroPart first, MacroPart last) const {
  for (const SyntaxNode* at = &node; at != nullptr; at = at->parent) {
    const auto found = index_of_.find(at);
    if (found == index_of_.end()) continue;
    const auto& [group, index] = found->second;
    const MacroPart part = std::get<MacroPart>(group);
    if (part >= first && part <= last) return Position{part, index, counts_.at(group)};
  }
  return std::nullopt;
}

}  // namespace fanin::indexer
