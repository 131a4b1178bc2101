#include "retriever/debug_candidates.h"

#include <algorithm>
#include <set>
#include <utility>

#include "graph/control_flow.h"
#include "graph/expression_text.h"
#include "graph/occurrence.h"

namespace fanin::retriever {
namespace {

using graph::Edge;
using graph::EdgeKind;
using graph::LocalNode;
using graph::Node;
using graph::NodeHandle;
using graph::NodeKind;
using graph::NodeRef;

// What stands around a statement is a little farther from the symptom than the statement.
constexpr float kStepsOfHead = 0.5F;
constexpr float kStepsOfEvent = 1.0F;
constexpr float kStepsOfDeclaration = 1.0F;

bool HasHead(const Node& node) {
  const graph::StatementForm form = graph::FormOf(node);
  return form == graph::StatementForm::kIf || form == graph::StatementForm::kCase ||
         form == graph::StatementForm::kLoop;
}

CandidateKind KindOfHead(const Node& node) {
  return graph::FormOf(node) == graph::StatementForm::kIf ? CandidateKind::kCondition : CandidateKind::kSelector;
}

// Whether a procedure says when it runs; one that follows its inputs has nothing in its head to be wrong.
bool HasEvents(const Node& block) { return !block.value.empty() && block.value.find('*') == std::string_view::npos; }

// Where ".name" of a connection stands in an instance's text, and where its bracket closes.
std::optional<std::pair<size_t, size_t>> FindConnection(std::string_view text, std::string_view port) {
  for (size_t at = text.find('.'); at != std::string_view::npos; at = text.find('.', at + 1)) {
    size_t begin = at + 1;
    while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\t')) ++begin;
    if (text.substr(begin, port.size()) != port) continue;
    size_t end = begin + port.size();
    if (end < text.size() && graph::IsNameChar(text[end])) continue;
    while (end < text.size() && std::isspace(static_cast<unsigned char>(text[end])) != 0) ++end;
    int depth = 0;
    size_t close = end;
    for (; close < text.size(); ++close) {
      depth += text[close] == '(' ? 1 : 0;
      depth -= text[close] == ')' ? 1 : 0;
      if (depth <= 0) break;
    }
    return std::pair(at, end < text.size() && text[end] == '(' ? std::min(close, text.size() - 1) : begin);
  }
  return std::nullopt;
}

// Parts of a name between underscores that two names share, over those of the longer; 1: equal names.
double AlikeOf(std::string_view a, std::string_view b) {
  const auto parts = [](std::string_view name) {
    std::set<std::string> found;
    std::string part;
    for (const char c : name) {
      if (c == '_') {
        if (!part.empty()) found.insert(std::exchange(part, ""));
      } else {
        part += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
    }
    if (!part.empty()) found.insert(std::move(part));
    return found;
  };
  const std::set<std::string> of_a = parts(a);
  const std::set<std::string> of_b = parts(b);
  size_t shared = 0;
  for (const std::string& part : of_a) shared += of_b.contains(part) ? 1 : 0;
  return of_a.empty() || of_b.empty()
             ? 0
             : static_cast<double>(shared) / static_cast<double>(std::max(of_a.size(), of_b.size()));
}

// Ports of an instance's text that are connected to plain names, with these.
std::vector<std::pair<std::string_view, std::string_view>> PlainConnections(std::string_view text) {
  std::vector<std::pair<std::string_view, std::string_view>> connections;
  const auto word_at = [&](size_t& at) {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0) ++at;
    const size_t begin = at;
    while (at < text.size() && graph::IsNameChar(text[at])) ++at;
    return text.substr(begin, at - begin);
  };
  const auto take = [&](size_t& at, char mark) {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0) ++at;
    if (at >= text.size() || text[at] != mark) return false;
    ++at;
    return true;
  };
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.', dot + 1)) {
    size_t at = dot + 1;
    const std::string_view port = word_at(at);
    if (port.empty() || !take(at, '(')) continue;
    const std::string_view actual = word_at(at);
    if (!actual.empty() && take(at, ')')) connections.emplace_back(port, actual);
  }
  return connections;
}

