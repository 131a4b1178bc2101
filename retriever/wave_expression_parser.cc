// Expression::Parse: precedence climbing over the text.
#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "graph/expression_text.h"
#include "retriever/wave_expression.h"

namespace fanin::retriever {
namespace {

constexpr size_t kMaxTextBytes = 20'000;
constexpr int kMaxDepth = 80;
constexpr size_t kMaxNodes = 1000;
// Of an integer literal without a size, and of what is computed for one.
constexpr uint32_t kIntegerWidth = 32;

bool IsWordStart(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '\\';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

struct BinaryOperator {
  std::string_view text;
  int strength;
};
// Longest first. IEEE 1800-2017, table 11-2.
constexpr std::array<BinaryOperator, 27> kBinary = {{
    {"<<<", 10}, {">>>", 10}, {"===", 8}, {"!==", 8}, {"==?", 8}, {"!=?", 8}, {"<<", 10}, {">>", 10}, {"==", 8},
    {"!=", 8},   {"<=", 9},   {">=", 9},  {"&&", 4},  {"||", 3},  {"**", 13}, {"~^", 6},  {"^~", 6},  {"->", 2},
    {"<", 9},    {">", 9},    {"+", 11},  {"-", 11},  {"*", 12},  {"/", 12},  {"%", 12},  {"&", 7},   {"^", 6},
}};
constexpr BinaryOperator kOr = {"|", 5};

// Digits of a base to bits; empty: no such digits. `wild` digits are unknown bits.
std::optional<Bits> ParseDigits(std::string_view digits, char base, uint32_t width) {
  std::string binary;
  const int per_digit = base == 'h' ? 4 : base == 'o' ? 3 : 1;
  if (base == 'd') {
    Bits value = Bits::Of(0, width);
    uint64_t number = 0;
    for (const char c : digits) {
      if (c == '_') continue;
      if (c == 'x' || c == 'X' || c == 'z' || c == 'Z' || c == '?') return Bits(width);
      if (!IsDigit(c) || number > UINT64_MAX / 10 - 1) return std::nullopt;
      number = number * 10 + static_cast<uint64_t>(c - '0');
    }
    return Bits::Of(number, width);
  }
  for (const char c : digits) {
    if (c == '_') continue;
    const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower == 'x' || lower == 'z' || lower == '?') {
      binary.append(static_cast<size_t>(per_digit), 'x');
      continue;
    }
    if (std::isxdigit(static_cast<unsigned char>(lower)) == 0) return std::nullopt;
    const int digit = IsDigit(lower) ? lower - '0' : lower - 'a' + 10;
    if (digit >= 1 << per_digit) return std::nullopt;
    for (int i = per_digit - 1; i >= 0; --i) binary += (digit >> i & 1) != 0 ? '1' : '0';
  }
  return Bits::Parse(binary, width);
}

}  // namespace

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  std::optional<Expression> Run() {
    if (text_.size() > kMaxTextBytes) return std::nullopt;
    const uint32_t root = ParseChoice();
    SkipBlanks();
    if (failed_ || at_ != text_.size()) return std::nullopt;
    result_.root_ = root;
    return std::move(result_);
  }

 private:
  using Kind = Expression::Kind;

  void SkipBlanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool Take(std::string_view mark) {
    SkipBlanks();
    if (!text_.substr(at_).starts_with(mark)) return false;
    at_ += mark.size();
    return true;
  }
  char Peek() {
    SkipBlanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  uint32_t Add(Expression::Node node) {
    if (result_.nodes_.size() >= kMaxNodes) failed_ = true;
    if (!failed_) result_.nodes_.push_back(std::move(node));
    return static_cast<uint32_t>(result_.nodes_.size()) - 1;
  }
  uint32_t Fail() {
    failed_ = true;
    return 0;
  }

  uint32_t ParseChoice() {
    if (++depth_ > kMaxDepth) return Fail();
    uint32_t node = ParseBinary(0);
    if (!failed_ && Take("?")) {
      const uint32_t yes = ParseChoice();
      if (failed_ || !Take(":")) return Fail();
      const uint32_t no = ParseChoice();
      node = Add({.kind = Kind::kChoice, .children = {node, yes, no}});
    }
    --depth_;
    return node;
  }

  std::optional<BinaryOperator> PeekBinary() {
    SkipBlanks();
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("+:") || rest.starts_with("-:")) return std::nullopt;  // of a select
    for (const BinaryOperator& one : kBinary) {
      if (rest.starts_with(one.text)) return one;
    }
    if (rest.starts_with("|")) return kOr;
    if (rest.starts_with("inside") && (rest.size() == 6 || !graph::IsNameChar(rest[6])))
      return BinaryOperator{"inside", 9};
    return std::nullopt;
  }

