// Parser, expressions: by precedence, loosest binding first.
#include <array>
#include <charconv>
#include <utility>

#include "graph/cypher_parser.h"
#include "graph/cypher_parser_state.h"

namespace fanin::graph::cypher {
namespace {

constexpr int kMaxDepth = 200;

}  // namespace

ExpressionPtr MakeOperator(Operator op, size_t position, ExpressionPtr left, ExpressionPtr right) {
  auto expression = std::make_unique<Expression>();
  expression->kind = Expression::Kind::kOperator;
  expression->op = op;
  expression->position = position;
  expression->operands.push_back(std::move(left));
  if (right != nullptr) expression->operands.push_back(std::move(right));
  return expression;
}

base::Result<ExpressionPtr> Parser::Or() {
  if (depth_ >= kMaxDepth) return std::unexpected(ErrorAt(text_, Peek().position, "nested too deeply"));
  ++depth_;
  base::Result<ExpressionPtr> expression = Chain(0);
  --depth_;
  return expression;
}

base::Result<ExpressionPtr> Parser::Chain(int level) {
  static constexpr std::array<std::pair<std::string_view, Operator>, 3> kLevels = {
      {{"or", Operator::kOr}, {"xor", Operator::kXor}, {"and", Operator::kAnd}}};
  if (level == static_cast<int>(kLevels.size())) return Not();
  FANIN_ASSIGN_OR_RETURN(ExpressionPtr left, Chain(level + 1));
  const auto& [word, op] = kLevels[static_cast<size_t>(level)];
  while (IsKeyword(word)) {
    const size_t position = tokens_[at_++].position;
    FANIN_ASSIGN_OR_RETURN(ExpressionPtr right, Chain(level + 1));
    left = MakeOperator(op, position, std::move(left), std::move(right));
  }
  return left;
}

base::Result<ExpressionPtr> Parser::Not() {
  size_t negations = 0;
  const size_t position = Peek().position;
  while (TakeKeyword("not")) ++negations;
  FANIN_ASSIGN_OR_RETURN(ExpressionPtr expression, Comparison());
  if (negations % 2 == 0) return expression;
  return MakeOperator(Operator::kNot, position, std::move(expression));
}

base::Result<ExpressionPtr> Parser::Comparison() {
  FANIN_ASSIGN_OR_RETURN(ExpressionPtr left, Sum());
  const size_t position = Peek().position;
  static constexpr std::array<std::pair<std::string_view, Operator>, 7> kMarks = {{{"=", Operator::kEqual},
                                                                                   {"<>", Operator::kNotEqual},
                                                                                   {"<", Operator::kLess},
                                                                                   {"<=", Operator::kLessEqual},
                                                                                   {">", Operator::kGreater},
                                                                                   {">=", Operator::kGreaterEqual},
                                                                                   {"=~", Operator::kRegex}}};
  for (const auto& [mark, op] : kMarks) {
    if (TakeMark(mark)) return Binary(op, position, std::move(left));
  }
  if (TakeKeyword("contains")) return Binary(Operator::kContains, position, std::move(left));
  if (TakeKeyword("in")) return Binary(Operator::kIn, position, std::move(left));
  if (IsKeyword("starts") || IsKeyword("ends")) {
    const Operator op = IsKeyword("starts") ? Operator::kStartsWith : Operator::kEndsWith;
    ++at_;
    if (!TakeKeyword("with")) return Expected("WITH");
    return Binary(op, position, std::move(left));
  }
  if (TakeKeyword("is")) {
    const bool negated = TakeKeyword("not");
    if (!TakeKeyword("null")) return Expected("NULL");
    return MakeOperator(negated ? Operator::kIsNotNull : Operator::kIsNull, position, std::move(left));
  }
  return left;
}

base::Result<ExpressionPtr> Parser::Binary(Operator op, size_t position, ExpressionPtr left) {
  FANIN_ASSIGN_OR_RETURN(ExpressionPtr right, Sum());
  return MakeOperator(op, position, std::move(left), std::move(right));
}

base::Result<ExpressionPtr> Parser::Sum() {
  FANIN_ASSIGN_OR_RETURN(ExpressionPtr left, Product());
  while (IsMark("+") || IsMark("-")) {
    const Operator op = IsMark("+") ? Operator::kAdd : Operator::kSubtract;
    const size_t position = tokens_[at_++].position;
    FANIN_ASSIGN_OR_RETURN(ExpressionPtr right, Product());
    left = MakeOperator(op, position, std::move(left), std::move(right));
  }
  return left;
}

base::Result<ExpressionPtr> Parser::Product() {
  FANIN_ASSIGN_OR_RETURN(ExpressionPtr left, Unary());
  while (IsMark("*") || IsMark("/") || IsMark("%")) {
    const Operator op = IsMark("*") ? Operator::kMultiply : IsMark("/") ? Operator::kDivide : Operator::kModulo;
    const size_t position = tokens_[at_++].position;
    FANIN_ASSIGN_OR_RETURN(ExpressionPtr right, Unary());
    left = MakeOperator(op, position, std::move(left), std::move(right));
  }
  return left;
}

base::Result<ExpressionPtr> Parser::Unary() {
  if (!IsMark("-")) return Postfix();
  const size_t position = tokens_[at_++].position;
  FANIN_ASSIGN_OR_RETURN(ExpressionPtr operand, Postfix());
  return MakeOperator(Operator::kNegate, position, std::move(operand));
}

base::Result<ExpressionPtr> Parser::Postfix() {
  FANIN_ASSIGN_OR_RETURN(ExpressionPtr expression, Atom());
  while (IsMark(".")) {
    auto property = std::make_unique<Expression>();
    property->kind = Expression::Kind::kProperty;
    property->position = tokens_[at_++].position;
    FANIN_ASSIGN_OR_RETURN(property->name, Name("a property name"));
    property->operands.push_back(std::move(expression));
    expression = std::move(property);
  }
  return expression;
}

base::Result<ExpressionPtr> Parser::Atom() {
  auto expression = std::make_unique<Expression>();
  expression->position = Peek().position;
  const Token& token = Peek();
  switch (token.kind) {
    case Token::Kind::kString: expression->literal.value = tokens_[at_++].text; return expression;
    case Token::Kind::kReal: expression->literal.value = std::stod(tokens_[at_++].text); return expression;
    case Token::Kind::kInteger: {
      int64_t value = 0;
      const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
      if (error != std::errc()) return std::unexpected(ErrorAt(text_, token.position, "the number is too large"));
      ++at_;
      expression->literal.value = value;
      return expression;
    }
    case Token::Kind::kParameter:
      expression->kind = Expression::Kind::kParameter;
      expression->name = tokens_[at_++].text;
      return expression;
    case Token::Kind::kName: return NameAtom(std::move(expression));
    case Token::Kind::kMark:
      if (IsMark("[")) return ListAtom(std::move(expression));
      if (IsMark("(")) return ParenthesisAtom(std::move(expression));
      break;
    case Token::Kind::kEnd: break;
  }
  return Expected("an expression");
}

base::Result<ExpressionPtr> Parser::NameAtom(ExpressionPtr expression) {
  const bool quoted = Peek().quoted;
  std::string name = tokens_[at_++].text;
  const std::string lower = LowerWord(name);
  if (!quoted && (lower == "true" || lower == "false")) {
    expression->literal.value = lower == "true";
    return expression;
  }
  if (!quoted && lower == "null") return expression;
  if (!IsMark("(")) {
    expression->kind = Expression::Kind::kVariable;
    expression->name = std::move(name);
    return expression;
  }
  ++at_;
  expression->kind = Expression::Kind::kFunction;
  expression->name = lower;
  if (TakeMark("*")) {
    expression->star = true;
  } else if (!IsMark(")")) {
    expression->distinct = TakeKeyword("distinct");
    do {
      FANIN_ASSIGN_OR_RETURN(ExpressionPtr argument, Or());
      expression->operands.push_back(std::move(argument));
    } while (TakeMark(","));
  }
  if (!TakeMark(")")) return Expected("')'");
  return expression;
}

base::Result<ExpressionPtr> Parser::ListAtom(ExpressionPtr expression) {
  ++at_;
  expression->kind = Expression::Kind::kList;
  if (!IsMark("]")) {
    do {
      FANIN_ASSIGN_OR_RETURN(ExpressionPtr item, Or());
      expression->operands.push_back(std::move(item));
    } while (TakeMark(","));
  }
  if (!TakeMark("]")) return Expected("']'");
  return expression;
}

base::Result<ExpressionPtr> Parser::ParenthesisAtom(ExpressionPtr expression) {
  if (StartsPattern()) {
    expression->kind = Expression::Kind::kPattern;
    FANIN_ASSIGN_OR_RETURN(PathPattern pattern, Path(false));
    expression->pattern = std::make_unique<PathPattern>(std::move(pattern));
    return expression;
  }
  ++at_;
  FANIN_ASSIGN_OR_RETURN(expression, Or());
  if (!TakeMark(")")) return Expected("')'");
  return expression;
}

bool Parser::StartsPattern() const {
  size_t depth = 0, i = 0;
  for (; Peek(i).kind != Token::Kind::kEnd; ++i) {
    if (IsMark("(", i) || IsMark("{", i)) ++depth;
    if ((IsMark(")", i) || IsMark("}", i)) && --depth == 0) break;
  }
  const bool relationship =
      (IsMark("-", i + 1) && (IsMark("[", i + 2) || IsMark("-", i + 2))) || (IsMark("<", i + 1) && IsMark("-", i + 2));
  // "(a) - [1]" is no arithmetic in Cypher, but "(n.line) < -1" is
  const bool node = IsMark(")", 1) || IsMark(":", 1) || IsMark("{", 1) ||
                    (Peek(1).kind == Token::Kind::kName && (IsMark(")", 2) || IsMark(":", 2) || IsMark("{", 2)));
  return relationship && node && (!IsMark("<", i + 1) || IsMark("[", i + 3) || IsMark("-", i + 3));
}

}  // namespace fanin::graph::cypher
