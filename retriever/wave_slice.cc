#include "retriever/wave_slice.h"

#include <algorithm>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "graph/expression_text.h"
#include "graph/occurrence.h"

namespace fanin::retriever {
namespace {

using graph::Branch;
using graph::Edge;
using graph::EdgeKind;
using graph::LocalNode;
using graph::Node;
using graph::NodeHandle;
using graph::NodeKind;
using graph::NodeRef;

constexpr float kMaybe = 0.7F;      // a condition's value is unknown
constexpr float kPrevented = 0.5F;  // a condition kept the statement from running
constexpr float kUnnamed = 0.8F;    // a flow of a name that the text does not show
constexpr float kOlder = 0.8F;      // an earlier load of a part of the signal
constexpr float kWeakest = 0.2F;
constexpr uint32_t kMaxPartialLoads = 6;
constexpr size_t kMaxStatementBytes = 8000;

struct Event {
  std::string name;
  bool rising = true;
};

// "@(posedge clk or negedge rst_n)" -> its edges, in order; empty: of level.
std::vector<Event> EventsOf(std::string_view text) {
  constexpr std::string_view kEdge = "edge";
  std::vector<Event> events;
  for (size_t at = text.find(kEdge); at != std::string_view::npos; at = text.find(kEdge, at + 1)) {
    const std::string_view word = text.substr(at < 3 ? 0 : at - 3, 7);
    size_t begin = at + kEdge.size();
    while (begin < text.size() && (text[begin] == ' ' || text[begin] == '(')) ++begin;
    size_t end = begin;
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' || text[end] == '.'))
      ++end;
    if (end > begin) events.push_back({std::string(text.substr(begin, end - begin)), word == "posedge"});
  }
  return events;
}

}  // namespace

struct Slicer::Driver {
  // What a condition around a statement asks.
  struct Condition {
    NodeRef head = graph::kNoRef;
    Branch::Kind kind = Branch::Kind::kTrue;
    std::optional<Expression> test;  // of a case: its selector
    std::string selector;            // of a case
    std::string label;
    std::vector<std::string> others;  // of a default: the other labels
    bool with_wildcards = false;

    std::optional<bool> Holds(const NameLookUp& names) const {
      if (kind == Branch::Kind::kLoop) return std::nullopt;
      if (kind != Branch::Kind::kCase) {
        const std::optional<bool> value = test ? test->Evaluate(names).IsTrue() : std::nullopt;
        return value && kind == Branch::Kind::kFalse ? std::optional(!*value) : value;
      }
      if (label != "default") return MatchesItem(label, selector, with_wildcards, names);
      bool all_known = true;
      for (const std::string& other : others) {
        const std::optional<bool> matches = MatchesItem(other, selector, with_wildcards, names);
        if (matches == true) return false;
        if (!matches) all_known = false;
      }
      return all_known ? std::optional(true) : std::nullopt;
    }
  };

