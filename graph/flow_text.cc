#include "graph/flow_text.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "graph/control_flow.h"
#include "graph/expression_text.h"
#include "graph/occurrence.h"

namespace fanin::graph {
namespace {

using base::Result;
using base::Status;

constexpr size_t kMaxStatementBytes = 160;
constexpr size_t kMaxNames = 40;

// Texts of files, each read once.
class Sources {
 public:
  explicit Sources(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // The element's text, collapsed.
  Result<std::string> TextOf(const NodeHandle& node) {
    const auto [known, is_new] = texts_.try_emplace(node.file);
    if (is_new) {
      FANIN_ASSIGN_OR_RETURN(known->second, snapshot_.GetText(node.file));
    }
    const Span& span = node->span;
    return CollapseSource(std::string_view(known->second).substr(span.begin_byte, span.end_byte - span.begin_byte),
                          kMaxStatementBytes);
  }

 private:
  const Snapshot& snapshot_;
  std::unordered_map<FileRef, std::string> texts_;
};

class Lines {
 public:
  explicit Lines(uint32_t max_lines) : left_(max_lines) {}
  // False: the text is full.
  bool Add(size_t indent, const std::string& line) {
    if (left_ == 0) {
      text_.truncated = true;
      return false;
    }
    --left_;
    text_.text.append(indent * 2, ' ').append(line).append("\n");
    return true;
  }
  bool is_full() const { return text_.truncated; }
  FlowText Take() && { return std::move(text_); }

 private:
  FlowText text_;
  uint32_t left_;
};

std::string PlaceOf(const Snapshot& snapshot, const NodeHandle& node) {
  std::string place = snapshot.file(node.file).path + ":" + std::to_string(node->span.begin_line);
  if (node->span.end_line > node->span.begin_line) place += "-" + std::to_string(node->span.end_line);
  return place;
}

std::string Bits(const BitRange& range) {
  if (!range.known()) return "[all]";
  const std::string msb = std::to_string(range.msb);
  return range.msb == range.lsb ? "[" + msb + "]" : "[" + msb + ":" + std::to_string(range.lsb) + "]";
}

// Writes the blocks of one file.
class BlockWriter {
 public:
  BlockWriter(const Snapshot& snapshot, const NodeHandle& file_of, Sources& sources, Lines& lines)
      : snapshot_(snapshot), file_(file_of), shard_(*file_of.shard), flow_(shard_), sources_(sources), lines_(lines) {}

  Status Write(LocalNode block) {
    const Node& node = shard_.nodes()[block];
    lines_.Add(
        0, std::string(NodeKindName(node.kind)) + " " + shard_.Path(block) + " @ " + PlaceOf(snapshot_, Handle(block)));
    if (!node.value.empty() && node.kind != NodeKind::kAssign) lines_.Add(1, "on " + std::string(node.value));
    FANIN_RETURN_IF_ERROR(WriteNames("reads", block, Direction::kIn, EdgeKind::kReads));
    FANIN_RETURN_IF_ERROR(WriteNames("drives", block, Direction::kOut, EdgeKind::kDrives));
    if (node.kind == NodeKind::kAssign) return WriteText(block, 1);
    return WriteStatements(flow_.StatementsBelow(block), 1);
  }

 private:
  NodeHandle Handle(LocalNode local) const {
    NodeHandle handle = file_;
    handle.local = local;
    handle.ref = snapshot_.RefOf(file_.file, local);
    return handle;
  }

