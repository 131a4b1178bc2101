// The names that an expression uses, looked up in the file's scopes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/shard.h"
#include "indexer/hdl_extractor_context.h"

namespace fanin::indexer {

// What a use of a name takes from it.
enum class UseKind : uint8_t {
  kValue,     // a signal's, port's or interface's value: data, which flows
  kConstant,  // a parameter, enum member, type: fixed before anything flows
  kCall,      // a function or task
  kIndex,     // a genvar or loop variable
};

// One name of an expression: a node of this file, or what the linker must look for.
struct Use {
  UseKind kind = UseKind::kValue;
  graph::Role role = graph::Role::kData;
  graph::LocalNode node = graph::kNoNode;
  // For a name of elsewhere (node == kNoNode), or in addition to `node` for the member of an interface port or
  // instance.
  bool external = false;
  graph::LookUp look_up = graph::LookUp::kIdentifier;
  std::string_view name;
  std::string_view scope;
  Bytes bytes;
  // Of a value: the constant bits used, and how many bits the use has (0: unknown).
  graph::BitRange range;
  int32_t width_bits = 0;
  bool whole = true;         // neither selected nor a member
  std::string_view written;  // the use as written where it is a member ("req_i.addr"), else empty
  const slang::syntax::InvocationExpressionSyntax* call = nullptr;  // of kCall
};

// The stronger of the two: what is part of a condition or index stays so.
inline graph::Role Within(graph::Role outer, graph::Role inner) { return outer == graph::Role::kData ? inner : outer; }

// Collects the uses of expressions, types and property expressions. Works iteratively, whatever their depth. Keeps the
// context and scratch memory.
class UseCollector {
 public:
  explicit UseCollector(HdlContext& context) : context_(context) {}

  // Appends the uses under `root` in source order; those in its own role `role`, those of conditions and indexes in
  // theirs.
  void Collect(const slang::syntax::SyntaxNode& root, ScopeId scope, graph::Role role, std::vector<Use>& uses);
  // The use of one name with its selects and members; appends the uses in its selects, in role kIndex. Neither `node`
  // nor `external` is set when the designator has no name at its base. REQUIRES: IsDesignator(designator.kind).
  Use Resolve(const slang::syntax::SyntaxNode& designator, ScopeId scope, std::vector<Use>& index_uses);
  // Whether the node is a name with selects and members.
  static bool IsDesignator(slang::syntax::SyntaxKind kind);

 private:
  struct Item {
    const slang::syntax::SyntaxNode* node;
    graph::Role role;
    bool quiet;  // unknown names are local to the construct
  };
  struct Component {
    slang::parsing::Token name;
    bool scoped = false;        // "::" before it, else "."
    uint32_t first_select = 0;  // of selects_
    uint32_t last_select = 0;   // past the last
  };

  void Push(const slang::syntax::SyntaxNode* node, graph::Role role, bool quiet);
  void PushChildren(const slang::syntax::SyntaxNode& node, graph::Role role, bool quiet);
  void Drain(std::vector<Use>& uses);
  void Visit(const Item& item, std::vector<Use>& uses);
  void VisitCall(const slang::syntax::InvocationExpressionSyntax& call, const Item& item, std::vector<Use>& uses);
  // Splits a designator into components_ and selects_; false: its base is an expression, which is pushed.
  bool Split(const slang::syntax::SyntaxNode& designator, graph::Role role, bool quiet);
  void AddSelects(const slang::syntax::SyntaxList<slang::syntax::ElementSelectSyntax>& selects);
  // Looks the split designator up.
  Use Bind(graph::Role role);
  void BindScoped(Use& use, size_t& next);
  void BindMembers(Use& use, size_t& next);
  void BindNode(Use& use, graph::LocalNode node) const;
  void SetExternal(Use& use, graph::LookUp look_up, size_t first, size_t last);
  // "bus.aw.valid": the components, as a macro joins them.
  std::string PathOfComponents() const;
  void SetBits(Use& use, const Component& component);
  bool IsWithin(graph::LocalNode node) const;

  HdlContext& context_;
  ScopeId scope_ = kFileScope;
  std::vector<Item> stack_;
  std::vector<Component> components_;
  std::vector<const slang::syntax::ElementSelectSyntax*> selects_;
};

}  // namespace fanin::indexer
