#include "graph/cypher_parser.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "graph/cypher_lexer.h"

namespace fanin::graph::cypher {
namespace {

constexpr int kMaxDepth = 200;
constexpr uint32_t kMaxHops = 64;
constexpr size_t kMaxQueryBytes = 64 << 10;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

ExpressionPtr MakeOperator(Operator op, size_t position, ExpressionPtr left, ExpressionPtr right = nullptr) {
  auto expression = std::make_unique<Expression>();
  expression->kind = Expression::Kind::kOperator;
  expression->op = op;
  expression->position = position;
  expression->operands.push_back(std::move(left));
  if (right != nullptr) expression->operands.push_back(std::move(right));
  return expression;
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  base::Result<Query> Run() {
    Query query;
    if (!IsKeyword("match")) return Unsupported("MATCH");
    while (TakeKeyword("match")) {
      do {
        FANIN_ASSIGN_OR_RETURN(PathPattern pattern, Path(true));
        query.patterns.push_back(std::move(pattern));
      } while (TakeMark(","));
      if (IsKeyword("where")) {
        const size_t position = Peek().position;
        ++at_;
        FANIN_ASSIGN_OR_RETURN(ExpressionPtr condition, Or());
        query.where = query.where == nullptr
                          ? std::move(condition)
                          : MakeOperator(Operator::kAnd, position, std::move(query.where), std::move(condition));
      }
    }
    if (!TakeKeyword("return")) return Unsupported("RETURN");
    FANIN_RETURN_IF_ERROR(Returns(query));
    TakeMark(";");
    if (Peek().kind != Token::Kind::kEnd) return Unsupported("the end of the query");
    return query;
  }

 private:
  // --- tokens
  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool IsMark(std::string_view mark, size_t ahead = 0) const {
    return Peek(ahead).kind == Token::Kind::kMark && Peek(ahead).text == mark;
  }
  bool TakeMark(std::string_view mark) {
    if (!IsMark(mark)) return false;
    ++at_;
    return true;
  }
  bool IsKeyword(std::string_view word, size_t ahead = 0) const {
    const Token& token = Peek(ahead);
    return token.kind == Token::Kind::kName && !token.quoted && Lower(token.text) == word;
  }
  bool TakeKeyword(std::string_view word) {
    if (!IsKeyword(word)) return false;
    ++at_;
    return true;
  }

  std::unexpected<base::Error> Expected(const std::string& what) const {
    const Token& token = Peek();
    const std::string got = token.kind == Token::Kind::kEnd ? "the end" : "'" + token.text + "'";
    return std::unexpected(ErrorAt(text_, token.position, "expected " + what + ", not " + got));
  }

  // Like Expected, but says so when what stands there is Cypher that Fanin does not take.
  std::unexpected<base::Error> Unsupported(const std::string& expected) const {
    static constexpr std::array<std::string_view, 8> kWriting = {"create", "merge",  "set",  "delete",
                                                                 "detach", "remove", "drop", "load"};
    static constexpr std::array<std::string_view, 6> kOutside = {"optional", "with", "unwind",
                                                                 "union",    "call", "foreach"};
    for (const std::string_view word : kWriting) {
      if (IsKeyword(word)) {
        return std::unexpected(
            ErrorAt(text_, Peek().position, "'" + Peek().text + "' would change the graph; queries only read"));
      }
    }
    for (const std::string_view word : kOutside) {
      if (IsKeyword(word)) {
        return std::unexpected(
            ErrorAt(text_, Peek().position,
                    "'" + Peek().text + "' is not in Fanin's subset of openCypher (docs/query_language.md)"));
      }
    }
    return Expected(expected);
  }

  base::Result<std::string> Name(const std::string& what) {
    if (Peek().kind != Token::Kind::kName) return Expected(what);
    return tokens_[at_++].text;
  }

  // --- patterns
  base::Result<PathPattern> Path(bool may_have_variable) {
    PathPattern path;
    path.position = Peek().position;
    if (may_have_variable && Peek().kind == Token::Kind::kName && IsMark("=", 1)) {
      path.variable = Peek().text;
      at_ += 2;
    }
    FANIN_ASSIGN_OR_RETURN(NodePattern node, Node());
    path.nodes.push_back(std::move(node));
    while (IsMark("-") || IsMark("<")) {
      FANIN_ASSIGN_OR_RETURN(RelationshipPattern relationship, Relationship());
      FANIN_ASSIGN_OR_RETURN(NodePattern next, Node());
      path.relationships.push_back(std::move(relationship));
      path.nodes.push_back(std::move(next));
    }
    return path;
  }

  base::Status LabelsInto(std::vector<std::string>& labels, const std::string& what) {
    if (!TakeMark(":")) return {};
    do {
      TakeMark(":");  // ":A|:B" of older Cypher
      FANIN_ASSIGN_OR_RETURN(std::string label, Name(what));
      labels.push_back(std::move(label));
    } while (TakeMark("|"));
    return {};
  }

  base::Result<NodePattern> Node() {
    NodePattern node;
    node.position = Peek().position;
    if (!TakeMark("(")) return Expected("'(' of a node");
    if (Peek().kind == Token::Kind::kName) node.variable = tokens_[at_++].text;
    FANIN_RETURN_IF_ERROR(LabelsInto(node.labels, "a label"));
    FANIN_RETURN_IF_ERROR(Properties(node.properties));
    if (!TakeMark(")")) return Expected("')'");
    return node;
  }

  base::Result<RelationshipPattern> Relationship() {
    RelationshipPattern relationship;
    relationship.position = Peek().position;
    const bool left = TakeMark("<");
    if (!TakeMark("-")) return Expected("'-'");
    if (TakeMark("[")) {
      if (Peek().kind == Token::Kind::kName) relationship.variable = tokens_[at_++].text;
      FANIN_RETURN_IF_ERROR(LabelsInto(relationship.types, "a relationship type"));
      FANIN_RETURN_IF_ERROR(Hops(relationship));
      FANIN_RETURN_IF_ERROR(Properties(relationship.properties));
      if (!TakeMark("]")) return Expected("']'");
    }
    if (!TakeMark("-")) return Expected("'-'");
    const bool right = TakeMark(">");
    if (left && !right) relationship.arrow = Arrow::kLeft;
    if (right && !left) relationship.arrow = Arrow::kRight;
    return relationship;
  }

  base::Result<uint32_t> HopCount() {
    const Token& token = tokens_[at_++];
    uint32_t hops = 0;
    const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), hops);
    if (error != std::errc() || hops > kMaxHops) {
      return std::unexpected(ErrorAt(text_, token.position, "at most " + std::to_string(kMaxHops) + " hops"));
    }
    return hops;
  }

