// The names that one file declares, by lexical scope.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "graph/schema.h"
#include "slang/util/FlatMap.h"

namespace fanin::indexer {

using ScopeId = uint32_t;
inline constexpr ScopeId kNoScope = UINT32_MAX;
inline constexpr ScopeId kFileScope = 0;

// What a name means: a node of this file, or an item of a package of another file that is imported by name.
struct Symbol {
  graph::LocalNode node = graph::kNoNode;
  std::string_view package = {};

  bool found() const { return node != graph::kNoNode || !package.empty(); }
};

// Scopes form a tree, the file's at its root. Names are views of the parsed text. Not thread-safe.
class SymbolTable {
 public:
  SymbolTable() { AddScope(kNoScope, 0); }

  // `node` is the element that the scope belongs to.
  ScopeId AddScope(ScopeId parent, graph::LocalNode node);
  // The first declaration of a name in a scope counts.
  void Declare(ScopeId scope, std::string_view name, Symbol symbol);
  // Names that `package` itself declares are visible in `scope` after its own.
  void AddImport(ScopeId scope, ScopeId package) { scopes_[scope].imports.push_back(package); }
  // So are all names visible in the scope of a base class.
  void SetBase(ScopeId scope, ScopeId base) { scopes_[scope].base = base; }
  // `scope` imports everything of a package of another file, so that an unknown name is most likely a constant of it.
  void MarkOpen(ScopeId scope) { scopes_[scope].open = true; }

  // Undeclared names in `scope` and below may stand for nets.
  void AllowImplicitNets(ScopeId scope) { scopes_[scope].implicit_nets = true; }

  // In the scope itself and what is visible in it.
  Symbol FindIn(ScopeId scope, std::string_view name) const;
  // In the scope and those around it.
  Symbol Find(ScopeId scope, std::string_view name) const;
  // Whether the scope or one around it is marked open.
  bool IsOpen(ScopeId scope) const;
  // Whether a name that is found nowhere is a net by being used: allowed, and nothing open could bring it in.
  bool MakesImplicitNets(ScopeId scope) const;
  ScopeId ParentOf(ScopeId scope) const { return scopes_[scope].parent; }
  graph::LocalNode NodeOf(ScopeId scope) const { return scopes_[scope].node; }

 private:
  struct Scope {
    ScopeId parent = kNoScope;
    graph::LocalNode node = graph::kNoNode;
    bool empty = true;
    bool open = false;
    bool implicit_nets = false;
    ScopeId base = kNoScope;
    std::vector<ScopeId> imports = {};
  };
  struct Key {
    ScopeId scope;
    std::string_view name;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const { return base::Hash64(key.name, key.scope); }
  };
  const Symbol* FindDeclared(ScopeId scope, std::string_view name) const;

  std::vector<Scope> scopes_;
  slang::flat_hash_map<Key, Symbol, KeyHash> symbols_;
};

}  // namespace fanin::indexer
