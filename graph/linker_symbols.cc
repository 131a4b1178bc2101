#include "graph/linker_symbols.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/digest.h"

namespace fanin::graph::linker {
namespace {

bool IsIdentifierChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

// Takes the identifier at the start of `text` off it; empty when there is none.
std::string_view TakeIdentifier(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n')) text.remove_prefix(1);
  size_t end = 0;
  if (text.starts_with('\\')) {
    end = std::min(text.find_first_of(" \t\n"), text.size());
  } else {
    while (end < text.size() && IsIdentifierChar(text[end])) ++end;
  }
  const std::string_view identifier = text.substr(0, end);
  text.remove_prefix(end);
  return identifier;
}

// Words that can begin a type without naming one. Sorted.
constexpr std::array<std::string_view, 47> kTypeWords = {
    "automatic", "bit",     "byte",      "chandle",    "const",   "enum",     "event",     "genvar",
    "int",       "integer", "interface", "localparam", "logic",   "longint",  "parameter", "rand",
    "randc",     "real",    "realtime",  "ref",        "reg",     "shortint", "shortreal", "signed",
    "static",    "string",  "struct",    "supply0",    "supply1", "tagged",   "time",      "tri",
    "tri0",      "tri1",    "triand",    "trior",      "trireg",  "type",     "union",     "unsigned",
    "uwire",     "var",     "virtual",   "void",       "wand",    "wire",     "wor"};
static_assert(std::ranges::is_sorted(kTypeWords));

bool OpensScope(const Node& node) {
  if (node.anonymous) return false;
  switch (node.kind) {
    case NodeKind::kPackage:
    case NodeKind::kClass:
    case NodeKind::kGenerate:
    case NodeKind::kClocking: return true;
    default: return IsDefinition(node.kind);
  }
}

bool IsSymbolKind(NodeKind kind) {
  constexpr KindMask kMask =
      kDesignKinds | kValueKinds |
      MaskOfKinds(NodeKind::kPackage, NodeKind::kClass, NodeKind::kTypedef, NodeKind::kFunction, NodeKind::kTask,
                  NodeKind::kInstance, NodeKind::kGenerate, NodeKind::kModport, NodeKind::kClocking,
                  NodeKind::kAssertion, NodeKind::kCovergroup, NodeKind::kMacro);
  return Accepts(kMask, kind);
}

bool IsOverridable(const Node& parameter) {
  return !parameter.type.starts_with("localparam") && !parameter.type.starts_with("specparam");
}

// The scopes that each node of a shard is in.
struct NodeScopes {
  std::vector<uint32_t> around;    // innermost that holds or is the node
  std::vector<uint32_t> children;  // that the node's children are declared in; kNone: none that others can name
  std::vector<uint32_t> enums;     // that enum members below the node are declared in
};

void AddScope(std::vector<Scope>& scopes, LocalNode node, uint32_t parent) {
  Scope& scope = scopes.emplace_back();
  scope.node = node;
  scope.parent = parent;
}

NodeScopes FindScopes(const Shard& shard, std::vector<Scope>& scopes) {
  const std::span<const Node> nodes = shard.nodes();
  NodeScopes result{std::vector<uint32_t>(nodes.size(), kUnitScope), std::vector<uint32_t>(nodes.size(), kNone),
                    std::vector<uint32_t>(nodes.size(), kNone)};
  result.children[0] = result.enums[0] = kUnitScope;
  AddScope(scopes, 0, kNone);
  for (LocalNode i = 1; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    result.around[i] = result.around[node.parent];
    const uint32_t declared_in = result.children[node.parent];
    if (declared_in == kNone) continue;
    result.enums[i] = declared_in;
    if (OpensScope(node)) {
      const auto scope = static_cast<uint32_t>(scopes.size());
      AddScope(scopes, i, result.around[i]);
      result.around[i] = result.children[i] = result.enums[i] = scope;
    } else if (node.kind == NodeKind::kGenerate) {
      result.children[i] = declared_in;  // an unnamed block does not hide what it declares
    }
  }
  return result;
}

void AddSymbols(const Shard& shard, const NodeScopes& node_scopes, FileSymbols& file) {
  const std::span<const Node> nodes = shard.nodes();
  for (LocalNode i = 1; i < nodes.size(); ++i) {
    const Node& node = nodes[i];
    if (node.anonymous || node.name.empty() || !IsSymbolKind(node.kind)) continue;
    Symbol symbol{HashName(node.name), node.local_id, i, kNone, kNone, node.kind, node.direction};
    if (node.kind != NodeKind::kMacro) {
      // Members of an enum are names of the scope around its typedef.
      symbol.scope =
          node.kind == NodeKind::kEnumMember ? node_scopes.enums[node.parent] : node_scopes.children[node.parent];
      if (symbol.scope == kNone) continue;
      if (OpensScope(node)) symbol.opens = node_scopes.children[i];
    }
    file.symbols.push_back(symbol);
  }
  std::ranges::sort(file.symbols, {}, [](const Symbol& s) { return std::tuple(s.scope, s.name, s.node); });
}

void IndexScopes(FileSymbols& file) {
  for (uint32_t i = 0; i < file.symbols.size(); ++i) {
    const Symbol& symbol = file.symbols[i];
    if (symbol.opens != kNone) file.scopes[symbol.opens].symbol = i;
    if (symbol.scope == kNone) continue;
    Range& members = file.scopes[symbol.scope].members;
    if (members.size() == 0) members.begin = i;
    members.end = i + 1;
  }
}

// Ports and parameters of each scope in order of declaration. Those of a second arm of an `ifdef take no position.
void IndexPositions(const Shard& shard, FileSymbols& file) {
  auto collect = [&](std::vector<uint32_t>& items, Range Scope::*range, auto&& belongs) {
    for (uint32_t i = 0; i < file.symbols.size(); ++i) {
      const Node& node = shard.nodes()[file.symbols[i].node];
      if (file.symbols[i].scope != kNone && node.ordinal == 0 && belongs(node)) items.push_back(i);
    }
    std::ranges::sort(items, {}, [&](uint32_t i) { return std::pair(file.symbols[i].scope, file.symbols[i].node); });
    for (uint32_t i = 0; i < items.size(); ++i) {
      Range& positions = file.scopes[file.symbols[items[i]].scope].*range;
      if (positions.size() == 0) positions.begin = i;
      positions.end = i + 1;
    }
  };
  collect(file.ports, &Scope::ports, [](const Node& node) { return node.kind == NodeKind::kPort; });
  collect(file.parameters, &Scope::parameters,
          [](const Node& node) { return node.kind == NodeKind::kParameter && IsOverridable(node); });
}

void AddTypes(const Shard& shard, FileSymbols& file) {
  for (uint32_t i = 0; i < file.symbols.size(); ++i) {
    const Node& node = shard.nodes()[file.symbols[i].node];
    TypeName type;
    switch (node.kind) {
      case NodeKind::kInstance: type = ParseTypeName(node.value); break;
      case NodeKind::kPort:
      case NodeKind::kSignal:
      case NodeKind::kTypedef: type = ParseTypeName(node.type); break;
      default: break;
    }
    if (type.name != 0) file.types.push_back({i, type});
  }
}

// Scopes of `include directives that are recorded for the file as a whole: the innermost whose text they stand in.
void PlaceIncludes(const Shard& shard, const std::vector<std::pair<uint32_t, size_t>>& by_position, FileSymbols& file) {
  std::vector<uint32_t> order(file.scopes.size() - 1);  // all but the file
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i + 1;
  auto span_of = [&](uint32_t scope) -> const Span& { return shard.nodes()[file.scopes[scope].node].span; };
  std::ranges::stable_sort(order, {}, [&](uint32_t scope) { return span_of(scope).begin_byte; });
  std::vector<uint32_t> open;
  size_t next = 0;
  for (const auto& [byte, include] : by_position) {
    while (next < order.size() && span_of(order[next]).begin_byte <= byte) open.push_back(order[next++]);
    while (!open.empty() && span_of(open.back()).end_byte <= byte) open.pop_back();
    if (!open.empty()) file.includes[include].scope = open.back();
  }
}

void AddUses(const Shard& shard, const NodeScopes& node_scopes, FileSymbols& file) {
  std::unordered_map<LocalNode, NameHash> bind_targets;  // by instance
  for (const Reference& reference : shard.references()) {
    const bool binds = reference.kind == EdgeKind::kRefersTo && reference.look_up == LookUp::kDefinition &&
                       reference.attributes.text == "bind";
    if (binds) bind_targets.try_emplace(reference.from, HashName(reference.name));
  }
  for (const Reference& reference : shard.references()) {
    if (reference.kind != EdgeKind::kInstantiates) continue;
    const auto target = bind_targets.find(reference.from);
    file.uses.push_back({HashName(reference.name), node_scopes.around[reference.from],
                         target == bind_targets.end() ? 0 : target->second});
  }
}

void AddReferences(const Shard& shard, const NodeScopes& node_scopes, FileSymbols& file) {
  std::vector<std::pair<uint32_t, size_t>> unplaced;  // position, index into includes
  for (const Reference& reference : shard.references()) {
    const uint32_t scope = node_scopes.around[reference.from];
    if (reference.kind == EdgeKind::kImports && reference.look_up == LookUp::kPackage) {
      const std::string_view item = reference.attributes.text;
      file.imports.push_back({scope, HashName(reference.name), item.empty() || item == "*" ? 0 : HashName(item)});
    } else if (reference.kind == EdgeKind::kExtends && scope != kUnitScope) {
      TypeName type = ParseTypeName(reference.name);
      if (!reference.scope.empty()) type.package = HashName(reference.scope);
      if (type.name != 0) file.bases.push_back({scope, type});
    } else if (reference.look_up == LookUp::kFile) {
      if (reference.from == 0) unplaced.emplace_back(reference.span.begin_byte, file.includes.size());
      file.includes.push_back({scope, std::string(reference.name)});
    }
  }
  std::ranges::sort(unplaced);
  PlaceIncludes(shard, unplaced, file);
  std::ranges::stable_sort(file.imports, {}, &Import::scope);
  std::ranges::stable_sort(file.includes, {}, &Include::scope);
  std::ranges::stable_sort(file.bases, {}, &Base::scope);
}

}  // namespace

NameHash HashName(std::string_view name) {
  if (name.starts_with('\\')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  return name.empty() ? 0 : std::max<NameHash>(1, base::Hash64(name));
}

TypeName ParseTypeName(std::string_view type) {
  std::string_view word = TakeIdentifier(type);
  while (!word.empty() && std::ranges::binary_search(kTypeWords, word)) word = TakeIdentifier(type);
  TypeName result{.name = HashName(word)};
  // Of "a::b::c" the last two count; parameter values in between ("a #(x)::b") are skipped.
  while (!word.empty()) {
    const size_t colons = type.find("::");
    if (colons == std::string_view::npos) break;
    const std::string_view between = type.substr(0, colons);
    if (between.find_first_not_of(" \t") != std::string_view::npos && !between.ends_with(')')) break;
    type.remove_prefix(colons + 2);
    word = TakeIdentifier(type);
    if (!word.empty()) result = {.package = result.name, .name = HashName(word)};
  }
  return result;
}

std::span<const Symbol> FileSymbols::Find(uint32_t scope, NameHash name) const {
  const Range& members = scopes[scope].members;
  const auto found =
      std::ranges::equal_range(symbols.begin() + members.begin, symbols.begin() + members.end, name, {}, &Symbol::name);
  return {found.begin(), found.end()};
}

bool SameForOthers(const FileSymbols& a, const FileSymbols& b) {
  const auto equal = [](const auto& left, const auto& right, auto fields_of) {
    return std::ranges::equal(left, right, {}, fields_of, fields_of);
  };
  const auto of_range = [](const Range& range) { return std::tuple(range.begin, range.end); };
  const auto of_type = [](const TypeName& type) { return std::tuple(type.package, type.name); };
  return a.root_local_id == b.root_local_id && a.ports == b.ports && a.parameters == b.parameters &&
         equal(a.symbols, b.symbols,
               [](const Symbol& s) { return std::tuple(s.name, s.local_id, s.scope, s.opens, s.kind, s.direction); }) &&
         equal(a.scopes, b.scopes,
               [&](const Scope& s) {
                 return std::tuple(s.symbol, s.parent, of_range(s.members), of_range(s.ports), of_range(s.parameters));
               }) &&
         equal(a.types, b.types, [&](const SymbolType& t) { return std::tuple(t.symbol, of_type(t.type)); }) &&
         equal(a.imports, b.imports, [](const Import& i) { return std::tuple(i.scope, i.package, i.item); }) &&
         equal(a.includes, b.includes, [](const Include& i) { return std::tuple(i.scope, i.text); }) &&
         equal(a.bases, b.bases, [&](const Base& base) { return std::tuple(base.scope, of_type(base.type)); }) &&
         equal(a.uses, b.uses, [](const Use& use) { return std::tuple(use.definition, use.scope, use.bind_target); });
}

namespace {

// What stands for a scope whatever its number: its local id, and the name that it is found by.
struct ScopeId {
  uint64_t local_id = 0;
  NameHash name = 0;
  friend auto operator<=>(const ScopeId&, const ScopeId&) = default;
};

ScopeId IdOf(const FileSymbols& file, uint32_t scope) {
  if (scope == kNone || file.scopes[scope].symbol == kNone) return {};
  const Symbol& symbol = file.symbols[file.scopes[scope].symbol];
  return {symbol.local_id, symbol.name};
}

using Facts = std::vector<std::tuple<int, ScopeId, uint64_t, uint64_t, uint64_t>>;

// All that others can find under each name, in the order in which they find it.
std::map<NameHash, Facts> FactsByName(const FileSymbols& file) {
  std::map<NameHash, Facts> facts;
  std::vector<TypeName> types(file.symbols.size());
  for (const SymbolType& type : file.types) types[type.symbol] = type.type;
  for (uint32_t i = 0; i < file.symbols.size(); ++i) {
    const Symbol& symbol = file.symbols[i];
    const auto sort = static_cast<uint64_t>(symbol.kind) << 16 | static_cast<uint64_t>(symbol.direction) << 8 |
                      (symbol.opens == kNone ? 0 : 1);
    facts[symbol.name].emplace_back(0, IdOf(file, symbol.scope), symbol.local_id, sort, types[i].name);
    facts[symbol.name].emplace_back(1, ScopeId{}, symbol.local_id, types[i].package, 0);
  }
  for (const std::vector<uint32_t>* positions : {&file.ports, &file.parameters}) {
    for (const uint32_t i : *positions) {
      const Symbol& symbol = file.symbols[i];
      const auto sort = static_cast<uint64_t>(symbol.kind) << 8 | static_cast<uint64_t>(symbol.direction);
      const ScopeId scope = IdOf(file, symbol.scope);
      facts[scope.name].emplace_back(2, scope, symbol.local_id, sort, symbol.name);
    }
  }
  for (const Use& use : file.uses) {
    facts[use.definition].emplace_back(3, IdOf(file, use.scope), use.bind_target, 0, 0);
  }
  return facts;
}

// What files get from one another by other ways than names.
Facts StructureOf(const FileSymbols& file) {
  Facts facts;
  for (const Include& include : file.includes) {
    facts.emplace_back(0, IdOf(file, include.scope), HashName(include.text), 0, 0);
  }
  for (const Import& import : file.imports) {
    facts.emplace_back(1, IdOf(file, import.scope), import.package, import.item, 0);
  }
  for (const Base& base : file.bases) {
    facts.emplace_back(2, IdOf(file, base.scope), base.type.package, base.type.name, 0);
  }
  facts.emplace_back(3, ScopeId{}, file.scopes[kUnitScope].members.size() > 0 ? 1 : 0, file.root_local_id, 0);
  return facts;
}

}  // namespace

std::optional<std::vector<NameHash>> NamesTouched(const FileSymbols& a, const FileSymbols& b) {
  if (StructureOf(a) != StructureOf(b)) return std::nullopt;
  const std::map<NameHash, Facts> before = FactsByName(a);
  const std::map<NameHash, Facts> after = FactsByName(b);
  std::vector<NameHash> touched;
  for (const auto& [name, facts] : before) {
    const auto same = after.find(name);
    if (same == after.end() || same->second != facts) touched.push_back(name);
  }
  for (const auto& [name, facts] : after) {
    if (!before.contains(name)) touched.push_back(name);
  }
  return touched;
}

FileSymbols CollectSymbols(const Shard& shard) {
  FileSymbols file;
  file.root_local_id = shard.nodes()[0].local_id;
  const NodeScopes node_scopes = FindScopes(shard, file.scopes);
  AddSymbols(shard, node_scopes, file);
  IndexScopes(file);
  IndexPositions(shard, file);
  AddTypes(shard, file);
  AddReferences(shard, node_scopes, file);
  AddUses(shard, node_scopes, file);
  file.symbols.shrink_to_fit();
  return file;
}

}  // namespace fanin::graph::linker
