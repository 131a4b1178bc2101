#include "graph/cypher_schema.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/spelling.h"
#include "graph/cypher_value.h"

namespace fanin::graph::cypher {
namespace {

constexpr std::array<std::pair<std::string_view, KindMask>, 4> kGroups = {{
    {"always",
     Bit(NodeKind::kAlways) | Bit(NodeKind::kAlwaysFf) | Bit(NodeKind::kAlwaysComb) | Bit(NodeKind::kAlwaysLatch)},
    {"block", Bit(NodeKind::kAlways) | Bit(NodeKind::kAlwaysFf) | Bit(NodeKind::kAlwaysComb) |
                  Bit(NodeKind::kAlwaysLatch) | Bit(NodeKind::kInitial) | Bit(NodeKind::kFinal) |
                  Bit(NodeKind::kAssign)},
    {"definition", Bit(NodeKind::kModule) | Bit(NodeKind::kInterface) | Bit(NodeKind::kProgram) |
                       Bit(NodeKind::kPrimitive) | Bit(NodeKind::kChecker)},
    {"signal", Bit(NodeKind::kSignal) | Bit(NodeKind::kPort)},
}};

char LowerChar(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), LowerChar);
  return lower;
}

std::string Suggest(std::string_view word, const std::vector<std::string>& known) {
  const std::vector<std::string> nearest = base::NearestNames(word, known, 1);
  return nearest.empty() ? "" : ", did you mean '" + nearest.front() + "'?";
}

CypherValue Text(std::string_view text) {
  return {text.empty() ? decltype(CypherValue::value)(Null{}) : std::string(text)};
}
CypherValue Number(int64_t number) { return {number}; }

// What the specialisations of a node's definition say of it: one value where they agree, else the list of different
// ones.
CypherValue Elaborated(const Snapshot& snapshot, const Elaboration& elaboration, const NodeHandle& node,
                       std::string_view name) {
  CypherValue::List values;
  for (const Elaboration::Described& one : elaboration.Describe(snapshot, node)) {
    CypherValue value;
    if (name == "elaborated_value" && one.parameter != nullptr) value = Text(one.parameter->value);
    if (name == "elaborated_type" && one.signal != nullptr) value = Text(one.signal->type);
    if (name == "width_bits" && one.signal != nullptr && one.signal->width_bits > 0) {
      value = Number(static_cast<int64_t>(one.signal->width_bits));
    }
    if (!IsNull(value)) values.push_back(std::move(value));
  }
  std::ranges::sort(values, [](const CypherValue& a, const CypherValue& b) { return Compare(a, b) < 0; });
  const auto rest =
      std::ranges::unique(values, [](const CypherValue& a, const CypherValue& b) { return Compare(a, b) == 0; });
  values.erase(rest.begin(), rest.end());
  if (values.empty()) return {};
  return values.size() == 1 ? std::move(values.front()) : CypherValue{std::move(values)};
}
CypherValue BitNumber(int32_t bit) { return bit == BitRange::kUnknown ? CypherValue{Null{}} : Number(bit); }

}  // namespace

std::string LabelOf(NodeKind kind) {
  std::string label;
  bool upper = true;
  for (const char c : NodeKindName(kind)) {
    if (c == '_') {
      upper = true;
    } else {
      label += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return label;
}

std::string TypeOf(EdgeKind kind) {
  std::string type(EdgeKindName(kind));
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return type;
}

std::optional<KindMask> KindsOfLabel(std::string_view label) {
  const std::string lower = Lower(label);
  for (const auto& [name, kinds] : kGroups) {
    if (lower == name) return kinds;
  }
  for (int kind = 0; kind < kNodeKindCount; ++kind) {
    if (lower == Lower(LabelOf(static_cast<NodeKind>(kind)))) return KindMask{1} << kind;
  }
  return std::nullopt;
}

std::optional<EdgeMask> EdgesOfType(std::string_view type) {
  const std::optional<EdgeKind> kind = EdgeKindFromName(Lower(type));
  if (!kind) return std::nullopt;
  return MaskOf(*kind);
}

std::string SuggestLabel(std::string_view label) {
  std::vector<std::string> known = {"Always", "Block", "Definition", "Signal"};
  for (int kind = 0; kind < kNodeKindCount; ++kind) known.push_back(LabelOf(static_cast<NodeKind>(kind)));
  return Suggest(label, known);
}

std::string SuggestType(std::string_view type) {
  std::vector<std::string> known;
  for (int kind = 0; kind < kEdgeKindCount; ++kind) known.push_back(TypeOf(static_cast<EdgeKind>(kind)));
  return Suggest(type, known);
}

const std::vector<std::string_view>& NodePropertyNames() {
  static const std::vector<std::string_view> kNames = {"name",
                                                       "kind",
                                                       "path",
                                                       "qualified_name",
                                                       "line",
                                                       "end_line",
                                                       "type",
                                                       "width",
                                                       "value",
                                                       "direction",
                                                       "condition",
                                                       "doc",
                                                       "id",
                                                       "anonymous",
                                                       "elaborated_type",
                                                       "width_bits",
                                                       "elaborated_value"};
  return kNames;
}

const std::vector<std::string_view>& EdgePropertyNames() {
  static const std::vector<std::string_view> kNames = {"kind",     "role",       "assignment", "guard",
                                                       "text",     "confidence", "provenance", "from_msb",
                                                       "from_lsb", "to_msb",     "to_lsb"};
  return kNames;
}

std::optional<CypherValue> NodeProperty(const Snapshot& snapshot, const Elaboration* elaboration,
                                        const NodeHandle& node, std::string_view name) {
  if (name == "name") return Text(node->name);
  if (name == "kind") return Text(NodeKindName(node->kind));
  if (name == "path") return Text(snapshot.file(node.file).path);
  if (name == "qualified_name") return Text(node.shard->Path(node.local));
  if (name == "line") return Number(node->span.begin_line);
  if (name == "end_line") return Number(node->span.end_line);
  if (name == "type") return Text(node->type);
  if (name == "width") return Text(node->width);
  if (name == "value") return Text(node->value);
  if (name == "direction") {
    return node->direction == PortDirection::kNone ? CypherValue{Null{}} : Text(PortDirectionName(node->direction));
  }
  if (name == "condition") return Text(node->condition);
  if (name == "doc") return Text(node->doc);
  if (name == "id") return Text(snapshot.IdOf(node).ToHex());
  if (name == "anonymous") return CypherValue{node->anonymous};
  if (name == "elaborated_type" || name == "width_bits" || name == "elaborated_value") {
    return elaboration == nullptr ? CypherValue{} : Elaborated(snapshot, *elaboration, node, name);
  }
  return std::nullopt;
}

std::optional<CypherValue> EdgeProperty(const Edge& edge, std::string_view name) {
  if (name == "kind") return Text(EdgeKindName(edge.kind));
  if (name == "role") return Text(RoleName(edge.role));
  if (name == "assignment") return Text(AssignmentName(edge.assignment));
  if (name == "guard") return Text(edge.guard);
  if (name == "text") return Text(edge.text);
  if (name == "confidence") return CypherValue{static_cast<double>(edge.confidence)};
  if (name == "provenance") return Text(ProvenanceName(edge.provenance));
  if (name == "from_msb") return BitNumber(edge.from_range.msb);
  if (name == "from_lsb") return BitNumber(edge.from_range.lsb);
  if (name == "to_msb") return BitNumber(edge.to_range.msb);
  if (name == "to_lsb") return BitNumber(edge.to_range.lsb);
  return std::nullopt;
}

}  // namespace fanin::graph::cypher
