#include "graph/elaborated.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/coding.h"
#include "graph/sealed.h"

namespace fanin::graph {
namespace {

using base::ByteReader;
using base::ByteWriter;

constexpr std::string_view kFactsMagic = "FNEF";
constexpr std::string_view kDesignMagic = "FNDS";
constexpr uint8_t kVersion = 1;  // of both

// Bits of an edge's flags byte.
constexpr uint8_t kHasStatement = 1 << 0;
constexpr uint8_t kHasFromRange = 1 << 1;
constexpr uint8_t kHasToRange = 1 << 2;
constexpr uint8_t kHasGuard = 1 << 3;
constexpr uint8_t kHasText = 1 << 4;
constexpr int kAssignmentShift = 3;  // above the role, in the byte of both
// The least bytes that one item takes: what a damaged count is bounded by.
constexpr size_t kMinEdgeBytes = 5;
constexpr size_t kMinParameterBytes = 4;
constexpr size_t kMinSignalBytes = 3;
constexpr size_t kMinBlockBytes = 2;
constexpr size_t kNodeIdBytes = 16;
constexpr size_t kDigestBytes = sizeof(base::Digest::bytes);

auto SortKey(const ElaboratedEdge& edge) {
  return std::tuple(edge.kind, edge.to, edge.from, edge.statement, edge.role, edge.assignment, edge.to_range.msb,
                    edge.to_range.lsb, edge.from_range.msb, edge.from_range.lsb, std::string_view(edge.guard),
                    std::string_view(edge.text));
}

// Numbers what it is given in the order of first use.
template <typename Value>
class Numbering {
 public:
  uint64_t Of(const Value& value) {
    const auto [entry, added] = numbers_.try_emplace(value, values_.size());
    if (added) values_.push_back(value);
    return entry->second;
  }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::unordered_map<Value, uint64_t> numbers_;
  std::vector<Value> values_;
};

void WriteId(ByteWriter& out, const NodeId& id) {
  out.Fixed64(id.file);
  out.Fixed64(id.local);
}

NodeId ReadId(ByteReader& in) {
  NodeId id;
  id.file = in.Fixed64();
  id.local = in.Fixed64();
  return id;
}

void WriteRange(ByteWriter& out, const BitRange& range) {
  out.SignedVarint(range.msb);
  out.SignedVarint(range.lsb);
}

BitRange ReadRange(ByteReader& in) {
  const int64_t msb = in.SignedVarint();
  const int64_t lsb = in.SignedVarint();
  const auto fits = [](int64_t value) {
    return value > BitRange::kUnknown && value <= std::numeric_limits<int32_t>::max();
  };
  if (!fits(msb) || !fits(lsb)) in.MarkBad();
  return {static_cast<int32_t>(msb), static_cast<int32_t>(lsb)};
}

// Reads an index into `values`.
template <typename Value>
Value ReadOneOf(ByteReader& in, const std::vector<Value>& values) {
  const uint64_t index = in.Varint();
  if (index < values.size()) return values[index];
  in.MarkBad();
  return {};
}

class FactsWriter {
 public:
  std::string Write(const ElaboratedFacts& facts) && {
    Text(facts.name);
    Node(facts.definition);
    body_.Varint(facts.parameters.size());
    for (const ElaboratedParameter& parameter : facts.parameters) {
      Node(parameter.node);
      Text(parameter.name);
      Text(parameter.value);
      body_.Fixed8(parameter.is_local);
    }
    body_.Varint(facts.signals.size());
    for (const ElaboratedSignal& signal : facts.signals) {
      Node(signal.node);
      Text(signal.type);
      body_.Varint(signal.width_bits);
    }
    body_.Varint(facts.blocks.size());
    for (const ElaboratedBlock& block : facts.blocks) {
      Node(block.node);
      body_.Varint(block.count);
    }
    body_.Varint(facts.edges.size());
    for (const ElaboratedEdge& edge : facts.edges) Edge(edge);
    body_.Varint(facts.unplaced);

    ByteWriter out;
    out.Varint(texts_.values().size());
    for (const std::string& text : texts_.values()) out.String(text);
    out.Varint(nodes_.values().size());
    for (const NodeId& node : nodes_.values()) WriteId(out, node);
    out.Raw(body_.bytes());
    return Seal(kFactsMagic, kVersion, out.bytes());
  }

