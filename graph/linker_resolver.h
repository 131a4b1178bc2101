// What a name means where it is written in one file: scopes, imports, includes, inheritance, dotted paths. The rules
// are docs/linking.md. Internal to the linker (linker.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_set>

#include "graph/linker_index.h"
#include "graph/linker_symbols.h"

namespace fanin::graph::linker {

// Resolves the names of one file. Not thread-safe; many may share an index.
class Resolver {
 public:
  // Names that were looked up in files, the resolver's own or others. While what each of them finds is the same, and
  // includes, imports and inheritance are, so are all answers.
  using Asked = std::unordered_set<NameHash>;

  // `inherit`: whether a class has its base's members too; needs the index's base scopes. `asked` gets the names; may
  // be null.
  Resolver(const SymbolIndex& index, uint32_t file, bool inherit = true, Asked* asked = nullptr)
      : index_(index), file_(file), inherit_(inherit), asked_(asked) {}

  // Declared in an enclosing scope, inherited, imported, included, or declared around an `include of this file.
  Candidates Visible(uint32_t scope, NameHash name, KindMask accepted) const;
  // As Visible, else outside all definitions of any file: such a guess has less confidence.
  Candidates Identifier(uint32_t scope, NameHash name, KindMask accepted) const;
  // A package's or class's member; `owner` may itself be scoped ("pkg::cls").
  Candidates Scoped(uint32_t scope, std::string_view owner, NameHash name, KindMask accepted) const;
  // "u_core.u_alu[1].x", "bus.valid", "$root.tb.dut".
  Candidates Hierarchical(uint32_t scope, std::string_view path, KindMask accepted) const;
  // What the rest of a path means, from the elements that its beginning means.
  Candidates Below(Candidates owners, std::string_view path, KindMask accepted) const;
  // A module, interface, program, primitive or checker.
  Candidates Design(NameHash name) const { return index_.Nearest(Find(index_.designs(), name), file_, kAnyKind); }
  // A class visible from the scope, else one of that name anywhere.
  Candidates Class(uint32_t scope, NameHash name) const;
  // A class, interface or typedef; `depth` counts the typedefs followed so far.
  Candidates Type(uint32_t scope, TypeName type, int depth = 0) const;
  Candidates Package(NameHash name) const { return index_.Nearest(Find(index_.packages(), name), file_, kAnyKind); }
  Candidates Macro(NameHash name) const;
  // The scope of the class that a class extends; file kNone: unknown, or no class.
  ScopeRef BaseScope(const Base& base) const;

 private:
  void Ask(NameHash name) const {
    if (asked_ != nullptr) asked_->insert(name);
  }
  std::span<const NameTable::Entry> Find(const NameTable& table, NameHash name) const {
    Ask(name);
    return table.Find(name);
  }
  // In the scope or, outward, those around it. Stops at the first that has the name.
  Candidates InScopes(ScopeRef from, NameHash name, KindMask accepted) const;
  // In the modules that instantiate the one around the scope, or that it is bound into, and so on outward (LRM 23.8).
  Candidates Upward(uint32_t scope, NameHash name) const;
  Candidates Imported(ScopeRef where, NameHash name, KindMask accepted) const;
  // Declared in the scope, included into it, or inherited.
  void AddMembers(ScopeRef where, NameHash name, KindMask accepted, float weight, Candidates& out) const;
  // Members of candidates: of the scope that each is, or that its module, interface or class is. `depth` counts the
  // typedefs that were followed.
  Candidates MembersOf(const Candidates& owners, NameHash name, KindMask accepted, int depth = 0) const;
  void AddMembersOf(const Candidate& owner, NameHash name, KindMask accepted, int depth, Candidates& out) const;
  // A value of an accepted kind that is neither of a class nor of an interface.
  bool IsPlainValue(Target target, KindMask accepted) const;
  // The definitions or classes that an instance, port, signal or typedef is of.
  Candidates TypeOf(Target target, int depth) const;

  const SymbolIndex& index_;
  uint32_t file_;
  bool inherit_;
  Asked* asked_;
};

}  // namespace fanin::graph::linker