  uint32_t ParseBinary(int weakest) {
    if (++depth_ > kMaxDepth) return Fail();
    uint32_t left = ParseUnary();
    while (!failed_) {
      const std::optional<BinaryOperator> op = PeekBinary();
      if (!op || op->strength <= weakest) break;
      at_ += op->text.size();
      if (op->text == "inside") {
        left = ParseInside(left);
        continue;
      }
      const uint32_t right = ParseBinary(op->strength);
      left = Add({.kind = Kind::kBinary, .text = std::string(op->text), .children = {left, right}});
    }
    --depth_;
    return left;
  }

  // a inside {x, [l:h]}: (a ==? x) || (a >= l && a <= h).
  uint32_t ParseInside(uint32_t left) {
    if (!Take("{")) return Fail();
    uint32_t all = UINT32_MAX;
    do {
      uint32_t one = 0;
      if (Take("[")) {
        const uint32_t low = ParseChoice();
        if (failed_ || !Take(":")) return Fail();
        const uint32_t high = ParseChoice();
        if (failed_ || !Take("]")) return Fail();
        const uint32_t above = Add({.kind = Kind::kBinary, .text = ">=", .children = {left, low}});
        const uint32_t below = Add({.kind = Kind::kBinary, .text = "<=", .children = {left, high}});
        one = Add({.kind = Kind::kBinary, .text = "&&", .children = {above, below}});
      } else {
        const uint32_t item = ParseChoice();
        one = Add({.kind = Kind::kBinary, .text = "==?", .children = {left, item}});
      }
      all = all == UINT32_MAX ? one : Add({.kind = Kind::kBinary, .text = "||", .children = {all, one}});
    } while (!failed_ && Take(","));
    if (failed_ || !Take("}")) return Fail();
    return all;
  }

  uint32_t ParseUnary() {
    if (++depth_ > kMaxDepth) return Fail();
    uint32_t node = 0;
    std::string_view op;
    for (const std::string_view one : {"~&", "~|", "~^", "^~", "!", "~", "-", "+", "&", "|", "^"}) {
      if (!Take(one)) continue;
      op = one;
      break;
    }
    if (!op.empty()) {
      node = ParseUnary();
      node = Add({.kind = Kind::kUnary, .text = std::string(op), .children = {node}});
    } else {
      node = ParseSelects(ParsePrimary());
    }
    --depth_;
    return node;
  }

  uint32_t ParsePrimary() {
    const char c = Peek();
    if (c == '(') {
      ++at_;
      const uint32_t node = ParseChoice();
      return !failed_ && Take(")") ? node : Fail();
    }
    if (c == '{') return ParseBraces();
    if (IsDigit(c) || c == '\'') return ParseLiteral();
    if (c == '"') return Opaque();
    if (IsWordStart(c)) return ParseName();
    return Fail();
  }

  uint32_t ParseBraces() {
    Take("{");
    Expression::Node node{.kind = Kind::kConcat};
    const uint32_t first = ParseChoice();
    if (failed_) return 0;
    if (Peek() == '{') {
      const uint32_t inner = ParseBraces();
      node.kind = Kind::kRepeat;
      node.children = {first, inner};
    } else {
      node.children.push_back(first);
      while (!failed_ && Take(",")) node.children.push_back(ParseChoice());
    }
    return !failed_ && Take("}") ? Add(std::move(node)) : Fail();
  }

