#include "graph/linker_file.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"

namespace fanin::graph::linker {
namespace {

// What can be at the named end of an edge.
KindMask AcceptedBy(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kInstantiates: return kDesignKinds;
    case EdgeKind::kConnects: return MaskOfKinds(NodeKind::kPort);
    case EdgeKind::kOverrides: return MaskOfKinds(NodeKind::kParameter);
    case EdgeKind::kImports: return MaskOfKinds(NodeKind::kPackage);
    case EdgeKind::kExtends: return MaskOfKinds(NodeKind::kClass, NodeKind::kTypedef);
    case EdgeKind::kHasType:
      return kTypeKinds | MaskOfKinds(NodeKind::kModport, NodeKind::kParameter, NodeKind::kCovergroup);
    case EdgeKind::kDrives:
    case EdgeKind::kReads:
    case EdgeKind::kAssertsOn: return kValueKinds;
    case EdgeKind::kFlows: return kValueKinds | MaskOfKinds(NodeKind::kFunction);  // its result
    case EdgeKind::kCallsOut: return MaskOfKinds(NodeKind::kFunction, NodeKind::kTask, NodeKind::kAssertion);
    case EdgeKind::kUsesMacro: return MaskOfKinds(NodeKind::kMacro);
    default: return kAnyKind;
  }
}

bool IsDataflow(EdgeKind kind) {
  return kind == EdgeKind::kDrives || kind == EdgeKind::kReads || kind == EdgeKind::kFlows;
}

bool IsConstant(const FileSymbols& symbols, const Target& target) {
  const NodeKind kind = target.symbol == kNone ? NodeKind::kFile : symbols.symbols[target.symbol].kind;
  return kind == NodeKind::kParameter || kind == NodeKind::kEnumMember;
}

bool BelongsToInstance(const Reference& reference) {
  return reference.look_up == LookUp::kInstancePort || reference.look_up == LookUp::kInstanceParameter ||
         reference.kind == EdgeKind::kInstantiates;
}

std::vector<uint32_t> ScopesOfNodes(const Shard& shard, const FileSymbols& symbols) {
  const std::span<const Node> nodes = shard.nodes();
  std::vector<uint32_t> scopes(nodes.size(), kUnitScope);
  uint32_t next = 1;  // scopes are sorted by node
  for (LocalNode i = 1; i < nodes.size(); ++i) {
    const bool is_scope = next < symbols.scopes.size() && symbols.scopes[next].node == i;
    scopes[i] = is_scope ? next++ : scopes[nodes[i].parent];
  }
  return scopes;
}

}  // namespace

FileLinker::FileLinker(const SymbolIndex& index, uint32_t file, const Shard& shard)
    : index_(index),
      file_(file),
      shard_(shard),
      symbols_(index.symbols(file)),
      resolver_(index, file, /*inherit=*/true, &asked_),
      scope_of_node_(ScopesOfNodes(shard, symbols_)) {}

size_t FileLinker::QuestionHash::operator()(const Question& question) const {
  const uint64_t seed =
      question.accepted * 31 + question.scope * 7 + question.inner * 3 + static_cast<uint64_t>(question.look_up);
  return base::Hash64(question.name, base::Hash64(question.owner, seed));
}

LinkedFile FileLinker::Run() && {
  const std::span<const Reference> references = shard_.references();
  std::vector<const Reference*> of_instances;
  for (const Reference& reference : references) {
    if (BelongsToInstance(reference)) {
      of_instances.push_back(&reference);
      continue;
    }
    AddLinks(reference, Resolve(reference));
  }
  std::ranges::stable_sort(of_instances, {}, &Reference::from);
  for (size_t begin = 0, end = 0; begin < of_instances.size(); begin = end) {
    while (end < of_instances.size() && of_instances[end]->from == of_instances[begin]->from) ++end;
    LinkInstance(std::span(of_instances).subspan(begin, end - begin));
  }
  result_.references = references.size();
  result_.asked.assign(asked_.begin(), asked_.end());
  std::ranges::sort(result_.asked);
  result_.link_set = EncodeLinkSet(std::move(links_));
  return std::move(result_);
}

const Candidates& FileLinker::Resolve(const Reference& reference) {
  uint32_t scope = scope_of_node_[reference.from];
  // What a class extends is not looked up within the class.
  if (reference.kind == EdgeKind::kExtends && scope != kUnitScope) scope = symbols_.scopes[scope].parent;
  Question question{reference.look_up, scope, kNoNode, AcceptedBy(reference.kind), reference.name, reference.scope};
  if (reference.look_up == LookUp::kHierarchical) question.inner = FindInner(reference.from, reference.name);
  auto [answer, is_new] = answers_.try_emplace(question);
  if (is_new) answer->second = ResolveAnew(reference.kind, question);
  return answer->second;
}

