// What the text before a cursor says about the line to come. Purely lexical, so that it works on any half-written
// buffer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::retriever {

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
  std::string enclosing;              // module, interface, package, class or program the cursor is in; empty: none
  std::vector<std::string> imports;   // packages imported before the cursor
  std::vector<std::string> includes;  // texts of `include
  std::vector<CursorName> names;      // by weight, then text
  std::vector<OpenInstance> open_instances;  // innermost last; at most one today
  std::string nearby_words;  // distinct identifiers of the last lines, blank separated, for a text search
};

inline constexpr double kHalfLifeLines = 12;
inline constexpr size_t kMaxNames = 80;

// Scans the text before the cursor. Comments and strings are skipped. Cost: linear, about 100 MB/s.
CursorScan ScanBeforeCursor(std::string_view prefix);

}  // namespace fanin::retriever
