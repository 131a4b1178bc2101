#include "graph/fsm.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "graph/control_flow.h"
#include "graph/expression_text.h"
#include "graph/fsm_states.h"

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

constexpr size_t kMaxStatementBytes = 1000;

// An assignment of a value to a signal.
struct Driver {
  LocalNode statement = kNoNode;  // or an `assign`
  Assignment assignment = Assignment::kNone;
};

// One value that an assignment may give, with the conditions of ?: around it.
struct Value {
  std::string text;
  std::vector<std::string> conditions;
};

void CollectValues(std::string_view text, std::vector<std::string>& conditions, std::vector<Value>& out) {
  text = Unwrap(text);
  const std::optional<Choice> choice = SplitChoice(text);
  if (!choice) {
    out.push_back({std::string(text), conditions});
    return;
  }
  const std::string condition(Unwrap(choice->condition));
  conditions.push_back(condition);
  CollectValues(choice->yes, conditions, out);
  conditions.back() = "!(" + condition + ")";
  CollectValues(choice->no, conditions, out);
  conditions.pop_back();
}

std::string Join(const std::vector<std::string>& terms) {
  std::string joined;
  for (const std::string& term : terms) {
    const bool wrap = terms.size() > 1 && SplitOperands(term, "||").size() > 1;
    joined += (joined.empty() ? "" : " && ") + (wrap ? "(" + term + ")" : term);
  }
  return joined;
}

class FsmFinder {
 public:
  FsmFinder(const Snapshot& snapshot, NodeHandle definition, std::string text)
      : snapshot_(snapshot),
        definition_(std::move(definition)),
        shard_(*definition_.shard),
        text_(std::move(text)),
        flow_(shard_) {}

  Result<FsmResult> Find(uint32_t max_fsms) {
    FsmResult result;
    for (const LocalNode signal : Signals()) {
      FANIN_ASSIGN_OR_RETURN(std::optional<Fsm> fsm, Recognise(signal));
      if (!fsm) continue;
      if (result.fsms.size() == max_fsms) {
        result.truncated = true;
        break;
      }
      result.fsms.push_back(*std::move(fsm));
    }
    return result;
  }

 private:
  const Node& node(LocalNode local) const { return shard_.nodes()[local]; }
  NodeRef RefOf(LocalNode local) const { return snapshot_.RefOf(definition_.file, local); }

  std::vector<LocalNode> Signals() const {
    std::vector<LocalNode> signals, open{definition_.local};
    while (!open.empty()) {
      const LocalNode scope = open.back();
      open.pop_back();
      for (const LocalNode child : shard_.Children(scope)) {
        const NodeKind kind = node(child).kind;
        if (kind == NodeKind::kSignal || kind == NodeKind::kPort) signals.push_back(child);
        if (kind == NodeKind::kGenerate || IsBlock(kind)) open.push_back(child);
      }
    }
    std::ranges::sort(signals);
    return signals;
  }

  // Assignments to the whole signal, in source order.
  std::vector<Driver> DriversOf(LocalNode signal) const {
    std::vector<Driver> drivers;
    for (const uint32_t i : shard_.InEdges(signal)) {
      const LocalEdge& edge = shard_.edges()[i];
      const NodeKind kind = node(edge.from).kind;
      if (edge.kind != EdgeKind::kDrives || (kind != NodeKind::kStatement && kind != NodeKind::kAssign)) continue;
      if (node(edge.from).value == node(signal).name) drivers.push_back({edge.from, edge.attributes.assignment});
    }
    std::ranges::sort(drivers, {}, &Driver::statement);
    const auto same = std::ranges::unique(drivers, {}, &Driver::statement);
    drivers.erase(same.begin(), same.end());
    return drivers;
  }

  // The one signal that the register is loaded from; kNoNode: none or several.
  LocalNode NextOf(LocalNode state) const {
    LocalNode next = kNoNode;
    for (const uint32_t i : shard_.InEdges(state)) {
      const LocalEdge& edge = shard_.edges()[i];
      const bool is_load = edge.kind == EdgeKind::kFlows && edge.attributes.role == Role::kData &&
                           edge.attributes.assignment == Assignment::kNonblocking && edge.from != state;
      if (!is_load || edge.from == next) continue;
      if (next != kNoNode) return kNoNode;
      next = edge.from;
    }
    return next;
  }

