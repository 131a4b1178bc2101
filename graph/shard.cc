#include "graph/shard.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/coding.h"
#include "graph/sealed.h"
#include "graph/shard_codec.h"

namespace fanin::graph {
namespace {

using base::ByteReader;

constexpr std::array<std::string_view, kChunkKindCount> kChunkKindNames = {
    "module_header",  "block",  "assigns",  "instance",   "function", "types",    "declarations", "class",
    "package_header", "macros", "document", "assertions", "generate", "register", "other"};

// The least bytes that one item takes: what a damaged count is bounded by.
constexpr size_t kMinSpanBytes = 4;
constexpr size_t kMinAttributeBytes = 4;
constexpr size_t kMinNodeBytes = 3 + kMinSpanBytes + 6;
constexpr size_t kMinEdgeBytes = 3 + kMinAttributeBytes;
constexpr size_t kMinReferenceBytes = 6 + kMinSpanBytes + kMinAttributeBytes;
constexpr size_t kMinOperandBytes = 2;
constexpr size_t kMinChunkBytes = 2 + kMinSpanBytes;
constexpr size_t kMinDiagnosticBytes = 3;

}  // namespace

std::string_view ChunkKindName(ChunkKind kind) { return kChunkKindNames[static_cast<size_t>(kind)]; }

// Reads the body of a shard into its columns. The first violation makes the reader bad for good; loops then run on over
// zeros, bounded by the counts read before, and Parse reports it at the end.
class Shard::Parser {
 public:
  Parser(Shard& shard, std::string_view body) : shard_(shard), in_(body) {}

  bool Parse() {
    ReadTexts();
    ReadNodes();
    if (!in_.ok() || shard_.nodes_.empty()) return false;
    ReadEdges();
    ReadReferences();
    ReadChunks();
    ReadDiagnostics();
    shard_.license_ = Text();
    shard_.line_count_ = in_.Varint32();
    return in_.ok() && in_.AtEnd();
  }

 private:
  std::string_view Text() {
    const uint32_t index = in_.Varint32();
    if (index < texts_.size()) return texts_[index];
    in_.MarkBad();
    return {};
  }
  LocalNode NodeIndex() {
    const uint32_t index = in_.Varint32();
    if (index < shard_.nodes_.size()) return index;
    in_.MarkBad();
    return 0;
  }
  template <typename Enum>
  Enum Enumerator(int value, int count) {
    if (value < count) return static_cast<Enum>(value);
    in_.MarkBad();
    return Enum{};
  }
  // base + a signed varint; outside [0, 2^32) is damage.
  uint32_t Relative(uint32_t base) {
    const int64_t delta = in_.SignedVarint();
    if (delta >= -int64_t{base} && delta <= int64_t{UINT32_MAX} - base) return static_cast<uint32_t>(base + delta);
    in_.MarkBad();
    return 0;
  }
  uint32_t Above(uint32_t base) {
    const uint64_t sum = uint64_t{base} + in_.Varint32();
    if (sum <= UINT32_MAX) return static_cast<uint32_t>(sum);
    in_.MarkBad();
    return 0;
  }
  int32_t Bit() {
    const int64_t bit = in_.SignedVarint();
    if (bit >= INT32_MIN && bit <= INT32_MAX) return static_cast<int32_t>(bit);
    in_.MarkBad();
    return 0;
  }
  BitRange Range() {
    BitRange range;
    range.msb = Bit();
    range.lsb = Bit();
    return range;
  }

  template <typename Items, typename SpanOf>
  void ReadSpans(Items& items, SpanOf span_of) {
    uint32_t last = 0;
    for (auto& item : items) last = span_of(item).begin_byte = Relative(last);
    for (auto& item : items) span_of(item).end_byte = Above(span_of(item).begin_byte);
    last = 0;
    for (auto& item : items) last = span_of(item).begin_line = Relative(last);
    for (auto& item : items) span_of(item).end_line = Above(span_of(item).begin_line);
  }

