// What the parts of the HDL extractor share while they work on one file.
//
// Extraction has three steps: elements and names are declared (AddElement, symbols), which leaves work in the two
// lists; then types are resolved (pending_types); then behaviour is (pending_bodies), when every name of the file is
// known.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "graph/shard.h"
#include "indexer/chunker.h"
#include "indexer/comments.h"
#include "indexer/hdl_extractor.h"
#include "indexer/hdl_extractor_conditions.h"
#include "indexer/hdl_extractor_source.h"
#include "indexer/hdl_extractor_symbols.h"
#include "slang/syntax/AllSyntax.h"
#include "slang/util/FlatMap.h"

namespace fanin::indexer {

// Where an element stands: the node that contains it, and the scope that its name and the names in it belong to.
struct Place {
  ScopeId scope = kFileScope;
  graph::LocalNode node = 0;
};

// What is known of an element's value and inside, beside its node.
struct Shape {
  static constexpr uint8_t kManyDimensions = 255;  // more than counted, or unknown

  int32_t width_bits = 0;       // of one element without its unpacked dimensions; 0: unknown
  graph::BitRange bounds = {};  // of the one packed dimension, where constant
  uint8_t packed_dimensions = 0;
  uint8_t unpacked_dimensions = 0;
  bool index_only = false;      // a genvar or loop variable: no part of the design's data
  bool interface_port = false;  // its members are the interface's
  ScopeId scope = kNoScope;     // of the names inside, for what has a scope
};

// A declared type whose names are still to be looked up.
struct PendingType {
  Place place;
  graph::LocalNode node = graph::kNoNode;
  const slang::syntax::DataTypeSyntax* type = nullptr;
  const slang::syntax::SyntaxList<slang::syntax::VariableDimensionSyntax>* unpacked = nullptr;
  const slang::syntax::SyntaxNode* value = nullptr;  // default or initial value
};

// An import whose package may be declared further on. Empty `item`: everything.
struct PendingImport {
  ScopeId scope = kFileScope;
  std::string_view package;
  std::string_view item;
};

// A class and what it extends.
struct PendingBase {
  Place place;  // around the class
  graph::LocalNode node = graph::kNoNode;
  const slang::syntax::NameSyntax* base = nullptr;
};

// Syntax whose behaviour is still to be extracted into `node`.
struct PendingBody {
  Place place;
  graph::LocalNode node = graph::kNoNode;
  const slang::syntax::SyntaxNode* syntax = nullptr;
  const slang::syntax::SyntaxNode* detail = nullptr;  // what else the handler of that kind of syntax needs
  bool more = false;                                  // adds to what another body of the node says already
};

// The insides of the parentheses of a definition's head; empty: none.
struct HeadLists {
  graph::LocalNode node = graph::kNoNode;
  Bytes parameters;
  Bytes ports;
};

// What an inactive arm holds among the statements of a procedure. `A: x = 0;` can be a labelled statement as well as an
// item of a case: which it is depends on what is around it.
struct StatementArm {
  Bytes bytes;
  uint32_t group_begin = 0;                                                              // of the `ifdef word
  const slang::syntax::SyntaxList<slang::syntax::SyntaxNode>* items = nullptr;           // null: none
  const slang::syntax::SyntaxList<slang::syntax::CaseItemSyntax>* case_items = nullptr;  // likewise
};

// Everything said of a new element. Texts are copied.
struct NewElement {
  graph::NodeKind kind = graph::NodeKind::kSignal;
  Place in;
  slang::parsing::Token name = {};        // none: anonymous
  std::string_view anonymous_token = {};  // what an anonymous name starts with; default: the kind's name
  Bytes bytes = {};
  graph::PortDirection direction = graph::PortDirection::kNone;
  std::string_view type = {};
  std::string_view width = {};
  std::string_view value = {};
};

class HdlContext {
 public:
  HdlContext(const slang::SourceManager& manager, const HdlSource& file, const LineIndex& lines,
             const Comments& file_comments, graph::ShardBuilder& shard);

  graph::ShardBuilder& builder;
  HdlText source;
  const Comments& comments;
  Conditions conditions;
  SymbolTable symbols;
  std::vector<PendingImport> pending_imports;
  std::vector<PendingBase> pending_bases;
  std::vector<PendingType> pending_types;
  std::vector<PendingBody> pending_bodies;
  slang::flat_hash_map<graph::LocalNode, std::vector<graph::LocalNode>> formals;  // ports of functions and tasks
  // Definitions under `default_nettype none.
  slang::flat_hash_set<const slang::syntax::SyntaxNode*> without_implicit_nets;

  std::vector<graph::LocalNode> macros;      // in order of definition
  std::vector<HeadEnd> heads;                // of definitions, packages and classes, ascending by node
  std::vector<HeadLists> lists;              // of definitions, ascending by node
  std::vector<StatementArm> statement_arms;  // ascending by begin

  // Adds a node with its doc comment and `ifdef condition. Its views must live during the call.
  graph::LocalNode AddNode(graph::Node node);
  // Adds an element, naming an anonymous one. The name is not declared.
  graph::LocalNode AddElement(const NewElement& element);
  // The same, and declares its name in the place's scope.
  graph::LocalNode Declare(const NewElement& element);
  // Gives a node a scope of its own below `in` and returns the place inside.
  Place Open(graph::LocalNode node, const Place& in);
  Shape& ShapeOf(graph::LocalNode node) { return shapes_[node]; }

  // The text as written, kept as long as the builder.
  std::string_view Text(const slang::syntax::SyntaxNode& node, size_t limit_bytes = HdlText::kNoLimit) {
    return builder.Intern(source.Written(node, limit_bytes));
  }
  std::string_view Text(const slang::syntax::SyntaxNode* node, size_t limit_bytes = HdlText::kNoLimit) {
    return node == nullptr ? std::string_view() : Text(*node, limit_bytes);
  }

  void AddEdge(graph::EdgeKind kind, graph::LocalNode from, graph::LocalNode to,
               const graph::EdgeAttributes& attributes = {}) {
    builder.AddEdge({kind, from, to, attributes});
  }
  // Adds the reference unless an equal one (operands, texts and ranges aside) was added before.
  void AddReference(const graph::Reference& reference);
  // A note that something was left out, at the element.
  void NoteLimit(graph::LocalNode node, std::string_view message);

 private:
  struct AnonymousKey {
    graph::LocalNode parent;
    std::string_view token;
    friend bool operator==(const AnonymousKey&, const AnonymousKey&) = default;
  };
  struct AnonymousHash {
    size_t operator()(const AnonymousKey& key) const { return base::Hash64(key.token, key.parent); }
  };
  struct ReferenceKey {
    uint32_t kinds;
    graph::LocalNode from;
    graph::LocalNode statement;
    std::string_view name;
    std::string_view scope;
    friend bool operator==(const ReferenceKey&, const ReferenceKey&) = default;
  };
  struct ReferenceHash {
    size_t operator()(const ReferenceKey& key) const {
      return base::Hash64(key.name, key.kinds ^ uint64_t{key.from} << 32 ^ uint64_t{key.statement} << 8);
    }
  };

  std::vector<Shape> shapes_;  // by node
  slang::flat_hash_set<ReferenceKey, ReferenceHash> references_;
  slang::flat_hash_map<AnonymousKey, uint32_t, AnonymousHash> anonymous_counts_;
};

// A name token's text as it is looked up: an escaped identifier without its backslash.
inline std::string_view NameOf(const slang::parsing::Token& token) { return token.valueText(); }

}  // namespace fanin::indexer
