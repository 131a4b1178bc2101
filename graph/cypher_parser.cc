#include "graph/cypher_parser.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "graph/cypher_lexer.h"
#include "graph/cypher_parser_state.h"

namespace fanin::graph::cypher {
namespace {

constexpr uint32_t kMaxHops = 64;
constexpr size_t kMaxQueryBytes = 64 << 10;

}  // namespace

std::string LowerWord(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

base::Result<Query> Parser::Run() {
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

const Token& Parser::Peek(size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
bool Parser::IsMark(std::string_view mark, size_t ahead) const {
  return Peek(ahead).kind == Token::Kind::kMark && Peek(ahead).text == mark;
}
bool Parser::TakeMark(std::string_view mark) {
  if (!IsMark(mark)) return false;
  ++at_;
  return true;
}
bool Parser::IsKeyword(std::string_view word, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == Token::Kind::kName && !token.quoted && LowerWord(token.text) == word;
}
bool Parser::TakeKeyword(std::string_view word) {
  if (!IsKeyword(word)) return false;
  ++at_;
  return true;
}

std::unexpected<base::Error> Parser::Expected(const std::string& what) const {
  const Token& token = Peek();
  const std::string got = token.kind == Token::Kind::kEnd ? "the end" : "'" + token.text + "'";
  return std::unexpected(ErrorAt(text_, token.position, "expected " + what + ", not " + got));
}

std::unexpected<base::Error> Parser::Unsupported(const std::string& expected) const {
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

base::Result<std::string> Parser::Name(const std::string& what) {
  if (Peek().kind != Token::Kind::kName) return Expected(what);
  return tokens_[at_++].text;
}

base::Result<PathPattern> Parser::Path(bool may_have_variable) {
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

base::Status Parser::LabelsInto(std::vector<std::string>& labels, const std::string& what) {
  if (!TakeMark(":")) return {};
  do {
    TakeMark(":");  // ":A|:B" of older Cypher
    FANIN_ASSIGN_OR_RETURN(std::string label, Name(what));
    labels.push_back(std::move(label));
  } while (TakeMark("|"));
  return {};
}

base::Result<NodePattern> Parser::Node() {
  NodePattern node;
  node.position = Peek().position;
  if (!TakeMark("(")) return Expected("'(' of a node");
  if (Peek().kind == Token::Kind::kName) node.variable = tokens_[at_++].text;
  FANIN_RETURN_IF_ERROR(LabelsInto(node.labels, "a label"));
  FANIN_RETURN_IF_ERROR(Properties(node.properties));
  if (!TakeMark(")")) return Expected("')'");
  return node;
}

base::Result<RelationshipPattern> Parser::Relationship() {
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

base::Result<uint32_t> Parser::HopCount() {
  const Token& token = tokens_[at_++];
  uint32_t hops = 0;
  const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), hops);
  if (error != std::errc() || hops > kMaxHops) {
    return std::unexpected(ErrorAt(text_, token.position, "at most " + std::to_string(kMaxHops) + " hops"));
  }
  return hops;
}

base::Status Parser::Hops(RelationshipPattern& relationship) {
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

base::Status Parser::Properties(PropertyMap& properties) {
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

base::Status Parser::Returns(Query& query) {
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

size_t Parser::EndOfPrevious() const {
  size_t end = Peek().position;
  while (end > 0 && std::isspace(static_cast<unsigned char>(text_[end - 1])) != 0) --end;
  return end;
}

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
