// What ExtractHdl says of a text, in short strings that tests compare.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/shard.h"
#include "indexer/parser.h"

namespace fanin::indexer {

// The shard of one text, whose macros beyond its own come from `header`.
class Extraction {
 public:
  explicit Extraction(std::string text, std::string header = "", const std::string& path = "t.sv")
      : text_(std::move(text)) {
    std::vector<RepositoryMacros::File> files;
    files.push_back({path, std::make_shared<const TextScan>(ScanText(text_, 1000)), {}});
    files.push_back({"header.svh", std::make_shared<const TextScan>(ScanText(header, 1000)), {}});
    const RepositoryMacros macros(std::move(files), {});
    const TextScan& scan = *macros.files()[0].scan;
    auto bytes = BuildHdlShard({path, text_, LanguageOf(path), scan, macros.Resolve(path, scan)});
    if (!bytes) {
      ADD_FAILURE() << bytes.error();
      bytes = EmptyShard();
    }
    shard_ = graph::Shard::Decode(*std::move(bytes)).value();
  }

  // A file of tests/corpora.
  static Extraction OfFile(const std::string& name, std::string header = "") {
    const std::string path = std::string(FANIN_SOURCE_DIR) + "/tests/corpora/" + name;
    std::ifstream file(path);
    if (!file) ADD_FAILURE() << "cannot open " << path;
    std::stringstream text;
    text << file.rdbuf();
    return Extraction(text.str(), std::move(header), name);
  }

  const graph::Shard& shard() const { return *shard_; }
  const std::string& text() const { return text_; }

  // The path of a node without its first component, where that is the module "m".
  std::string Name(graph::LocalNode node) const {
    std::string path = shard_->Path(node);
    return path.starts_with("m.") ? path.substr(2) : path;
  }
  // The node of such a name; a failure when there is none.
  graph::LocalNode Find(std::string_view name) const {
    for (graph::LocalNode node = 1; node < shard_->nodes().size(); ++node) {
      if (Name(node) == name) return node;
    }
    ADD_FAILURE() << "no node " << name;
    return 0;
  }
  const graph::Node& Node(std::string_view name) const { return shard_->nodes()[Find(name)]; }
  // The text that a node stands in.
  std::string_view TextOf(std::string_view name) const {
    const graph::Span& span = Node(name).span;
    return std::string_view(text_).substr(span.begin_byte, span.end_byte - span.begin_byte);
  }

  // Names of all nodes of a kind, in order of position.
  std::vector<std::string> Names(graph::NodeKind kind) const {
    std::vector<std::string> names;
    for (graph::LocalNode node = 0; node < shard_->nodes().size(); ++node) {
      if (shard_->nodes()[node].kind == kind) names.push_back(Name(node));
    }
    return names;
  }

  // "from -> to", then what applies of: " control", " [7:4]->[3:0]", " if en", " 'text'".
  std::vector<std::string> Edges(graph::EdgeKind kind) const {
    std::vector<std::string> edges;
    for (const graph::LocalEdge& edge : shard_->edges()) {
      if (edge.kind == kind) edges.push_back(Name(edge.from) + " -> " + Name(edge.to) + Say(edge.attributes));
    }
    return edges;
  }
  std::vector<std::string> Flows() const { return Edges(graph::EdgeKind::kFlows); }
  // Flows into one signal.
  std::vector<std::string> FlowsTo(std::string_view name) const {
    std::vector<std::string> flows;
    const graph::LocalNode to = Find(name);
    for (const graph::LocalEdge& edge : shard_->edges()) {
      if (edge.kind == graph::EdgeKind::kFlows && edge.to == to)
        flows.push_back(Name(edge.from) + Say(edge.attributes));
    }
    return flows;
  }

  // "near -> scope::name", or "near <- name" where the named thing is the source; then as Edges.
  std::vector<std::string> References(graph::EdgeKind kind) const {
    std::vector<std::string> references;
    for (const graph::Reference& reference : shard_->references()) {
      if (reference.kind != kind) continue;
      std::string text = Name(reference.from) + (reference.far_is_source ? " <- " : " -> ");
      if (!reference.scope.empty()) text.append(reference.scope).append("::");
      text.append(reference.name);
      text += Say(reference.attributes);
      for (const graph::Operand& operand : reference.operands) {
        text += " (" + Name(operand.node) + Say(operand.range) + Say(operand.role) + ")";
      }
      references.push_back(text);
    }
    return references;
  }

  // "kind first-last node" of all chunks.
  std::vector<std::string> Chunks() const {
    std::vector<std::string> chunks;
    for (const graph::Chunk& chunk : shard_->chunks()) {
      chunks.push_back(std::string(graph::ChunkKindName(chunk.kind)) + " " + std::to_string(chunk.span.begin_line) +
                       "-" + std::to_string(chunk.span.end_line) + " " + (chunk.node == 0 ? "file" : Name(chunk.node)));
    }
    return chunks;
  }

 private:
  static std::string EmptyShard() {
    graph::ShardBuilder builder;
    builder.AddNode({});
    return std::move(builder).Build();
  }
  static std::string Say(const graph::BitRange& range) {
    if (!range.known()) return "";
    return "[" + std::to_string(range.msb) + ":" + std::to_string(range.lsb) + "]";
  }
  static std::string Say(graph::Role role) {
    return role == graph::Role::kData ? "" : " " + std::string(graph::RoleName(role));
  }
  static std::string Say(const graph::EdgeAttributes& attributes) {
    std::string text = Say(attributes.role);
    if (attributes.from_range.known() || attributes.to_range.known()) {
      text += " " + Say(attributes.from_range) + "->" + Say(attributes.to_range);
    }
    if (!attributes.guard.empty()) text.append(" if ").append(attributes.guard);
    if (!attributes.text.empty()) text.append(" '").append(attributes.text).append("'");
    return text;
  }

  std::string text_;
  std::shared_ptr<const graph::Shard> shard_;
};

}  // namespace fanin::indexer