  // "reads clk_i (clock), a, b (control)": each signal once with all its roles.
  Status WriteNames(std::string_view verb, LocalNode block, Direction direction, EdgeKind kind) {
    const NodeRef ref = snapshot_.RefOf(file_.file, block);
    FANIN_ASSIGN_OR_RETURN(const auto edges, snapshot_.GetEdges({&ref, 1}, direction, MaskOf(kind)));
    std::map<NodeRef, std::string> roles;
    std::vector<NodeRef> refs;
    for (const Edge& edge : edges.front()) {
      const NodeRef signal = direction == Direction::kIn ? edge.from : edge.to;
      const auto [known, is_new] = roles.try_emplace(signal);
      if (is_new) refs.push_back(signal);
      if (kind != EdgeKind::kReads || edge.role == Role::kData) continue;
      known->second += (known->second.empty() ? "" : ", ") + std::string(RoleName(edge.role));
    }
    if (refs.empty()) return {};
    std::ranges::sort(refs);
    const size_t shown = std::min(refs.size(), kMaxNames);
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> signals, snapshot_.GetNodes(std::span(refs).first(shown)));
    const LocalNode region = RegionOf(shard_, block);
    std::string list;
    for (const NodeHandle& signal : signals) {
      const bool is_near = signal.file == file_.file && RegionOf(shard_, signal.local) == region;
      list +=
          (list.empty() ? " " : ", ") + (is_near ? NearName(signal.local, region) : signal.shard->Path(signal.local));
      if (const std::string& role = roles.at(signal.ref); !role.empty()) list += " (" + role + ")";
    }
    if (shown < refs.size()) list += ", and " + std::to_string(refs.size() - shown) + " more";
    lines_.Add(1, std::string(verb) + list);
    return {};
  }

  std::string NearName(LocalNode signal, LocalNode region) const {
    std::string name(shard_.nodes()[signal].name);
    for (LocalNode at = shard_.nodes()[signal].parent; at != region; at = shard_.nodes()[at].parent) {
      name.insert(0, std::string(shard_.nodes()[at].name) + ".");
    }
    return name;
  }

  void AddLine(LocalNode statement, size_t indent, const std::string& text) {
    lines_.Add(
        1, std::to_string(shard_.nodes()[statement].span.begin_line) + ":" + std::string(indent * 2 - 1, ' ') + text);
  }

  Status WriteText(LocalNode statement, size_t indent) {
    FANIN_ASSIGN_OR_RETURN(std::string text, sources_.TextOf(Handle(statement)));
    const Node& node = shard_.nodes()[statement];
    const bool is_macro = text.starts_with('`');  // several statements may stand at one use
    if (is_macro && !node.value.empty()) text = std::string(node.value) + " by " + text;
    AddLine(statement, indent, text);
    return {};
  }

  Status WriteStatements(const std::vector<LocalNode>& statements, size_t indent) {
    for (const LocalNode statement : statements) {
      if (lines_.is_full()) return {};
      switch (FormOf(shard_.nodes()[statement])) {
        case StatementForm::kIf: FANIN_RETURN_IF_ERROR(WriteIf(statement, indent)); break;
        case StatementForm::kCase: FANIN_RETURN_IF_ERROR(WriteCase(statement, indent)); break;
        case StatementForm::kLoop: {
          const Node& node = shard_.nodes()[statement];
          const std::string_view word = node.name.substr(0, node.name.find('#'));
          AddLine(statement, indent,
                  std::string(node.value.starts_with(word) ? "" : std::string(word) + " ") + std::string(node.value));
          FANIN_RETURN_IF_ERROR(WriteStatements(flow_.StatementsBelow(statement), indent + 1));
          break;
        }
        default: FANIN_RETURN_IF_ERROR(WriteText(statement, indent));
      }
    }
    return {};
  }

  Status WriteIf(LocalNode first, size_t indent) {
    const std::vector<LocalNode>& else_ifs = flow_.ElseIfsOf(first);
    FANIN_RETURN_IF_ERROR(WriteArm(first, "if", indent));
    for (const LocalNode arm : else_ifs) FANIN_RETURN_IF_ERROR(WriteArm(arm, "else if", indent));
    return WriteElse(else_ifs.empty() ? first : else_ifs.back(), indent);
  }

  Status WriteArm(LocalNode arm, const std::string& word, size_t indent) {
    AddLine(arm, indent, word + " (" + std::string(Unwrap(shard_.nodes()[arm].value)) + ")");
    return WriteStatements(InBranch(arm, Branch::Kind::kTrue), indent + 1);
  }

  Status WriteElse(LocalNode last, size_t indent) {
    const std::vector<LocalNode> statements = InBranch(last, Branch::Kind::kFalse);
    if (statements.empty()) return {};
    AddLine(statements.front(), indent, "else");
    return WriteStatements(statements, indent + 1);
  }

  std::vector<LocalNode> InBranch(LocalNode statement, Branch::Kind kind) {
    std::vector<LocalNode> statements = flow_.StatementsBelow(statement);
    std::erase_if(statements, [&](LocalNode child) { return flow_.BranchOf(child).kind != kind; });
    return statements;
  }