  NodeHandle statement;
  bool is_connection = false;
  bool is_whole = false;  // it assigns the whole signal
  LocalNode block = graph::kNoNode;
  std::vector<Event> events;  // of the procedure; empty: it follows its inputs
  std::vector<Condition> conditions;
  std::optional<Expression> right;
  std::vector<std::pair<const Edge*, std::string_view>> flows;  // with the name that each comes from
};

struct Slicer::Signal {
  std::string path;
  NodeHandle node;
  std::vector<Driver> drivers;
  std::vector<NodeHandle> keep;  // of the names of flows
};

Slicer::Slicer(const graph::Snapshot& snapshot, const Cone& cone, WaveScope& scope, FileLines& lines)
    : snapshot_(snapshot), cone_(cone), scope_(scope), lines_(lines) {}
Slicer::~Slicer() = default;

base::Result<const Slicer::Signal*> Slicer::Load(uint32_t step) {
  std::unique_ptr<Signal>& known = signals_[step];
  if (known != nullptr) return known.get();
  known = std::make_unique<Signal>();
  Signal& signal = *known;
  const graph::Occurrence& place = cone_.steps()[step].place;
  FANIN_ASSIGN_OR_RETURN(std::vector<std::string> paths, graph::HierarchicalPaths(snapshot_, {&place, 1}));
  signal.path = std::move(paths.front());
  FANIN_ASSIGN_OR_RETURN(signal.node, snapshot_.GetNode(place.node));
  std::vector<NodeRef> refs;
  for (const Edge& edge : cone_.DriversOf(step)) {
    refs.push_back(edge.kind == EdgeKind::kFlows ? edge.statement : edge.from);
    refs.push_back(edge.from);
  }
  std::erase(refs, graph::kNoRef);
  std::ranges::sort(refs);
  refs.erase(std::ranges::unique(refs).begin(), refs.end());
  FANIN_ASSIGN_OR_RETURN(signal.keep, snapshot_.GetNodes(refs));
  const auto find = [&](NodeRef ref) -> const NodeHandle& {
    return signal.keep[static_cast<size_t>(std::ranges::lower_bound(refs, ref) - refs.begin())];
  };
  std::unordered_map<NodeRef, size_t> by_statement;
  for (const Edge& edge : cone_.DriversOf(step)) {
    const NodeRef maker = edge.kind == EdgeKind::kFlows ? edge.statement : edge.from;
    if (maker == graph::kNoRef) continue;
    const NodeHandle& statement = find(maker);
    const bool is_connection = statement->kind == NodeKind::kInstance;
    if (statement->kind != NodeKind::kStatement && statement->kind != NodeKind::kAssign && !is_connection) continue;
    if (is_connection && edge.kind != EdgeKind::kFlows) continue;
    const auto [entry, is_new] = by_statement.try_emplace(maker, signal.drivers.size());
    if (is_new) {
      Driver& driver = signal.drivers.emplace_back();
      driver.statement = statement;
      driver.is_connection = is_connection;
    }
    if (edge.kind == EdgeKind::kFlows) {
      signal.drivers[entry->second].flows.emplace_back(&edge, find(edge.from)->name);
    }
  }
  for (Driver& driver : signal.drivers) FANIN_RETURN_IF_ERROR(LoadDriver(signal, driver));
  std::ranges::stable_sort(signal.drivers, {}, [](const Driver& driver) {
    return std::tuple(driver.statement.file, driver.block, driver.statement.local);
  });
  return known.get();
}

base::Status Slicer::LoadDriver(const Signal& signal, Driver& driver) {
  if (driver.is_connection) return {};
  const NodeHandle& statement = driver.statement;
  const graph::Shard& shard = *statement.shard;
  LocalNode local = statement.local;
  while (local != graph::kNoNode && shard.nodes()[local].kind == NodeKind::kStatement)
    local = shard.nodes()[local].parent;
  driver.block = local;
  const NodeKind block = local == graph::kNoNode ? NodeKind::kFile : shard.nodes()[local].kind;
  if (block == NodeKind::kAlways || block == NodeKind::kAlwaysFf) driver.events = EventsOf(shard.nodes()[local].value);

  if (statement->kind == NodeKind::kStatement) {
    std::unique_ptr<graph::ControlFlow>& flow = flows_[statement.file];
    if (flow == nullptr) flow = std::make_unique<graph::ControlFlow>(shard);
    for (const Branch& branch : flow->ConditionsOf(statement.local)) {
      const Node& head = shard.nodes()[branch.statement];
      Driver::Condition condition;
      condition.head = snapshot_.RefOf(statement.file, branch.statement);
      condition.kind = branch.kind;
      condition.selector = head.value;
      condition.test = Expression::Parse(head.value);
      if (branch.kind == Branch::Kind::kCase) {
        condition.label = branch.label;
        FANIN_ASSIGN_OR_RETURN(const std::string_view text, lines_.Text(statement.file));
        const std::string_view word = text.substr(head.span.begin_byte, 40);
        condition.with_wildcards = word.find("casez") != std::string_view::npos ||
                                   word.find("casex") != std::string_view::npos ||
                                   word.find("inside") != std::string_view::npos;
        if (branch.label == "default") {
          for (const uint32_t edge : shard.OutEdges(branch.statement)) {
            const graph::LocalEdge& one = shard.edges()[edge];
            if (one.kind == EdgeKind::kCfgCase && one.attributes.text != "default") {
              condition.others.emplace_back(one.attributes.text);
            }
          }
        }
      }
      driver.conditions.push_back(std::move(condition));
    }
  }
  FANIN_ASSIGN_OR_RETURN(const std::string_view text, lines_.Text(statement.file));
  const graph::Span& span = statement->span;
  const std::string source =
      graph::CollapseSource(text.substr(span.begin_byte, span.end_byte - span.begin_byte), kMaxStatementBytes);
  if (const auto assignment = graph::SplitAssignment(source)) {
    driver.is_whole = graph::Unwrap(assignment->left) == signal.node->name;
    driver.right = Expression::Parse(assignment->right);
  } else if (const size_t equals = source.find(" = ");
             statement->kind == NodeKind::kAssign && equals != std::string::npos) {
    driver.right = Expression::Parse(std::string_view(source).substr(equals + 3));  // wire x = y
  }
  return {};
}

class Slicer::Run {
 public:
  Run(Slicer& slicer, const SliceLimits& limits) : slicer_(slicer), limits_(limits) {}

