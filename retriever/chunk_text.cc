#include "retriever/chunk_text.h"

#include <algorithm>

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

base::Digest VectorKey(const base::Digest& model, std::string_view chunk_text) {
  return base::Digester().Add(model.View()).Add(chunk_text).Finish();
}

}  // namespace fanin::retriever