// The port that the actual of `port` is named like more than like its own, while that port's actual is not.
std::string_view OddPort(std::string_view text, std::string_view port) {
  const auto connections = PlainConnections(text);
  const auto own = std::ranges::find(connections, port, &std::pair<std::string_view, std::string_view>::first);
  if (own == connections.end()) return {};
  const double alike = AlikeOf(port, own->second);
  std::string_view best;
  double best_alike = alike;
  for (const auto& [other, actual] : connections) {
    const double of_other = AlikeOf(other, own->second);
    if (other == port || of_other <= best_alike || AlikeOf(other, actual) >= of_other) continue;
    best = other;
    best_alike = of_other;
  }
  return best;
}

}  // namespace

Part Candidate::part() const {
  Part best;
  for (const Reach& reach : reaches) {
    if (reach.part.strength > best.strength) best = reach.part;
  }
  return best;
}

base::Result<const FileLines::File*> FileLines::Load(graph::FileRef ref) {
  const auto [known, is_new] = files_.try_emplace(ref);
  File& file = known->second;
  if (!is_new) return &file;
  FANIN_ASSIGN_OR_RETURN(file.text, snapshot_.GetText(ref));
  file.begins.push_back(0);
  for (size_t at = 0; (at = file.text.find('\n', at)) != std::string::npos; ++at) {
    file.begins.push_back(static_cast<uint32_t>(at + 1));
  }
  if (file.begins.back() != file.text.size()) file.begins.push_back(static_cast<uint32_t>(file.text.size()));
  return &file;
}

base::Result<std::string_view> FileLines::Text(graph::FileRef ref) {
  FANIN_ASSIGN_OR_RETURN(const File* const file, Load(ref));
  return file->text;
}

base::Result<std::string_view> FileLines::Lines(graph::FileRef ref, uint32_t begin_line, uint32_t end_line) {
  FANIN_ASSIGN_OR_RETURN(const File* const file, Load(ref));
  const size_t last = file->begins.size() - 1;
  const size_t first = std::min<size_t>(begin_line - 1, last);
  const uint32_t end = file->begins[std::min<size_t>(end_line, last)];
  return std::string_view(file->text).substr(file->begins[first], end - file->begins[first]);
}

base::Status Candidates::AddCone(const Cone& cone, uint32_t index, bool passing) {
  std::vector<NodeRef> refs;
  for (uint32_t step = 0; step < cone.steps().size(); ++step) {
    refs.push_back(cone.steps()[step].place.node);
    for (const Edge& edge : cone.DriversOf(step)) {
      refs.push_back(edge.kind == EdgeKind::kDrives ? edge.from : edge.statement);
    }
  }
  std::ranges::sort(refs);
  refs.erase(std::ranges::unique(refs).begin(), refs.end());
  if (!refs.empty() && refs.back() == graph::kNoRef) refs.pop_back();
  FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> nodes, snapshot_.GetNodes(refs));
  const auto find = [&](NodeRef ref) -> const NodeHandle& {
    return nodes[static_cast<size_t>(std::ranges::lower_bound(refs, ref) - refs.begin())];
  };
  for (uint32_t step = 0; step < cone.steps().size(); ++step) {
    const graph::TraceStep& at = cone.steps()[step];
    Reached reached{index, step, static_cast<float>(at.depth), at.registers, passing, at.place.node};
    std::set<std::pair<NodeRef, NodeRef>> seen;
    for (const Edge& edge : cone.DriversOf(step)) {
      const NodeRef maker = edge.kind == EdgeKind::kDrives ? edge.from : edge.statement;
      const bool is_connection = edge.kind == EdgeKind::kFlows && edge.assignment == graph::Assignment::kConnection;
      if (maker == graph::kNoRef || !seen.emplace(maker, is_connection ? edge.from : graph::kNoRef).second) continue;
      const NodeHandle& node = find(maker);
      if (node->kind != NodeKind::kInstance) {
        FANIN_RETURN_IF_ERROR(AddStatement(node, reached));
      } else if (is_connection) {
        // The port is the end that is not in the module of the instance.
        const NodeHandle& signal = find(at.place.node);
        const bool signal_is_port = signal.file != node.file || graph::RegionOf(*signal.shard, signal.local) !=
                                                                    graph::RegionOf(*node.shard, node.local);
        std::string_view port = signal->name;
        std::shared_ptr<const graph::Shard> keep;
        if (!signal_is_port) {
          FANIN_ASSIGN_OR_RETURN(const NodeHandle far, snapshot_.GetNode(edge.from));
          port = far->name;
          keep = far.shard;
        }
        FANIN_RETURN_IF_ERROR(AddConnection(node, port, reached));
      }
    }
    const NodeHandle& signal = find(at.place.node);
    if (signal->kind == NodeKind::kSignal || signal->kind == NodeKind::kPort) {
      reached.steps += kStepsOfDeclaration;
      Add(signal, signal.local, CandidateKind::kDeclaration, signal->name_span.begin_line, signal->name_span.end_line,
          reached);
    }
  }
  return {};
}

