// The parser's inside: one text being read by recursive descent. Patterns, clauses and tokens are in cypher_parser.cc,
// expressions in cypher_parser_expressions.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/cypher_ast.h"
#include "graph/cypher_lexer.h"

namespace fanin::graph::cypher {

class Parser {
 public:
  // `text` must outlive the parser; `tokens` are its tokens.
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  base::Result<Query> Run();

 private:
  // --- tokens
  const Token& Peek(size_t ahead = 0) const;
  bool IsMark(std::string_view mark, size_t ahead = 0) const;
  bool TakeMark(std::string_view mark);
  bool IsKeyword(std::string_view word, size_t ahead = 0) const;
  bool TakeKeyword(std::string_view word);
  std::unexpected<base::Error> Expected(const std::string& what) const;
  // Like Expected, but says so when what stands there is Cypher that Fanin does not take.
  std::unexpected<base::Error> Unsupported(const std::string& expected) const;
  base::Result<std::string> Name(const std::string& what);
  // Where the text of the last taken token ends: the start of the next one less the blanks between.
  size_t EndOfPrevious() const;

  // --- patterns
  base::Result<PathPattern> Path(bool may_have_variable);
  base::Status LabelsInto(std::vector<std::string>& labels, const std::string& what);
  base::Result<NodePattern> Node();
  base::Result<RelationshipPattern> Relationship();
  base::Result<uint32_t> HopCount();
  base::Status Hops(RelationshipPattern& relationship);
  base::Status Properties(PropertyMap& properties);

  base::Status Returns(Query& query);

  // --- expressions, loosest binding first
  base::Result<ExpressionPtr> Or();
  base::Result<ExpressionPtr> Chain(int level);  // OR, XOR and AND by level; level 3 is NOT
  base::Result<ExpressionPtr> Not();
  base::Result<ExpressionPtr> Comparison();
  base::Result<ExpressionPtr> Binary(Operator op, size_t position, ExpressionPtr left);
  base::Result<ExpressionPtr> Sum();
  base::Result<ExpressionPtr> Product();
  base::Result<ExpressionPtr> Unary();
  base::Result<ExpressionPtr> Postfix();
  base::Result<ExpressionPtr> Atom();
  base::Result<ExpressionPtr> NameAtom(ExpressionPtr expression);
  base::Result<ExpressionPtr> ListAtom(ExpressionPtr expression);
  // "(" opens a pattern predicate when a relationship follows its ")", else it groups.
  base::Result<ExpressionPtr> ParenthesisAtom(ExpressionPtr expression);
  bool StartsPattern() const;

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

// An operator over one or two operands.
ExpressionPtr MakeOperator(Operator op, size_t position, ExpressionPtr left, ExpressionPtr right = nullptr);
// A keyword as it is compared.
std::string LowerWord(std::string_view text);

}  // namespace fanin::graph::cypher
