#include "indexer/hdl_extractor_statements.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "indexer/expression_parts.h"
#include "indexer/expression_shape.h"
#include "indexer/hdl_extractor_bodies.h"
#include "indexer/hdl_extractor_declarations.h"
#include "indexer/hdl_extractor_members.h"
#include "indexer/hdl_extractor_types.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::Assignment;
using graph::EdgeKind;
using graph::LocalNode;
using graph::NodeKind;
using graph::Role;
using slang::parsing::Token;
using slang::parsing::TokenKind;

// slang refuses deeper nesting of statements itself (ParserOptions::maxRecursionDepth); the bound keeps the stack safe
// whatever limit the driver sets.
constexpr int kMaxDepth = 2000;
constexpr size_t kMaxTargetBytes = 80;

}  // namespace

StatementExtractor::StatementExtractor(HdlContext& context, UseCollector& collector, FlowWriter& flows, LocalNode block)
    : context_(context), collector_(collector), flows_(flows), block_(block) {
  exits_.push_back({block, EdgeKind::kCfgNext, {}});
}

LocalNode StatementExtractor::Enter(std::string_view token, Bytes bytes, const Place& in, std::string_view value) {
  const LocalNode node = context_.AddElement(
      {.kind = NodeKind::kStatement, .in = in, .anonymous_token = token, .bytes = bytes, .value = value});
  Connect(node);
  exits_.push_back({node, EdgeKind::kCfgNext, {}});
  return node;
}

void StatementExtractor::Connect(LocalNode to) {
  for (const Exit& exit : exits_) {
    graph::EdgeAttributes attributes;
    attributes.text = exit.text;
    context_.AddEdge(exit.kind, exit.from, to, attributes);
  }
  exits_.clear();
}

void StatementExtractor::CollectExits(std::vector<Exit>& all) {
  all.insert(all.end(), exits_.begin(), exits_.end());
  exits_.clear();
}

void StatementExtractor::ExtractBlock(const StatementSyntax& statement, const Place& in) {
  const StatementSyntax* inner = &statement;
  if (inner->kind == SyntaxKind::TimingControlStatement) inner = inner->as<TimingControlStatementSyntax>().statement;
  Extract(*inner, in);
}

template <typename Items, typename ExtractOne, typename ExtractArm>
void StatementExtractor::InOrder(const Items& items, Bytes inside, ExtractOne extract, ExtractArm extract_arm) {
  const std::span<const StatementArm> arms = context_.statement_arms;
  std::vector<Bytes> taken;
  // Arms between two items. A group that begins within an item is a part of its text.
  const auto extract_arms = [&](Bytes gap) {
    auto arm = std::ranges::lower_bound(arms, gap.begin, {}, [](const StatementArm& one) { return one.bytes.begin; });
    for (; arm != arms.end() && arm->bytes.begin < gap.end; ++arm) {
      const bool within = std::ranges::any_of(
          taken, [&](const Bytes& item) { return item.begin < arm->group_begin && arm->group_begin < item.end; });
      if (within || arm->bytes.begin < gap.begin) continue;
      // Past its own begin, so that it is not among its items; those within it are.
      if (extract_arm(*arm, Bytes{arm->bytes.begin + 1, arm->bytes.end})) gap.begin = arm->bytes.end;
    }
  };
  uint32_t reached = inside.begin;
  for (const auto* item : items) {
    if (arms.empty()) {
      extract(*item);
      continue;
    }
    const Bytes bytes = context_.source.PlaceOf(*item);
    extract_arms({reached, bytes.begin});
    extract(*item);
    taken.push_back(bytes);
    reached = bytes.end;
  }
  extract_arms({reached, inside.end});
}

void StatementExtractor::ExtractItems(const SyntaxList<SyntaxNode>& items, Bytes inside, const Place& in) {
  InOrder(
      items, inside, [&](const SyntaxNode& item) { Extract(item, in); },
      [&](const StatementArm& arm, Bytes inside_arm) {
        if (arm.items == nullptr) return false;
        const std::vector<Exit> around = exits_;
        ExtractItems(*arm.items, inside_arm, in);
        exits_.insert(exits_.end(), around.begin(), around.end());
        return true;
      });
}