  template <typename Items>
  void ReadAttributes(Items& items) {
    using namespace shard_codec;
    const std::string_view flags = in_.Raw(items.size());
    if (!in_.ok()) return;
    for (size_t i = 0; i < items.size(); ++i) {
      EdgeAttributes& a = items[i].attributes;
      const auto bits = static_cast<uint8_t>(flags[i]);
      a.role = Enumerator<Role>(bits & kRoleMask, kRoleCount);
      a.assignment = Enumerator<Assignment>(bits >> kAssignmentShift & kAssignmentMask, kAssignmentCount);
    }
    for (auto& item : items) {
      const uint32_t statement = in_.Varint32();
      if (statement > shard_.nodes_.size()) in_.MarkBad();
      item.attributes.statement = statement - 1;  // 0 becomes kNoNode
    }
    for (auto& item : items) item.attributes.guard = Text();
    for (auto& item : items) item.attributes.text = Text();
    for (size_t i = 0; i < items.size(); ++i) {
      const auto bits = static_cast<uint8_t>(flags[i]);
      if (bits & kFromRange) items[i].attributes.from_range = Range();
      if (bits & kToRange) items[i].attributes.to_range = Range();
    }
  }

  void ReadTexts() {
    const size_t count = in_.Count();
    std::vector<uint32_t> sizes(count);
    for (uint32_t& size : sizes) size = in_.Varint32();
    texts_.reserve(count + 1);
    texts_.emplace_back();
    for (uint32_t size : sizes) texts_.push_back(in_.Raw(size));
  }

  void ReadNodes() {
    using namespace shard_codec;
    std::vector<Node>& nodes = shard_.nodes_;
    nodes.resize(in_.Count(kMinNodeBytes));
    for (Node& node : nodes) node.kind = Enumerator<NodeKind>(in_.Fixed8(), kNodeKindCount);
    const std::string_view flags = in_.Raw(nodes.size());
    if (!in_.ok()) return;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const auto bits = static_cast<uint8_t>(flags[i]);
      nodes[i].direction = Enumerator<PortDirection>(bits & kDirectionMask, kPortDirectionCount);
      nodes[i].anonymous = (bits & kAnonymous) != 0;
    }
    for (size_t i = 1; i < nodes.size(); ++i) {
      const uint32_t up = in_.Varint32();
      if (up == 0 || up > i) in_.MarkBad();
      nodes[i].parent = static_cast<LocalNode>(i - up);
    }
    for (Node& node : nodes) node.ordinal = in_.Varint32();
    ReadSpans(nodes, [](Node& node) -> Span& { return node.span; });
    for (size_t i = 0; i < nodes.size(); ++i) {
      const Span& span = nodes[i].span;
      Span& name_span = nodes[i].name_span;
      if (static_cast<uint8_t>(flags[i]) & kNameSpanIsSpan) {
        name_span = span;
        continue;
      }
      name_span.begin_byte = Relative(span.begin_byte);
      name_span.end_byte = Above(name_span.begin_byte);
      name_span.begin_line = Relative(span.begin_line);
      name_span.end_line = Above(name_span.begin_line);
    }
    for (std::string_view Node::*field :
         {&Node::name, &Node::doc, &Node::type, &Node::width, &Node::value, &Node::condition}) {
      for (Node& node : nodes) node.*field = Text();
    }
  }

  void ReadEdges() {
    std::vector<LocalEdge>& edges = shard_.edges_;
    edges.resize(in_.Count(kMinEdgeBytes));
    for (LocalEdge& edge : edges) {
      edge.kind = Enumerator<EdgeKind>(in_.Fixed8(), kEdgeKindCount);
      if (edge.kind == EdgeKind::kContains) in_.MarkBad();
    }
    LocalNode last = 0;
    for (LocalEdge& edge : edges) last = edge.from = Checked(Above(last));
    for (LocalEdge& edge : edges) edge.to = Checked(Relative(edge.from));
    ReadAttributes(edges);
  }