  // Whether the register's value can change a signal at all.
  bool Decides(LocalNode state, LocalNode signal) const {
    return std::ranges::any_of(shard_.OutEdges(state), [&](uint32_t i) {
      return shard_.edges()[i].kind == EdgeKind::kFlows && shard_.edges()[i].to == signal;
    });
  }

  std::string TextOf(LocalNode statement) const {
    const Span& span = node(statement).span;
    return CollapseSource(std::string_view(text_).substr(span.begin_byte, span.end_byte - span.begin_byte),
                          kMaxStatementBytes);
  }

  // The values that an assignment gives; empty where its text is none (a macro made it).
  std::vector<Value> ValuesOf(const Driver& driver) const {
    const std::string text = TextOf(driver.statement);
    std::vector<Value> values;
    // Of `assign a = x, b = y` the node's span is that of its own part.
    const std::optional<AssignmentText> sides = SplitAssignment(text);
    if (!sides || sides->left != node(driver.statement).value) return values;
    std::vector<std::string> conditions;
    CollectValues(sides->right, conditions, values);
    return values;
  }

  LocalNode BlockOf(LocalNode statement) const {
    while (node(statement).kind == NodeKind::kStatement) statement = node(statement).parent;
    return statement;
  }

  // The constants that a name in these blocks can mean: members of the signals' enum first, then what they refer to.
  Status CollectConstants(const std::vector<LocalNode>& signals, const std::vector<Driver>& drivers) {
    std::vector<NodeRef> types, blocks;
    for (const LocalNode signal : signals) types.push_back(RefOf(signal));
    FANIN_ASSIGN_OR_RETURN(const auto typed, snapshot_.GetEdges(types, Direction::kOut, MaskOf(EdgeKind::kHasType)));
    for (const auto& edges : typed) {
      for (const Edge& edge : edges) types.push_back(edge.to);
    }
    FANIN_ASSIGN_OR_RETURN(const auto members, snapshot_.GetEdges(types, Direction::kOut, MaskOf(EdgeKind::kContains)));
    for (const auto& edges : members) {
      for (const Edge& edge : edges) FANIN_RETURN_IF_ERROR(AddConstant(edge.to, true));
    }
    for (const Driver& driver : drivers) blocks.push_back(RefOf(BlockOf(driver.statement)));
    std::ranges::sort(blocks);
    blocks.erase(std::ranges::unique(blocks).begin(), blocks.end());
    FANIN_ASSIGN_OR_RETURN(const auto referred,
                           snapshot_.GetEdges(blocks, Direction::kOut, MaskOf(EdgeKind::kRefersTo)));
    for (const auto& edges : referred) {
      for (const Edge& edge : edges) FANIN_RETURN_IF_ERROR(AddConstant(edge.to, false));
    }
    return {};
  }

  Status AddConstant(NodeRef ref, bool is_member) {
    FANIN_ASSIGN_OR_RETURN(const NodeHandle handle, snapshot_.GetNode(ref));
    const bool is_constant =
        handle->kind == NodeKind::kEnumMember || (!is_member && handle->kind == NodeKind::kParameter);
    if (!is_constant) return {};
    names_.AddConstant(handle->name, ref, is_member);
    return {};
  }

  void HoldBranch(const Branch& branch, AdmittedStates& from, std::vector<std::string>& guard) {
    const std::string_view condition = Unwrap(node(branch.statement).value);
    switch (branch.kind) {
      case Branch::Kind::kTrue: return names_.Hold(condition, from, guard);
      case Branch::Kind::kFalse: return guard.push_back("!(" + std::string(condition) + ")");
      case Branch::Kind::kLoop: return;
      case Branch::Kind::kCase: break;
    }
    if (condition != names_.state()) {
      const bool is_condition = LiteralValue(condition).has_value();  // case (1'b1)
      if (is_condition) return names_.Hold(branch.label, from, guard);
      return guard.push_back(std::string(condition) + " == " + std::string(branch.label));
    }
    selects_ = true;
    if (branch.label == "default") return Intersect(from, OtherStates(branch.statement));
    if (std::vector<std::string> names = names_.NamesOf(branch.label); !names.empty()) {
      return Intersect(from, std::move(names));
    }
    guard.push_back(std::string(condition) + " == " + std::string(branch.label));
  }