  base::Result<Slice> From(uint64_t time) {
    const std::vector<graph::TraceStep>& steps = slicer_.cone_.steps();
    for (uint32_t step = 0; step < steps.size() && steps[step].depth == 0; ++step) Push({1, 0, 0, step, After(time)});
    while (!open_.empty()) {
      const State state = open_.top();
      open_.pop();
      if (seen_.size() >= limits_.max_moments) {
        slice_.truncated = true;
        break;
      }
      const auto [known, is_new] = seen_.try_emplace({state.step, state.moment}, state.strength);
      if (!is_new && known->second >= state.strength) continue;
      known->second = state.strength;
      FANIN_RETURN_IF_ERROR(Visit(state));
    }
    return std::move(slice_);
  }

 private:
  struct State {
    float strength;
    uint32_t edges;
    uint32_t steps;
    uint32_t step;
    Moment moment;
    // The strongest and nearest first.
    bool operator<(const State& other) const {
      return std::tuple(strength, -static_cast<long>(edges), -static_cast<long>(steps), -static_cast<long>(step),
                        moment) < std::tuple(other.strength, -static_cast<long>(other.edges),
                                             -static_cast<long>(other.steps), -static_cast<long>(other.step),
                                             other.moment);
    }
  };

  void Push(const State& state) {
    if (state.strength >= kWeakest) open_.push(state);
  }

  static void Keep(Part& part, const Part& found) {
    const auto key = [](const Part& one) { return std::tuple(-one.strength, one.edges, one.steps); };
    if (key(found) < key(part)) part = found;
  }

  base::Status Visit(const State& state) {
    FANIN_ASSIGN_OR_RETURN(const Signal* const signal, slicer_.Load(state.step));
    Keep(slice_.signals[signal->node.ref], PartOf(state));
    for (auto begin = signal->drivers.begin(); begin != signal->drivers.end();) {
      const auto end = std::find_if(begin, signal->drivers.end(), [&](const Driver& driver) {
        return driver.block != begin->block || driver.statement.file != begin->statement.file ||
               driver.is_connection != begin->is_connection;
      });
      const std::span<const Driver> drivers(begin, end);
      if (begin->is_connection) {
        for (const Driver& driver : drivers) Connect(state, *signal, driver);
      } else if (begin->events.empty()) {
        Assign(state, *signal, drivers, state.moment, state.moment, /*is_clocked=*/false);
      } else {
        LookBack(state, *signal, drivers);
      }
      begin = end;
    }
    return {};
  }

  static Part PartOf(const State& state) { return {state.strength, state.edges, state.steps}; }

