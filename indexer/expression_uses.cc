#include "indexer/expression_uses.h"

#include <algorithm>
#include <string>

#include "indexer/expression_shape.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::kNoNode;
using graph::LocalNode;
using graph::LookUp;
using graph::NodeKind;
using graph::Role;
using slang::parsing::Token;
using slang::parsing::TokenKind;

// A longer dotted name is no design's; its tail is left out of names.
constexpr size_t kMaxComponents = 64;

bool IsBase(const Token& token) {
  switch (token.kind) {
    case TokenKind::ThisKeyword:
    case TokenKind::SuperKeyword:
    case TokenKind::LocalKeyword:
    case TokenKind::UnitSystemName:
    case TokenKind::RootSystemName: return true;
    default: return false;
  }
}

UseKind KindOf(NodeKind kind, const Shape& shape) {
  switch (kind) {
    case NodeKind::kPort:
    case NodeKind::kSignal: return shape.index_only ? UseKind::kIndex : UseKind::kValue;
    case NodeKind::kInstance:
    case NodeKind::kClocking: return UseKind::kValue;
    case NodeKind::kFunction:
    case NodeKind::kTask: return UseKind::kCall;
    default: return UseKind::kConstant;
  }
}

}  // namespace

bool UseCollector::IsDesignator(SyntaxKind kind) {
  switch (kind) {
    case SyntaxKind::IdentifierName:
    case SyntaxKind::IdentifierSelectName:
    case SyntaxKind::ScopedName:
    case SyntaxKind::ClassName:
    case SyntaxKind::MemberAccessExpression:
    case SyntaxKind::ElementSelectExpression: return true;
    default: return false;
  }
}

void UseCollector::Collect(const SyntaxNode& root, ScopeId scope, Role role, std::vector<Use>& uses) {
  scope_ = scope;
  stack_.clear();
  stack_.push_back({&root, role, false});
  Drain(uses);
}

Use UseCollector::Resolve(const SyntaxNode& designator, ScopeId scope, std::vector<Use>& index_uses) {
  scope_ = scope;
  stack_.clear();
  Use use;
  if (Split(designator, Role::kData, false)) use = Bind(Role::kData);
  Drain(index_uses);
  return use;
}

void UseCollector::Push(const SyntaxNode* node, Role role, bool quiet) {
  if (node != nullptr) stack_.push_back({node, role, quiet});
}

void UseCollector::PushChildren(const SyntaxNode& node, Role role, bool quiet) {
  for (size_t i = node.getChildCount(); i-- > 0;) Push(node.childNode(i), role, quiet);
}

void UseCollector::Drain(std::vector<Use>& uses) {
  while (!stack_.empty()) {
    const Item item = stack_.back();
    stack_.pop_back();
    Visit(item, uses);
  }
}