 private:
  void Node(const NodeId& node) { body_.Varint(nodes_.Of(node)); }
  void Text(const std::string& text) { body_.Varint(texts_.Of(text)); }

  void Edge(const ElaboratedEdge& edge) {
    uint8_t flags = 0;
    if (edge.statement != NodeId{}) flags |= kHasStatement;
    if (edge.from_range.known()) flags |= kHasFromRange;
    if (edge.to_range.known()) flags |= kHasToRange;
    if (!edge.guard.empty()) flags |= kHasGuard;
    if (!edge.text.empty()) flags |= kHasText;
    body_.Fixed8(static_cast<uint8_t>(edge.kind));
    body_.Fixed8(flags);
    body_.Fixed8(
        static_cast<uint8_t>(static_cast<int>(edge.role) | static_cast<int>(edge.assignment) << kAssignmentShift));
    Node(edge.from);
    Node(edge.to);
    if (flags & kHasStatement) Node(edge.statement);
    if (flags & kHasFromRange) WriteRange(body_, edge.from_range);
    if (flags & kHasToRange) WriteRange(body_, edge.to_range);
    if (flags & kHasGuard) Text(edge.guard);
    if (flags & kHasText) Text(edge.text);
  }

  Numbering<std::string> texts_;
  Numbering<NodeId> nodes_;
  ByteWriter body_;
};

ElaboratedEdge ReadEdge(ByteReader& in, const std::vector<NodeId>& nodes, const std::vector<std::string>& texts) {
  ElaboratedEdge edge;
  const uint8_t kind = in.Fixed8();
  const uint8_t flags = in.Fixed8();
  const uint8_t role_and_assignment = in.Fixed8();
  const int role = role_and_assignment & ((1 << kAssignmentShift) - 1);
  const int assignment = role_and_assignment >> kAssignmentShift;
  if (kind >= kEdgeKindCount || role >= kRoleCount || assignment >= kAssignmentCount) {
    in.MarkBad();
    return edge;
  }
  edge.kind = static_cast<EdgeKind>(kind);
  edge.role = static_cast<Role>(role);
  edge.assignment = static_cast<Assignment>(assignment);
  edge.from = ReadOneOf(in, nodes);
  edge.to = ReadOneOf(in, nodes);
  if (flags & kHasStatement) edge.statement = ReadOneOf(in, nodes);
  if (flags & kHasFromRange) edge.from_range = ReadRange(in);
  if (flags & kHasToRange) edge.to_range = ReadRange(in);
  if (flags & kHasGuard) edge.guard = ReadOneOf(in, texts);
  if (flags & kHasText) edge.text = ReadOneOf(in, texts);
  return edge;
}

template <typename Item>
void SortDistinct(std::vector<Item>& items) {
  std::ranges::sort(items);
  items.erase(std::ranges::unique(items).begin(), items.end());
}

}  // namespace

std::string EncodeElaboratedFacts(ElaboratedFacts facts) {
  SortDistinct(facts.signals);
  SortDistinct(facts.blocks);
  std::ranges::sort(facts.edges, {}, SortKey);
  facts.edges.erase(std::ranges::unique(facts.edges).begin(), facts.edges.end());
  return FactsWriter().Write(facts);
}

base::Result<ElaboratedFacts> DecodeElaboratedFacts(std::string_view bytes) {
  FANIN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(bytes, kFactsMagic, kVersion, "elaborated facts"));
  ByteReader in(body);
  std::vector<std::string> texts(in.Count());
  for (std::string& text : texts) text = in.String();
  std::vector<NodeId> nodes(in.Count(kNodeIdBytes));
  for (NodeId& node : nodes) node = ReadId(in);

