#include "indexer/hdl_extractor_symbols.h"

namespace fanin::indexer {
namespace {

// A longer chain of base classes within one file is a cycle.
constexpr int kMaxBases = 32;

}  // namespace

ScopeId SymbolTable::AddScope(ScopeId parent, graph::LocalNode node) {
  scopes_.push_back({.parent = parent, .node = node});
  return static_cast<ScopeId>(scopes_.size() - 1);
}

void SymbolTable::Declare(ScopeId scope, std::string_view name, Symbol symbol) {
  if (name.empty()) return;
  scopes_[scope].empty = false;
  symbols_.try_emplace(Key{scope, name}, symbol);
}

const Symbol* SymbolTable::FindDeclared(ScopeId scope, std::string_view name) const {
  if (scopes_[scope].empty) return nullptr;
  const auto found = symbols_.find(Key{scope, name});
  return found == symbols_.end() ? nullptr : &found->second;
}

Symbol SymbolTable::FindIn(ScopeId scope, std::string_view name) const {
  for (int depth = 0; scope != kNoScope && depth < kMaxBases; scope = scopes_[scope].base, ++depth) {
    if (const Symbol* found = FindDeclared(scope, name)) return *found;
    for (ScopeId package : scopes_[scope].imports) {
      if (const Symbol* found = FindDeclared(package, name)) return *found;
    }
  }
  return {};
}

Symbol SymbolTable::Find(ScopeId scope, std::string_view name) const {
  for (; scope != kNoScope; scope = scopes_[scope].parent) {
    if (Symbol found = FindIn(scope, name); found.found()) return found;
  }
  return {};
}

bool SymbolTable::MakesImplicitNets(ScopeId scope) const {
  if (IsOpen(scope)) return false;
  for (; scope != kNoScope; scope = scopes_[scope].parent) {
    if (scopes_[scope].implicit_nets) return true;
  }
  return false;
}

bool SymbolTable::IsOpen(ScopeId scope) const {
  for (; scope != kNoScope; scope = scopes_[scope].parent) {
    if (scopes_[scope].open) return true;
  }
  return false;
}

}  // namespace fanin::indexer