void UseCollector::Visit(const Item& item, std::vector<Use>& uses) {
  const SyntaxNode& node = *item.node;
  switch (node.kind) {
    case SyntaxKind::IntegerLiteralExpression:
    case SyntaxKind::IntegerVectorExpression:
    case SyntaxKind::UnbasedUnsizedLiteralExpression:
    case SyntaxKind::StringLiteralExpression:
    case SyntaxKind::SystemName:
    case SyntaxKind::ThisHandle:
    case SyntaxKind::ConstructorName: return;
    case SyntaxKind::IdentifierName:
    case SyntaxKind::IdentifierSelectName:
    case SyntaxKind::ScopedName:
    case SyntaxKind::ClassName:
    case SyntaxKind::MemberAccessExpression:
    case SyntaxKind::ElementSelectExpression:
      if (Split(node, item.role, item.quiet)) {
        Use use = Bind(item.role);
        if (use.node != kNoNode || (use.external && !item.quiet)) uses.push_back(use);
      }
      return;
    case SyntaxKind::ConditionalExpression: {
      const auto& conditional = node.as<ConditionalExpressionSyntax>();
      Push(conditional.right, item.role, item.quiet);
      Push(conditional.left, item.role, item.quiet);
      Push(conditional.predicate, Within(item.role, Role::kControl), item.quiet);
      return;
    }
    case SyntaxKind::InvocationExpression: return VisitCall(node.as<InvocationExpressionSyntax>(), item, uses);
    case SyntaxKind::AssignmentPatternItem: {
      // A plain name as key is a member's, or a constant index at most.
      const auto& pattern = node.as<AssignmentPatternItemSyntax>();
      Push(pattern.expr, item.role, item.quiet);
      if (pattern.key->kind != SyntaxKind::IdentifierName) Push(pattern.key, Within(item.role, Role::kIndex), true);
      return;
    }
    case SyntaxKind::SignalEventExpression: {
      const auto& event = node.as<SignalEventExpressionSyntax>();
      if (event.iffClause != nullptr) Push(event.iffClause->expr, Within(item.role, Role::kControl), item.quiet);
      Push(event.expr, Within(item.role, Role::kClock), item.quiet);
      return;
    }
    case SyntaxKind::DisableIff:
      Push(node.as<DisableIffSyntax>().expr, Within(item.role, Role::kReset), item.quiet);
      return;
    case SyntaxKind::ArrayOrRandomizeMethodExpression: {
      // Names after `with` may be the iterator's or members of the randomized object.
      const auto& method = node.as<ArrayOrRandomizeMethodExpressionSyntax>();
      Push(method.constraints, item.role, true);
      Push(method.args, item.role, true);
      Push(method.method, item.role, item.quiet);
      return;
    }
    default: PushChildren(node, item.role, item.quiet);
  }
}

void UseCollector::VisitCall(const InvocationExpressionSyntax& call, const Item& item, std::vector<Use>& uses) {
  Push(call.arguments, item.role, item.quiet);
  if (!IsDesignator(call.left->kind)) {
    Push(call.left, item.role, item.quiet);
    return;
  }
  if (!Split(*call.left, item.role, item.quiet)) return;
  Use use = Bind(item.role);
  if (use.node == kNoNode && !use.external) return;
  const NodeKind kind = use.node == kNoNode ? NodeKind::kFunction : context_.builder.node(use.node).kind;
  if (kind == NodeKind::kFunction || kind == NodeKind::kTask) use.kind = UseKind::kCall;  // recursive calls too
  if (use.node != kNoNode && use.kind == UseKind::kValue) {
    // A method: the object is used. What is called is known only where the object's type is a name, not built in.
    uses.push_back(use);
    if (components_.size() < 2 || context_.ShapeOf(use.node).packed_dimensions != Shape::kManyDimensions) return;
    if (!use.external) SetExternal(use, LookUp::kHierarchical, 0, components_.size());
    use.node = kNoNode;
  }
  if (use.node == kNoNode && item.quiet) return;
  use.kind = UseKind::kCall;
  use.call = &call;
  uses.push_back(use);
}

void UseCollector::AddSelects(const SyntaxList<ElementSelectSyntax>& selects) {
  for (const ElementSelectSyntax* select : selects) selects_.push_back(select);
}

