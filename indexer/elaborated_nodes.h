// From slang's elaborated symbols and source locations to the nodes of tier 1.
//
// A location counts where tier 1 puts it (hdl_extractor_source.h): what a macro makes stands where the macro is used,
// its argument where it is written. A symbol is the node whose name stands there; a statement the innermost one there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/schema.h"
#include "graph/snapshot.h"
#include "indexer/macro_order.h"
#include "slang/ast/Symbol.h"
#include "slang/syntax/SyntaxNode.h"
#include "slang/text/SourceManager.h"

namespace fanin::indexer {

// Where something stands in the indexed text.
struct TextPlace {
  graph::FileRef file = 0;
  uint32_t byte = 0;

  friend auto operator<=>(const TextPlace&, const TextPlace&) = default;
};

// Keeps references to all that it is made of. Not thread-safe (it caches).
class ElaboratedNodes {
 public:
  using FilesByName = std::unordered_map<std::string, graph::FileRef>;  // by the name of slang's buffers

  ElaboratedNodes(const graph::Snapshot& snapshot, const slang::SourceManager& sources, const FilesByName& files);

  // nullopt: in no indexed file.
  std::optional<TextPlace> PlaceOf(slang::SourceLocation location);
  // The text of a range that lies in one file, blanks joined; empty: it does not.
  std::string TextOf(slang::SourceRange range);

  // To be called with every compiled file, so that what macros make can be told apart.
  void AddSyntax(const slang::syntax::SyntaxNode& root);

  // Zero: there is no such node.
  graph::NodeId NodeOf(const slang::ast::Symbol& symbol);
  // The node whose name stands at a location.
  graph::NodeId Named(slang::SourceLocation location, std::string_view name);
  // The generate block at a location: that of its `begin`, or of the construct around it.
  graph::NodeId BlockAt(slang::SourceLocation location, std::string_view name);
  // What is looked for at a place. Several nodes stand at one place when a macro made them: then the hints choose.
  struct Wanted {
    enum class Kind : uint8_t {
      kAny,         // the innermost
      kAssignment,  // an assignment, call, return or continuous assignment
      kCondition,   // a statement with a body, or whatever else tests something
      kBlock,       // a procedure or continuous assignment
    };
    Kind kind = Kind::kAny;
    const slang::syntax::SyntaxNode* syntax = nullptr;  // within what is looked for; null: not known
    graph::NodeId target = {};                          // what it assigns; zero: not known
    std::string_view generate = {};                     // name of the generate block around it; empty: not known
  };
  // The block, statement or instance at a location: the smallest of the wanted kind, or if there is none the smallest.
  graph::NodeId StatementAt(slang::SourceLocation location, const Wanted& wanted);
  // The definition, package or class around a place; kNoNode when it is in none.
  struct Unit {
    graph::FileRef file = 0;
    graph::LocalNode local = graph::kNoNode;
  };
  std::optional<Unit> UnitAt(const TextPlace& place);
  const graph::Node& NodeAt(const Unit& unit);
  graph::NodeId IdOf(const Unit& unit) { return IdOf(*Load(unit.file), unit.local); }
  uint32_t LineOf(const TextPlace& place);

  // The guard that tier 1 tells of a statement's assignments.
  std::string GuardOf(const graph::NodeId& statement);
  // Whether a statement is a loop.
  bool IsLoop(const graph::NodeId& statement);
  std::string_view PathOf(graph::FileRef file) const;
  // The error that ended a look-up, if any: a shard that could not be read.
  const base::Status& status() const { return status_; }

 private:
  struct File {
    uint64_t key = 0;
    std::shared_ptr<const graph::Shard> shard;
    std::unordered_multimap<uint32_t, graph::LocalNode> by_name_begin;
    std::vector<uint32_t> line_begins;
    struct Child {
      uint32_t begin = 0;
      uint32_t furthest_end = 0;  // of it and of those before it
      graph::LocalNode node = graph::kNoNode;
    };
    std::unordered_map<graph::LocalNode, std::vector<Child>> children;  // by begin, of nodes that have many
    std::map<std::pair<graph::LocalNode, std::string_view>, graph::LocalNode> signals;  // by parent; filled when needed
  };

  std::optional<graph::FileRef> FileOf(slang::BufferID buffer);
  File* Load(graph::FileRef file);
  graph::NodeId IdOf(const File& file, graph::LocalNode node) const {
    return {file.key, file.shard->nodes()[node].local_id};
  }
  const graph::Node* Find(const graph::NodeId& id);
  // Appends those children of a node that hold a place, in their order. Cost: about logarithmic.
  void AppendChildrenAt(File& file, graph::LocalNode node, uint32_t byte, std::vector<graph::LocalNode>& out) const;
  graph::NodeId FindNamed(const TextPlace& place, std::string_view name);
  bool Assigns(const File& file, graph::LocalNode statement, const graph::NodeId& target) const;
  bool IsWithin(const File& file, graph::LocalNode node, std::string_view generate) const;

  MacroOrder order_;
  const graph::Snapshot& snapshot_;
  const slang::SourceManager& sources_;
  const FilesByName& files_by_name_;
  std::unordered_map<uint32_t, std::optional<graph::FileRef>> file_of_buffer_;
  std::unordered_map<graph::FileRef, File> files_;
  std::unordered_map<uint64_t, graph::FileRef> file_of_key_;
  std::unordered_map<const slang::ast::Symbol*, graph::NodeId> node_of_symbol_;
  base::Status status_;
};

}  // namespace fanin::indexer