Candidates FileLinker::ResolveAnew(EdgeKind kind, const Question& question) const {
  const auto& [look_up, scope, inner, accepted, written, owner] = question;
  const NameHash name = HashName(written);
  switch (look_up) {
    case LookUp::kDefinition: {
      if (kind == EdgeKind::kExtends || kind == EdgeKind::kHasType)
        return resolver_.Type(scope, ParseTypeName(written));
      Candidates found = resolver_.Design(name);
      if (found.empty() && kind != EdgeKind::kInstantiates) found = resolver_.Class(scope, name);
      return found;
    }
    case LookUp::kPackage: return resolver_.Package(name);
    case LookUp::kMacro: return resolver_.Macro(name);
    case LookUp::kFile: return index_.IncludedFile(written, file_);
    case LookUp::kScoped: return resolver_.Scoped(scope, owner, name, accepted);
    case LookUp::kIdentifier: {
      if (kind == EdgeKind::kDocuments) {
        // A document is in no scope: it names what all can name.
        Candidates found = resolver_.Design(name);
        if (found.empty()) found = resolver_.Package(name);
        return found.empty() ? resolver_.Macro(name) : found;
      }
      if (kind != EdgeKind::kHasType) return resolver_.Identifier(scope, name, accepted);
      Candidates found = resolver_.Visible(scope, name, accepted);
      return found.empty() ? resolver_.Type(scope, {.package = 0, .name = name}) : found;
    }
    case LookUp::kHierarchical: {
      if (inner == kNoNode) return resolver_.Hierarchical(scope, written, accepted);
      const TypeName type = ParseTypeName(shard_.nodes()[inner].type);
      return resolver_.Below(resolver_.Type(scope, type), written.substr(written.find('.') + 1), accepted);
    }
    case LookUp::kInstancePort:
    case LookUp::kInstanceParameter: break;  // LinkInstance
  }
  return {};
}

LocalNode FileLinker::FindInner(LocalNode from, std::string_view path) {
  const std::span<const Node> nodes = shard_.nodes();
  auto is_scope = [&](LocalNode node) { return symbols_.scopes[scope_of_node_[node]].node == node; };
  auto key = [](LocalNode parent, std::string_view name) { return base::Hash64(name, parent); };
  if (is_scope(from)) return kNoNode;
  if (!has_inner_nodes_) {
    has_inner_nodes_ = true;
    for (LocalNode i = 1; i < nodes.size(); ++i) {
      const bool is_value = Accepts(kValueKinds, nodes[i].kind);
      if (is_value && !is_scope(nodes[i].parent)) inner_nodes_.try_emplace(key(nodes[i].parent, nodes[i].name), i);
    }
  }
  const std::string_view name = path.substr(0, path.find_first_of(".["));
  for (; !is_scope(from); from = nodes[from].parent) {
    if (const auto found = inner_nodes_.find(key(from, name)); found != inner_nodes_.end()) return found->second;
  }
  return kNoNode;
}

void FileLinker::AddLinks(const Reference& reference, const Candidates& candidates) {
  if (candidates.empty()) return CountUnresolved(reference);
  ++result_.resolved;
  AddCandidates(reference, candidates);
}

void FileLinker::AddCandidates(const Reference& reference, const Candidates& candidates) {
  for (const Candidate& candidate : candidates) {
    if (IsDataflow(reference.kind) && IsConstant(index_.symbols(candidate.target.file), candidate.target)) {
      // A name that looked like a signal's: what is fixed does not flow, it is mentioned.
      const LocalNode statement = reference.attributes.statement;
      links_.push_back({.kind = EdgeKind::kRefersTo,
                        .confidence = candidate.confidence,
                        .local = statement == kNoNode ? reference.from : statement,
                        .remote = index_.IdOf(candidate.target),
                        .attributes = {}});
      continue;
    }
    links_.push_back({.kind = reference.kind,
                      .remote_is_source = reference.far_is_source,
                      .confidence = candidate.confidence,
                      .local = reference.from,
                      .remote = index_.IdOf(candidate.target),
                      .attributes = reference.attributes});
  }
}

void FileLinker::CountUnresolved(const Reference& reference) {
  LookUp look_up = reference.look_up;
  if (reference.kind == EdgeKind::kInstantiates || reference.kind == EdgeKind::kExtends) look_up = LookUp::kDefinition;
  const bool is_definition = look_up == LookUp::kDefinition && reference.kind != EdgeKind::kHasType;
  if (is_definition || look_up == LookUp::kPackage || look_up == LookUp::kFile) {
    result_.unresolved.push_back({look_up, std::string(reference.name), 1});
  }
}

}  // namespace fanin::graph::linker