bool UseCollector::Split(const SyntaxNode& designator, Role role, bool quiet) {
  components_.clear();
  selects_.clear();
  const Role index_role = Within(role, Role::kIndex);
  // From the last component to the first; selects are met before the name that they belong to.
  uint32_t first_select = 0;
  auto add = [&](const Token& name, bool scoped) {
    components_.push_back({name, scoped, first_select, static_cast<uint32_t>(selects_.size())});
    first_select = static_cast<uint32_t>(selects_.size());
  };
  auto add_name = [&](const SyntaxNode& name, bool scoped) {
    switch (name.kind) {
      case SyntaxKind::IdentifierName: add(name.as<IdentifierNameSyntax>().identifier, scoped); return;
      case SyntaxKind::IdentifierSelectName:
        AddSelects(name.as<IdentifierSelectNameSyntax>().selectors);
        add(name.as<IdentifierSelectNameSyntax>().identifier, scoped);
        return;
      case SyntaxKind::ClassName:
        Push(name.as<ClassNameSyntax>().parameters, role, quiet);
        add(name.as<ClassNameSyntax>().identifier, scoped);
        return;
      default:
        if (KeywordNameSyntax::isKind(name.kind)) add(name.as<KeywordNameSyntax>().keyword, scoped);
        return;
    }
  };
  const SyntaxNode* node = &designator;
  bool has_base = true;
  while (true) {
    if (node->kind == SyntaxKind::ScopedName) {
      const auto& scoped = node->as<ScopedNameSyntax>();
      add_name(*scoped.right, scoped.separator.kind == TokenKind::DoubleColon);
      node = scoped.left;
    } else if (node->kind == SyntaxKind::MemberAccessExpression) {
      add(node->as<MemberAccessExpressionSyntax>().name, false);
      node = node->as<MemberAccessExpressionSyntax>().left;
    } else if (node->kind == SyntaxKind::ElementSelectExpression) {
      selects_.push_back(node->as<ElementSelectExpressionSyntax>().select);
      node = node->as<ElementSelectExpressionSyntax>().left;
    } else {
      const size_t before = components_.size();
      add_name(*node, false);
      has_base = components_.size() > before;
      break;
    }
  }
  if (!has_base) Push(node, role, quiet);
  for (size_t i = 0; i < selects_.size(); ++i) Push(selects_[i]->selector, index_role, quiet);
  std::reverse(components_.begin(), components_.end());
  if (components_.size() > kMaxComponents) components_.resize(kMaxComponents);
  return has_base;
}

bool UseCollector::IsWithin(LocalNode node) const {
  for (ScopeId scope = scope_; scope != kNoScope; scope = context_.symbols.ParentOf(scope)) {
    if (context_.symbols.NodeOf(scope) == node) return true;
  }
  return false;
}

void UseCollector::BindNode(Use& use, LocalNode node) const {
  use.node = node;
  use.kind = KindOf(context_.builder.node(node).kind, context_.ShapeOf(node));
}

void UseCollector::SetExternal(Use& use, LookUp look_up, size_t first, size_t last) {
  use.external = true;
  use.look_up = look_up;
  use.bytes = context_.source.PlaceOf(components_[first].name, components_[last - 1].name);
  if (last - first == 1) {
    use.name = NameOf(components_[first].name);
    return;
  }
  std::string name;
  for (size_t i = first; i < last; ++i) {
    if (i > first) name += '.';
    name += NameOf(components_[i].name);
  }
  use.name = context_.builder.Intern(name);
}

// A name before "::": a package or class. Leaves `next` behind the item that it names.
void UseCollector::BindScoped(Use& use, size_t& next) {
  const Token scope_name = components_[next].name;
  Symbol scope = context_.symbols.Find(scope_, NameOf(scope_name));
  while (scope.node != kNoNode && next + 1 < components_.size() && components_[next + 1].scoped) {
    const ScopeId inside = context_.ShapeOf(scope.node).scope;
    const Symbol item =
        inside == kNoScope ? Symbol{} : context_.symbols.FindIn(inside, NameOf(components_[next + 1].name));
    if (item.node == kNoNode) break;
    scope = item;
    ++next;
  }
  if (scope.node != kNoNode && (next + 1 == components_.size() || !components_[next + 1].scoped)) {
    BindNode(use, scope.node);
    ++next;
    return;
  }
  const size_t item = std::min(next + 1, components_.size() - 1);
  SetExternal(use, LookUp::kScoped, item, item + 1);
  use.scope = NameOf(components_[next].name);
  use.kind = UseKind::kConstant;
  next = components_.size();
}

// Names after "." that lead into named scopes; what is left belongs to a value. Leaves `next` behind what was bound.
void UseCollector::BindMembers(Use& use, size_t& next) {
  const size_t base = next - 1;
  while (next < components_.size()) {
    const NodeKind kind = context_.builder.node(use.node).kind;
    const Shape& shape = context_.ShapeOf(use.node);
    if (kind == NodeKind::kInstance || (kind == NodeKind::kPort && shape.interface_port)) {
      SetExternal(use, LookUp::kHierarchical, base, components_.size());
      return;
    }
    const bool named_scope = kind != NodeKind::kPort && kind != NodeKind::kSignal && shape.scope != kNoScope;
    if (!named_scope) return;
    const Symbol member = context_.symbols.FindIn(shape.scope, NameOf(components_[next].name));
    if (member.node == kNoNode) {
      if (kind == NodeKind::kClocking) return;
      SetExternal(use, LookUp::kHierarchical, base, components_.size());
      use.node = kNoNode;
      use.kind = UseKind::kValue;
      return;
    }
    BindNode(use, member.node);
    ++next;
  }
}

