// The vocabulary of the graph: kinds of nodes and edges, their attributes, and their names in text.
//
// The numbers are part of the shard format (docs/shard_format.md): append, never renumber or reuse.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace fanin::graph {

enum class NodeKind : uint8_t {
  kFile = 0,
  kModule = 1,
  kInterface = 2,
  kProgram = 3,
  kPackage = 4,
  kClass = 5,
  kPrimitive = 6,
  kChecker = 7,
  kPort = 8,
  kParameter = 9,
  kSignal = 10,  // net or variable
  kTypedef = 11,
  kEnumMember = 12,
  kStructField = 13,
  kFunction = 14,
  kTask = 15,
  kAlways = 16,  // plain `always`
  kAlwaysFf = 17,
  kAlwaysComb = 18,
  kAlwaysLatch = 19,
  kInitial = 20,
  kFinal = 21,
  kAssign = 22,
  kStatement = 23,  // if / case / loop / assignment inside a procedural block
  kInstance = 24,
  kGenerate = 25,
  kModport = 26,
  kClocking = 27,
  kAssertion = 28,  // property, sequence, assert / assume / cover
  kCovergroup = 29,
  kConstraint = 30,
  kMacro = 31,
  kDocument = 32,  // a section of Markdown or reStructuredText
  kRegister = 33,  // from a register map
};
inline constexpr int kNodeKindCount = 34;

// "module", "always_ff", ...: the spelling of kind: atoms, --json and docs.
std::string_view NodeKindName(NodeKind kind);
std::optional<NodeKind> NodeKindFromName(std::string_view name);

// Module, interface, program, primitive or checker: what an instantiation can name.
bool IsDefinition(NodeKind kind);
// always, always_ff, always_comb, always_latch, initial, final, assign: what holds assignments.
bool IsBlock(NodeKind kind);
// Port, signal, parameter or enum member: what has a value and can be an end of a flow.
bool IsSignalLike(NodeKind kind);

enum class EdgeKind : uint8_t {
  kContains = 0,      // scope -> element; derived from Node::parent, never stored as an edge
  kInstantiates = 1,  // instance -> module
  kConnects = 2,      // instance -> port of the instantiated module; text = the actual expression
  kOverrides = 3,     // instance -> parameter of the instantiated module; text = the value
  kImports = 4,       // scope -> package; text = the item, "*" for all
  kExtends = 5,       // class -> class
  kHasType = 6,       // element -> typedef / class / interface / modport
  kRefersTo = 7,      // element -> parameter, enum member, function, ... used in it
  kIncludes = 8,      // file -> file
  kDefines = 9,       // file -> macro
  kUsesMacro = 10,    // element -> macro
  kAssertsOn = 11,    // assertion -> signal
  kDocuments = 12,    // document section or register -> element
  kDrives = 13,       // block / statement / instance -> signal
  kReads = 14,        // signal -> block / statement / instance; role says how
  kFlows = 15,        // signal -> signal: a value of `from` can change `to`
  kCallsOut = 16,     // element -> function / task
  kCfgTrue = 17,      // statement -> statement: control flow
  kCfgFalse = 18,
  kCfgCase = 19,  // text = the case item
  kCfgNext = 20,
};
inline constexpr int kEdgeKindCount = 21;
std::string_view EdgeKindName(EdgeKind kind);
std::optional<EdgeKind> EdgeKindFromName(std::string_view name);

// A set of edge kinds, as bits 1 << kind.
using EdgeMask = uint32_t;
constexpr EdgeMask MaskOf(EdgeKind kind) { return EdgeMask{1} << static_cast<int>(kind); }
template <typename... Kinds>
constexpr EdgeMask MaskOf(EdgeKind first, Kinds... rest) {
  return MaskOf(first) | MaskOf(rest...);
}
inline constexpr EdgeMask kAllEdges = (EdgeMask{1} << kEdgeKindCount) - 1;

// How a value takes part in a flow or read.
enum class Role : uint8_t { kData = 0, kControl = 1, kClock = 2, kReset = 3, kIndex = 4 };
inline constexpr int kRoleCount = 5;
std::string_view RoleName(Role role);

enum class Assignment : uint8_t { kNone = 0, kContinuous = 1, kBlocking = 2, kNonblocking = 3, kConnection = 4 };
inline constexpr int kAssignmentCount = 5;
std::string_view AssignmentName(Assignment assignment);

// Where a fact comes from: one file's syntax, a name bound across files, or elaboration.
enum class Provenance : uint8_t { kSyntax = 0, kLinked = 1, kElaborated = 2 };
inline constexpr int kProvenanceCount = 3;
std::string_view ProvenanceName(Provenance provenance);

enum class PortDirection : uint8_t { kNone = 0, kInput = 1, kOutput = 2, kInout = 3, kRef = 4 };
inline constexpr int kPortDirectionCount = 5;
std::string_view PortDirectionName(PortDirection direction);

// A span of a file's text. Bytes are 0-based, end exclusive; lines are 1-based, both inclusive.
struct Span {
  uint32_t begin_byte = 0;
  uint32_t end_byte = 0;
  uint32_t begin_line = 0;
  uint32_t end_line = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

// A constant range of bits, or unknown (whole or not constant).
struct BitRange {
  static constexpr int32_t kUnknown = std::numeric_limits<int32_t>::min();
  int32_t msb = kUnknown;
  int32_t lsb = kUnknown;

  bool known() const { return msb != kUnknown; }
  friend bool operator==(const BitRange&, const BitRange&) = default;
};

// The index of a node within its shard. kNoNode: none.
using LocalNode = uint32_t;
inline constexpr LocalNode kNoNode = std::numeric_limits<uint32_t>::max();

// The dense index of a node within one snapshot: the first node of its file plus its LocalNode. Meaningless in another
// snapshot; quote NodeId instead.
using NodeRef = uint32_t;
inline constexpr NodeRef kNoRef = std::numeric_limits<uint32_t>::max();

// The stable identity of a node, derived from content and never from a row or revision: `file` hashes repository and
// path, `local` hashes the chain of (kind, name, ordinal) from the file's root to the node. It survives re-indexing and
// edits elsewhere in the file.
struct NodeId {
  uint64_t file = 0;
  uint64_t local = 0;

  // 32 lower-case hexadecimal digits.
  std::string ToHex() const;
  static std::optional<NodeId> FromHex(std::string_view hex);
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

// NodeId::file of a file.
uint64_t FileKey(std::string_view repository, std::string_view path);
// NodeId::local of a node, from that of its parent (0 for the file's root).
uint64_t LocalId(uint64_t parent_local_id, NodeKind kind, std::string_view name, uint32_t ordinal);

}  // namespace fanin::graph

template <>
struct std::hash<fanin::graph::NodeId> {
  size_t operator()(const fanin::graph::NodeId& id) const noexcept {
    return id.file * 0x9e3779b97f4a7c15ULL ^ id.local;
  }
};