base::Status Candidates::AddStatement(const NodeHandle& node, const Reached& reached) {
  const graph::Shard& shard = *node.shard;
  LocalNode local = node.local;
  Reached at = reached;
  const auto is_statement = [&] { return shard.nodes()[local].kind == NodeKind::kStatement; };
  if (node->kind == NodeKind::kAssign || (is_statement() && !HasHead(*node))) {
    Add(node, local, CandidateKind::kAssignment, node->span.begin_line, node->span.end_line, at);
    local = node->parent;
  }
  at.steps += kStepsOfHead;
  for (; local != graph::kNoNode && is_statement(); local = shard.nodes()[local].parent) {
    if (HasHead(shard.nodes()[local]))
      FANIN_RETURN_IF_ERROR(AddHead(node, local, KindOfHead(shard.nodes()[local]), at));
    at.steps += kStepsOfHead;
  }
  if (local == graph::kNoNode) return {};
  const NodeKind kind = shard.nodes()[local].kind;
  if (graph::IsBlock(kind) && kind != NodeKind::kAssign && HasEvents(shard.nodes()[local])) {
    at.steps = reached.steps + kStepsOfEvent;
    return AddHead(node, local, CandidateKind::kEvent, at);
  }
  return {};
}

base::Status Candidates::AddConnection(const NodeHandle& instance, std::string_view port, const Reached& reached) {
  FANIN_ASSIGN_OR_RETURN(const std::string_view file, lines_.Text(instance.file));
  const graph::Span& span = instance->span;
  const std::string_view text = file.substr(span.begin_byte, span.end_byte - span.begin_byte);
  uint32_t begin = span.begin_line;
  uint32_t end = span.begin_line;
  if (const auto found = FindConnection(text, port)) {
    begin += static_cast<uint32_t>(std::ranges::count(text.substr(0, found->first), '\n'));
    end = begin +
          static_cast<uint32_t>(std::ranges::count(text.substr(found->first, found->second - found->first), '\n'));
  }
  Add(instance, instance.local, CandidateKind::kConnection, begin, end, reached);
  const auto added = by_lines_.find({instance.file, begin, end});
  if (added != by_lines_.end()) items_[added->second].odd_port = OddPort(text, port);
  return {};
}

base::Result<uint32_t> Candidates::EndOfHead(const NodeHandle& node, LocalNode local) {
  const graph::Span& span = node.shard->nodes()[local].span;
  FANIN_ASSIGN_OR_RETURN(const std::string_view file, lines_.Text(node.file));
  const std::string_view text = file.substr(span.begin_byte, span.end_byte - span.begin_byte);
  int depth = 0;
  uint32_t line = span.begin_line;
  for (const char c : text) {
    line += c == '\n' ? 1 : 0;
    depth += c == '(' ? 1 : 0;
    if (c == ')' && --depth <= 0) return line;
    if (depth == 0 && c == '\n') break;  // no bracket on the first line: always_comb
  }
  return span.begin_line;
}