Use UseCollector::Bind(Role role) {
  Use use;
  use.role = role;
  size_t next = 0;
  const Token& base = components_.front().name;
  Symbol symbol;
  if (IsBase(base) && components_.size() > 1) {
    next = 1;
    if (base.kind == TokenKind::RootSystemName) {
      SetExternal(use, LookUp::kHierarchical, 1, components_.size());
      return use;
    }
    ScopeId scope = scope_;
    if (base.kind == TokenKind::UnitSystemName) scope = kFileScope;
    if (base.kind == TokenKind::ThisKeyword || base.kind == TokenKind::SuperKeyword) {
      while (scope != kNoScope && context_.builder.node(context_.symbols.NodeOf(scope)).kind != NodeKind::kClass) {
        scope = context_.symbols.ParentOf(scope);
      }
    }
    if (scope != kNoScope) symbol = context_.symbols.FindIn(scope, NameOf(components_[1].name));
  } else if (IsBase(base)) {
    return use;
  } else if (components_.size() > 1 && components_[1].scoped) {
    BindScoped(use, next);
    if (use.external) return use;
    symbol.node = use.node;
    --next;
  } else {
    symbol = context_.symbols.Find(scope_, NameOf(base));
  }
  if (NameOf(components_[next].name).empty()) return use;  // recovered from an error
  if (symbol.node == kNoNode) {
    if (!symbol.package.empty()) {
      SetExternal(use, LookUp::kScoped, next, next + 1);
      use.scope = symbol.package;
      use.kind = UseKind::kConstant;
    } else if (components_.size() - next > 1) {
      SetExternal(use, LookUp::kHierarchical, next, components_.size());
    } else {
      SetExternal(use, LookUp::kIdentifier, next, next + 1);
      use.kind = context_.symbols.IsOpen(scope_) ? UseKind::kConstant : UseKind::kValue;
    }
    return use;
  }
  BindNode(use, symbol.node);
  ++next;
  BindMembers(use, next);
  if (use.kind == UseKind::kCall && IsWithin(use.node)) use.kind = UseKind::kValue;  // a function's result variable
  if (use.node == kNoNode || use.kind != UseKind::kValue) return use;
  if (next < components_.size()) {
    use.whole = false;
    const Bytes bytes = context_.source.PlaceOf(base, components_.back().name);
    const std::string_view written = context_.source.Written(bytes, 100);
    use.written = context_.builder.Intern(written.starts_with(NameOf(base)) ? written : PathOfComponents());
  } else {
    SetBits(use, components_[next - 1]);
  }
  return use;
}

std::string UseCollector::PathOfComponents() const {
  std::string path;
  for (const Component& component : components_) {
    if (!path.empty()) path += component.scoped ? "::" : ".";
    path += NameOf(component.name);
  }
  return path;
}

void UseCollector::SetBits(Use& use, const Component& component) {
  const Shape& shape = context_.ShapeOf(use.node);
  const uint32_t count = component.last_select - component.first_select;
  if (count == 0) {
    if (shape.unpacked_dimensions == 0) use.width_bits = shape.width_bits;
    return;
  }
  use.whole = false;
  if (count != 1) return;
  const SelectedBits bits = BitsOf(*selects_[component.first_select]);
  if (shape.unpacked_dimensions == 0 && shape.packed_dimensions == 1) {
    use.range = bits.range;
    use.width_bits = bits.single ? 1 : bits.width_bits;
  } else if (shape.unpacked_dimensions == 1 && bits.single) {
    use.width_bits = shape.width_bits;
  }
}

}  // namespace fanin::indexer
