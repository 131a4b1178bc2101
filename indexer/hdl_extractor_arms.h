// The arms of `ifdefs that slang skipped: read on their own and added to what stands around them.
//
// An arm counts where it makes sense by itself: whole items of a file, definition, class, package or generate block, a
// part of a list of ports, parameters or connections, whole statements of a procedure or items of a `case`. A
// definition counts with its errors, as in a file; any other arm that has errors so read, or that stands within an
// expression, is left out; arms within it are still tried.
#pragma once

#include <memory>
#include <vector>

#include "indexer/hdl_extractor_context.h"
#include "slang/syntax/SyntaxTree.h"

namespace fanin::indexer {

// Owns the syntax trees of the arms, so it must live as long as the context's pending work. Keeps references.
class ArmReader {
 public:
  ArmReader(HdlContext& context, const slang::syntax::SyntaxTree& tree) : context_(context), tree_(tree) {}
  ArmReader(const ArmReader&) = delete;
  ArmReader& operator=(const ArmReader&) = delete;

  // Declares what the inactive arms hold; what it does is left pending. `sources` is the tree's own and gets new
  // buffers. REQUIRES: the active text is declared, nothing is resolved yet. Cost: one walk over the tokens of a file
  // with conditions, and parsing its inactive text once per level of nesting.
  void DeclareInactive(slang::SourceManager& sources);

 private:
  // What an arm is part of.
  enum class Context : uint8_t { kNone, kUnit, kMembers, kClassItems, kParameters, kPorts, kConnections, kStatements };
  struct Around {
    Context context = Context::kNone;
    graph::LocalNode node = 0;
  };
  struct Fragment {
    std::shared_ptr<slang::syntax::SyntaxTree> tree;
    ConditionalArm arm;
    graph::LocalNode first_node;  // of those that it added
    graph::LocalNode last_node;   // past the last
  };

  // Marks the arms that tokens of the tree within `bounds` stand in.
  void Cover(const slang::syntax::SyntaxNode& root, const ConditionalArm& bounds);
  Around FindAround(graph::LocalNode innermost, uint32_t byte) const;
  graph::LocalNode InnermostOf(const Fragment& fragment, uint32_t byte) const;
  // Whether the arm makes sense by itself.
  bool Read(const ConditionalArm& arm, const Around& around, slang::SourceManager& sources);
  // The same of an arm within a procedure, whose statements or case items it keeps.
  bool ReadStatements(const ConditionalArm& arm, slang::SourceManager& sources);
  // The arm's text as slang reads it between two others; null: not as whole items.
  std::shared_ptr<slang::syntax::SyntaxTree> Parse(const ConditionalArm& arm, std::string_view before,
                                                   std::string_view after, bool in_list, bool with_errors,
                                                   slang::SourceManager& sources);
  void Declare(const slang::syntax::CompilationUnitSyntax& unit, const Around& around);

  HdlContext& context_;
  const slang::syntax::SyntaxTree& tree_;
  std::vector<bool> covered_;  // by arm: slang read something in it
  std::vector<Fragment> fragments_;
};

}  // namespace fanin::indexer
