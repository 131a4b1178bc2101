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
    case EdgeKind::kFlows:
    case EdgeKind::kAssertsOn: return kValueKinds;
    case EdgeKind::kCallsOut: return MaskOfKinds(NodeKind::kFunction, NodeKind::kTask, NodeKind::kAssertion);
    case EdgeKind::kUsesMacro: return MaskOfKinds(NodeKind::kMacro);
    default: return kAnyKind;
  }
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
      resolver_(index, file),
      scope_of_node_(ScopesOfNodes(shard, symbols_)) {}

size_t FileLinker::QuestionHash::operator()(const Question& question) const {
  const uint64_t seed = question.accepted * 31 + question.scope * 7 + static_cast<uint64_t>(question.look_up);
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
  result_.link_set = EncodeLinkSet(std::move(links_));
  return std::move(result_);
}

const Candidates& FileLinker::Resolve(const Reference& reference) {
  uint32_t scope = scope_of_node_[reference.from];
  // What a class extends is not looked up within the class.
  if (reference.kind == EdgeKind::kExtends && scope != kUnitScope) scope = symbols_.scopes[scope].parent;
  const Question question{reference.look_up, scope, AcceptedBy(reference.kind), reference.name, reference.scope};
  auto [answer, is_new] = answers_.try_emplace(question);
  if (is_new) answer->second = ResolveAnew(reference, scope);
  return answer->second;
}

Candidates FileLinker::ResolveAnew(const Reference& reference, uint32_t scope) const {
  const KindMask accepted = AcceptedBy(reference.kind);
  const NameHash name = HashName(reference.name);
  switch (reference.look_up) {
    case LookUp::kDefinition: {
      if (reference.kind == EdgeKind::kExtends || reference.kind == EdgeKind::kHasType) {
        return resolver_.Type(scope, ParseTypeName(reference.name));
      }
      Candidates found = resolver_.Design(name);
      if (found.empty() && reference.kind != EdgeKind::kInstantiates) found = resolver_.Class(scope, name);
      return found;
    }
    case LookUp::kPackage: return resolver_.Package(name);
    case LookUp::kMacro: return resolver_.Macro(name);
    case LookUp::kFile: return index_.IncludedFile(reference.name, file_);
    case LookUp::kScoped: return resolver_.Scoped(scope, reference.scope, name, accepted);
    case LookUp::kIdentifier: {
      if (reference.kind != EdgeKind::kHasType) return resolver_.Identifier(scope, name, accepted);
      Candidates found = resolver_.Visible(scope, name, accepted);
      return found.empty() ? resolver_.Type(scope, {.package = 0, .name = name}) : found;
    }
    case LookUp::kHierarchical: return resolver_.Hierarchical(scope, reference.name, accepted);
    case LookUp::kInstancePort:
    case LookUp::kInstanceParameter: break;  // LinkInstance
  }
  return {};
}

void FileLinker::AddLinks(const Reference& reference, const Candidates& candidates) {
  if (candidates.empty()) return CountUnresolved(reference);
  ++result_.resolved;
  AddCandidates(reference, candidates);
}

void FileLinker::AddCandidates(const Reference& reference, const Candidates& candidates) {
  for (const Candidate& candidate : candidates) {
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
