#include "graph/schema.h"

#include <algorithm>
#include <array>

#include "base/digest.h"

namespace fanin::graph {
namespace {

constexpr std::array<std::string_view, kNodeKindCount> kNodeKindNames = {
    "file",      "module",     "interface",  "program",   "package",     "class",        "primitive",
    "checker",   "port",       "parameter",  "signal",    "typedef",     "enum_member",  "struct_field",
    "function",  "task",       "always",     "always_ff", "always_comb", "always_latch", "initial",
    "final",     "assign",     "statement",  "instance",  "generate",    "modport",      "clocking",
    "assertion", "covergroup", "constraint", "macro",     "document",    "register"};

constexpr std::array<std::string_view, kEdgeKindCount> kEdgeKindNames = {
    "contains",  "instantiates", "connects", "overrides",  "imports",    "extends",   "has_type",
    "refers_to", "includes",     "defines",  "uses_macro", "asserts_on", "documents", "drives",
    "reads",     "flows",        "calls",    "cfg_true",   "cfg_false",  "cfg_case",  "cfg_next"};

constexpr std::array<std::string_view, kRoleCount> kRoleNames = {"data", "control", "clock", "reset", "index"};
constexpr std::array<std::string_view, kAssignmentCount> kAssignmentNames = {"none", "continuous", "blocking",
                                                                             "nonblocking", "connection"};
constexpr std::array<std::string_view, kProvenanceCount> kProvenanceNames = {"syntax", "linked", "elaborated"};
constexpr std::array<std::string_view, kPortDirectionCount> kPortDirectionNames = {"none", "input", "output", "inout",
                                                                                   "ref"};

template <size_t kSize>
std::optional<size_t> IndexOf(const std::array<std::string_view, kSize>& names, std::string_view name) {
  auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

constexpr size_t kHexDigitsPerKey = 16;

}  // namespace

std::string_view NodeKindName(NodeKind kind) { return kNodeKindNames[static_cast<size_t>(kind)]; }

std::optional<NodeKind> NodeKindFromName(std::string_view name) {
  auto index = IndexOf(kNodeKindNames, name);
  if (!index) return std::nullopt;
  return static_cast<NodeKind>(*index);
}

bool IsDefinition(NodeKind kind) {
  switch (kind) {
    case NodeKind::kModule:
    case NodeKind::kInterface:
    case NodeKind::kProgram:
    case NodeKind::kPrimitive:
    case NodeKind::kChecker: return true;
    default: return false;
  }
}

bool IsBlock(NodeKind kind) { return kind >= NodeKind::kAlways && kind <= NodeKind::kAssign; }

bool IsSignalLike(NodeKind kind) {
  switch (kind) {
    case NodeKind::kPort:
    case NodeKind::kParameter:
    case NodeKind::kSignal:
    case NodeKind::kEnumMember: return true;
    default: return false;
  }
}

std::string_view EdgeKindName(EdgeKind kind) { return kEdgeKindNames[static_cast<size_t>(kind)]; }

std::optional<EdgeKind> EdgeKindFromName(std::string_view name) {
  auto index = IndexOf(kEdgeKindNames, name);
  if (!index) return std::nullopt;
  return static_cast<EdgeKind>(*index);
}

std::string_view RoleName(Role role) { return kRoleNames[static_cast<size_t>(role)]; }
std::string_view AssignmentName(Assignment assignment) { return kAssignmentNames[static_cast<size_t>(assignment)]; }
std::string_view ProvenanceName(Provenance provenance) { return kProvenanceNames[static_cast<size_t>(provenance)]; }
std::string_view PortDirectionName(PortDirection direction) {
  return kPortDirectionNames[static_cast<size_t>(direction)];
}

std::string NodeId::ToHex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * kHexDigitsPerKey);
  for (uint64_t part : {file, local}) {
    for (int shift = 60; shift >= 0; shift -= 4) hex.push_back(kDigits[part >> shift & 15]);
  }
  return hex;
}

std::optional<NodeId> NodeId::FromHex(std::string_view hex) {
  if (hex.size() != 2 * kHexDigitsPerKey) return std::nullopt;
  uint64_t parts[2] = {};
  for (size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    uint64_t& part = parts[i / kHexDigitsPerKey];
    part = part << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return NodeId{parts[0], parts[1]};
}

// Both ids end in stored rows, so these two definitions are part of the storage format (docs/shard_format.md).
uint64_t FileKey(std::string_view repository, std::string_view path) {
  return base::Hash64(path, base::Hash64(repository));
}

uint64_t LocalId(uint64_t parent_local_id, NodeKind kind, std::string_view name, uint32_t ordinal) {
  char head[13];
  for (int i = 0; i < 8; ++i) head[i] = static_cast<char>(parent_local_id >> (8 * i));
  head[8] = static_cast<char>(kind);
  for (int i = 0; i < 4; ++i) head[9 + i] = static_cast<char>(ordinal >> (8 * i));
  return base::Hash64(name, base::Hash64({head, sizeof head}));
}

}  // namespace fanin::graph