void StatementExtractor::Extract(const SyntaxNode& syntax, const Place& in) {
  if (depth_ == kMaxDepth) {
    context_.NoteLimit(block_, "statements nested more deeply than this are left out");
    return;
  }
  ++depth_;
  switch (syntax.kind) {
    case SyntaxKind::SequentialBlockStatement: ExtractSequence(syntax.as<BlockStatementSyntax>(), in); break;
    case SyntaxKind::ParallelBlockStatement: ExtractParallel(syntax.as<BlockStatementSyntax>(), in); break;
    case SyntaxKind::ConditionalStatement: ExtractIf(syntax.as<ConditionalStatementSyntax>(), in); break;
    case SyntaxKind::CaseStatement: ExtractCase(syntax.as<CaseStatementSyntax>(), in); break;
    case SyntaxKind::ForLoopStatement: ExtractFor(syntax.as<ForLoopStatementSyntax>(), in); break;
    case SyntaxKind::ForeachLoopStatement: ExtractForeach(syntax.as<ForeachLoopStatementSyntax>(), in); break;
    case SyntaxKind::LoopStatement: {
      const auto& loop = syntax.as<LoopStatementSyntax>();
      const bool repeat = loop.repeatOrWhile.kind == TokenKind::RepeatKeyword;
      ExtractLoop(loop, repeat ? "repeat" : "while", loop.expr, !repeat, *loop.statement, in);
      break;
    }
    case SyntaxKind::DoWhileStatement: {
      const auto& loop = syntax.as<DoWhileStatementSyntax>();
      ExtractLoop(loop, "do", loop.expr, false, *loop.statement, in);
      break;
    }
    case SyntaxKind::ForeverStatement: {
      const auto& loop = syntax.as<ForeverStatementSyntax>();
      ExtractLoop(loop, "forever", nullptr, false, *loop.statement, in);
      break;
    }
    case SyntaxKind::TimingControlStatement: {
      const auto& timed = syntax.as<TimingControlStatementSyntax>();
      ExtractTimed(*timed.timingControl, timed.statement, timed, in);
      break;
    }
    case SyntaxKind::WaitStatement: {
      const auto& wait = syntax.as<WaitStatementSyntax>();
      ExtractTimed(*wait.expr, wait.statement, wait, in);
      break;
    }
    case SyntaxKind::ExpressionStatement:
      ExtractExpression(*syntax.as<ExpressionStatementSyntax>().expr, syntax, in);
      break;
    case SyntaxKind::VoidCastedCallStatement:
      ExtractExpression(*syntax.as<VoidCastedCallStatementSyntax>().expr, syntax, in);
      break;
    case SyntaxKind::ProceduralAssignStatement:
    case SyntaxKind::ProceduralForceStatement:
      ExtractExpression(*syntax.as<ProceduralAssignStatementSyntax>().expr, syntax, in);
      break;
    case SyntaxKind::ProceduralDeassignStatement:
    case SyntaxKind::ProceduralReleaseStatement:
      ExtractAssignment(*syntax.as<ProceduralDeassignStatementSyntax>().variable, nullptr, Assignment::kBlocking, false,
                        syntax, in);
      break;
    case SyntaxKind::BlockingEventTriggerStatement:
    case SyntaxKind::NonblockingEventTriggerStatement:
      ExtractAssignment(*syntax.as<EventTriggerStatementSyntax>().name, nullptr, Assignment::kBlocking, false, syntax,
                        in);
      break;
    case SyntaxKind::ReturnStatement:
    case SyntaxKind::JumpStatement: ExtractJump(syntax, in); break;
    case SyntaxKind::RandCaseStatement: {
      std::vector<Exit> all;
      const std::vector<Exit> entry = exits_;
      for (const RandCaseItemSyntax* item : syntax.as<RandCaseStatementSyntax>().items) {
        exits_ = entry;
        Extract(*item->statement, in);
        CollectExits(all);
      }
      exits_ = std::move(all);
      break;
    }
    default:
      if (const auto* immediate = syntax.as_if<ImmediateAssertionStatementSyntax>()) {
        ExtractAssert(syntax, *immediate->action, in);
      } else if (const auto* concurrent = syntax.as_if<ConcurrentAssertionStatementSyntax>()) {
        ExtractAssert(syntax, *concurrent->action, in);
      } else {
        ExtractDeclaration(syntax, in);
      }
  }
  --depth_;
}

// Declarations are resolved at once: what they name must stand before them.
void StatementExtractor::ExtractDeclaration(const SyntaxNode& syntax, const Place& in) {
  if (syntax.kind == SyntaxKind::PortDeclaration || !MemberSyntax::isKind(syntax.kind)) return;  // ports: known already
  DeclareMember(context_, in, syntax.as<MemberSyntax>());
  for (const PendingType& pending : std::exchange(context_.pending_types, {}))
    ResolveType(context_, collector_, pending);
  const auto* data = syntax.as_if<DataDeclarationSyntax>();
  if (data == nullptr) return;
  // An initial value is assigned at each entry; static ones, once, are rare enough not to matter.
  for (const DeclaratorSyntax* declarator : data->declarators) {
    if (declarator->initializer == nullptr) continue;
    flows_.AssignName({.statement = block_, .scope = in.scope}, declarator->name, *declarator->initializer->expr);
  }
}

