// The signals that an elaborated expression uses: exact bits, and how each takes part.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "graph/schema.h"
#include "slang/ast/ASTVisitor.h"
#include "slang/ast/EvalContext.h"

namespace fanin::indexer {

// One use of a value. Bits count from the least significant of the symbol's whole value.
struct BitUse {
  const slang::ast::ValueSymbol* symbol = nullptr;
  graph::Role role = graph::Role::kData;
  uint64_t low = 0;                                // of the bits used, as far as they are constant
  uint64_t high = 0;                               // inclusive
  bool exact = false;                              // the use is just these bits
  const slang::ast::Expression* member = nullptr;  // the use, where it is of a member of a struct
  // Where the bits stand in the whole expression, from its least significant; nullopt: they reach all of it.
  std::optional<uint64_t> offset;
};

// A call of a function or task.
struct CallUse {
  const slang::ast::CallExpression* call = nullptr;
  graph::Role role = graph::Role::kData;
};

// Collects the uses of one expression. What is fixed by elaboration is no use: parameters, members of enums, variables
// that loops count with.
class UseVisitor : public slang::ast::ASTVisitor<UseVisitor, slang::ast::VisitFlags::Expressions> {
 public:
  using LoopVariables = std::unordered_set<const slang::ast::Symbol*>;

  UseVisitor(slang::ast::EvalContext& context, const LoopVariables& loop_variables)
      : context_(context), loop_variables_(loop_variables) {}

  // Appends to uses and calls. `positional`: bits of the value keep their places, as in an assignment.
  void Collect(const slang::ast::Expression& expression, graph::Role role, bool positional);
  // The parts that an expression on the left of an assignment assigns; uses in selects go to `uses`.
  void CollectTargets(const slang::ast::Expression& left, std::vector<BitUse>& targets);

  std::vector<BitUse> uses;
  std::vector<CallUse> calls;

  void handle(const slang::ast::NamedValueExpression& value) { Path(value); }
  void handle(const slang::ast::HierarchicalValueExpression& value) { Path(value); }
  void handle(const slang::ast::ElementSelectExpression& select) { Path(select); }
  void handle(const slang::ast::RangeSelectExpression& select) { Path(select); }
  void handle(const slang::ast::MemberAccessExpression& access) { Path(access); }
  void handle(const slang::ast::ConditionalExpression& conditional);
  void handle(const slang::ast::CallExpression& call);
  void handle(const slang::ast::ConversionExpression& conversion);
  void handle(const slang::ast::ConcatenationExpression& concatenation);
  void handle(const slang::ast::SimpleAssignmentPatternExpression& pattern);
  void handle(const slang::ast::StructuredAssignmentPatternExpression& pattern);
  void handle(const slang::ast::UnaryExpression& unary);
  void handle(const slang::ast::BinaryExpression& binary);
  void handle(const slang::ast::AssignmentExpression& assignment);
  void handle(const slang::ast::DataTypeExpression&) {}
  void handle(const slang::ast::TypeReferenceExpression&) {}
  // Operators without places, and all else, scatter.
  template <typename T>
  void Scatter(const T& expression) {
    const auto offset = std::exchange(offset_, std::nullopt);
    visitDefault(expression);
    offset_ = offset;
  }
  template <std::derived_from<slang::ast::Expression> T>
  void handle(const T& expression) {
    Scatter(expression);
  }

 private:
  bool IsSignal(const slang::ast::ValueSymbol& symbol) const;
  void Path(const slang::ast::Expression& expression);
  void VisitAs(const slang::ast::Expression& expression, graph::Role role, std::optional<uint64_t> offset);
  void Elements(std::span<const slang::ast::Expression* const> elements, const slang::ast::Type& type);

  slang::ast::EvalContext& context_;
  const LoopVariables& loop_variables_;
  graph::Role role_ = graph::Role::kData;
  std::optional<uint64_t> offset_;
  std::vector<BitUse>* targets_ = nullptr;  // not null: on the left side
};

}  // namespace fanin::indexer
