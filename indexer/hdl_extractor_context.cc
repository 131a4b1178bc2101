#include "indexer/hdl_extractor_context.h"

#include <charconv>
#include <string>

namespace fanin::indexer {

using graph::LocalNode;
using graph::Node;
using graph::NodeKind;

namespace {

// Elements of one line are documented beside it, larger ones only above.
bool TakesTrailingDoc(NodeKind kind) {
  switch (kind) {
    case NodeKind::kPort:
    case NodeKind::kParameter:
    case NodeKind::kSignal:
    case NodeKind::kTypedef:
    case NodeKind::kEnumMember:
    case NodeKind::kStructField: return true;
    default: return false;
  }
}

}  // namespace

HdlContext::HdlContext(const slang::SourceManager& manager, const HdlSource& file, const LineIndex& lines,
                       const Comments& file_comments, graph::ShardBuilder& shard)
    : builder(shard),
      source(manager, file.buffer, file.text, lines),
      comments(file_comments),
      conditions(file.text, file_comments.backtick_words()) {
  const std::string doc = comments.HeaderDoc();
  Node node;
  node.kind = NodeKind::kFile;
  node.name = file.path;
  node.span = lines.SpanOf(0, static_cast<uint32_t>(file.text.size()));
  node.name_span = node.span;
  node.doc = doc;
  builder.AddNode(node);
  shapes_.emplace_back().scope = kFileScope;
}

LocalNode HdlContext::AddNode(Node node) {
  node.condition = conditions.At(node.span.begin_byte);
  std::string doc;
  if (node.kind != NodeKind::kStatement) {  // comments within a block stay in its text
    doc = comments.DocOf(node.span, TakesTrailingDoc(node.kind));
    node.doc = doc;
  }
  shapes_.emplace_back();
  return builder.AddNode(node);
}

LocalNode HdlContext::AddElement(const NewElement& element) {
  Node node;
  node.kind = element.kind;
  node.direction = element.direction;
  node.parent = element.in.node;
  node.span = source.SpanOf(element.bytes);
  node.type = element.type;
  node.width = element.width;
  node.value = element.value;
  std::string anonymous;
  if (NameOf(element.name).empty()) {
    const std::string_view token =
        element.anonymous_token.empty() ? graph::NodeKindName(element.kind) : element.anonymous_token;
    char digits[16];
    const auto number = std::to_chars(digits, digits + sizeof digits, anonymous_counts_[{node.parent, token}]++);
    anonymous.reserve(token.size() + 1 + sizeof digits);
    anonymous.append(token).append("#").append(digits, number.ptr);
    node.name = anonymous;
    node.anonymous = true;
    node.name_span = node.span;
  } else {
    node.name = NameOf(element.name);
    node.name_span = source.SpanOf(source.PlaceOf(element.name));
  }
  return AddNode(node);
}

LocalNode HdlContext::Declare(const NewElement& element) {
  const LocalNode node = AddElement(element);
  symbols.Declare(element.in.scope, NameOf(element.name), {.node = node});
  return node;
}

Place HdlContext::Open(LocalNode node, const Place& in) {
  const ScopeId scope = symbols.AddScope(in.scope, node);
  ShapeOf(node).scope = scope;
  return {.scope = scope, .node = node};
}

void HdlContext::AddReference(const graph::Reference& reference) {
  // The views in the key live as long as the syntax tree or the builder.
  const uint32_t kinds = static_cast<uint32_t>(reference.kind) | static_cast<uint32_t>(reference.look_up) << 8 |
                         static_cast<uint32_t>(reference.attributes.role) << 16 |
                         (reference.far_is_source ? 1U << 24 : 0U);
  if (references_.insert({kinds, reference.from, reference.attributes.statement, reference.name, reference.scope})
          .second) {
    builder.AddReference(reference);
  }
}

void HdlContext::NoteLimit(LocalNode node, std::string_view message) {
  builder.AddDiagnostic({graph::Severity::kNote, builder.node(node).span.begin_line, message});
}

}  // namespace fanin::indexer