  base::Status Hops(RelationshipPattern& relationship) {
    if (!TakeMark("*")) return {};
    relationship.variable_length = true;
    relationship.max_hops = kMaxHops;
    if (Peek().kind == Token::Kind::kInteger) {
      FANIN_ASSIGN_OR_RETURN(relationship.min_hops, HopCount());
      relationship.max_hops = relationship.min_hops;
    }
    if (TakeMark("..")) {
      relationship.max_hops = kMaxHops;
      if (Peek().kind == Token::Kind::kInteger) {
        FANIN_ASSIGN_OR_RETURN(relationship.max_hops, HopCount());
      }
    }
    if (relationship.min_hops > relationship.max_hops) {
      return std::unexpected(ErrorAt(text_, relationship.position, "the range of hops is empty"));
    }
    return {};
  }

  base::Status Properties(PropertyMap& properties) {
    if (!TakeMark("{")) return {};
    if (TakeMark("}")) return {};
    do {
      FANIN_ASSIGN_OR_RETURN(std::string key, Name("a property name"));
      if (!TakeMark(":")) return Expected("':'");
      FANIN_ASSIGN_OR_RETURN(ExpressionPtr value, Or());
      properties.emplace_back(std::move(key), std::move(value));
    } while (TakeMark(","));
    if (!TakeMark("}")) return Expected("'}'");
    return {};
  }

  // --- RETURN
  base::Status Returns(Query& query) {
    query.distinct = TakeKeyword("distinct");
    if (TakeMark("*")) {
      query.return_all = true;
    } else {
      do {
        ReturnItem item;
        const size_t begin = Peek().position;
        FANIN_ASSIGN_OR_RETURN(item.expression, Or());
        item.alias = std::string(text_.substr(begin, EndOfPrevious() - begin));
        if (TakeKeyword("as")) {
          FANIN_ASSIGN_OR_RETURN(item.alias, Name("a column name"));
        }
        query.items.push_back(std::move(item));
      } while (TakeMark(","));
    }
    if (TakeKeyword("order")) {
      if (!TakeKeyword("by")) return Expected("BY");
      do {
        SortItem item;
        FANIN_ASSIGN_OR_RETURN(item.expression, Or());
        if (TakeKeyword("desc") || TakeKeyword("descending")) {
          item.descending = true;
        } else if (!TakeKeyword("asc")) {
          TakeKeyword("ascending");
        }
        query.order_by.push_back(std::move(item));
      } while (TakeMark(","));
    }
    if (TakeKeyword("skip")) {
      FANIN_ASSIGN_OR_RETURN(query.skip, Or());
    }
    if (TakeKeyword("limit")) {
      FANIN_ASSIGN_OR_RETURN(query.limit, Or());
    }
    return {};
  }

  // Where the text of the last taken token ends: the start of the next one less the blanks between.
  size_t EndOfPrevious() const {
    size_t end = Peek().position;
    while (end > 0 && std::isspace(static_cast<unsigned char>(text_[end - 1])) != 0) --end;
    return end;
  }

  // --- expressions, loosest binding first
  base::Result<ExpressionPtr> Or() {
    if (depth_ >= kMaxDepth) return std::unexpected(ErrorAt(text_, Peek().position, "nested too deeply"));
    ++depth_;
    base::Result<ExpressionPtr> expression = Chain(0);
    --depth_;
    return expression;
  }

