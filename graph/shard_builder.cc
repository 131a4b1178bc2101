#include <algorithm>
#include <tuple>

#include "base/coding.h"
#include "base/error.h"
#include "base/sort_by_prefix.h"
#include "graph/sealed.h"
#include "graph/shard.h"
#include "graph/shard_codec.h"

namespace fanin::graph {
namespace {

using base::ByteWriter;

auto RangeKey(const BitRange& range) { return std::tuple(range.msb, range.lsb); }

auto EdgeKey(const LocalEdge& edge) {
  const EdgeAttributes& a = edge.attributes;
  return std::tuple(edge.from, edge.kind, edge.to, a.role, a.assignment, a.statement, RangeKey(a.from_range),
                    RangeKey(a.to_range), a.guard, a.text);
}

// The head of EdgeKey.
uint64_t EdgePrefix(const LocalEdge& edge) {
  constexpr uint32_t kMaxTo = (1U << 24) - 1;
  return uint64_t{edge.from} << 32 | uint64_t{static_cast<uint8_t>(edge.kind)} << 24 | std::min(edge.to, kMaxTo);
}

void WriteSpan(ByteWriter& out, const Span& span, const Span& origin) {
  out.SignedVarint(int64_t{span.begin_byte} - origin.begin_byte);
  out.Varint(span.end_byte - span.begin_byte);
  out.SignedVarint(int64_t{span.begin_line} - origin.begin_line);
  out.Varint(span.end_line - span.begin_line);
}

void WriteRange(ByteWriter& out, const BitRange& range) {
  if (!range.known()) return;
  out.SignedVarint(range.msb);
  out.SignedVarint(range.lsb);
}

// Columns of `items`: each writes one field of every item.
template <typename Items, typename Write>
void Column(const Items& items, Write write) {
  for (const auto& item : items) write(item);
}

template <typename Items, typename SpanOf>
void WriteSpans(ByteWriter& out, const Items& items, SpanOf span_of) {
  Span last;
  Column(items, [&](const auto& item) {
    out.SignedVarint(int64_t{span_of(item).begin_byte} - last.begin_byte);
    last = span_of(item);
  });
  Column(items, [&](const auto& item) { out.Varint(span_of(item).end_byte - span_of(item).begin_byte); });
  last = Span{};
  Column(items, [&](const auto& item) {
    out.SignedVarint(int64_t{span_of(item).begin_line} - last.begin_line);
    last = span_of(item);
  });
  Column(items, [&](const auto& item) { out.Varint(span_of(item).end_line - span_of(item).begin_line); });
}

// A span never ends before it begins.
Span Normal(Span span) {
  span.end_byte = std::max(span.end_byte, span.begin_byte);
  span.end_line = std::max(span.end_line, span.begin_line);
  return span;
}

// The texts of a shard, numbered by first use. All are interned: equal texts stand at one place.
class TextTable {
 public:
  uint64_t IndexOf(std::string_view text) {
    if (text.empty()) return 0;
    auto [entry, added] = indexes_.try_emplace(text.data(), texts_.size() + 1);
    if (added) texts_.push_back(text);
    return entry->second;
  }
  void Write(ByteWriter& out) const {
    out.Varint(texts_.size());
    for (std::string_view text : texts_) out.Varint(text.size());
    for (std::string_view text : texts_) out.Raw(text);
  }

