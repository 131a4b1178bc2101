#include "graph/linker_resolver.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "graph/linker.h"

namespace fanin::graph::linker {
namespace {

// Confidence of what no language rule binds, only an equal name.
constexpr float kGuess = 0.5F;
// Limits that only hostile or cyclic input meets.
constexpr size_t kMaxImportsPerScope = 256;
constexpr int kMaxInheritance = 32;
constexpr int kMaxTypedefs = 4;
constexpr size_t kMaxTypedefCandidates = 4;
constexpr size_t kMaxPathSteps = 64;
constexpr size_t kMaxUpwardScopes = 16;

// A name without array selects and parameter values: "gen[3]" -> "gen".
std::string_view BareName(std::string_view text) {
  if (text.starts_with('\\')) return text;
  text = text.substr(0, text.find_first_of("[#"));
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Takes the first component of a dotted path off it. A dot within brackets does not count.
std::string_view TakeComponent(std::string_view& path) {
  int brackets = 0;
  size_t end = 0;
  for (; end < path.size() && (path[end] != '.' || brackets > 0); ++end) {
    if (path[end] == '[') ++brackets;
    if (path[end] == ']') --brackets;
  }
  const std::string_view component = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return component;
}

}  // namespace

void Resolver::AddMembers(ScopeRef where, NameHash name, KindMask accepted, float weight, Candidates& out) const {
  Ask(name);
  const size_t before = out.size();
  auto add = [&](uint32_t file, uint32_t scope) {
    const FileSymbols& symbols = index_.symbols(file);
    for (const Symbol& symbol : symbols.Find(scope, name)) {
      if (Accepts(accepted, symbol.kind) && out.size() - before < kMaxCandidates) {
        out.push_back({{file, symbols.IndexOf(symbol)}, weight});
      }
    }
  };
  for (int generation = 0; generation < kMaxInheritance && where.file != kNone && out.size() == before; ++generation) {
    add(where.file, where.scope);
    if (out.size() == before) {
      for (uint32_t included : index_.bindings(where.file).IncludedBy(where.scope)) add(included, kUnitScope);
    }
    if (!inherit_) break;
    const std::vector<Base>& bases = index_.symbols(where.file).bases;
    const auto base = std::ranges::lower_bound(bases, where.scope, {}, &Base::scope);
    if (base == bases.end() || base->scope != where.scope) break;
    where = index_.bindings(where.file).base_scopes[static_cast<size_t>(base - bases.begin())];
  }
  const auto found = static_cast<float>(out.size() - before);
  for (size_t i = before; i < out.size(); ++i) out[i].confidence /= found;
}

Candidates Resolver::Imported(ScopeRef where, NameHash name, KindMask accepted) const {
  const std::vector<Import>& imports = index_.symbols(where.file).imports;
  const auto [begin, end] = std::ranges::equal_range(imports, where.scope, {}, &Import::scope);
  const auto count = std::min(static_cast<size_t>(end - begin), kMaxImportsPerScope);
  const auto first = static_cast<size_t>(begin - imports.begin());
  for (const NameHash item : {name, NameHash{0}}) {  // imports of the name come before those of everything
    Candidates found;
    float total = 0;
    for (size_t i = first; i < first + count; ++i) {
      if (imports[i].item != item) continue;
      Ask(imports[i].package);
      const Candidates& packages = index_.bindings(where.file).import_packages[i];
      Candidates members = MembersOf(packages, name, accepted);
      total = std::max(total, SumOf(members));
      found.insert(found.end(), members.begin(), members.end());
    }
    if (!found.empty()) {
      Normalise(found, total);
      return found;
    }
  }
  return {};
}

Candidates Resolver::InScopes(ScopeRef from, NameHash name, KindMask accepted) const {
  const std::vector<Scope>& scopes = index_.symbols(from.file).scopes;
  for (; from.scope != kNone; from.scope = scopes[from.scope].parent) {
    Candidates found;
    AddMembers(from, name, accepted, 1.0F, found);
    if (found.empty()) found = Imported(from, name, accepted);
    if (!found.empty()) return found;
  }
  return {};
}

Candidates Resolver::Visible(uint32_t scope, NameHash name, KindMask accepted) const {
  Candidates found = InScopes({file_, scope}, name, accepted);
  const std::vector<FileBindings::Includer>& includers = index_.bindings(file_).includers;
  for (size_t i = 0; found.empty() && i < includers.size();) {
    const uint32_t level = includers[i].level;
    for (; i < includers.size() && includers[i].level == level; ++i) {
      std::ranges::copy(InScopes(includers[i].where, name, accepted), std::back_inserter(found));
    }
    Normalise(found, 1.0F);
  }
  return found;
}

Candidates Resolver::Upward(uint32_t scope, NameHash name) const {
  std::vector<ScopeRef> level{{file_, scope}};
  for (size_t seen = 0; !level.empty() && seen < kMaxUpwardScopes;) {
    std::vector<ScopeRef> above;
    Candidates found;
    for (const ScopeRef& from : level) {
      const FileSymbols& symbols = index_.symbols(from.file);
      uint32_t around = from.scope;
      while (around != kUnitScope && !IsDefinition(symbols.symbols[symbols.scopes[around].symbol].kind)) {
        around = symbols.scopes[around].parent;
      }
      if (around == kUnitScope) continue;
      const NameHash definition = symbols.symbols[symbols.scopes[around].symbol].name;
      Ask(definition);
      for (const ScopeRef& user : index_.UsersOf(definition, from.file)) {
        if (seen++ == kMaxUpwardScopes) break;
        std::ranges::copy(InScopes(user, name, kAnyKind), std::back_inserter(found));
        above.push_back(user);
      }
    }
    if (!found.empty()) {
      Normalise(found, 1.0F);
      return found;
    }
    level = std::move(above);
  }
  return {};
}

Candidates Resolver::Identifier(uint32_t scope, NameHash name, KindMask accepted) const {
  Candidates found = Visible(scope, name, accepted);
  return found.empty() ? index_.Nearest(Find(index_.unit_items(), name), file_, accepted, kGuess) : found;
}

Candidates Resolver::Class(uint32_t scope, NameHash name) const {
  constexpr KindMask kClassKinds = MaskOfKinds(NodeKind::kClass, NodeKind::kTypedef);
  Candidates found = Visible(scope, name, kClassKinds);
  return found.empty() ? index_.Nearest(Find(index_.classes(), name), file_, kAnyKind, kGuess) : found;
}

Candidates Resolver::Macro(NameHash name) const {
  const std::span<const NameTable::Entry> entries = Find(index_.macros(), name);
  const std::vector<uint32_t>& included = index_.bindings(file_).all_included;
  Candidates found = index_.Nearest(entries, file_, kAnyKind);
  if (entries.size() < 2 || included.empty() || (!found.empty() && found.front().target.file == file_)) return found;
  Candidates from_includes;
  for (uint32_t file : included) {
    const auto [begin, end] = std::ranges::equal_range(entries, file, {}, &NameTable::Entry::file);
    for (auto entry = begin; entry != end && from_includes.size() < kMaxCandidates; ++entry) {
      from_includes.push_back({{entry->file, entry->symbol}, 1.0F});
    }
  }
  if (from_includes.empty()) return found;
  Normalise(from_includes, 1.0F);
  return from_includes;
}

Candidates Resolver::Scoped(uint32_t scope, std::string_view owner, NameHash name, KindMask accepted) const {
  Candidates owners;
  for (bool first = true; first || !owner.empty(); first = false) {
    const size_t end = std::min(owner.find("::"), owner.size());
    const std::string_view part = BareName(owner.substr(0, end));
    owner.remove_prefix(std::min(end + 2, owner.size()));
    if (!first) {
      owners = MembersOf(owners, HashName(part), kTypeKinds);
    } else if (part == "$unit") {
      return Visible(kUnitScope, name, accepted);
    } else {
      owners = Package(HashName(part));
      if (owners.empty()) owners = Class(scope, HashName(part));
    }
    if (owners.empty()) return {};
  }
  return MembersOf(owners, name, accepted);
}

Candidates Resolver::Hierarchical(uint32_t scope, std::string_view path, KindMask accepted) const {
  std::string_view component = TakeComponent(path);
  Candidates found;
  if (component == "$root") {
    component = TakeComponent(path);
    found = Design(HashName(BareName(component)));
  } else if (const size_t colons = component.rfind("::"); colons != std::string_view::npos) {
    found = Scoped(scope, component.substr(0, colons), HashName(BareName(component.substr(colons + 2))), kAnyKind);
  } else {
    const NameHash name = HashName(BareName(component));
    found = Visible(scope, name, path.empty() ? accepted : kAnyKind);
    if (found.empty() && !path.empty()) found = Upward(scope, name);
    if (found.empty() && !path.empty()) found = Design(name);
  }
  return Below(std::move(found), path, accepted);
}

Candidates Resolver::Below(Candidates owners, std::string_view path, KindMask accepted) const {
  for (size_t steps = 0; !path.empty() && !owners.empty(); ++steps) {
    if (steps == kMaxPathSteps) return {};
    const NameHash name = HashName(BareName(TakeComponent(path)));
    Candidates members = MembersOf(owners, name, path.empty() ? accepted : kAnyKind);
    if (members.empty()) {
      // A member of a struct is a part of its signal's value.
      std::erase_if(owners, [&](const Candidate& owner) { return !IsPlainValue(owner.target, accepted); });
      return owners;
    }
    owners = std::move(members);
  }
  return owners;
}

bool Resolver::IsPlainValue(Target target, KindMask accepted) const {
  if (target.symbol == kNone || !Accepts(kValueKinds & accepted, index_.SymbolOf(target).kind)) return false;
  return std::ranges::all_of(TypeOf(target, 0),
                             [&](const Candidate& type) { return index_.SymbolOf(type.target).opens == kNone; });
}

Candidates Resolver::MembersOf(const Candidates& owners, NameHash name, KindMask accepted, int depth) const {
  Candidates found;
  for (const Candidate& owner : owners) AddMembersOf(owner, name, accepted, depth, found);
  Normalise(found, SumOf(owners));
  return found;
}

void Resolver::AddMembersOf(const Candidate& owner, NameHash name, KindMask accepted, int depth,
                            Candidates& out) const {
  if (owner.target.symbol == kNone) return;
  const Symbol& symbol = index_.SymbolOf(owner.target);
  const size_t before = out.size();
  if (symbol.opens != kNone) AddMembers({owner.target.file, symbol.opens}, name, accepted, owner.confidence, out);
  if (symbol.kind == NodeKind::kModport || symbol.kind == NodeKind::kClocking) {
    // "bus.monitor.valid": what the interface declares.
    if (out.size() == before) AddMembers({owner.target.file, symbol.scope}, name, accepted, owner.confidence, out);
    return;
  }
  if (symbol.opens != kNone) return;
  for (const Candidate& type : TypeOf(owner.target, depth)) {
    const uint32_t scope = index_.SymbolOf(type.target).opens;
    if (scope == kNone) continue;
    AddMembers({type.target.file, scope}, name, accepted, owner.confidence * type.confidence, out);
  }
}

Candidates Resolver::TypeOf(Target target, int depth) const {
  const FileSymbols& symbols = index_.symbols(target.file);
  const auto entry = std::ranges::lower_bound(symbols.types, target.symbol, {}, &SymbolType::symbol);
  if (entry == symbols.types.end() || entry->symbol != target.symbol) return {};
  const Symbol& symbol = index_.SymbolOf(target);
  const Resolver there(index_, target.file, inherit_, asked_);
  if (symbol.kind == NodeKind::kInstance) return there.Design(entry->type.name);

  // A typedef stands for what it is of; one of a struct or a built-in type has no members of interest.
  Candidates result;
  size_t typedefs = 0;
  for (const Candidate& candidate : there.Type(symbol.scope, entry->type, depth)) {
    if (index_.SymbolOf(candidate.target).kind != NodeKind::kTypedef) {
      result.push_back(candidate);
    } else if (depth < kMaxTypedefs && typedefs++ < kMaxTypedefCandidates) {
      for (const Candidate& inner : TypeOf(candidate.target, depth + 1)) {
        result.push_back({inner.target, inner.confidence * candidate.confidence});
      }
    }
  }
  Normalise(result, SumOf(result));
  return result;
}

Candidates Resolver::Type(uint32_t scope, TypeName type, int depth) const {
  if (type.package != 0) {
    if (depth >= kMaxTypedefs) return {};
    Candidates owners = Package(type.package);
    if (owners.empty()) owners = Class(scope, type.package);
    if (owners.size() > kMaxTypedefCandidates) owners.resize(kMaxTypedefCandidates);
    return MembersOf(owners, type.name, kTypeKinds, depth + 1);
  }
  Candidates found = Visible(scope, type.name, kTypeKinds);
  if (found.empty()) {
    found = index_.Nearest(Find(index_.designs(), type.name), file_, MaskOfKinds(NodeKind::kInterface));
  }
  if (found.empty()) found = index_.Nearest(Find(index_.unit_items(), type.name), file_, kTypeKinds, kGuess);
  if (found.empty()) found = index_.Nearest(Find(index_.classes(), type.name), file_, kAnyKind, kGuess);
  return found;
}

ScopeRef Resolver::BaseScope(const Base& base) const {
  const uint32_t around = index_.symbols(file_).scopes[base.scope].parent;
  const Candidates found = Type(around, base.type);
  if (found.empty()) return {};
  const Target target = found.front().target;
  const uint32_t scope = index_.SymbolOf(target).opens;  // kNone: a typedef
  return scope == kNone ? ScopeRef{} : ScopeRef{target.file, scope};
}

}  // namespace fanin::graph::linker