void StatementExtractor::ExtractSequence(const BlockStatementSyntax& block, const Place& in) {
  Place inside = in;
  for (const SyntaxNode* item : block.items) {
    if (StatementSyntax::isKind(item->kind)) continue;
    inside.scope = context_.symbols.AddScope(in.scope, in.node);  // declarations of its own
    break;
  }
  ExtractItems(block.items, {context_.source.PlaceOf(block.begin).end, context_.source.PlaceOf(block.end).begin},
               inside);
}

void StatementExtractor::ExtractParallel(const BlockStatementSyntax& block, const Place& in) {
  const Place inside{context_.symbols.AddScope(in.scope, in.node), in.node};
  const std::vector<Exit> entry = exits_;
  std::vector<Exit> all;
  for (const SyntaxNode* item : block.items) {
    exits_ = entry;
    Extract(*item, inside);
    if (StatementSyntax::isKind(item->kind)) CollectExits(all);
  }
  exits_ = all.empty() ? entry : std::move(all);
}

void StatementExtractor::ExtractIf(const ConditionalStatementSyntax& first, const Place& in) {
  const GuardStack::Mark mark = flows_.guards.Top();
  std::vector<Exit> all;
  Place inside = in;
  const ConditionalStatementSyntax* arm = &first;
  while (true) {
    const SyntaxNode* otherwise = arm->elseClause == nullptr ? nullptr : arm->elseClause->clause.get();
    const auto* next = otherwise == nullptr ? nullptr : otherwise->as_if<ConditionalStatementSyntax>();
    // The first `if` holds the whole chain; of the others only the last holds what follows its branch.
    const bool whole = arm == &first || next == nullptr;
    const Token begin = arm->uniqueOrPriority.rawText().empty() ? arm->ifKeyword : arm->uniqueOrPriority;
    const Token end = whole ? LastToken(*arm) : LastToken(*arm->statement);
    const LocalNode node =
        Enter("if", context_.source.PlaceOf(begin, end), inside, context_.Text(*arm->predicate, kMaxExpressionBytes));
    const Place below{in.scope, node};
    const std::span<const Use> uses = flows_.UsesOf(*arm->predicate, in.scope, Role::kControl);
    flows_.Read(node, uses);

    const GuardStack::Mark before = flows_.guards.Top();
    flows_.guards.Push(GuardTerm(context_, *arm->predicate), uses);
    exits_ = {{node, EdgeKind::kCfgTrue, {}}};
    Extract(*arm->statement, below);
    CollectExits(all);
    flows_.guards.PopTo({before.text_bytes, flows_.guards.Top().uses});  // the rest depends on the same signals

    exits_ = {{node, EdgeKind::kCfgFalse, {}}};
    if (otherwise == nullptr) break;
    flows_.guards.Push(NegatedGuardTerm(context_, *arm->predicate), {});
    if (next == nullptr) {
      Extract(*otherwise, below);
      break;
    }
    if (arm == &first) inside.node = node;
    arm = next;
  }
  CollectExits(all);
  exits_ = std::move(all);
  flows_.guards.PopTo(mark);
}

void StatementExtractor::ExtractCase(const CaseStatementSyntax& statement, const Place& in) {
  const Token begin = statement.uniqueOrPriority.rawText().empty() ? statement.caseKeyword : statement.uniqueOrPriority;
  const std::string_view selector = context_.Text(*statement.expr, kMaxExpressionBytes);
  const LocalNode node = Enter("case", context_.source.PlaceOf(begin, statement.endcase), in, selector);
  OpenCase open{.in = in,
                .below = {in.scope, node},
                .selector = selector,
                .uses = {},
                .conditions = ConstantOf(*statement.expr).has_value(),
                .wild = statement.caseKeyword.kind != TokenKind::CaseKeyword,
                .inside = !statement.matchesOrInside.rawText().empty(),
                .exits = {}};
  const std::span<const Use> selected = flows_.UsesOf(*statement.expr, in.scope, Role::kControl);
  open.uses.assign(selected.begin(), selected.end());
  flows_.Read(node, open.uses);
  const uint32_t items_begin = context_.source.PlaceOf(statement.closeParen).end;
  ExtractCaseItems(statement.items, {items_begin, context_.source.PlaceOf(statement.endcase).begin}, open);
  if (!open.has_default) open.exits.push_back({node, EdgeKind::kCfgFalse, {}});
  exits_ = std::move(open.exits);
}

void StatementExtractor::ExtractCaseItems(const SyntaxList<CaseItemSyntax>& items, Bytes inside, OpenCase& open) {
  InOrder(
      items, inside, [&](const CaseItemSyntax& item) { ExtractCaseItem(item, open); },
      [&](const StatementArm& arm, Bytes inside_arm) {
        if (arm.case_items == nullptr) return false;
        const bool has_default = open.has_default;
        ExtractCaseItems(*arm.case_items, inside_arm, open);
        open.has_default = has_default;
        return true;
      });
}