 private:
  std::unordered_map<const char*, uint64_t> indexes_;
  std::vector<std::string_view> texts_;
};

template <typename Items, typename AttributesOf>
void WriteAttributes(ByteWriter& out, TextTable& texts, const Items& items, AttributesOf attributes_of) {
  using namespace shard_codec;
  Column(items, [&](const auto& item) {
    const EdgeAttributes& a = attributes_of(item);
    out.Fixed8(static_cast<uint8_t>(static_cast<int>(a.role) | static_cast<int>(a.assignment) << kAssignmentShift |
                                    (a.from_range.known() ? kFromRange : 0) | (a.to_range.known() ? kToRange : 0)));
  });
  Column(items, [&](const auto& item) {
    const LocalNode statement = attributes_of(item).statement;
    out.Varint(statement == kNoNode ? 0 : uint64_t{statement} + 1);
  });
  Column(items, [&](const auto& item) { out.Varint(texts.IndexOf(attributes_of(item).guard)); });
  Column(items, [&](const auto& item) { out.Varint(texts.IndexOf(attributes_of(item).text)); });
  Column(items, [&](const auto& item) {
    WriteRange(out, attributes_of(item).from_range);
    WriteRange(out, attributes_of(item).to_range);
  });
}

void WriteNodes(ByteWriter& out, TextTable& texts, const std::vector<Node>& nodes) {
  using namespace shard_codec;
  auto is_named_apart = [](const Node& node) { return node.name_span != node.span; };
  out.Varint(nodes.size());
  Column(nodes, [&](const Node& node) { out.Fixed8(static_cast<uint8_t>(node.kind)); });
  Column(nodes, [&](const Node& node) {
    out.Fixed8(static_cast<uint8_t>(static_cast<int>(node.direction) | (node.anonymous ? kAnonymous : 0) |
                                    (is_named_apart(node) ? 0 : kNameSpanIsSpan)));
  });
  for (size_t i = 1; i < nodes.size(); ++i) out.Varint(i - nodes[i].parent);
  Column(nodes, [&](const Node& node) { out.Varint(node.ordinal); });
  WriteSpans(out, nodes, [](const Node& node) -> const Span& { return node.span; });
  Column(nodes, [&](const Node& node) {
    if (is_named_apart(node)) WriteSpan(out, node.name_span, node.span);
  });
  for (std::string_view Node::*field :
       {&Node::name, &Node::doc, &Node::type, &Node::width, &Node::value, &Node::condition}) {
    Column(nodes, [&](const Node& node) { out.Varint(texts.IndexOf(node.*field)); });
  }
}

void WriteEdges(ByteWriter& out, TextTable& texts, const std::vector<LocalEdge>& edges) {
  out.Varint(edges.size());
  Column(edges, [&](const LocalEdge& edge) { out.Fixed8(static_cast<uint8_t>(edge.kind)); });
  LocalNode last = 0;
  Column(edges, [&](const LocalEdge& edge) {
    out.Varint(edge.from - last);
    last = edge.from;
  });
  Column(edges, [&](const LocalEdge& edge) { out.SignedVarint(int64_t{edge.to} - edge.from); });
  WriteAttributes(out, texts, edges, [](const LocalEdge& edge) -> const EdgeAttributes& { return edge.attributes; });
}

void WriteReferences(ByteWriter& out, TextTable& texts, const std::vector<Reference>& references) {
  using namespace shard_codec;
  out.Varint(references.size());
  Column(references, [&](const Reference& r) { out.Fixed8(static_cast<uint8_t>(r.kind)); });
  Column(references, [&](const Reference& r) {
    out.Fixed8(static_cast<uint8_t>(static_cast<int>(r.look_up) | (r.far_is_source ? kFarIsSource : 0)));
  });
  Column(references, [&](const Reference& r) { out.Varint(r.from); });
  Column(references, [&](const Reference& r) { out.Varint(texts.IndexOf(r.name)); });
  Column(references, [&](const Reference& r) { out.Varint(texts.IndexOf(r.scope)); });
  WriteSpans(out, references, [](const Reference& r) -> const Span& { return r.span; });
  WriteAttributes(out, texts, references, [](const Reference& r) -> const EdgeAttributes& { return r.attributes; });
  Column(references, [&](const Reference& r) { out.Varint(r.operands.size()); });
  auto operand_column = [&](auto write) { Column(references, [&](const Reference& r) { Column(r.operands, write); }); };
  operand_column([&](const Operand& operand) { out.Varint(operand.node); });
  operand_column([&](const Operand& operand) {
    out.Fixed8(static_cast<uint8_t>(static_cast<int>(operand.role) | (operand.range.known() ? kFromRange : 0)));
  });
  operand_column([&](const Operand& operand) { WriteRange(out, operand.range); });
}

}  // namespace

ShardBuilder::ShardBuilder() = default;

std::string_view ShardBuilder::Intern(std::string_view text) {
  if (text.empty()) return {};
  auto found = strings_.find(text);
  return found != strings_.end() ? *found : *strings_.emplace(text).first;
}

LocalNode ShardBuilder::AddNode(const Node& node) {
  const size_t index = nodes_.size();
  FANIN_CHECK(index < kNoNode);
  FANIN_CHECK(index == 0 ? node.parent == kNoNode : node.parent < index);
  Node& stored = nodes_.emplace_back(node);
  for (std::string_view Node::*field :
       {&Node::name, &Node::doc, &Node::type, &Node::width, &Node::value, &Node::condition}) {
    stored.*field = Intern(node.*field);
  }
  stored.ordinal = ordinals_[{node.parent, node.kind, stored.name.data()}]++;
  return static_cast<LocalNode>(index);
}

void ShardBuilder::SetSpan(LocalNode node, const Span& span) {
  FANIN_CHECK(node < nodes_.size());
  nodes_[node].span = span;
}

Node& ShardBuilder::MutableNode(LocalNode node) {
  FANIN_CHECK(node < nodes_.size());
  return nodes_[node];
}

EdgeAttributes ShardBuilder::InternAttributes(EdgeAttributes attributes) {
  FANIN_CHECK(attributes.statement == kNoNode || attributes.statement < nodes_.size());
  attributes.guard = Intern(attributes.guard);
  attributes.text = Intern(attributes.text);
  return attributes;
}

void ShardBuilder::AddEdge(const LocalEdge& edge) {
  FANIN_CHECK(edge.kind != EdgeKind::kContains);
  FANIN_CHECK(edge.from < nodes_.size() && edge.to < nodes_.size());
  edges_.push_back({edge.kind, edge.from, edge.to, InternAttributes(edge.attributes)});
}

void ShardBuilder::AddReference(const Reference& reference) {
  FANIN_CHECK(reference.from < nodes_.size());
  StoredReference& stored = references_.emplace_back();
  stored.reference = reference;
  stored.reference.name = Intern(reference.name);
  stored.reference.scope = Intern(reference.scope);
  stored.reference.attributes = InternAttributes(reference.attributes);
  stored.reference.operands = {};
  stored.operands.assign(reference.operands.begin(), reference.operands.end());
  for (const Operand& operand : stored.operands) FANIN_CHECK(operand.node < nodes_.size());
}

void ShardBuilder::AddChunk(const Chunk& chunk) {
  const LocalNode node = chunk.node == kNoNode ? 0 : chunk.node;
  FANIN_CHECK(node < nodes_.size());
  chunks_.push_back({chunk.kind, node, Normal(chunk.span)});
}

void ShardBuilder::AddDiagnostic(const Diagnostic& diagnostic) {
  diagnostics_.push_back({diagnostic.severity, diagnostic.line, Intern(diagnostic.message)});
}

std::string ShardBuilder::Build() && {
  using namespace shard_codec;
  FANIN_CHECK(!nodes_.empty());
  for (Node& node : nodes_) {
    node.span = Normal(node.span);
    node.name_span = Normal(node.name_span);
  }
  std::vector<Reference> references;
  references.reserve(references_.size());
  for (const StoredReference& stored : references_) {
    Reference& reference = references.emplace_back(stored.reference);
    reference.span = Normal(reference.span);
    reference.operands = stored.operands;
  }
  base::SortByPrefix(edges_, EdgePrefix,
                     [](const LocalEdge& a, const LocalEdge& b) { return EdgeKey(a) <=> EdgeKey(b); });
  auto repeated = std::ranges::unique(edges_, {}, EdgeKey);
  edges_.erase(repeated.begin(), repeated.end());

  TextTable texts;
  ByteWriter body;
  WriteNodes(body, texts, nodes_);
  WriteEdges(body, texts, edges_);
  WriteReferences(body, texts, references);
  body.Varint(chunks_.size());
  Column(chunks_, [&](const Chunk& chunk) { body.Fixed8(static_cast<uint8_t>(chunk.kind)); });
  Column(chunks_, [&](const Chunk& chunk) { body.Varint(chunk.node); });
  WriteSpans(body, chunks_, [](const Chunk& chunk) -> const Span& { return chunk.span; });
  body.Varint(diagnostics_.size());
  Column(diagnostics_, [&](const Diagnostic& note) { body.Fixed8(static_cast<uint8_t>(note.severity)); });
  Column(diagnostics_, [&](const Diagnostic& note) { body.Varint(note.line); });
  Column(diagnostics_, [&](const Diagnostic& note) { body.Varint(texts.IndexOf(note.message)); });
  body.Varint(texts.IndexOf(license_));
  body.Varint(line_count_);

  ByteWriter sealed;
  texts.Write(sealed);
  sealed.Raw(body.bytes());
  return Seal(kMagic, kVersion, sealed.bytes());
}

}  // namespace fanin::graph