  ElaboratedFacts facts;
  facts.name = ReadOneOf(in, texts);
  facts.definition = ReadOneOf(in, nodes);
  facts.parameters.resize(in.Count(kMinParameterBytes));
  for (ElaboratedParameter& parameter : facts.parameters) {
    parameter.node = ReadOneOf(in, nodes);
    parameter.name = ReadOneOf(in, texts);
    parameter.value = ReadOneOf(in, texts);
    parameter.is_local = in.Fixed8() != 0;
  }
  facts.signals.resize(in.Count(kMinSignalBytes));
  for (ElaboratedSignal& signal : facts.signals) {
    signal.node = ReadOneOf(in, nodes);
    signal.type = ReadOneOf(in, texts);
    signal.width_bits = in.Varint();
  }
  facts.blocks.resize(in.Count(kMinBlockBytes));
  for (ElaboratedBlock& block : facts.blocks) {
    block.node = ReadOneOf(in, nodes);
    block.count = in.Varint32();
  }
  facts.edges.resize(in.Count(kMinEdgeBytes));
  for (ElaboratedEdge& edge : facts.edges) {
    edge = ReadEdge(in, nodes, texts);
    if (!in.ok()) break;
  }
  facts.unplaced = in.Varint32();
  if (!in.ok() || !in.AtEnd()) return FailMalformed("elaborated facts");
  return facts;
}

std::string EncodeDesign(const Design& design) {
  ByteWriter out;
  out.String(design.name);
  out.Varint(design.file_count);
  out.Varint(design.definitions.size());
  for (const DesignDefinition& definition : design.definitions) {
    WriteId(out, definition.node);
    out.String(definition.name);
    out.Raw(definition.facts.View());
    out.Varint(definition.instance_count);
    out.Varint(definition.children.size());
    for (const DesignInstance& child : definition.children) {
      out.String(child.name);
      WriteId(out, child.node);
      out.Varint(child.definition);
    }
  }
  out.Varint(design.tops.size());
  for (uint32_t top : design.tops) out.Varint(top);
  out.Varint(design.problems.size());
  for (const DesignProblem& problem : design.problems) {
    out.String(problem.definition);
    out.String(problem.path);
    out.Varint(problem.line);
    out.String(problem.reason);
  }
  out.Varint(design.unknown.size());
  for (const std::string& name : design.unknown) out.String(name);
  return Seal(kDesignMagic, kVersion, out.bytes());
}

base::Result<Design> DecodeDesign(std::string_view bytes) {
  FANIN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(bytes, kDesignMagic, kVersion, "design"));
  ByteReader in(body);
  Design design;
  design.name = in.String();
  design.file_count = in.Varint32();
  design.definitions.resize(in.Count(kNodeIdBytes + kDigestBytes + 3));
  for (size_t i = 0; in.ok() && i < design.definitions.size(); ++i) {
    DesignDefinition& definition = design.definitions[i];
    definition.node = ReadId(in);
    definition.name = in.String();
    const std::string_view digest = in.Raw(kDigestBytes);
    if (!digest.empty()) definition.facts = base::Digest::FromView(digest);
    definition.instance_count = in.Varint();
    definition.children.resize(in.Count(kNodeIdBytes + 2));
    for (DesignInstance& child : definition.children) {
      child.name = in.String();
      child.node = ReadId(in);
      child.definition = in.Varint32();
      // A tree: nothing that reads it can run in a circle.
      if (child.definition >= i) in.MarkBad();
    }
  }
  design.tops.resize(in.Count());
  for (uint32_t& top : design.tops) {
    top = in.Varint32();
    if (top >= design.definitions.size()) in.MarkBad();
  }
  design.problems.resize(in.Count(4));
  for (DesignProblem& problem : design.problems) {
    problem.definition = in.String();
    problem.path = in.String();
    problem.line = in.Varint32();
    problem.reason = in.String();
  }
  design.unknown.resize(in.Count());
  for (std::string& name : design.unknown) name = in.String();
  if (!in.ok() || !in.AtEnd()) return FailMalformed("design");
  return design;
}

}  // namespace fanin::graph