  // OR, XOR and AND by level; level 3 is NOT.
  base::Result<ExpressionPtr> Chain(int level) {
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

  base::Result<ExpressionPtr> Not() {
    size_t negations = 0;
    const size_t position = Peek().position;
    while (TakeKeyword("not")) ++negations;
    FANIN_ASSIGN_OR_RETURN(ExpressionPtr expression, Comparison());
    if (negations % 2 == 0) return expression;
    return MakeOperator(Operator::kNot, position, std::move(expression));
  }

  base::Result<ExpressionPtr> Comparison() {
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

  base::Result<ExpressionPtr> Binary(Operator op, size_t position, ExpressionPtr left) {
    FANIN_ASSIGN_OR_RETURN(ExpressionPtr right, Sum());
    return MakeOperator(op, position, std::move(left), std::move(right));
  }

  base::Result<ExpressionPtr> Sum() {
    FANIN_ASSIGN_OR_RETURN(ExpressionPtr left, Product());
    while (IsMark("+") || IsMark("-")) {
      const Operator op = IsMark("+") ? Operator::kAdd : Operator::kSubtract;
      const size_t position = tokens_[at_++].position;
      FANIN_ASSIGN_OR_RETURN(ExpressionPtr right, Product());
      left = MakeOperator(op, position, std::move(left), std::move(right));
    }
    return left;
  }

  base::Result<ExpressionPtr> Product() {
    FANIN_ASSIGN_OR_RETURN(ExpressionPtr left, Unary());
    while (IsMark("*") || IsMark("/") || IsMark("%")) {
      const Operator op = IsMark("*") ? Operator::kMultiply : IsMark("/") ? Operator::kDivide : Operator::kModulo;
      const size_t position = tokens_[at_++].position;
      FANIN_ASSIGN_OR_RETURN(ExpressionPtr right, Unary());
      left = MakeOperator(op, position, std::move(left), std::move(right));
    }
    return left;
  }

  base::Result<ExpressionPtr> Unary() {
    if (!IsMark("-")) return Postfix();
    const size_t position = tokens_[at_++].position;
    FANIN_ASSIGN_OR_RETURN(ExpressionPtr operand, Postfix());
    return MakeOperator(Operator::kNegate, position, std::move(operand));
  }

  base::Result<ExpressionPtr> Postfix() {
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

  base::Result<ExpressionPtr> Atom() {
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

  base::Result<ExpressionPtr> NameAtom(ExpressionPtr expression) {
    const bool quoted = Peek().quoted;
    std::string name = tokens_[at_++].text;
    const std::string lower = Lower(name);
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

  base::Result<ExpressionPtr> ListAtom(ExpressionPtr expression) {
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

  // "(" opens a pattern predicate when a relationship follows its ")", else it groups.
  base::Result<ExpressionPtr> ParenthesisAtom(ExpressionPtr expression) {
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

  bool StartsPattern() const {
    size_t depth = 0, i = 0;
    for (; Peek(i).kind != Token::Kind::kEnd; ++i) {
      if (IsMark("(", i) || IsMark("{", i)) ++depth;
      if ((IsMark(")", i) || IsMark("}", i)) && --depth == 0) break;
    }
    const bool relationship = (IsMark("-", i + 1) && (IsMark("[", i + 2) || IsMark("-", i + 2))) ||
                              (IsMark("<", i + 1) && IsMark("-", i + 2));
    // "(a) - [1]" is no arithmetic in Cypher, but "(n.line) < -1" is
    const bool node = IsMark(")", 1) || IsMark(":", 1) || IsMark("{", 1) ||
                      (Peek(1).kind == Token::Kind::kName && (IsMark(")", 2) || IsMark(":", 2) || IsMark("{", 2)));
    return relationship && node && (!IsMark("<", i + 1) || IsMark("[", i + 3) || IsMark("-", i + 3));
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

base::Error ErrorAt(std::string_view text, size_t position, const std::string& message) {
  position = std::min(position, text.size());
  const size_t line_begin = position == 0 ? 0 : text.rfind('\n', position - 1) + 1;  // npos + 1 == 0
  const size_t line_end = std::min(text.find('\n', position), text.size());
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n');
  const size_t column = position - line_begin;
  return {base::Code::kInvalidArgument,
          message + " at line " + std::to_string(line) + ", column " + std::to_string(column + 1) + "\n  " +
              std::string(text.substr(line_begin, line_end - line_begin)) + "\n  " + std::string(column, ' ') + "^"};
}

base::Result<Query> Parse(std::string_view text) {
  if (text.size() > kMaxQueryBytes) {
    return base::Fail(base::Code::kInvalidArgument, "the query has " + std::to_string(text.size()) +
                                                        " bytes, more than " + std::to_string(kMaxQueryBytes));
  }
  FANIN_ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(text));
  return Parser(text, std::move(tokens)).Run();
}

}  // namespace fanin::graph::cypher
