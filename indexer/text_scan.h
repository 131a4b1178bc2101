// The lexical scan of one HDL text, made before any parsing: what it defines, uses, tests and includes, in order, and
// how deeply it nests. From this alone the macro environment of every file is resolved (macro_environment.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::indexer {

// How a macro is used, as far as its neighbours tell. Decides what stands in for a macro that nobody defines.
enum class UseContext : uint8_t {
  kStatement = 0,   // a statement or item of its own: nothing can stand for it
  kBranch = 1,      // the sole statement of an if, else or case item, without `;`: `begin end` can
  kExpression = 2,  // a value: `1` can
  kName = 3,        // a type, module, signal or other name: its own name can
};
inline constexpr int kUseContextCount = 4;

// One use of a macro in the text.
struct MacroUse {
  uint32_t name = 0;   // index into TextScan::names
  uint32_t begin = 0;  // the use with its arguments, in bytes
  uint32_t end = 0;
  uint32_t line = 0;       // 1-based, of begin
  uint32_t statement = 0;  // number of `;` before it: uses of equal number may expand into one statement
  uint32_t arguments = 0;  // 0: used without parentheses
  UseContext context = UseContext::kStatement;
  bool pasted = false;  // `` follows: unless there is such a macro, `name` begins the names of those that are meant
};

// A macro used in the definition of another; once per name.
struct BodyUse {
  std::string name;
  uint32_t arguments = 0;  // the most of all its uses there
  UseContext context = UseContext::kStatement;
  bool pasted = false;  // in any of them
};

// One `define. Texts are as written, with line continuations.
struct MacroDefinition {
  std::string name;
  std::string formals;  // with parentheses; empty: object-like
  std::string body;
  uint32_t line = 0;
  std::vector<BodyUse> uses;  // in the body, or in the default of a formal

  // "NAME(a, b) body": what follows `define.
  std::string Text() const { return name + formals + " " + body; }
};

struct IncludeDirective {
  std::string path;  // between the quotes or angle brackets
  uint32_t line = 0;
};

// The directives of a text in order. What `index` means depends on the kind.
struct Directive {
  enum class Kind : uint8_t {
    kDefine = 0,       // of definitions
    kUndefine = 1,     // of names
    kUndefineAll = 2,  // -
    kInclude = 3,      // of includes
    kIf = 4,           // of conditions
    kElseIf = 5,       // of conditions
    kElse = 6,         // -
    kEndIf = 7,        // -
    kUse = 8,          // of uses
  };
  Kind kind = Kind::kUse;
  uint32_t index = 0;
};

struct ByteRange {
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct TextScan {
  std::vector<Directive> directives;
  std::vector<MacroDefinition> definitions;
  std::vector<IncludeDirective> includes;
  std::vector<std::string> conditions;  // "NAME", "!NAME", or names joined by ! && || -> <-> ( )
  std::vector<MacroUse> uses;           // by ascending begin; those in the arguments of another come after it
  std::vector<std::string> names;       // of macros used or undefined, each once

  std::vector<std::string> modules;  // of modules, interfaces, programs, packages, primitives: a parse should find them

  // Includes by an absolute path or one that macros make up, and what could be pasted into one: slang must not see
  // them, for it would open any file of the machine. In the bodies of definitions they are blanked already.
  std::vector<ByteRange> unsafe_includes;

  uint32_t max_nesting = 0;       // brackets, blocks and chained ifs and loops, all of the deepest place together
  uint32_t max_nesting_line = 0;  // 1-based
  uint32_t longest_run = 0;       // most tokens between two separators (`,`, `;`, brackets) of one level
  uint32_t longest_run_line = 0;
};

// Scans a text. Never fails: whatever the text is, the result says what could be made out. Keeps no view of the text.
// Stops where the nesting first exceeds `max_nesting`; the result's is larger then. Cost: linear.
// REQUIRES: text.size() < 4 GiB.
TextScan ScanText(std::string_view text, uint32_t max_nesting);

// Overwrites a range with spaces, leaving lines and their continuations as they are.
void Blank(std::span<char> text, ByteRange range);

// Directives of old tools that take the rest of their line; slang is told to skip them.
const std::vector<std::string_view>& VendorDirectives();

// Whether `name`, without its backtick, is a compiler directive or predefined by every tool rather than a macro of a
// text.
bool IsDirective(std::string_view name);

}  // namespace fanin::indexer