base::Status Candidates::AddHead(const NodeHandle& node, LocalNode local, CandidateKind kind, const Reached& reached) {
  FANIN_ASSIGN_OR_RETURN(const uint32_t end, EndOfHead(node, local));
  Add(node, local, kind, node.shard->nodes()[local].span.begin_line, end, reached);
  return {};
}

void Candidates::Add(const NodeHandle& node, LocalNode local, CandidateKind kind, uint32_t begin_line,
                     uint32_t end_line, const Reached& reached) {
  const std::tuple key(node.file, begin_line, end_line);
  if (reached.passing && !by_lines_.contains(key)) return;
  const auto [known, is_new] = by_lines_.try_emplace(key, items_.size());
  if (is_new) items_.emplace_back();
  Candidate& item = items_[known->second];
  const NodeRef element = snapshot_.RefOf(node.file, local);
  const std::pair named(element, kind == CandidateKind::kConnection ? reached.signal : graph::kNoRef);
  if (!reached.passing && std::ranges::find(item.elements, named) == item.elements.end())
    item.elements.push_back(named);
  if (reached.cone != UINT32_MAX && counted_.insert({known->second, reached.cone, reached.passing}).second) {
    ++(reached.passing ? item.passing : item.failing);
  }
  if (!reached.passing && reached.cone != UINT32_MAX) {
    const auto reach = std::ranges::find(item.reaches, reached.cone, &Reach::cone);
    if (reach == item.reaches.end()) {
      item.reaches.push_back({reached.cone, reached.steps, reached.registers});
    } else if (reached.steps < reach->steps) {
      *reach = {reached.cone, reached.steps, reached.registers};
    }
  }
  if (reached.passing || (!is_new && (reached.cone == UINT32_MAX || reached.steps >= item.steps))) return;
  item.kind = kind;
  item.node = element;
  item.file = node.file;
  item.begin_line = begin_line;
  item.end_line = end_line;
  item.cone = reached.cone;
  item.step = reached.step;
  item.steps = reached.steps;
  item.registers = reached.registers;
}

base::Status Candidates::AddFound(graph::FileRef file, uint32_t begin_line, uint32_t end_line, double score) {
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<const graph::Shard> shard, snapshot_.GetShard(file));
  const Reached nowhere{UINT32_MAX, 0, 0, 0, false, graph::kNoRef};
  for (LocalNode local = 0; local < shard->nodes().size(); ++local) {
    const Node& node = shard->nodes()[local];
    if (node.span.begin_line < begin_line || node.span.begin_line > end_line) continue;
    const NodeHandle handle{snapshot_.RefOf(file, local), file, local, shard};
    const bool is_line = node.kind == NodeKind::kAssign || node.kind == NodeKind::kPort ||
                         node.kind == NodeKind::kSignal || node.kind == NodeKind::kParameter ||
                         (node.kind == NodeKind::kStatement && !HasHead(node));
    if (node.kind == NodeKind::kStatement && HasHead(node)) {
      FANIN_RETURN_IF_ERROR(AddHead(handle, local, KindOfHead(node), nowhere));
    } else if (graph::IsBlock(node.kind) && node.kind != NodeKind::kAssign && HasEvents(node)) {
      FANIN_RETURN_IF_ERROR(AddHead(handle, local, CandidateKind::kEvent, nowhere));
    } else if (is_line) {
      const bool is_statement = node.kind == NodeKind::kAssign || node.kind == NodeKind::kStatement;
      Add(handle, local, is_statement ? CandidateKind::kAssignment : CandidateKind::kDeclaration, node.span.begin_line,
          node.span.end_line, nowhere);
    }
  }
  for (Candidate& item : items_) {
    if (item.file == file && item.begin_line >= begin_line && item.begin_line <= end_line) {
      item.found = std::max(item.found, score);
    }
  }
  return {};
}

}  // namespace fanin::retriever