  Status WriteCase(LocalNode statement, size_t indent) {
    AddLine(statement, indent, "case (" + std::string(Unwrap(shard_.nodes()[statement].value)) + ")");
    std::vector<LocalNode> statements = flow_.StatementsBelow(statement);
    std::string_view open;
    bool is_open = false;
    std::vector<LocalNode> of_item;
    const auto flush = [&]() -> Status {
      if (!is_open) return {};
      AddLine(of_item.front(), indent + 1, CollapseSource(open, kMaxStatementBytes) + ":");
      return WriteStatements(std::exchange(of_item, {}), indent + 2);
    };
    for (const LocalNode child : statements) {
      const std::string_view label = flow_.BranchOf(child).label;
      if (is_open && label != open) FANIN_RETURN_IF_ERROR(flush());
      open = label;
      is_open = true;
      of_item.push_back(child);
    }
    FANIN_RETURN_IF_ERROR(flush());
    return {};
  }

  const Snapshot& snapshot_;
  const NodeHandle file_;
  const Shard& shard_;
  ControlFlow flow_;
  Sources& sources_;
  Lines& lines_;
};

bool HasStatements(NodeKind kind) { return IsBlock(kind) || kind == NodeKind::kFunction || kind == NodeKind::kTask; }

// The blocks that a node stands for, in source order.
Result<std::vector<NodeRef>> BlocksOf(const Snapshot& snapshot, const NodeHandle& node) {
  std::vector<NodeRef> blocks;
  if (IsSignalLike(node->kind)) {
    FANIN_ASSIGN_OR_RETURN(const auto edges,
                           snapshot.GetEdges({&node.ref, 1}, Direction::kIn, MaskOf(EdgeKind::kDrives)));
    std::vector<NodeRef> refs;
    for (const Edge& edge : edges.front()) refs.push_back(edge.from);
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> drivers, snapshot.GetNodes(refs));
    for (const NodeHandle& driver : drivers) {
      if (HasStatements(driver->kind)) blocks.push_back(driver.ref);
    }
  } else if (IsDefinition(node->kind) || node->kind == NodeKind::kPackage || node->kind == NodeKind::kClass ||
             node->kind == NodeKind::kGenerate) {
    std::vector<LocalNode> open{node.local};
    while (!open.empty()) {
      const LocalNode scope = open.back();
      open.pop_back();
      for (const LocalNode child : node.shard->Children(scope)) {
        const NodeKind kind = node.shard->nodes()[child].kind;
        if (HasStatements(kind)) blocks.push_back(snapshot.RefOf(node.file, child));
        if (kind == NodeKind::kGenerate) open.push_back(child);
      }
    }
  } else {
    LocalNode local = node.local;
    while (local != kNoNode && !HasStatements(node.shard->nodes()[local].kind))
      local = node.shard->nodes()[local].parent;
    if (local != kNoNode) blocks.push_back(snapshot.RefOf(node.file, local));
  }
  std::ranges::sort(blocks);
  blocks.erase(std::ranges::unique(blocks).begin(), blocks.end());
  return blocks;
}

}  // namespace

Result<FlowText> WriteControlFlow(const Snapshot& snapshot, NodeRef ref, uint32_t max_lines) {
  FANIN_ASSIGN_OR_RETURN(const NodeHandle node, snapshot.GetNode(ref));
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeRef> refs, BlocksOf(snapshot, node));
  if (refs.empty()) {
    return base::Fail(base::Code::kInvalidArgument, std::string(NodeKindName(node->kind)) + " " +
                                                        node.shard->Path(node.local) +
                                                        " holds no statements and none drive it");
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> blocks, snapshot.GetNodes(refs));
  Sources sources(snapshot);
  Lines lines(max_lines);
  for (const NodeHandle& block : blocks) {
    if (lines.is_full()) break;
    FANIN_RETURN_IF_ERROR(BlockWriter(snapshot, block, sources, lines).Write(block.local));
  }
  return std::move(lines).Take();
}

