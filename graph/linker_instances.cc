// Instances: which definition each is of, and the flows through its ports.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "graph/expression_text.h"
#include "graph/linker_file.h"

namespace fanin::graph::linker {
namespace {

bool IsPositional(std::string_view name) { return name.starts_with('#'); }
bool IsWildcard(std::string_view name) { return name == "*"; }

// A port by its name, of one of the definitions that have it.
struct NamedPort {
  NameHash name = 0;
  Candidate port;
};

float SumOfDirections(const std::vector<std::pair<Candidate, PortDirection>>& ports,
                      std::initializer_list<PortDirection> directions) {
  float sum = 0;
  for (const auto& [port, direction] : ports) {
    if (std::ranges::find(directions, direction) != directions.end()) sum += port.confidence;
  }
  return std::min(1.0F, sum);
}

// A link that a connection of an instance makes, its ends still open.
Link OperandLink(EdgeKind kind, const Operand& operand, LocalNode instance, float confidence) {
  Link link;
  link.kind = kind;
  link.confidence = confidence;
  link.attributes.role = operand.role;
  link.attributes.assignment = Assignment::kConnection;
  link.attributes.statement = instance;
  return link;
}

}  // namespace

void FileLinker::LinkInstance(std::span<const Reference* const> references) {
  const std::vector<Definition> definitions = DefinitionsOf(references);
  const Reference* wildcard = nullptr;
  for (const Reference* reference : references) {
    if (reference->kind == EdgeKind::kInstantiates) {
      Candidates candidates;
      for (const Definition& definition : definitions) candidates.push_back(definition.candidate);
      AddLinks(*reference, candidates);
    } else if (IsWildcard(reference->name)) {
      wildcard = reference;
    } else {
      ConnectMember(*reference, definitions);
    }
  }
  if (wildcard != nullptr) ConnectAllPorts(*wildcard, references, definitions);
}

std::vector<FileLinker::Definition> FileLinker::DefinitionsOf(std::span<const Reference* const> references) {
  const auto named = std::ranges::find(references, EdgeKind::kInstantiates, &Reference::kind);
  if (named == references.end()) return {};
  std::vector<Definition> definitions;
  for (const Candidate& candidate : Resolve(**named)) {
    definitions.push_back({candidate, index_.SymbolOf(candidate.target).opens});
  }
  if (definitions.size() < 2) return definitions;

  // A definition that lacks a port or parameter which the instance names is the less likely one.
  float total = 0;
  float weighed_total = 0;
  for (Definition& definition : definitions) {
    int missing = 0;
    for (const Reference* reference : references) {
      const bool named_member = reference->kind != EdgeKind::kInstantiates && !IsWildcard(reference->name);
      if (named_member && FindMember(definition, *reference) == nullptr) missing = std::min(missing + 1, 30);
    }
    total += definition.candidate.confidence;
    definition.candidate.confidence = std::ldexp(definition.candidate.confidence, -missing);
    weighed_total += definition.candidate.confidence;
  }
  for (Definition& definition : definitions) definition.candidate.confidence *= total / weighed_total;
  return definitions;
}

const Symbol* FileLinker::FindMember(const Definition& definition, const Reference& reference) {
  if (definition.scope == kNone) return nullptr;
  const FileSymbols& file = index_.symbols(definition.candidate.target.file);
  const bool is_port = reference.look_up == LookUp::kInstancePort;
  if (IsPositional(reference.name)) {
    const Scope& scope = file.scopes[definition.scope];
    const Range& range = is_port ? scope.ports : scope.parameters;
    uint32_t position = kNone;
    const std::string_view digits = reference.name.substr(1);
    std::from_chars(digits.data(), digits.data() + digits.size(), position);
    if (position >= range.size()) return nullptr;
    return &file.symbols[(is_port ? file.ports : file.parameters)[range.begin + position]];
  }
  const NodeKind kind = is_port ? NodeKind::kPort : NodeKind::kParameter;
  const NameHash name = HashName(reference.name);
  asked_.insert(name);
  for (const Symbol& symbol : file.Find(definition.scope, name)) {
    if (symbol.kind == kind) return &symbol;
  }
  return nullptr;
}

void FileLinker::ConnectMember(const Reference& reference, const std::vector<Definition>& definitions) {
  Candidates members;
  for (const Definition& definition : definitions) {
    const uint32_t file = definition.candidate.target.file;
    const Symbol* member = FindMember(definition, reference);
    if (member == nullptr) continue;
    members.push_back({{file, index_.symbols(file).IndexOf(*member)}, definition.candidate.confidence});
  }
  AddLinks(reference, members);
  if (reference.look_up == LookUp::kInstancePort) AddFlows(reference, members, reference.operands);
}

void FileLinker::ConnectAllPorts(const Reference& reference, std::span<const Reference* const> references,
                                 const std::vector<Definition>& definitions) {
  std::vector<NameHash> connected;
  for (const Reference* other : references) {
    if (other->look_up == LookUp::kInstancePort) connected.push_back(HashName(other->name));
  }
  std::ranges::sort(connected);
  result_.resolved += definitions.empty() ? 0 : 1;

  std::vector<NamedPort> ports;
  for (const Definition& definition : definitions) {
    if (definition.scope == kNone) continue;
    const uint32_t file = definition.candidate.target.file;
    const FileSymbols& symbols = index_.symbols(file);
    const Range& range = symbols.scopes[definition.scope].ports;
    if (wildcard_ports_ + range.size() > kMaxWildcardPorts) {
      result_.dropped += range.size();
      continue;
    }
    wildcard_ports_ += range.size();
    for (uint32_t i = range.begin; i < range.end; ++i) {
      const uint32_t port = symbols.ports[i];
      const NameHash name = symbols.symbols[port].name;
      if (std::ranges::binary_search(connected, name)) continue;
      ports.push_back({name, {{file, port}, definition.candidate.confidence}});
    }
  }
  std::ranges::stable_sort(ports, {}, &NamedPort::name);

  const uint32_t scope = scope_of_node_[reference.from];
  for (size_t i = 0; i < ports.size();) {
    Candidates members;
    const NameHash name = ports[i].name;
    for (; i < ports.size() && ports[i].name == name; ++i) members.push_back(ports[i].port);
    const LocalNode signal = LocalSignal(scope, name);
    if (signal == kNoNode) continue;  // left open, or what an import brings in
    Operand operand;
    operand.node = signal;
    Reference connection = reference;
    connection.attributes.text = shard_.nodes()[signal].name;
    AddCandidates(connection, members);
    AddFlows(connection, members, {&operand, 1});
  }
}

LocalNode FileLinker::LocalSignal(uint32_t scope, NameHash name) const {
  for (; scope != kNone; scope = symbols_.scopes[scope].parent) {
    for (const Symbol& symbol : symbols_.Find(scope, name)) {
      if (Accepts(kValueKinds | MaskOfKinds(NodeKind::kInstance), symbol.kind)) return symbol.node;
    }
  }
  return kNoNode;
}

void FileLinker::AddFlows(const Reference& reference, const Candidates& ports, std::span<const Operand> operands) {
  using enum PortDirection;
  std::vector<std::pair<Candidate, PortDirection>> directed;
  for (const Candidate& port : ports) directed.emplace_back(port, index_.SymbolOf(port.target).direction);
  const float into = SumOfDirections(directed, {kInput, kInout, kRef});
  const float out_of = SumOfDirections(directed, {kOutput, kInout, kRef});

  for (const Operand& operand : operands) {
    // What selects the bits of an output's target is read, not driven.
    const bool is_target = operand.role == Role::kData;
    const std::string_view actual = reference.attributes.text;
    const bool is_member = is_target && !MemberOf(actual, shard_.nodes()[operand.node].name).empty();
    const NodeKind kind = shard_.nodes()[operand.node].kind;
    if (!IsSignalLike(kind) && !(kind == NodeKind::kInstance && is_member)) continue;
    for (const auto& [port, direction] : directed) {
      Link link = OperandLink(EdgeKind::kFlows, operand, reference.from, port.confidence);
      link.local = operand.node;
      link.remote = index_.IdOf(port.target);
      if (is_member) link.attributes.text = actual;
      if (direction == kInput || direction == kInout || direction == kRef) {
        link.attributes.from_range = operand.range;
        links_.push_back(link);
      }
      if (is_target && (direction == kOutput || direction == kInout || direction == kRef)) {
        link.remote_is_source = true;
        link.attributes.from_range = {};
        link.attributes.to_range = operand.range;
        links_.push_back(link);
      }
    }
    const float read = is_target ? into : std::min(1.0F, into + out_of);
    if (read > 0) AddInstanceEdge(EdgeKind::kReads, operand, reference.from, read);
    if (is_target && out_of > 0) AddInstanceEdge(EdgeKind::kDrives, operand, reference.from, out_of);
  }
}

void FileLinker::AddInstanceEdge(EdgeKind kind, const Operand& operand, LocalNode instance, float confidence) {
  Link link = OperandLink(kind, operand, instance, confidence);
  const bool drives = kind == EdgeKind::kDrives;
  link.local = drives ? instance : operand.node;
  link.remote = index_.LocalIdOf(file_, shard_.nodes()[drives ? operand.node : instance].local_id);
  (drives ? link.attributes.to_range : link.attributes.from_range) = operand.range;
  links_.push_back(link);
}

}  // namespace fanin::graph::linker
