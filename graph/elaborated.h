// Facts of tier 2: what elaboration found of a design, as it is stored. Two kinds of blob:
//   facts    of one specialised definition (a module with its parameters' values): parameters, widths, which generate
//            blocks exist, exact edges; the same whichever design or instance needs them;
//   design   one design: its specialised definitions, the instance tree between them, and what stayed on tier 1.
// Nodes are told by NodeId: they are those of tier 1. Reading them together with a snapshot: graph/elaboration.h. Byte
// formats: docs/elaboration_format.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/schema.h"

namespace fanin::graph {

struct ElaboratedParameter {
  NodeId node;  // zero: the definition's text has none (e.g. it comes from an include that is not indexed)
  std::string name;
  std::string value;      // as a literal; of a type parameter the type
  bool is_local = false;  // localparam

  friend auto operator<=>(const ElaboratedParameter&, const ElaboratedParameter&) = default;
};

struct ElaboratedSignal {
  NodeId node;
  std::string type;         // resolved: "logic[31:0]", "ibex_pkg::alu_op_e"
  uint64_t width_bits = 0;  // 0: no fixed width; of a net or variable in an unrolled loop that of one copy

  friend auto operator<=>(const ElaboratedSignal&, const ElaboratedSignal&) = default;
};

// A generate block that exists.
struct ElaboratedBlock {
  NodeId node;
  uint32_t count = 0;  // times, unrolled

  friend auto operator<=>(const ElaboratedBlock&, const ElaboratedBlock&) = default;
};

// An edge of kind drives, reads, flows, connects or instantiates. Bit ranges: of a signal with one packed dimension the
// indexes as declared, else offsets from the least significant bit of the whole value; unknown: all bits, or not
// constant.
struct ElaboratedEdge {
  EdgeKind kind = EdgeKind::kFlows;
  Role role = Role::kData;
  Assignment assignment = Assignment::kNone;
  NodeId from;
  NodeId to;
  NodeId statement;  // what makes it; zero: nothing known
  BitRange from_range;
  BitRange to_range;
  std::string guard;  // as tier 1 tells it
  std::string text;

  friend bool operator==(const ElaboratedEdge&, const ElaboratedEdge&) = default;
};

struct ElaboratedFacts {
  NodeId definition;
  std::string name;
  std::vector<ElaboratedParameter> parameters;  // in order of declaration
  std::vector<ElaboratedSignal> signals;
  std::vector<ElaboratedBlock> blocks;
  std::vector<ElaboratedEdge> edges;
  uint32_t unplaced = 0;  // facts left out as one of their ends is no node of tier 1

  friend bool operator==(const ElaboratedFacts&, const ElaboratedFacts&) = default;
};

// Signals, blocks and edges are sorted and duplicates dropped, so that equal facts give equal bytes.
std::string EncodeElaboratedFacts(ElaboratedFacts facts);
// Errors: DATA_LOSS, FAILED_PRECONDITION (newer format). Cost: linear.
base::Result<ElaboratedFacts> DecodeElaboratedFacts(std::string_view bytes);

// An instance within a specialised definition.
struct DesignInstance {
  std::string name;         // below the definition: "u_alu", "g_lane[0].u_fifo", "u_ram[3]"
  NodeId node;              // the instance; zero: made by a bind of another file's text
  uint32_t definition = 0;  // index into Design::definitions

  friend bool operator==(const DesignInstance&, const DesignInstance&) = default;
};

struct DesignDefinition {
  NodeId node = {};  // zero: no file of the design defines it
  std::string name = {};
  base::Digest facts = {};                    // its ElaboratedFacts' bytes; zero: it has none, see Design::problems
  std::vector<DesignInstance> children = {};  // in order of the text
  uint64_t instance_count = 0;                // in the whole design

  bool elaborated() const { return facts != base::Digest{}; }
  friend bool operator==(const DesignDefinition&, const DesignDefinition&) = default;
};

// A definition that stayed on tier 1, or something else that went wrong.
struct DesignProblem {
  std::string definition;  // its name; empty: of the whole design
  std::string path;        // where; empty: nowhere
  uint32_t line = 0;
  std::string reason;

  friend auto operator<=>(const DesignProblem&, const DesignProblem&) = default;
};

struct Design {
  std::string name;
  std::vector<uint32_t> tops;                 // indexes into definitions
  std::vector<DesignDefinition> definitions;  // a child has a smaller index than its parents
  std::vector<DesignProblem> problems;
  std::vector<std::string> unknown;  // instantiated names that no file of the design defines, sorted
  uint32_t file_count = 0;           // compiled

  friend bool operator==(const Design&, const Design&) = default;
};

std::string EncodeDesign(const Design& design);
// Errors: as DecodeElaboratedFacts.
base::Result<Design> DecodeDesign(std::string_view bytes);

}  // namespace fanin::graph