  void ReadReferences() {
    using namespace shard_codec;
    std::vector<Reference>& references = shard_.references_;
    references.resize(in_.Count(kMinReferenceBytes));
    for (Reference& r : references) r.kind = Enumerator<EdgeKind>(in_.Fixed8(), kEdgeKindCount);
    for (Reference& r : references) {
      const uint8_t bits = in_.Fixed8();
      r.look_up = Enumerator<LookUp>(bits & kLookUpMask, kLookUpCount);
      r.far_is_source = (bits & kFarIsSource) != 0;
    }
    for (Reference& r : references) r.from = NodeIndex();
    for (Reference& r : references) r.name = Text();
    for (Reference& r : references) r.scope = Text();
    ReadSpans(references, [](Reference& r) -> Span& { return r.span; });
    ReadAttributes(references);
    ReadOperands(references);
  }

  void ReadOperands(std::vector<Reference>& references) {
    using namespace shard_codec;
    std::vector<size_t> counts(references.size());
    size_t total = 0;
    for (size_t& count : counts) total += count = in_.Varint32();
    if (total > in_.remaining() / kMinOperandBytes) {
      in_.MarkBad();
      return;
    }
    std::vector<Operand>& operands = shard_.operands_;
    operands.resize(total);
    for (Operand& operand : operands) operand.node = NodeIndex();
    const std::string_view flags = in_.Raw(total);
    if (!in_.ok()) return;
    for (size_t i = 0; i < total; ++i) {
      const auto bits = static_cast<uint8_t>(flags[i]);
      operands[i].role = Enumerator<Role>(bits & kRoleMask, kRoleCount);
      if (bits & kFromRange) operands[i].range = Range();
    }
    size_t next = 0;
    for (size_t i = 0; i < references.size(); ++i) {
      references[i].operands = std::span(operands).subspan(next, counts[i]);
      next += counts[i];
    }
  }

  void ReadChunks() {
    std::vector<Chunk>& chunks = shard_.chunks_;
    chunks.resize(in_.Count(kMinChunkBytes));
    for (Chunk& chunk : chunks) chunk.kind = Enumerator<ChunkKind>(in_.Fixed8(), kChunkKindCount);
    for (Chunk& chunk : chunks) chunk.node = NodeIndex();
    ReadSpans(chunks, [](Chunk& chunk) -> Span& { return chunk.span; });
  }

  void ReadDiagnostics() {
    std::vector<Diagnostic>& diagnostics = shard_.diagnostics_;
    diagnostics.resize(in_.Count(kMinDiagnosticBytes));
    for (Diagnostic& note : diagnostics) note.severity = Enumerator<Severity>(in_.Fixed8(), kSeverityCount);
    for (Diagnostic& note : diagnostics) note.line = in_.Varint32();
    for (Diagnostic& note : diagnostics) note.message = Text();
  }

  LocalNode Checked(uint32_t node) {
    if (node < shard_.nodes_.size()) return node;
    in_.MarkBad();
    return 0;
  }

  Shard& shard_;
  ByteReader in_;
  std::vector<std::string_view> texts_;
};

base::Result<std::shared_ptr<const Shard>> Shard::Decode(std::string bytes) {
  using namespace shard_codec;
  std::shared_ptr<Shard> shard(new Shard());
  shard->bytes_ = std::move(bytes);
  FANIN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(shard->bytes_, kMagic, kVersion, "shard"));
  if (!Parser(*shard, body).Parse()) return FailMalformed("shard");
  shard->ChainLocalIds();
  shard->IndexAdjacency();
  return shard;
}

void Shard::ChainLocalIds() {
  for (Node& node : nodes_) {
    const uint64_t above = node.parent == kNoNode ? 0 : nodes_[node.parent].local_id;
    node.local_id = LocalId(above, node.kind, node.name, node.ordinal);
  }
}

