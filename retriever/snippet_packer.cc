#include "retriever/snippet_packer.h"

#include <algorithm>

#include "graph/occurrence.h"
#include "retriever/token_estimate.h"

namespace fanin::retriever {
namespace {

constexpr uint32_t kMaxChunkLines = 40;
constexpr uint32_t kNearLines = 8;
constexpr uint32_t kTokensOfLabel = 4;  // comment mark, line numbers

}  // namespace

std::pair<uint32_t, uint32_t> LinesAround(const graph::Shard& shard, uint32_t begin_line, uint32_t end_line) {
  uint32_t begin = begin_line;
  uint32_t end = end_line;
  uint32_t smallest = UINT32_MAX;
  for (const graph::Chunk& chunk : shard.chunks()) {
    const graph::Span& span = chunk.span;
    const uint32_t lines = span.end_line - span.begin_line;
    if (span.begin_line > begin_line || span.end_line < end_line || lines >= smallest) continue;
    smallest = lines;
    begin = span.begin_line;
    end = span.end_line;
  }
  if (end - begin < kMaxChunkLines) return {begin, end};
  return {std::max(begin, begin_line > kNearLines ? begin_line - kNearLines : 1), std::min(end, end_line + kNearLines)};
}

std::optional<Passage> HeadAround(const graph::NodeHandle& node) {
  const graph::LocalNode region = graph::RegionOf(*node.shard, node.local);
  for (const graph::Chunk& chunk : node.shard->chunks()) {
    const bool is_head =
        chunk.kind == graph::ChunkKind::kModuleHeader || chunk.kind == graph::ChunkKind::kPackageHeader;
    if (!is_head || chunk.node != region) continue;
    const graph::Node& definition = node.shard->nodes()[region];
    return Passage{node.file,
                   chunk.span.begin_line,
                   chunk.span.end_line,
                   definition.kind,
                   std::string(definition.name),
                   "definition",
                   0,
                   ""};
  }
  return std::nullopt;
}

base::Status SnippetPacker::Add(const graph::Snapshot& snapshot, FileLines& lines, Passage passage) {
  const std::string& repository = snapshot.manifest().repository;
  auto& shown = shown_[{repository, passage.file}];
  for (const auto& [begin, end] : shown) {
    if (begin <= passage.begin_line && passage.begin_line <= end) passage.begin_line = end + 1;
    if (begin <= passage.end_line && passage.end_line <= end) passage.end_line = begin - 1;
  }
  if (passage.begin_line > passage.end_line) return {};
  if (std::ranges::any_of(
          shown, [&](const auto& one) { return one.first <= passage.end_line && passage.begin_line <= one.second; })) {
    return {};
  }
  FANIN_ASSIGN_OR_RETURN(const std::string_view file, lines.Text(passage.file));
  FANIN_ASSIGN_OR_RETURN(const std::string_view text, lines.Lines(passage.file, passage.begin_line, passage.end_line));
  const std::string& path = snapshot.file(passage.file).path;
  const uint32_t tokens = EstimateTokens(text) + EstimateTokens(path) + kTokensOfLabel;
  if (tokens_ + tokens > budget_) {
    truncated_ = true;
    return {};
  }
  tokens_ += tokens;
  shown.emplace_back(passage.begin_line, passage.end_line);
  const auto begin = static_cast<uint32_t>(text.data() - file.data());
  ContextSnippet& snippet = snippets_.emplace_back();
  snippet.repository = repository;
  snippet.path = path;
  snippet.span = {begin, begin + static_cast<uint32_t>(text.size()), passage.begin_line, passage.end_line};
  snippet.kind = std::move(passage.kind);
  snippet.node_kind = graph::NodeKindName(passage.node_kind);
  snippet.name = std::move(passage.name);
  snippet.text = text;
  snippet.score = passage.score;
  snippet.reason = std::move(passage.reason);
  snippet.tokens = tokens;
  return {};
}

}  // namespace fanin::retriever