  // What is left for `default`: enum members that no item names. None for other constants: they are not all known.
  std::vector<std::string> OtherStates(LocalNode statement) {
    std::vector<std::string> left = names_.members();
    for (const uint32_t i : shard_.OutEdges(statement)) {
      const LocalEdge& edge = shard_.edges()[i];
      if (edge.kind != EdgeKind::kCfgCase) continue;
      for (const std::string& name : names_.NamesOf(edge.attributes.text)) std::erase(left, name);
    }
    return left;
  }

  // Whether the assignment is that of reset: under a reset signal's condition and no other.
  bool IsReset(LocalNode state, const Driver& driver) {
    if (driver.assignment != Assignment::kNonblocking || flow_.ConditionsOf(driver.statement).size() != 1) return false;
    for (const uint32_t i : shard_.InEdges(state)) {
      const LocalEdge& edge = shard_.edges()[i];
      if (edge.kind == EdgeKind::kFlows && edge.attributes.role == Role::kReset &&
          edge.attributes.statement == driver.statement) {
        return true;
      }
    }
    return false;
  }

  uint32_t StateIndex(const std::string& name) {
    const auto found = std::ranges::find(fsm_.states, name, &FsmState::name);
    if (found != fsm_.states.end()) return static_cast<uint32_t>(found - fsm_.states.begin());
    fsm_.states.push_back({name, names_.NodeOf(name)});
    return static_cast<uint32_t>(fsm_.states.size() - 1);
  }

  void AddTransitions(LocalNode state, LocalNode next, const Driver& driver) {
    const bool is_reset = IsReset(state, driver);
    if (const std::string name = is_reset ? names_.NameInMacro(TextOf(driver.statement)) : ""; !name.empty()) {
      fsm_.reset = StateIndex(name);
    }
    const std::vector<Branch> branches = flow_.ConditionsOf(driver.statement);
    for (const Value& value : ValuesOf(driver)) {
      const bool is_hold = value.text == names_.state();
      const bool is_load = next != kNoNode && value.text == node(next).name;
      if (is_hold || is_load) continue;
      FsmTransition transition;
      AdmittedStates from;
      std::vector<std::string> guard;
      for (const Branch& branch : branches) HoldBranch(branch, from, guard);
      for (const std::string& condition : value.conditions) names_.Hold(condition, from, guard);
      const std::string name = names_.NameOf(value.text);
      if (is_reset && !name.empty()) {
        fsm_.reset = StateIndex(name);
        continue;
      }
      if (from) {
        for (const std::string& one : *from) transition.from.push_back(StateIndex(one));
      }
      transition.target = value.text;
      if (!name.empty()) transition.to = StateIndex(name);
      transition.guard = Join(guard);
      transition.otherwise = branches.empty() && value.conditions.empty() && driver.assignment == Assignment::kBlocking;
      transition.statement = RefOf(driver.statement);
      fsm_.transitions.push_back(std::move(transition));
    }
  }

