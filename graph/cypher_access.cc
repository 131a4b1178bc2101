// Matcher, access: how the candidates of one node of a pattern are listed, and how many to expect.
#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "graph/cypher_match.h"

namespace fanin::graph::cypher {
namespace {

constexpr double kCostOfNameTable = 50;  // in candidates: reading all names is worth it only when there is no other way

// Kinds that may have no written name and so are missing from the name table.
constexpr KindMask kMayBeAnonymous =
    Bit(NodeKind::kFile) | Bit(NodeKind::kAlways) | Bit(NodeKind::kAlwaysFf) | Bit(NodeKind::kAlwaysComb) |
    Bit(NodeKind::kAlwaysLatch) | Bit(NodeKind::kInitial) | Bit(NodeKind::kFinal) | Bit(NodeKind::kAssign) |
    Bit(NodeKind::kStatement) | Bit(NodeKind::kInstance) | Bit(NodeKind::kGenerate) | Bit(NodeKind::kClocking) |
    Bit(NodeKind::kAssertion) | Bit(NodeKind::kCovergroup) | Bit(NodeKind::kConstraint) | Bit(NodeKind::kDocument) |
    Bit(NodeKind::kRegister) | Bit(NodeKind::kStructField) | Bit(NodeKind::kPort);
constexpr KindMask kFewOfThem = Bit(NodeKind::kModule) | Bit(NodeKind::kInterface) | Bit(NodeKind::kProgram) |
                                Bit(NodeKind::kPackage) | Bit(NodeKind::kClass) | Bit(NodeKind::kPrimitive) |
                                Bit(NodeKind::kChecker) | Bit(NodeKind::kModport);

// What a conjunct demands of `variable.key`: the operator, and the text of a literal or parameter on its other side.
struct Demand {
  Operator op = Operator::kEqual;
  const std::string* text = nullptr;
};

std::optional<Demand> DemandOf(const Expression& conjunct, const std::string& variable, std::string_view key,
                               const Parameters& parameters) {
  static constexpr std::array kOperators = {Operator::kEqual, Operator::kStartsWith, Operator::kEndsWith,
                                            Operator::kContains, Operator::kRegex};
  if (conjunct.kind != Expression::Kind::kOperator || conjunct.operands.size() != 2 ||
      std::ranges::find(kOperators, conjunct.op) == kOperators.end()) {
    return std::nullopt;
  }
  for (size_t side = 0; side < (conjunct.op == Operator::kEqual ? 2 : 1); ++side) {
    const Expression& property = *conjunct.operands[side];
    const Expression& value = *conjunct.operands[1 - side];
    const bool is_property = property.kind == Expression::Kind::kProperty && property.name == key;
    const bool is_id_call = key == "id" && property.kind == Expression::Kind::kFunction && property.name == "id";
    if (!(is_property || is_id_call) || property.operands[0]->kind != Expression::Kind::kVariable ||
        property.operands[0]->name != variable) {
      continue;
    }
    const Literal* literal = value.kind == Expression::Kind::kLiteral ? &value.literal : nullptr;
    if (value.kind == Expression::Kind::kParameter) {
      const auto found = parameters.find(value.name);
      if (found != parameters.end()) literal = &found->second;
    }
    const auto* text = literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value);
    if (text != nullptr) return Demand{conjunct.op, text};
  }
  return std::nullopt;
}

// The letters, digits and underscores that every text begins with which the whole regex matches.
std::string_view LiteralPrefix(std::string_view regex) {
  if (regex.find('|') != std::string_view::npos) return "";
  size_t end = 0;
  while (end < regex.size() && (std::isalnum(static_cast<unsigned char>(regex[end])) != 0 || regex[end] == '_')) ++end;
  const bool is_repeated = end < regex.size() && std::string_view("*?{").find(regex[end]) != std::string_view::npos;
  return regex.substr(0, is_repeated && end > 0 ? end - 1 : end);
}

// Whether the made-up name of some node of these kinds ("port#1") may begin with the prefix. Statements and assertions
// bear other words than their kind's.
bool MayBeginAnonymous(KindMask kinds, std::string_view prefix) {
  constexpr KindMask kOtherWords = Bit(NodeKind::kStatement) | Bit(NodeKind::kAssertion) | Bit(NodeKind::kFile);
  if ((kinds & kOtherWords) != 0) return true;
  for (int kind = 0; kind < kNodeKindCount; ++kind) {
    if ((kinds & kMayBeAnonymous & Bit(static_cast<NodeKind>(kind))) == 0) continue;
    const std::string token = std::string(NodeKindName(static_cast<NodeKind>(kind))) + "#";
    if (token.starts_with(prefix) || prefix.starts_with(token)) return true;
  }
  return false;
}

bool Holds(const Demand& demand, std::string_view text) {
  switch (demand.op) {
    case Operator::kEqual: return text == *demand.text;
    case Operator::kStartsWith: return text.starts_with(*demand.text);
    case Operator::kEndsWith: return text.ends_with(*demand.text);
    case Operator::kContains: return text.find(*demand.text) != std::string_view::npos;
    default: return true;  // checked on each candidate, as all are
  }
}

base::Result<std::vector<NodeRef>> NodesByName(const Snapshot& snapshot, std::string_view prefix, KindMask kinds) {
  std::vector<NodeRef> refs;
  FANIN_RETURN_IF_ERROR(snapshot.ScanNames(prefix, [&](std::string_view, std::span<const Snapshot::NameHit> hits) {
    for (const Snapshot::NameHit& hit : hits) {
      if ((Bit(hit.kind) & kinds) != 0) refs.push_back(hit.ref);
    }
    return true;
  }));
  std::ranges::sort(refs);
  return refs;
}

base::Result<std::vector<NodeRef>> NodesOfFiles(const Snapshot& snapshot, const std::vector<FileRef>& files,
                                                KindMask kinds) {
  std::vector<NodeRef> refs;
  for (const FileRef file : files) {
    FANIN_ASSIGN_OR_RETURN(const auto shard, snapshot.GetShard(file));
    const std::span<const graph::Node> nodes = shard->nodes();
    for (LocalNode local = 0; local < nodes.size(); ++local) {
      if ((Bit(nodes[local].kind) & kinds) != 0) refs.push_back(snapshot.RefOf(file, local));
    }
  }
  return refs;
}

}  // namespace