  void Connect(const State& state, const Signal& signal, const Driver& driver) {
    for (const auto& [edge, name] : driver.flows) {
      Keep(slice_.connections[{driver.statement.ref, signal.node.ref}], PartOf(state));
      Keep(slice_.connections[{driver.statement.ref, edge->from}], PartOf(state));
      if (const auto source = slicer_.cone_.SourceOf(state.step, *edge)) {
        Push({state.strength, state.edges, state.steps + 1, *source, state.moment});
      }
    }
  }

  // From the last edge back to the one that loaded the signal.
  void LookBack(State state, const Signal& signal, std::span<const Driver> drivers) {
    Moment moment = state.moment;
    uint32_t partial = 0;
    bool first = true;
    for (uint32_t i = 0; i < limits_.max_edges; ++i) {
      const std::optional<uint64_t> edge = LastEdge(signal, drivers.front().events, moment);
      if (!edge) {
        // Its clock is not in the wave: all may have loaded it, at any time.
        if (first) {
          State unknown = state;
          unknown.strength *= kMaybe;
          Assign(unknown, signal, drivers, state.moment, state.moment, /*is_clocked=*/true);
        }
        return;
      }
      const Loads loads = Assign(state, signal, drivers, Before(*edge), After(*edge), /*is_clocked=*/true, first);
      if (loads == Loads::kWhole) return;
      if (loads == Loads::kPart) {
        if (++partial == kMaxPartialLoads) return;
        state.strength *= kOlder;
      }
      first = false;
      ++state.edges;
      moment = Before(*edge);
    }
    slice_.truncated = true;
  }

  std::optional<uint64_t> LastEdge(const Signal& signal, const std::vector<Event>& events, Moment moment) {
    std::optional<uint64_t> last;
    const std::string scope = signal.path.substr(0, signal.path.rfind('.'));
    for (const Event& event : events) {
      std::optional<Wave::Variable> variable;
      for (std::string_view at = scope; !variable && !at.empty();) {
        variable = slicer_.scope_.VariableOf(std::string(at) + "." + event.name);
        const size_t dot = at.rfind('.');
        at = dot == std::string_view::npos ? std::string_view() : at.substr(0, dot);
      }
      if (!variable) continue;
      const std::optional<uint64_t> edge = slicer_.scope_.wave().LastEdge(*variable, moment, event.rising);
      if (edge && (!last || *edge > *last)) last = edge;
    }
    return last;
  }

  enum class Loads : uint8_t { kNothing, kPart, kWhole };

