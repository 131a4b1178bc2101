// What the text before a cursor says about the line to come. Purely lexical, so that it works on any half-written
// buffer; AddDeclarations adds what a tolerant parse of the same text knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/shard.h"

namespace fanin::retriever {

// What the unfinished line is; at the start of a line, what may begin there.
enum class CursorPlace : uint8_t {
  kFile,         // outside every definition
  kHeader,       // parameters or ports in the head of a definition
  kItem,         // an item of a definition begins: declaration, assign, block, instance
  kDeclaration,  // a declaration of a signal, parameter or type has begun
  kOverride,     // in the parameter list of an instance
  kConnection,   // in the port list of an instance
  kStatement,    // a procedural statement begins
  kCaseItem,     // the same, as an item of a case
  kAssignment,   // on the right of an assignment
  kExpression,   // elsewhere in a statement or item that has begun
  kImport,       // after `import`
  kInclude,      // after `include
  kMacroCall,    // in the arguments of a macro, or its name
};
std::string_view CursorPlaceName(CursorPlace place);

// An identifier near the cursor.
struct CursorName {
  std::string text;    // "axi_req_t", "FIFO_DEPTH"; without the back-tick of a macro
  std::string scope;   // package or class before "::"; empty: none
  bool macro = false;  // written with a back-tick
  uint32_t line = 0;   // 1-based line of its occurrence that weighs most
  double weight = 0;   // (0, 1]: 1 on the cursor's line, halved every kHalfLifeLines above; half of that for names that
                       // only share the first line of a nearby name (its declaration: that is how types come in)
};

// An instantiation whose port or parameter list the cursor is in.
struct OpenInstance {
  std::string module;
  std::string instance;  // empty while the parameter list is being written
  bool in_parameters = false;
  std::vector<std::string> connected;  // ports (or parameters) named so far
};

struct CursorScan {
  std::string enclosing;  // module, interface, package, class or program the cursor is in; empty: none
  CursorPlace place = CursorPlace::kFile;
  uint32_t line = 1;                         // of the cursor
  std::vector<std::string> imports;          // packages imported before the cursor
  std::vector<std::string> includes;         // texts of `include
  std::vector<CursorName> names;             // by weight, then text; at most kMaxNames
  std::vector<std::string> all_names;        // every name and macro of the text once, sorted; more than kMaxNames
  std::vector<OpenInstance> open_instances;  // innermost last; at most one today
  std::string nearby_words;         // distinct identifiers of the last lines, blank separated, for a text search
  std::vector<std::string> unused;  // ports, parameters and signals that are declared and nothing more, nearest first

  bool Has(std::string_view name) const;  // in all_names
};

inline constexpr double kHalfLifeLines = 12;
inline constexpr size_t kMaxNames = 80;

// Scans the text before the cursor. Comments and strings are skipped. Cost: linear, about 50 MB/s.
CursorScan ScanBeforeCursor(std::string_view prefix);

// Adds what the parse of a text that begins with the prefix declares: names that the prefix declares and does not use
// yet are listed, and weigh more, with their types. `shard` may know more than the prefix.
void AddDeclarations(const graph::Shard& shard, std::string_view prefix, CursorScan& scan);

}  // namespace fanin::retriever