void StatementExtractor::ExtractCaseItem(const CaseItemSyntax& item, OpenCase& open) {
  const LocalNode node = open.below.node;
  const GuardStack::Mark mark = flows_.guards.Top();
  std::string term;
  std::string_view label = "default";
  const SyntaxNode* clause = nullptr;
  if (const auto* standard = item.as_if<StandardCaseItemSyntax>()) {
    const Bytes labels = {context_.source.PlaceOf(item).begin, context_.source.PlaceOf(standard->colon).begin};
    label = context_.builder.Intern(context_.source.Written(labels, kMaxExpressionBytes));
    for (const ExpressionSyntax* expression : standard->expressions) {
      const std::span<const Use> of_item = flows_.UsesOf(*expression, open.in.scope, Role::kControl);
      flows_.Read(node, of_item);
      std::ranges::copy_if(of_item, std::back_inserter(open.uses),
                           [](const Use& use) { return use.kind != UseKind::kConstant; });
    }
    if (open.conditions) {
      term = label;
    } else if (standard->expressions.size() > 1 || open.inside) {
      term.append(open.selector).append(" inside {").append(label).append("}");
    } else {
      term.append(open.selector).append(open.wild ? " ==? " : " == ").append(label);
    }
    clause = standard->clause;
  } else if (const auto* pattern = item.as_if<PatternCaseItemSyntax>()) {
    label = context_.Text(*pattern->pattern, kMaxExpressionBytes);
    term.append(open.selector).append(" matches ").append(label);
    clause = pattern->statement;
  } else {
    term.append(open.selector).append(" == default");
    clause = item.as<DefaultCaseItemSyntax>().clause;
    open.has_default = true;
  }
  flows_.guards.Push(term, open.uses);
  exits_ = {{node, EdgeKind::kCfgCase, label}};
  Extract(*clause, open.below);
  CollectExits(open.exits);
  flows_.guards.PopTo(mark);
}

void StatementExtractor::ExtractExpression(const ExpressionSyntax& expression, const SyntaxNode& whole,
                                           const Place& in) {
  switch (expression.kind) {
    case SyntaxKind::AssignmentExpression:
    case SyntaxKind::NonblockingAssignmentExpression: {
      const auto& binary = expression.as<BinaryExpressionSyntax>();
      const bool blocking = expression.kind == SyntaxKind::AssignmentExpression;
      return ExtractAssignment(*binary.left, binary.right, blocking ? Assignment::kBlocking : Assignment::kNonblocking,
                               false, whole, in);
    }
    case SyntaxKind::PostincrementExpression:
    case SyntaxKind::PostdecrementExpression:
      return ExtractAssignment(*expression.as<PostfixUnaryExpressionSyntax>().operand, nullptr, Assignment::kBlocking,
                               true, whole, in);
    case SyntaxKind::UnaryPreincrementExpression:
    case SyntaxKind::UnaryPredecrementExpression:
      return ExtractAssignment(*expression.as<PrefixUnaryExpressionSyntax>().operand, nullptr, Assignment::kBlocking,
                               true, whole, in);
    case SyntaxKind::InvocationExpression: {
      const auto& call = expression.as<InvocationExpressionSyntax>();
      const LocalNode node =
          Enter("call", context_.source.PlaceOf(whole), in, context_.Text(*call.left, kMaxTargetBytes));
      return flows_.Call(node, in.scope, call);
    }
    default: break;
  }
  if (const auto* compound = expression.as_if<BinaryExpressionSyntax>();
      compound != nullptr && IsCompoundAssignment(expression.kind)) {
    return ExtractAssignment(*compound->left, compound->right, Assignment::kBlocking, true, whole, in);
  }
  // A task without parentheses, a method with a `with` clause, or what error recovery left.
  const LocalNode node = Enter("call", context_.source.PlaceOf(whole), in, context_.Text(expression, kMaxTargetBytes));
  flows_.Read(node, in.scope, expression, Role::kData);
}

void StatementExtractor::ExtractAssignment(const SyntaxNode& left, const SyntaxNode* right, Assignment assignment,
                                           bool reads_target, const SyntaxNode& whole, const Place& in) {
  const LocalNode node = Enter("assign", context_.source.PlaceOf(whole), in, context_.Text(left, kMaxTargetBytes));
  flows_.Assign({.statement = node,
                 .scope = in.scope,
                 .left = &left,
                 .right = right,
                 .assignment = assignment,
                 .reads_target = reads_target});
}

}  // namespace fanin::indexer