  // The part of statements of one procedure in the value of the signal. Data is of `moment`; events are of
  // `event_moment`. `with_prevented`: also tell what kept statements from running.
  Loads Assign(const State& state, const Signal& signal, std::span<const Driver> drivers, Moment moment,
               Moment event_moment, bool is_clocked, bool with_prevented = true) {
    const NameLookUp names = [&](std::string_view name) {
      const bool is_event =
          std::ranges::find(drivers.front().events, name, &Event::name) != drivers.front().events.end();
      return slicer_.scope_.ValueOf(name, signal.path, signal.node, is_event ? event_moment : moment);
    };
    struct Outcome {
      std::optional<bool> runs;
      size_t failed = 0;  // the first condition that did not hold
    };
    std::vector<Outcome> outcomes;
    size_t winner = 0;  // what is before the last whole assignment has no effect
    Loads loads = Loads::kNothing;
    for (const Driver& driver : drivers) {
      Outcome outcome{true};
      for (size_t i = 0; i < driver.conditions.size() && outcome.runs != false; ++i) {
        const std::optional<bool> holds = driver.conditions[i].Holds(names);
        if (holds == true) continue;
        outcome.runs = holds;
        outcome.failed = i;
        if (!holds) {
          // Unknown: a later condition may still fail.
          for (size_t j = i + 1; j < driver.conditions.size(); ++j) {
            if (driver.conditions[j].Holds(names) != false) continue;
            outcome = {false, j};
            break;
          }
          break;
        }
      }
      if (outcome.runs == true && driver.is_whole) winner = outcomes.size();
      if (outcome.runs == true) loads = std::max(loads, driver.is_whole ? Loads::kWhole : Loads::kPart);
      if (!outcome.runs) loads = std::max(loads, Loads::kPart);
      outcomes.push_back(outcome);
    }
    State next = state;
    next.moment = moment;
    next.edges += is_clocked ? 1 : 0;
    for (size_t i = 0; i < drivers.size(); ++i) {
      const Driver& driver = drivers[i];
      const Outcome& outcome = outcomes[i];
      if (outcome.runs == false) {
        if (!with_prevented) continue;
        State prevented = next;
        prevented.strength *= kPrevented;
        const Driver::Condition& condition = driver.conditions[outcome.failed];
        Keep(slice_.parts[condition.head], PartOf(At(prevented, state)));
        const std::vector<std::string> deciding =
            condition.test ? condition.test->Deciding(names) : std::vector<std::string>();
        for (const auto& [edge, name] : driver.flows) {
          if (std::ranges::find(deciding, name) != deciding.end()) Follow(prevented, *edge, 1);
        }
        continue;
      }
      if (i < winner) continue;
      State active = next;
      if (!outcome.runs) active.strength *= kMaybe;
      Keep(slice_.parts[driver.statement.ref], PartOf(At(active, state)));
      if (is_clocked) {
        Keep(slice_.parts[slicer_.snapshot_.RefOf(driver.statement.file, driver.block)], PartOf(At(active, state)));
      }
      std::set<std::string, std::less<>> deciding, mentioned;
      const auto add = [&](const std::optional<Expression>& expression) {
        if (!expression) return;
        for (std::string& name : expression->Deciding(names)) deciding.insert(std::move(name));
        for (std::string& name : expression->Names()) mentioned.insert(std::move(name));
      };
      add(driver.right);
      for (const Driver::Condition& condition : driver.conditions) {
        Keep(slice_.parts[condition.head], PartOf(At(active, state)));
        add(condition.test);
      }
      for (const auto& [edge, name] : driver.flows) {
        if (deciding.contains(name))
          Follow(active, *edge, 1);
        else if (!mentioned.contains(name))
          Follow(active, *edge, kUnnamed);
      }
    }
    return loads;
  }

  // The statement itself is no edge farther than the signal that it drives.
  static State At(State state, const State& of_signal) {
    state.edges = of_signal.edges;
    return state;
  }

  void Follow(const State& from, const Edge& edge, float factor) {
    if (edge.role == graph::Role::kClock) return;
    const auto source = slicer_.cone_.SourceOf(from.step, edge);
    if (source) Push({from.strength * factor, from.edges, from.steps + 1, *source, from.moment});
  }

  Slicer& slicer_;
  const SliceLimits limits_;
  Slice slice_;
  std::priority_queue<State> open_;
  std::map<std::pair<uint32_t, Moment>, float> seen_;
};

base::Result<Slice> Slicer::At(uint64_t time, const SliceLimits& limits) { return Run(*this, limits).From(time); }

base::Result<std::vector<uint64_t>> Slicer::EdgesBefore(uint64_t time, size_t count) {
  std::vector<uint64_t> edges;
  for (uint32_t step = 0; step < cone_.steps().size(); ++step) {
    FANIN_ASSIGN_OR_RETURN(const Signal* const signal, Load(step));
    for (const Driver& driver : signal->drivers) {
      if (driver.events.empty()) continue;
      const Event& clock = driver.events.front();
      const std::string scope = signal->path.substr(0, signal->path.rfind('.'));
      const std::optional<Wave::Variable> variable = scope_.VariableOf(scope + "." + clock.name);
      if (!variable) continue;
      Moment moment = Before(time);
      while (edges.size() < count) {
        const std::optional<uint64_t> edge = scope_.wave().LastEdge(*variable, moment, clock.rising);
        if (!edge) break;
        edges.push_back(*edge);
        moment = Before(*edge);
      }
      return edges;
    }
  }
  return edges;
}

}  // namespace fanin::retriever