  // A register that is an instance of its own (a hardened flip-flop) with the signal at its output: the signal of the
  // same type at another of its ports that the state decides.
  struct HeldElsewhere {
    LocalNode next = kNoNode;
    LocalNode instance = kNoNode;
  };
  Result<HeldElsewhere> FindInstance(LocalNode state) const {
    std::vector<LocalNode> candidates;
    for (const uint32_t i : shard_.OutEdges(state)) {
      const LocalEdge& edge = shard_.edges()[i];
      const bool fits = edge.kind == EdgeKind::kFlows && edge.to != state && node(edge.to).type == node(state).type;
      if (!fits || std::ranges::find(candidates, edge.to) != candidates.end()) continue;
      if (DriversOf(edge.to).size() > 1) candidates.push_back(edge.to);
    }
    if (candidates.empty()) return HeldElsewhere{};
    const NodeRef ref = RefOf(state);
    FANIN_ASSIGN_OR_RETURN(const auto drivers,
                           snapshot_.GetEdges({&ref, 1}, Direction::kIn, MaskOf(EdgeKind::kDrives)));
    for (const Edge& drive : drivers.front()) {
      FANIN_ASSIGN_OR_RETURN(const NodeHandle instance, snapshot_.GetNode(drive.from));
      if (instance->kind != NodeKind::kInstance || instance.file != definition_.file) continue;
      FANIN_ASSIGN_OR_RETURN(const auto reads,
                             snapshot_.GetEdges({&instance.ref, 1}, Direction::kIn, MaskOf(EdgeKind::kReads)));
      for (const LocalNode next : candidates) {
        const bool is_read = std::ranges::find(reads.front(), RefOf(next), &Edge::from) != reads.front().end();
        if (is_read) return HeldElsewhere{next, instance.local};
      }
    }
    return HeldElsewhere{};
  }

  Result<std::optional<Fsm>> Recognise(LocalNode state) {
    const std::vector<Driver> loads = DriversOf(state);
    const bool is_register =
        std::ranges::any_of(loads, [](const Driver& driver) { return driver.assignment == Assignment::kNonblocking; });
    HeldElsewhere held;
    if (loads.empty() && node(state).direction != PortDirection::kInput) {
      FANIN_ASSIGN_OR_RETURN(held, FindInstance(state));
    }
    if (!is_register && held.next == kNoNode) return std::nullopt;
    const LocalNode next = is_register ? NextOf(state) : held.next;
    if (!Decides(state, state) && (next == kNoNode || !Decides(state, next))) return std::nullopt;
    std::vector<Driver> drivers = loads;
    if (next != kNoNode) {
      const std::vector<Driver> of_next = DriversOf(next);
      drivers.insert(drivers.end(), of_next.begin(), of_next.end());
    }
    fsm_ = {};
    selects_ = false;
    names_ = StateNames(node(state).name);
    FANIN_RETURN_IF_ERROR(CollectConstants(next == kNoNode ? std::vector{state} : std::vector{state, next}, drivers));
    for (const std::string& member : names_.members()) StateIndex(member);
    for (const Driver& driver : drivers) AddTransitions(state, next, driver);
    if (held.instance != kNoNode) {
      if (const std::string name = names_.NameInMacro(TextOf(held.instance)); !name.empty())
        fsm_.reset = StateIndex(name);
    }
    if (!IsMachine()) return std::nullopt;
    fsm_.definition = definition_.ref;
    fsm_.state = RefOf(state);
    if (next != kNoNode) fsm_.next = RefOf(next);
    return std::optional<Fsm>(std::move(fsm_));
  }

  bool IsMachine() const {
    std::unordered_set<uint32_t> taken;
    bool decides = false;
    for (const FsmTransition& transition : fsm_.transitions) {
      if (!transition.to) continue;
      taken.insert(*transition.to);
      decides |= !transition.from.empty();
    }
    if (fsm_.reset) taken.insert(*fsm_.reset);
    const bool has_literals = std::ranges::any_of(fsm_.states, [](const FsmState& s) { return s.node == kNoRef; });
    return taken.size() >= 2 && decides && (!has_literals || selects_);
  }

  const Snapshot& snapshot_;
  const NodeHandle definition_;
  const Shard& shard_;
  const std::string text_;
  ControlFlow flow_;
  // Of the register that is looked at.
  Fsm fsm_;
  StateNames names_{""};
  bool selects_ = false;  // a case selects by the register
};

}  // namespace

Result<FsmResult> FindFsms(const Snapshot& snapshot, NodeRef definition, uint32_t max_fsms) {
  FANIN_ASSIGN_OR_RETURN(NodeHandle handle, snapshot.GetNode(definition));
  FANIN_ASSIGN_OR_RETURN(std::string text, snapshot.GetText(handle.file));
  return FsmFinder(snapshot, std::move(handle), std::move(text)).Find(max_fsms);
}

}  // namespace fanin::graph