base::Result<Matcher::Access> Matcher::AccessByText(const std::string& variable, const Expression& conjunct) const {
  const KindMask kinds = kinds_.at(slots_.at(variable));
  const auto list = [](std::vector<NodeRef> refs, std::string label) {
    const auto cost = static_cast<double>(refs.size());
    return Access{cost, std::move(label),
                  [refs = std::move(refs)]() -> base::Result<std::vector<NodeRef>> { return refs; }};
  };
  const auto demand = [&](std::string_view key) { return DemandOf(conjunct, variable, key, request_.parameters); };
  if (const auto id = demand("id"); id && id->op == Operator::kEqual) {
    return Access{0, "id", [this, id = *id->text]() -> base::Result<std::vector<NodeRef>> {
                    const std::optional<NodeId> parsed = NodeId::FromHex(id);
                    if (!parsed) return std::vector<NodeRef>();
                    FANIN_ASSIGN_OR_RETURN(const NodeRef ref, snapshot_.FindNode(*parsed));
                    return ref == kNoRef ? std::vector<NodeRef>() : std::vector<NodeRef>{ref};
                  }};
  }
  if (const auto path = demand("qualified_name"); path && path->op == Operator::kEqual) {
    FANIN_ASSIGN_OR_RETURN(std::vector<NodeRef> refs, snapshot_.FindByPath(*path->text));
    return list(std::move(refs), "qualified name '" + *path->text + "'");
  }
  if (const auto name = demand("name"); name && name->op == Operator::kEqual) {
    FANIN_ASSIGN_OR_RETURN(const auto hits, snapshot_.FindByName(*name->text));
    std::vector<NodeRef> refs;
    for (const Snapshot::NameHit& hit : hits) {
      if ((Bit(hit.kind) & kinds) != 0) refs.push_back(hit.ref);
    }
    // A made-up name, e.g. "always_ff#0", is in no table.
    if (!refs.empty() || (kinds & kMayBeAnonymous) == 0) return list(std::move(refs), "name '" + *name->text + "'");
  } else if (name && (name->op == Operator::kStartsWith || name->op == Operator::kRegex)) {
    std::string prefix(name->op == Operator::kRegex ? LiteralPrefix(*name->text) : *name->text);
    if (!prefix.empty() && !MayBeginAnonymous(kinds, prefix)) {
      std::ranges::transform(prefix, prefix.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      FANIN_ASSIGN_OR_RETURN(std::vector<NodeRef> refs, NodesByName(snapshot_, prefix, kinds));
      return list(std::move(refs), "name '" + prefix + "...'");
    }
  }
  if (const auto path = demand("path"); path && path->op != Operator::kRegex) {
    std::vector<FileRef> files;
    double cost = 0;
    for (FileRef file = 0; file < snapshot_.file_count(); ++file) {
      if (!Holds(*path, snapshot_.file(file).path)) continue;
      files.push_back(file);
      cost += snapshot_.file(file).node_count;
    }
    return Access{cost, "path '" + *path->text + "'",
                  [this, files = std::move(files), kinds] { return NodesOfFiles(snapshot_, files, kinds); }};
  }
  return Access{std::numeric_limits<double>::infinity(), "", nullptr};
}

base::Result<Matcher::Access> Matcher::BestAccess(const std::string& variable) const {
  Access best{std::numeric_limits<double>::infinity(), "", nullptr};
  for (const Expression* conjunct : conjuncts_) {
    FANIN_ASSIGN_OR_RETURN(Access access, AccessByText(variable, *conjunct));
    if (access.cost < best.cost) best = std::move(access);
  }
  const KindMask kinds = kinds_.at(slots_.at(variable));
  const auto all = static_cast<double>(snapshot_.node_count());
  const bool is_named = (kinds & kMayBeAnonymous) == 0;
  const double cost = kCostOfNameTable + all * (!is_named ? 1 : (kinds & ~kFewOfThem) == 0 ? 0.01 : 0.2);
  if (best.cost <= cost) return best;
  if (is_named) return Access{cost, "label", [this, kinds] { return NodesByName(snapshot_, "", kinds); }};
  return Access{cost, "all nodes", [this, kinds] {
                  std::vector<FileRef> files(snapshot_.file_count());
                  std::iota(files.begin(), files.end(), FileRef{0});
                  return NodesOfFiles(snapshot_, files, kinds);
                }};
}

}  // namespace fanin::graph::cypher