template <typename Items, typename EndOf>
void Shard::Adjacency::Fill(size_t node_count, const Items& list, EndOf end_of) {
  begin.assign(node_count + 1, 0);
  for (const auto& item : list) {
    if (const LocalNode end = end_of(item); end != kNoNode) ++begin[end + 1];
  }
  for (size_t i = 0; i < node_count; ++i) begin[i + 1] += begin[i];
  items.resize(begin.back());
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  for (uint32_t i = 0; i < list.size(); ++i) {
    if (const LocalNode end = end_of(list[i]); end != kNoNode) items[next[end]++] = i;
  }
}

void Shard::IndexAdjacency() {
  out_.Fill(nodes_.size(), edges_, [](const LocalEdge& edge) { return edge.from; });
  in_.Fill(nodes_.size(), edges_, [](const LocalEdge& edge) { return edge.to; });
  children_.Fill(nodes_.size(), nodes_, [](const Node& node) { return node.parent; });
  auto position = [this](LocalNode node) { return nodes_[node].span.begin_byte; };
  for (LocalNode node = 0; node < nodes_.size(); ++node) {
    std::span<uint32_t> children(children_.items.data() + children_.begin[node],
                                 children_.begin[node + 1] - children_.begin[node]);
    if (!std::ranges::is_sorted(children, {}, position)) std::ranges::stable_sort(children, {}, position);
  }
}

std::span<const uint32_t> Shard::OutEdges(LocalNode node) const { return out_.Of(node); }
std::span<const uint32_t> Shard::InEdges(LocalNode node) const { return in_.Of(node); }
std::span<const LocalNode> Shard::Children(LocalNode node) const { return children_.Of(node); }

std::string Shard::Path(LocalNode node) const {
  std::vector<LocalNode> chain = {node};
  while (node != 0 && nodes_[node].parent != 0) chain.push_back(node = nodes_[node].parent);
  std::string path;
  for (size_t i = chain.size(); i-- > 0;) {
    path += nodes_[chain[i]].name;
    if (i == 0) break;
    const NodeKind kind = nodes_[chain[i]].kind;
    path += kind == NodeKind::kPackage || kind == NodeKind::kClass ? "::" : ".";
  }
  return path;
}

LocalNode Shard::FindLocal(uint64_t local_id) const {
  std::call_once(by_id_once_, [this] {
    by_id_.reserve(nodes_.size());
    for (LocalNode node = 0; node < nodes_.size(); ++node) by_id_.emplace_back(nodes_[node].local_id, node);
    std::ranges::sort(by_id_);
  });
  auto found = std::ranges::lower_bound(by_id_, local_id, {}, &std::pair<uint64_t, LocalNode>::first);
  return found != by_id_.end() && found->first == local_id ? found->second : kNoNode;
}

LocalNode Shard::NodeAtByte(uint32_t byte) const {
  LocalNode innermost = 0;
  uint64_t least = UINT64_MAX;
  for (LocalNode node = 0; node < nodes_.size(); ++node) {
    const Span& span = nodes_[node].span;
    if (span.begin_byte > byte || span.end_byte <= byte) continue;
    if (const uint64_t size = span.end_byte - span.begin_byte; size <= least) {  // of equal spans the later is inside
      least = size;
      innermost = node;
    }
  }
  return innermost;
}

size_t Shard::EstimateMemoryBytes() const {
  auto size_of = [](const auto& items) { return items.capacity() * sizeof(items[0]); };
  auto adjacency = [&](const Adjacency& list) { return size_of(list.begin) + size_of(list.items); };
  // by_id_ is counted as if it were there: it is filled by another thread at any time.
  return sizeof(Shard) + bytes_.capacity() + size_of(nodes_) + size_of(edges_) + size_of(operands_) +
         size_of(references_) + size_of(chunks_) + size_of(diagnostics_) + adjacency(out_) + adjacency(in_) +
         adjacency(children_) + nodes_.size() * sizeof(by_id_[0]);
}

}  // namespace fanin::graph
