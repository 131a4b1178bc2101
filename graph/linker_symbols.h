// First pass of linking: what one file declares that other files can name, in the least space that lookups need.
//
// Names are kept as hashes: two different names are taken for one only by a 64-bit collision, which then costs a wrong
// candidate in that repository. Internal to the linker (linker.h).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/schema.h"
#include "graph/shard.h"

namespace fanin::graph::linker {

using NameHash = uint64_t;  // 0: no name

// "\foo" is the same name as "foo" (IEEE 1800-2017, 5.6.1).
NameHash HashName(std::string_view name);

// The index of a symbol, scope or file where there is none.
inline constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
// The scope of what stands outside every declaration ($unit).
inline constexpr uint32_t kUnitScope = 0;

// A set of node kinds, as bits 1 << kind.
using KindMask = uint64_t;
template <typename... Kinds>
constexpr KindMask MaskOfKinds(Kinds... kinds) {
  return ((KindMask{1} << static_cast<int>(kinds)) | ...);
}
inline constexpr KindMask kAnyKind = ~KindMask{0};
inline constexpr KindMask kDesignKinds =
    MaskOfKinds(NodeKind::kModule, NodeKind::kInterface, NodeKind::kProgram, NodeKind::kPrimitive, NodeKind::kChecker);
inline constexpr KindMask kTypeKinds = MaskOfKinds(NodeKind::kClass, NodeKind::kInterface, NodeKind::kTypedef);
inline constexpr KindMask kValueKinds =
    MaskOfKinds(NodeKind::kPort, NodeKind::kSignal, NodeKind::kParameter, NodeKind::kEnumMember);
constexpr bool Accepts(KindMask mask, NodeKind kind) { return mask >> static_cast<int>(kind) & 1; }

// A named element that can be looked up from outside its file.
struct Symbol {
  NameHash name = 0;
  uint64_t local_id = 0;
  LocalNode node = kNoNode;
  uint32_t scope = kNone;  // where it is declared
  uint32_t opens = kNone;  // the scope that it is, if it is one
  NodeKind kind = NodeKind::kFile;
  PortDirection direction = PortDirection::kNone;
};

// A range of one of the vectors of FileSymbols.
struct Range {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t size() const { return end - begin; }
};

// A named region: the file's outside, a definition, package, class, generate block or clocking block.
struct Scope {
  LocalNode node = kNoNode;
  uint32_t symbol = kNone;  // kNone: the file
  uint32_t parent = kNone;
  Range members;     // of FileSymbols::symbols
  Range ports;       // of FileSymbols::ports
  Range parameters;  // of FileSymbols::parameters
};

// What a type or module is called where it is used: "axi_if", "bus_pkg::req_t".
struct TypeName {
  NameHash package = 0;  // or class, before "::"
  NameHash name = 0;
};
// The TypeName of "virtual axi_if.master", "bus_pkg::req_t", "queue #(int)"; name 0 for a built-in type.
TypeName ParseTypeName(std::string_view type);

struct SymbolType {
  uint32_t symbol = kNone;
  TypeName type;
};

struct Import {
  uint32_t scope = kNone;
  NameHash package = 0;
  NameHash item = 0;  // 0: all
};

struct Include {
  uint32_t scope = kNone;  // that the directive stands in
  std::string text;        // as written, without its quotes
};

struct Base {
  uint32_t scope = kNone;  // of the class that extends
  TypeName type;
};

// An instance of a definition, as a way from the definition up to where it is used.
struct Use {
  NameHash definition = 0;
  uint32_t scope = kNone;    // that the instance stands in
  NameHash bind_target = 0;  // for a bind: the definition that gets the instance
};

struct FileSymbols {
  uint64_t root_local_id = 0;
  std::vector<Symbol> symbols;       // sorted by scope, name, node; macros last, in scope kNone
  std::vector<Scope> scopes;         // sorted by node; 0 is kUnitScope
  std::vector<uint32_t> ports;       // symbols, of each scope in order of declaration, the first of each name
  std::vector<uint32_t> parameters;  // likewise, those that an instance can override
  std::vector<SymbolType> types;     // of instances (their module), ports, signals, typedefs; sorted by symbol
  std::vector<Import> imports;       // sorted by scope
  std::vector<Include> includes;     // sorted by scope
  std::vector<Base> bases;           // sorted by scope
  std::vector<Use> uses;

  // Members of the scope that have the name.
  std::span<const Symbol> Find(uint32_t scope, NameHash name) const;
  uint32_t IndexOf(const Symbol& symbol) const { return static_cast<uint32_t>(&symbol - symbols.data()); }
};

// Cost: linearithmic in the shard's nodes.
FileSymbols CollectSymbols(const Shard& shard);

// Whether two states of a file mean the same to all other files: equal but for the numbers of nodes.
bool SameForOthers(const FileSymbols& a, const FileSymbols& b);

// Names whose look-up from another file may give something else in one state than in the other: of what is declared
// otherwise, of the scopes whose ports or parameters are, and of definitions that are instantiated otherwise. nullopt:
// not a matter of names, as the file includes, imports or extends something else.
std::optional<std::vector<NameHash>> NamesTouched(const FileSymbols& a, const FileSymbols& b);

}  // namespace fanin::graph::linker
