// Expressions as text: enough of the language's shape to take statements apart that the graph keeps as written. Nothing
// is parsed beyond brackets, strings, comments and the operators named. Pure functions; results view the argument where
// they are views. Cost: linear, unless said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::graph {

// Letters, digits, '_' and '$'.
bool IsNameChar(char c);

// Without comments, white space collapsed to single blanks; at most limit_bytes, then "...".
std::string CollapseSource(std::string_view text, size_t limit_bytes);

// Without white space and pairs of parentheses around the whole.
std::string_view Unwrap(std::string_view text);

// The operands of a binary operator ("&&", "|", ",") outside of all brackets; one, the text itself, where there is none
// or an operand would be empty.
std::vector<std::string_view> SplitOperands(std::string_view text, std::string_view op);

// "cond ? a : b", outermost.
struct Choice {
  std::string_view condition;
  std::string_view yes;
  std::string_view no;
};
std::optional<Choice> SplitChoice(std::string_view text);

// The two sides of a plain assignment, "x = y;", "assign x = y", "x <= #1 y;"; nullopt: it is none. The text must have
// been collapsed.
struct AssignmentText {
  std::string_view left;
  std::string_view right;
};
std::optional<AssignmentText> SplitAssignment(std::string_view text);

// The value of an integer literal without unknown bits: "2'b01", "'h3", "5", "'0"; nullopt: no such literal, or above
// 64 bits.
std::optional<uint64_t> LiteralValue(std::string_view text);

// The member that a text ("req_i[0].hdr.id") means of the signal of that name: ".hdr.id". Empty: the whole, or the text
// is no path from that signal (a macro's use, an expression, a path through an interface).
std::string MemberOf(std::string_view text, std::string_view signal);

// A plain or scoped name: "IDLE", "pkg::IDLE".
bool IsName(std::string_view text);
// What follows the last "::".
std::string_view LastOfScoped(std::string_view name);

}  // namespace fanin::graph
