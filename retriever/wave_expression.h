// Expressions of Verilog read from their text and evaluated on values of a wave: whether a condition holds at a moment,
// and which of the names in an expression decided its value then.
//
// What cannot be read or is not known (a function's result, a member of a struct that the wave has not) is unknown, and
// an unknown condition excludes nothing. Pure; bounded in depth and size.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retriever/wave_bits.h"

namespace fanin::retriever {

struct NamedValue {
  Bits bits = Bits(1);
  int64_t lsb = 0;
  bool is_signed = false;
};

// The value of a name as written ("state_q", "pkg::IDLE", "req.valid"); nullopt: unknown.
using NameLookUp = std::function<std::optional<NamedValue>(std::string_view name)>;

class Expression {
 public:
  // nullopt: it cannot be read.
  static std::optional<Expression> Parse(std::string_view text);

  // With operands extended to `width` bits at least, as in an assignment to that many; 0: by themselves.
  Bits Evaluate(const NameLookUp& names, uint32_t width = 0) const;
  // First components of the names that the value depends on where the others are as they are: of c ? a : b with c true
  // no b; of a && b with a false no b. All names where nothing is known.
  std::vector<std::string> Deciding(const NameLookUp& names) const;
  // First components of all names.
  std::vector<std::string> Names() const;

 private:
  friend class ExpressionParser;
  friend class Evaluation;

  enum class Kind : uint8_t { kLiteral, kName, kUnary, kBinary, kChoice, kConcat, kRepeat, kSelect, kOpaque };
  struct Node {
    Kind kind = Kind::kOpaque;
    std::string text = {};  // of a name; operator of unary and binary; of a select ":", "+:", "-:" or ""
    Bits literal = Bits(1);
    bool is_signed = false;
    bool is_fill = false;  // '0, '1: as wide as its surroundings
    std::vector<uint32_t> children = {};
  };

  std::vector<Node> nodes_;
  uint32_t root_ = 0;
};

// Whether an item of a case ("IDLE", "2'b0?, 3'd1", "[3:5]") matches the selector; with_wildcards: ? and z (x) of
// its literals match anything.
std::optional<bool> MatchesItem(std::string_view item, std::string_view selector, bool with_wildcards,
                                const NameLookUp& names);

}  // namespace fanin::retriever
