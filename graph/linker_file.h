// Second pass of linking: the links of one file. Internal to the linker (linker.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/link_set.h"
#include "graph/linker.h"
#include "graph/linker_index.h"
#include "graph/linker_resolver.h"
#include "graph/shard.h"

namespace fanin::graph::linker {

struct LinkedFile {
  std::string link_set;
  std::vector<Unresolved> unresolved;  // one per occurrence
  uint64_t references = 0;
  uint64_t resolved = 0;
  uint64_t dropped = 0;
  std::vector<NameHash> asked;  // names that its links depend on (Resolver::Asked), sorted
};

// Links one file. Used once; not thread-safe, many may share an index.
class FileLinker {
 public:
  // REQUIRES: `shard` is what the index's symbols of the file came from.
  FileLinker(const SymbolIndex& index, uint32_t file, const Shard& shard);
  LinkedFile Run() &&;

 private:
  // A module that an instance may be of.
  struct Definition {
    Candidate candidate;
    uint32_t scope = kNone;
  };

  // All that an answer depends on, but for the kind of the edge, which `accepted` stands for.
  struct Question {
    LookUp look_up = LookUp::kIdentifier;
    uint32_t scope = kNone;
    LocalNode inner = kNoNode;  // FindInner
    KindMask accepted = 0;
    std::string_view name, owner;
    friend bool operator==(const Question&, const Question&) = default;
  };
  struct QuestionHash {
    size_t operator()(const Question& question) const;
  };

  // What a reference means. Equal questions are answered once.
  const Candidates& Resolve(const Reference& reference);
  Candidates ResolveAnew(EdgeKind kind, const Question& question) const;
  // The argument or variable of a function, task or block around `from` that the first component of a path names.
  LocalNode FindInner(LocalNode from, std::string_view path);
  // Links to the candidates; counts the reference as resolved or not.
  void AddLinks(const Reference& reference, const Candidates& candidates);
  void AddCandidates(const Reference& reference, const Candidates& candidates);
  void CountUnresolved(const Reference& reference);

  // All references of one instance: what it instantiates, its port connections, its parameters.
  void LinkInstance(std::span<const Reference* const> references);
  std::vector<Definition> DefinitionsOf(std::span<const Reference* const> references);
  // The port or parameter that "name" or "#position" means in the module; null: it has none.
  const Symbol* FindMember(const Definition& definition, const Reference& reference);
  void ConnectMember(const Reference& reference, const std::vector<Definition>& definitions);
  void ConnectAllPorts(const Reference& reference, std::span<const Reference* const> references,
                       const std::vector<Definition>& definitions);
  // `ports`: the same port of each definition.
  void AddFlows(const Reference& reference, const Candidates& ports, std::span<const Operand> operands);
  // signal -> instance (kReads) or instance -> signal (kDrives).
  void AddInstanceEdge(EdgeKind kind, const Operand& operand, LocalNode instance, float confidence);
  // The signal of this file that the name means in the scope of an instance, for `.*`; kNoNode: none.
  LocalNode LocalSignal(uint32_t scope, NameHash name) const;

  const SymbolIndex& index_;
  uint32_t file_;
  const Shard& shard_;
  const FileSymbols& symbols_;
  Resolver::Asked asked_;
  Resolver resolver_;
  std::vector<uint32_t> scope_of_node_;                  // innermost that holds or is the node
  std::unordered_map<uint64_t, LocalNode> inner_nodes_;  // by parent and name, those that are no symbols; when needed
  bool has_inner_nodes_ = false;
  std::unordered_map<Question, Candidates, QuestionHash> answers_;
  size_t wildcard_ports_ = 0;
  std::vector<Link> links_;
  LinkedFile result_;
};

}  // namespace fanin::graph::linker
