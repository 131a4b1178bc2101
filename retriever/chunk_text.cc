#include "retriever/chunk_text.h"

#include <algorithm>

#include "retriever/postings_structure.h"

namespace fanin::retriever {
namespace {

using graph::kNoNode;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

// Appends with runs of blanks as one, and of line ends as one.
void AppendFolded(std::string_view text, std::string& out) {
  for (char c : text) {
    if (out.size() >= kMaxChunkTextBytes) return;
    const bool at_line_start = out.empty() || out.back() == '\n';
    if (c == '\n') {
      if (out.ends_with(' ')) out.pop_back();
      if (!out.empty() && out.back() != '\n') out += '\n';
    } else if (!IsSpace(c)) {
      out += c;
    } else if (!at_line_start && out.back() != ' ') {
      out += ' ';
    }
  }
}

bool IsDeclared(graph::NodeKind kind) { return IsSignalLike(kind) || kind == graph::NodeKind::kStructField; }

void CutBetweenCharacters(std::string& text) {
  if (text.size() <= kMaxChunkTextBytes) return;
  size_t end = kMaxChunkTextBytes;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
}

}  // namespace

std::string ChunkText(const graph::Shard& shard, const graph::Chunk& chunk, std::string_view text) {
  const size_t begin = std::min<size_t>(chunk.span.begin_byte, text.size());
  const std::string_view code = text.substr(begin, std::max(chunk.span.end_byte, chunk.span.begin_byte) - begin);
  std::string out;
  if (chunk.node != kNoNode && chunk.node != 0) {
    const graph::Node& node = shard.nodes()[chunk.node];
    out += NodeKindName(node.kind);
    if (!node.anonymous) out += " " + shard.Path(chunk.node);
    if (node.anonymous && node.parent != kNoNode && node.parent != 0) out += " in " + shard.Path(node.parent);
    out += '\n';
    const std::string_view first_line = node.doc.substr(0, node.doc.find('\n'));
    if (!first_line.empty() && code.find(first_line) == std::string_view::npos) {
      AppendFolded(node.doc, out);
      out += '\n';
    }
  }
  AppendFolded(code, out);
  CutBetweenCharacters(out);
  return out;
}

std::string ElementText(const graph::Shard& shard, graph::LocalNode element, std::string_view text) {
  const graph::Node& node = shard.nodes()[element];
  std::string out;
  if (IsDeclared(node.kind)) {
    const auto append = [&out](std::string_view part) {
      if (!part.empty() && !out.empty()) out += ' ';
      out += part;
    };
    if (node.direction != graph::PortDirection::kNone) append(PortDirectionName(node.direction));
    if (node.kind == graph::NodeKind::kParameter) append("parameter");
    append(node.type);
    append(node.width);
    append(node.name);
  } else {
    const size_t begin = std::min<size_t>(node.span.begin_byte, text.size());
    AppendFolded(text.substr(begin, std::max(node.span.end_byte, node.span.begin_byte) - begin), out);
  }
  if (!node.doc.empty()) out += " // ";
  AppendFolded(node.doc, out);
  CutBetweenCharacters(out);
  return out;
}

std::vector<graph::LocalNode> EmbeddedElements(const graph::Shard& shard) {
  const std::vector<uint32_t> chunk_of_node = ChunksOfNodes(shard);
  std::vector<uint32_t> blocks(shard.chunks().size());
  for (graph::LocalNode node = 1; node < chunk_of_node.size(); ++node) {
    if (IsBlock(shard.nodes()[node].kind) && chunk_of_node[node] != kNoChunk) ++blocks[chunk_of_node[node]];
  }
  std::vector<graph::LocalNode> elements;
  for (graph::LocalNode node = 1; node < chunk_of_node.size(); ++node) {
    const graph::Node& element = shard.nodes()[node];
    const bool shares = chunk_of_node[node] != kNoChunk && blocks[chunk_of_node[node]] > 1;
    if (IsDeclared(element.kind) ? !element.anonymous : IsBlock(element.kind) && shares) elements.push_back(node);
  }
  return elements;
}

base::Digest VectorKey(const base::Digest& model, std::string_view chunk_text) {
  return base::Digester().Add(model.View()).Add(chunk_text).Finish();
}

}  // namespace fanin::retriever