  std::string_view TakeWhile(bool (*keep)(char)) {
    const size_t begin = at_;
    while (at_ < text_.size() && keep(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  uint32_t ParseLiteral() {
    std::string_view size = TakeWhile([](char c) { return IsDigit(c) || c == '_'; });
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != '\'') {
      if (at_ < text_.size() && text_[at_] == '.') return Fail();  // a real number
      const std::optional<Bits> bits = ParseDigits(size, 'd', kIntegerWidth);
      return bits ? Add({.kind = Kind::kLiteral, .literal = *bits, .is_signed = true}) : Fail();
    }
    ++at_;
    if (at_ < text_.size() && text_[at_] == '(') return ParseCast(size);
    if (at_ < text_.size() && text_[at_] == '{') return Opaque();
    bool is_signed = false;
    if (at_ < text_.size() && (text_[at_] == 's' || text_[at_] == 'S')) {
      is_signed = true;
      ++at_;
    }
    if (at_ >= text_.size()) return Fail();
    const char base = static_cast<char>(std::tolower(static_cast<unsigned char>(text_[at_])));
    uint32_t width = kIntegerWidth;
    if (!size.empty()) {
      const std::optional<Bits> parsed = ParseDigits(size, 'd', 64);
      const std::optional<uint64_t> value = parsed ? parsed->Value() : std::nullopt;
      if (!value || *value == 0 || *value > Bits::kMaxWidth) return Fail();
      width = static_cast<uint32_t>(*value);
    }
    if (base != 'b' && base != 'o' && base != 'd' && base != 'h') {  // '0, '1, 'x
      ++at_;
      const bool known = base == '0' || base == '1';
      return Add(
          {.kind = Kind::kLiteral, .literal = known ? Bits::Of(base == '1' ? 1 : 0, 1) : Bits(1), .is_fill = true});
    }
    ++at_;
    SkipBlanks();
    const std::string_view digits = TakeWhile([](char c) {
      return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '?' || c == 'x' || c == 'X' ||
             c == 'z' || c == 'Z';
    });
    if (digits.empty()) return Fail();
    const std::optional<Bits> bits = ParseDigits(digits, base, width);
    return bits ? Add({.kind = Kind::kLiteral, .literal = *bits, .is_signed = is_signed}) : Fail();
  }

  // 4'(x): x in 4 bits; type'(x): x.
  uint32_t ParseCast(std::string_view size) {
    Take("(");
    const uint32_t inner = ParseChoice();
    if (failed_ || !Take(")")) return Fail();
    if (size.empty()) return inner;
    return Add({.kind = Kind::kUnary, .text = "'" + std::string(size), .children = {inner}});
  }

  // Something whose value is unknown; its text is passed over up to the bracket that closes it.
  uint32_t Opaque() {
    int depth = 0;
    std::vector<uint32_t> names;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        at_ = text_.find('"', at_ + 1);
        if (at_ == std::string_view::npos) return Fail();
        ++at_;
        if (depth == 0) break;
        continue;
      }
      if (IsWordStart(c)) {
        const std::string_view word = TakeWhile(graph::IsNameChar);
        if (word.empty()) return Fail();
        if (word.front() != '$') names.push_back(Add({.kind = Kind::kName, .text = std::string(word)}));
        if (failed_) return 0;
        continue;
      }
      depth += c == '(' || c == '{' || c == '[' ? 1 : 0;
      const bool closes = c == ')' || c == '}' || c == ']';
      if (closes && depth == 0) break;
      ++at_;
      if (closes && --depth == 0) break;
    }
    return Add({.kind = Kind::kOpaque, .children = std::move(names)});
  }

  uint32_t ParseName() {
    std::string name;
    while (true) {
      if (at_ < text_.size() && text_[at_] == '\\') {
        ++at_;
        name += TakeWhile([](char c) { return std::isspace(static_cast<unsigned char>(c)) == 0; });
      } else {
        const std::string_view word = TakeWhile(graph::IsNameChar);
        if (word.empty()) return Fail();
        name += word;
      }
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("::")) {
        name += "::";
        at_ += 2;
      } else if (rest.size() > 1 && rest[0] == '.' && IsWordStart(rest[1])) {
        name += '.';
        ++at_;
      } else {
        break;
      }
    }
    if (at_ < text_.size() && text_[at_] == '\'' && at_ + 1 < text_.size() && text_[at_ + 1] == '(') {
      ++at_;
      return ParseCast("");
    }
    if (at_ < text_.size() && text_[at_] == '\'') {
      ++at_;
      return Opaque();
    }
    if (Peek() != '(') return Add({.kind = Kind::kName, .text = std::move(name)});
    if (name == "$signed" || name == "$unsigned") {
      Take("(");
      const uint32_t inner = ParseChoice();
      if (failed_ || !Take(")")) return Fail();
      return Add({.kind = Kind::kUnary, .text = name, .children = {inner}});
    }
    return Opaque();
  }

  uint32_t ParseSelects(uint32_t node) {
    while (!failed_ && Peek() == '[') {
      ++at_;
      const uint32_t first = ParseChoice();
      if (failed_) return 0;
      std::string form;
      for (const std::string_view one : {"+:", "-:", ":"}) {
        if (!Take(one)) continue;
        form = one;
        break;
      }
      Expression::Node select{.kind = Kind::kSelect, .text = form, .children = {node, first}};
      if (!form.empty()) select.children.push_back(ParseChoice());
      if (failed_ || !Take("]")) return Fail();
      node = Add(std::move(select));
      // A member of an element: unknown, but of the same name.
      if (at_ < text_.size() && text_[at_] == '.' && at_ + 1 < text_.size() && IsWordStart(text_[at_ + 1])) {
        ++at_;
        TakeWhile(graph::IsNameChar);
        node = Add({.kind = Kind::kOpaque, .children = {node}});
      }
    }
    return node;
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
  Expression result_;
};

std::optional<Expression> Expression::Parse(std::string_view text) { return ExpressionParser(text).Run(); }

}  // namespace fanin::retriever
