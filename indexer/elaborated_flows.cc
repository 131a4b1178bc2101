#include "indexer/elaborated_flows.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "slang/syntax/AllSyntax.h"

namespace fanin::indexer {
namespace {

using namespace slang::ast;
using graph::Assignment;
using graph::ElaboratedEdge;
using graph::NodeId;
using graph::Role;

// Signals that guard one statement; further ones are left out, as in tier 1.
constexpr size_t kMaxGuards = 128;

bool NamesReset(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find("rst") != std::string::npos || lower.find("reset") != std::string::npos;
}

BitUse WholeOf(const ValueSymbol& symbol) {
  BitUse use;
  use.symbol = &symbol;
  const uint64_t width = symbol.getType().getSelectableWidth();
  use.high = width == 0 ? 0 : width - 1;
  use.exact = true;
  use.offset = 0;
  return use;
}

// Whether the symbol stands for what a function returns: that is called, not read.
bool IsResult(const ValueSymbol& symbol) {
  const Scope* scope = symbol.getParentScope();
  return scope != nullptr && scope->asSymbol().kind == SymbolKind::Subroutine &&
         scope->asSymbol().as<SubroutineSymbol>().returnValVar == &symbol;
}

// The first `if` of a body, past blocks and declarations; nullptr: it begins with something else.
const ConditionalStatement* FirstConditional(const Statement& body) {
  const Statement* at = &body;
  while (true) {
    switch (at->kind) {
      case StatementKind::Block: at = &at->as<BlockStatement>().body; break;
      case StatementKind::List: {
        const auto list = at->as<StatementList>().list;
        const auto first = std::ranges::find_if(
            list, [](const Statement* s) { return s->kind != StatementKind::VariableDeclaration; });
        if (first == list.end()) return nullptr;
        at = *first;
        break;
      }
      case StatementKind::Conditional: return &at->as<ConditionalStatement>();
      default: return nullptr;
    }
  }
}

void AppendEvents(const TimingControl& timing, std::vector<const SignalEventControl*>& events) {
  if (timing.kind == TimingControlKind::SignalEvent) events.push_back(&timing.as<SignalEventControl>());
  if (timing.kind != TimingControlKind::EventList) return;
  for (const TimingControl* event : timing.as<EventListControl>().events) AppendEvents(*event, events);
}

}  // namespace

std::string_view GenerateAround(const Symbol& symbol) {
  const Scope* scope = symbol.getParentScope();
  if (scope == nullptr) return {};
  const Symbol& around = scope->asSymbol();
  if (around.kind != SymbolKind::GenerateBlock) return {};
  // A loop's copies bear the name of their array.
  const Scope* outer = around.getParentScope();
  const bool in_array = outer != nullptr && outer->asSymbol().kind == SymbolKind::GenerateBlockArray;
  return in_array ? outer->asSymbol().name : around.name;
}

FlowVisitor::FlowVisitor(EdgeSink& sink, const Symbol& block, const SubroutineSymbol* function)
    : sink_(sink), context_(block), generate_(GenerateAround(block)), function_(function) {
  const bool is_gate = block.kind == SymbolKind::PrimitiveInstance;
  block_ = function != nullptr
               ? sink.nodes().NodeOf(*function)
               : StatementAt(block.location, {.kind = is_gate ? Wanted::Kind::kAny : Wanted::Kind::kBlock,
                                              .syntax = block.getSyntax()});
}

void FlowVisitor::Procedure(const ProceduralBlockSymbol& procedure) {
  const Statement& body = procedure.getBody();
  if (body.kind == StatementKind::Timed) {
    const auto& timed = body.as<TimedStatement>();
    Events(timed.timing, timed.stmt);
    timed.stmt.visit(*this);
  } else {
    body.visit(*this);
  }
}

void FlowVisitor::Function(const SubroutineSymbol& function) { function.getBody().visit(*this); }

void FlowVisitor::Continuous(const ContinuousAssignSymbol& assign) {
  const Expression& expression = assign.getAssignment();
  if (expression.bad() || expression.kind != ExpressionKind::Assignment) return;
  UseVisitor uses = NewUses();
  const auto& assignment = expression.as<AssignmentExpression>();
  Assigned assigned;
  assigned.location = assignment.left().sourceRange.start();
  assigned.syntax = assignment.left().syntax;
  assigned.assignment = Assignment::kContinuous;
  uses.CollectTargets(assignment.left(), assigned.targets);
  uses.Collect(assignment.right(), Role::kData, /*positional=*/true);
  assigned.sources = std::move(uses.uses);
  assigned.calls = std::move(uses.calls);
  Emit(assigned);
}

void FlowVisitor::Declared(const ValueSymbol& net, const Expression& value) {
  UseVisitor uses = NewUses();
  uses.Collect(value, Role::kData, /*positional=*/true);
  Assigned assigned;
  assigned.location = net.location;
  assigned.assignment = Assignment::kContinuous;
  assigned.targets = {WholeOf(net)};
  assigned.sources = std::move(uses.uses);
  assigned.calls = std::move(uses.calls);
  Emit(assigned);
}

void FlowVisitor::Events(const TimingControl& timing, const Statement& body) {
  std::vector<const SignalEventControl*> events;
  AppendEvents(timing, events);
  const bool all_edges = !events.empty() && std::ranges::all_of(events, [](const SignalEventControl* event) {
    return event->edge != slang::ast::EdgeKind::None;
  });
  if (!all_edges) return;
  UseVisitor uses = NewUses();
  for (const SignalEventControl* event : events) {
    uses.Collect(event->expr, Role::kClock, false);
    if (event->iffCondition != nullptr) uses.Collect(*event->iffCondition, Role::kControl, false);
  }
  std::vector<BitUse> tested;
  if (const ConditionalStatement* first = FirstConditional(body)) {
    UseVisitor condition = NewUses();
    for (const auto& part : first->conditions) condition.Collect(*part.expr, Role::kControl, false);
    tested = std::move(condition.uses);
  }
  const auto is_tested = [&](const BitUse& use) {
    return std::ranges::find(tested, use.symbol, &BitUse::symbol) != tested.end();
  };
  for (BitUse& use : uses.uses) {
    if (events.size() > 1 && is_tested(use)) {
      use.role = Role::kReset;
      resets_.insert(use.symbol);
    } else if (use.role == Role::kClock) {
      clocks_.push_back(use);
    }
  }
  if (resets_.empty()) {
    for (const BitUse& use : tested) {
      if (NamesReset(use.symbol->name)) resets_.insert(use.symbol);
    }
  }
  ReadAt(block_, uses.uses);
}

std::vector<BitUse> FlowVisitor::Condition(const Expression& expression) {
  UseVisitor uses = NewUses();
  uses.Collect(expression, Role::kControl, false);
  for (BitUse& use : uses.uses) {
    if (resets_.contains(use.symbol)) use.role = Role::kReset;
  }
  const NodeId statement =
      StatementAt(expression.sourceRange.start(), {.kind = Wanted::Kind::kCondition, .syntax = expression.syntax});
  ReadAt(statement, uses.uses);
  for (const CallUse& call : uses.calls) Call(call, statement);
  return std::move(uses.uses);
}

void FlowVisitor::ReadAt(const NodeId& statement, const std::vector<BitUse>& uses) {
  for (const BitUse& use : uses) {
    if (IsResult(*use.symbol)) continue;
    ElaboratedEdge read;
    read.kind = graph::EdgeKind::kReads;
    read.role = use.role;
    read.from = sink_.NodeOf(*use.symbol);
    read.to = block_;
    sink_.Add(read);
    if (statement == block_) continue;
    read.to = statement;
    read.from_range = EdgeSink::RangeOf(*use.symbol, use.low, use.high);
    sink_.Add(std::move(read));
  }
}

void FlowVisitor::Assign(const AssignmentExpression& assignment) {
  UseVisitor uses = NewUses();
  Assigned assigned;
  assigned.location = assignment.left().sourceRange.start();
  assigned.syntax = assignment.left().syntax;
  assigned.assignment = assignment.isNonBlocking() ? Assignment::kNonblocking : Assignment::kBlocking;
  uses.CollectTargets(assignment.left(), assigned.targets);
  if (assignment.isCompound()) {
    for (BitUse target : assigned.targets) {
      target.offset = std::nullopt;
      uses.uses.push_back(target);
    }
  }
  uses.Collect(assignment.right(), Role::kData, !assignment.isCompound());
  assigned.sources = std::move(uses.uses);
  assigned.calls = std::move(uses.calls);
  Emit(assigned);
}

void FlowVisitor::Emit(const Assigned& assigned) {
  const NodeId first = assigned.targets.empty() ? NodeId{} : sink_.NodeOf(*assigned.targets.front().symbol);
  const NodeId statement =
      StatementAt(assigned.location, {.kind = Wanted::Kind::kAssignment, .syntax = assigned.syntax, .target = first});
  const std::string guard = sink_.nodes().GuardOf(statement);
  if (assigned.assignment == Assignment::kContinuous) block_ = statement;
  ReadAt(statement, assigned.sources);
  for (const CallUse& call : assigned.calls) Call(call, statement);
  for (const BitUse& target : assigned.targets) {
    if (assigned.drives) Drive(statement, target, assigned.assignment, guard);
    for (const BitUse& source : assigned.sources) Flow(source, target, statement, assigned.assignment, guard);
    for (const BitUse& condition : guards_) Flow(condition, target, statement, assigned.assignment, guard);
    for (const BitUse& clock : clocks_) Flow(clock, target, block_, assigned.assignment, "");
  }
}

void FlowVisitor::Drive(const NodeId& statement, const BitUse& target, Assignment assignment,
                        const std::string& guard) {
  const NodeId node = sink_.NodeOf(*target.symbol);
  if (!target.exact && sink_.HasDrive(statement, node)) return;
  ElaboratedEdge edge;
  edge.kind = graph::EdgeKind::kDrives;
  edge.assignment = assignment;
  edge.from = statement;
  edge.to = node;
  edge.to_range = EdgeSink::RangeOf(*target.symbol, target.low, target.high);
  edge.guard = guard;
  sink_.Add(std::move(edge));
}

void FlowVisitor::Flow(const BitUse& from, const BitUse& to, const NodeId& statement, Assignment assignment,
                       const std::string& guard) {
  uint64_t from_low = from.low, from_high = from.high, to_low = to.low, to_high = to.high;
  if (from.offset && to.offset && from.exact && to.exact && from.role == Role::kData) {
    const uint64_t low = std::max(*from.offset, *to.offset);
    const uint64_t high = std::min(*from.offset + (from.high - from.low), *to.offset + (to.high - to.low));
    if (low > high) return;
    from_low = from.low + (low - *from.offset);
    from_high = from.low + (high - *from.offset);
    to_low = to.low + (low - *to.offset);
    to_high = to.low + (high - *to.offset);
  }
  ElaboratedEdge edge;
  edge.kind = graph::EdgeKind::kFlows;
  edge.role = from.role;
  edge.assignment = assignment;
  edge.from = sink_.NodeOf(*from.symbol);
  edge.to = sink_.NodeOf(*to.symbol);
  edge.statement = statement;
  edge.from_range = EdgeSink::RangeOf(*from.symbol, from_low, from_high);
  edge.to_range = EdgeSink::RangeOf(*to.symbol, to_low, to_high);
  edge.guard = guard;
  edge.text = MemberText(from, to, assignment);
  sink_.Add(std::move(edge));
}

std::string FlowVisitor::MemberText(const BitUse& from, const BitUse& to, Assignment assignment) {
  if (from.member == nullptr && to.member == nullptr) return "";
  const auto written = [this](const BitUse& use) {
    return use.member == nullptr ? std::string(use.symbol->name) : sink_.nodes().TextOf(use.member->sourceRange);
  };
  if (assignment == Assignment::kConnection) return written(from.member != nullptr ? from : to);
  const std::string source = written(from);
  const std::string target = written(to);
  // What stands in a macro's body has no text.
  return source.empty() || target.empty() ? "" : source + " -> " + target;
}

void FlowVisitor::Call(const CallUse& call, const NodeId& statement) {
  const auto* callee = std::get<const SubroutineSymbol*>(call.call->subroutine);
  const auto formals = callee->getArguments();
  const auto arguments = call.call->arguments();
  const auto without_member = [](BitUse use) {
    use.member = nullptr;
    return use;
  };
  for (size_t i = 0; i < std::min(formals.size(), arguments.size()); ++i) {
    const BitUse formal = WholeOf(*formals[i]);
    const Expression* actual = arguments[i];
    UseVisitor uses = NewUses();
    if (actual->kind == ExpressionKind::Assignment) {
      std::vector<BitUse> targets;
      uses.CollectTargets(actual->as<AssignmentExpression>().left(), targets);
      for (const BitUse& target : targets) {
        Drive(statement, target, Assignment::kConnection, "");
        Flow(formal, without_member(target), statement, Assignment::kConnection, "");
        for (const BitUse& condition : guards_) {
          Flow(without_member(condition), without_member(target), statement, Assignment::kConnection, "");
        }
      }
      ReadAt(statement, uses.uses);
    } else if (sink_.NodeOf(*formals[i]).file == block_.file) {
      // Into a function of another file values flow by its result alone.
      uses.Collect(*actual, Role::kData, /*positional=*/true);
      for (const BitUse& use : uses.uses) Flow(without_member(use), formal, statement, Assignment::kConnection, "");
    }
  }
}

template <typename Visit>
void FlowVisitor::Under(std::vector<BitUse> conditions, const Visit& visit) {
  const size_t before = guards_.size();
  for (BitUse& condition : conditions) {
    if (guards_.size() < kMaxGuards) guards_.push_back(std::move(condition));
  }
  visit();
  guards_.resize(before);
}

void FlowVisitor::handle(const ExpressionStatement& statement) {
  const Expression* expression = &statement.expr;
  while (expression->kind == ExpressionKind::Conversion) expression = &expression->as<ConversionExpression>().operand();
  if (expression->bad()) return;
  if (expression->kind == ExpressionKind::Assignment) return Assign(expression->as<AssignmentExpression>());
  UseVisitor uses = NewUses();
  if (expression->kind == ExpressionKind::UnaryOp) {  // ++ and --
    Assigned assigned;
    assigned.location = expression->sourceRange.start();
    uses.CollectTargets(expression->as<UnaryExpression>().operand(), assigned.targets);
    for (BitUse target : assigned.targets) {
      target.offset = std::nullopt;
      uses.uses.push_back(target);
    }
    assigned.sources = std::move(uses.uses);
    return Emit(assigned);
  }
  uses.Collect(*expression, Role::kData, false);
  const NodeId at =
      StatementAt(statement.sourceRange.start(), {.kind = Wanted::Kind::kAssignment, .syntax = statement.expr.syntax});
  ReadAt(at, uses.uses);
  for (const CallUse& call : uses.calls) Call(call, at);
}

void FlowVisitor::handle(const VariableDeclStatement& statement) {
  const Expression* value = statement.symbol.getInitializer();
  if (value == nullptr || value->bad()) return;
  // In the head of a `for`: what a loop counts with is no data.
  if (sink_.nodes().IsLoop(StatementAt(statement.symbol.location, {}))) return;
  UseVisitor uses = NewUses();
  uses.Collect(*value, Role::kData, /*positional=*/true);
  Assigned assigned;
  assigned.location = statement.symbol.location;
  assigned.targets = {WholeOf(statement.symbol)};
  assigned.sources = std::move(uses.uses);
  assigned.calls = std::move(uses.calls);
  Emit(assigned);
}

void FlowVisitor::handle(const ReturnStatement& statement) {
  if (statement.expr == nullptr || function_ == nullptr || function_->returnValVar == nullptr) return;
  UseVisitor uses = NewUses();
  uses.Collect(*statement.expr, Role::kData, /*positional=*/true);
  Assigned assigned;
  assigned.location = statement.sourceRange.start();
  assigned.syntax = statement.syntax;
  assigned.targets = {WholeOf(*function_->returnValVar)};
  assigned.drives = false;
  assigned.sources = std::move(uses.uses);
  assigned.calls = std::move(uses.calls);
  Emit(assigned);
}

void FlowVisitor::handle(const ConditionalStatement& statement) {
  std::vector<BitUse> conditions;
  bool is_constant = true;
  bool is_true = true;
  for (const auto& part : statement.conditions) {
    std::vector<BitUse> uses = Condition(*part.expr);
    const slang::ConstantValue value = uses.empty() && part.pattern == nullptr ? part.expr->eval(context_) : nullptr;
    is_constant = is_constant && value;
    is_true = is_true && value && value.isTrue();
    std::ranges::move(uses, std::back_inserter(conditions));
  }
  // An arm that this specialisation's parameters rule out is none.
  Under(std::move(conditions), [&] {
    if (!is_constant || is_true) statement.ifTrue.visit(*this);
    if (statement.ifFalse != nullptr && !(is_constant && is_true)) statement.ifFalse->visit(*this);
  });
}

void FlowVisitor::handle(const CaseStatement& statement) {
  std::vector<BitUse> selected = Condition(statement.expr);
  if (selected.empty()) {
    const auto [branch, is_known] = statement.getKnownBranch(context_);
    if (is_known) {
      if (branch != nullptr) branch->visit(*this);
      return;
    }
  }
  // Whether an item is reached depends on those before it.
  for (const auto& item : statement.items) {
    for (const Expression* expression : item.expressions) {
      std::ranges::move(Condition(*expression), std::back_inserter(selected));
    }
    Under(selected, [&] { item.stmt->visit(*this); });
  }
  if (statement.defaultCase != nullptr) Under(selected, [&] { statement.defaultCase->visit(*this); });
}

void FlowVisitor::handle(const ForLoopStatement& statement) {
  std::vector<const Symbol*> variables(statement.loopVars.begin(), statement.loopVars.end());
  for (const Expression* initializer : statement.initializers) {
    if (initializer->kind != ExpressionKind::Assignment) continue;
    if (const Symbol* symbol = initializer->as<AssignmentExpression>().left().getSymbolReference()) {
      variables.push_back(symbol);
    }
  }
  std::erase_if(variables, [&](const Symbol* variable) { return !loop_variables_.insert(variable).second; });
  std::vector<BitUse> conditions;
  if (statement.stopExpr != nullptr) conditions = Condition(*statement.stopExpr);
  Under(std::move(conditions), [&] { statement.body.visit(*this); });
  for (const Symbol* variable : variables) loop_variables_.erase(variable);
}

void FlowVisitor::handle(const ForeachLoopStatement& statement) { statement.body.visit(*this); }

void FlowVisitor::handle(const RepeatLoopStatement& statement) {
  Under(Condition(statement.count), [&] { statement.body.visit(*this); });
}

void FlowVisitor::handle(const WhileLoopStatement& statement) {
  Under(Condition(statement.cond), [&] { statement.body.visit(*this); });
}

void FlowVisitor::handle(const DoWhileLoopStatement& statement) {
  Under(Condition(statement.cond), [&] { statement.body.visit(*this); });
}

void FlowVisitor::handle(const TimedStatement& statement) { statement.stmt.visit(*this); }

void FlowVisitor::Connection(const NodeId& instance, const ValueSymbol& port, const Expression& actual,
                             ArgumentDirection direction) {
  block_ = instance;
  const BitUse whole_port = WholeOf(port);
  UseVisitor uses = NewUses();
  std::vector<BitUse> targets;
  const Expression* at = &actual;
  while (at->kind == ExpressionKind::Conversion) at = &at->as<ConversionExpression>().operand();
  if (direction != ArgumentDirection::In) {
    uses.CollectTargets(at->kind == ExpressionKind::Assignment ? at->as<AssignmentExpression>().left() : *at, targets);
  }
  if (direction != ArgumentDirection::Out && at->kind != ExpressionKind::Assignment) {
    uses.Collect(actual, Role::kData, /*positional=*/true);
  }
  ReadAt(block_, uses.uses);
  if (direction != ArgumentDirection::Out) {
    for (const BitUse& use : uses.uses) {
      if (direction == ArgumentDirection::In || use.role == Role::kData) {
        Flow(use, whole_port, block_, Assignment::kConnection, "");
      }
    }
  }
  for (const BitUse& target : targets) {
    Flow(whole_port, target, block_, Assignment::kConnection, "");
    Drive(block_, target, Assignment::kConnection, "");
  }
}

void FlowVisitor::Gate(const PrimitiveInstanceSymbol& gate) {
  std::vector<BitUse> targets;
  UseVisitor uses = NewUses();
  for (const Expression* port : gate.getPortConnections()) {
    if (port->bad()) continue;
    if (port->kind == ExpressionKind::Assignment) {
      uses.CollectTargets(port->as<AssignmentExpression>().left(), targets);
    } else {
      uses.Collect(*port, Role::kData, false);
    }
  }
  ReadAt(block_, uses.uses);
  for (const BitUse& target : targets) {
    for (const BitUse& use : uses.uses) Flow(use, target, block_, Assignment::kContinuous, "");
    Drive(block_, target, Assignment::kContinuous, "");
  }
}

}  // namespace fanin::indexer