Result<FlowText> WriteCone(const Snapshot& snapshot, const std::vector<TraceStep>& steps, TraceDirection direction,
                           uint32_t max_lines) {
  std::vector<Occurrence> places;
  std::vector<NodeRef> made_by;  // statement, or of a root the signal itself
  std::vector<std::vector<size_t>> below(steps.size());
  std::vector<size_t> open;
  for (size_t i = 0; i < steps.size(); ++i) {
    places.push_back(steps[i].place);
    const bool is_root = steps[i].parent == UINT32_MAX;
    made_by.push_back(is_root || steps[i].edge.statement == kNoRef ? steps[i].place.node : steps[i].edge.statement);
    is_root ? open.push_back(i) : below[steps[i].parent].push_back(i);
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, HierarchicalPaths(snapshot, places));
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> makers, snapshot.GetNodes(made_by));
  Sources sources(snapshot);
  Lines lines(max_lines);
  const bool is_fanin = direction == TraceDirection::kFanIn;
  std::string head = is_fanin ? "fanin of" : "fanout of";
  for (const size_t root : open) head += (root == open.front() ? " " : ", ") + paths[root];
  lines.Add(0, head);
  std::ranges::reverse(open);
  while (!open.empty() && !lines.is_full()) {
    const size_t i = open.back();
    open.pop_back();
    open.insert(open.end(), below[i].rbegin(), below[i].rend());
    const TraceStep& step = steps[i];
    const NodeHandle& maker = makers[i];
    std::string line = paths[i];
    if (step.parent != UINT32_MAX) {
      const Edge& edge = step.edge;
      line = (is_fanin ? "<- " : "-> ") + line + " : " + std::string(RoleName(edge.role)) + " " +
             std::string(AssignmentName(edge.assignment));
      if (edge.from_range.known() || edge.to_range.known())
        line += " " + Bits(edge.from_range) + "->" + Bits(edge.to_range);
      if (edge.provenance != Provenance::kSyntax) line += ", " + std::string(ProvenanceName(edge.provenance));
      if (edge.confidence < 1) line += ", confidence " + std::to_string(edge.confidence).substr(0, 4);
      if (!edge.guard.empty()) line += ", when " + edge.guard;
      if (!edge.text.empty()) line += ", as " + edge.text;
    }
    line += " @ " + snapshot.file(maker.file).path + ":" + std::to_string(maker->span.begin_line);
    if (step.parent != UINT32_MAX) {
      if (maker->kind == NodeKind::kInstance) {
        line += " | " + std::string(maker->value) + " " + std::string(maker->name);
      } else if (maker->kind == NodeKind::kStatement || maker->kind == NodeKind::kAssign) {
        FANIN_ASSIGN_OR_RETURN(const std::string text, sources.TextOf(maker));
        line += " | " + text;
      }
    }
    if (step.stopped) line += " ...";
    lines.Add(step.depth, line);
  }
  return std::move(lines).Take();
}

Result<FlowText> WriteFsm(const Snapshot& snapshot, const Fsm& fsm) {
  Lines lines(UINT32_MAX);
  FANIN_ASSIGN_OR_RETURN(const NodeHandle state, snapshot.GetNode(fsm.state));
  std::string head = "fsm " + state.shard->Path(state.local);
  if (fsm.next != kNoRef) {
    FANIN_ASSIGN_OR_RETURN(const NodeHandle next, snapshot.GetNode(fsm.next));
    head += ", next " + std::string(next->name);
  }
  lines.Add(0, head + " @ " + PlaceOf(snapshot, state));
  std::string states;
  for (const FsmState& one : fsm.states) states += (states.empty() ? "states " : ", ") + one.name;
  lines.Add(1, states);
  if (fsm.reset) lines.Add(1, "reset " + fsm.states[*fsm.reset].name);
  for (const FsmTransition& transition : fsm.transitions) {
    FANIN_ASSIGN_OR_RETURN(const NodeHandle statement, snapshot.GetNode(transition.statement));
    std::string from;
    for (const uint32_t one : transition.from) from += (from.empty() ? "" : ", ") + fsm.states[one].name;
    std::string line = (from.empty() ? "any" : from) + " -> " +
                       (transition.to ? fsm.states[*transition.to].name : "(" + transition.target + ")");
    if (transition.otherwise) line += " otherwise";
    if (!transition.guard.empty()) line += " when " + transition.guard;
    lines.Add(1, line + " @ " + snapshot.file(statement.file).path + ":" + std::to_string(statement->span.begin_line));
  }
  return std::move(lines).Take();
}

}  // namespace fanin::graph
