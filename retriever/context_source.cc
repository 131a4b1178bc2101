#include "retriever/context_source.h"

#include <algorithm>

namespace fanin::retriever {

base::Result<const ContextEvidence*> ContextQuery::Evidence() const {
  if (!evidence) {
    FANIN_ASSIGN_OR_RETURN(evidence, ContextEvidence::Collect(view, scan, prefix, recent_paths));
  }
  return &*evidence;
}

ContextCandidate Propose(const FoundNode& found, uint32_t max_lines, ContextNeed need, std::string kind, double score,
                         std::string reason) {
  const graph::Node& node = found.node();
  ContextCandidate candidate;
  candidate.index = found.index;
  candidate.path = found.path;
  candidate.lines = {{node.span.begin_line, node.span.end_line}};
  if (node.span.end_line - node.span.begin_line >= max_lines) {
    candidate.lines = {{node.span.begin_line, node.span.begin_line + max_lines - 2},
                       {node.span.end_line, node.span.end_line}};
  }
  candidate.need = need;
  candidate.kind = std::move(kind);
  candidate.node_kind = graph::NodeKindName(node.kind);
  candidate.name = node.name;
  candidate.reason = std::move(reason);
  candidate.score = score;
  return candidate;
}

ContextCandidate ProposeHeader(const FoundNode& found, ContextNeed need, double score, std::string reason) {
  constexpr uint32_t kMaxLines = 60;
  ContextCandidate candidate = Propose(found, kMaxLines, need, "definition", score, std::move(reason));
  for (const graph::Chunk& chunk : found.shard->chunks()) {
    const bool header = chunk.kind == graph::ChunkKind::kModuleHeader || chunk.kind == graph::ChunkKind::kPackageHeader;
    if (header && chunk.node == found.local) {
      candidate.lines = {{chunk.span.begin_line, chunk.span.end_line}};
      break;
    }
  }
  return candidate;
}

void SortByNearness(const ContextView& view, std::vector<FoundNode>& nodes) {
  std::ranges::stable_sort(nodes, [&](const FoundNode& a, const FoundNode& b) {
    if (a.index != b.index) return a.index < b.index;
    return view.Nearness(a.path) > view.Nearness(b.path);
  });
}

std::vector<LineRange> JoinLines(std::vector<LineRange> lines) {
  std::ranges::sort(lines, {}, &LineRange::begin);
  std::vector<LineRange> joined;
  for (const LineRange& range : lines) {
    if (!joined.empty() && range.begin <= joined.back().end + 1) {
      joined.back().end = std::max(joined.back().end, range.end);
    } else {
      joined.push_back(range);
    }
  }
  return joined;
}

double SharedPrefix(std::string_view a, std::string_view b) {
  const size_t shorter = std::min(a.size(), b.size());
  const auto common = static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(shorter), b.begin()).first - a.begin());
  return static_cast<double>(common) / static_cast<double>(std::max<size_t>(1, std::max(a.size(), b.size())));
}

std::string_view ScopeOf(const FoundNode& found) {
  for (FoundNode at = found; at.node().parent != graph::kNoNode;) {
    at = at.Parent();
    if (at.node().kind == graph::NodeKind::kPackage || at.node().kind == graph::NodeKind::kClass) return at.node().name;
  }
  return {};
}

double KindWeight(const FoundNode& found) {
  const graph::NodeKind scope =
      found.node().parent == graph::kNoNode ? graph::NodeKind::kFile : found.Parent().node().kind;
  const bool shared = scope == graph::NodeKind::kPackage || scope == graph::NodeKind::kFile ||
                      scope == graph::NodeKind::kClass || scope == graph::NodeKind::kInterface;
  switch (found.node().kind) {
    case graph::NodeKind::kTypedef: return 1.0;
    case graph::NodeKind::kModule:
    case graph::NodeKind::kInterface:
    case graph::NodeKind::kProgram:
    case graph::NodeKind::kPrimitive:
    case graph::NodeKind::kChecker: return 0.9;
    case graph::NodeKind::kEnumMember: return 0.8;
    case graph::NodeKind::kMacro: return 0.8;
    case graph::NodeKind::kFunction:
    case graph::NodeKind::kTask: return shared ? 0.8 : 0;
    case graph::NodeKind::kParameter: return shared ? 0.7 : 0;
    case graph::NodeKind::kClass: return 0.7;
    case graph::NodeKind::kPackage: return 0.6;
    default: return 0;
  }
}

std::vector<std::unique_ptr<ContextSource>> MakeContextSources() {
  std::vector<std::unique_ptr<ContextSource>> sources;
  sources.push_back(NewInstanceSource());
  sources.push_back(NewDefinitionSource());
  sources.push_back(NewCopySource());
  sources.push_back(NewFollowingSource());
  sources.push_back(NewMemberSource());
  sources.push_back(NewModuleSource());
  sources.push_back(NewConnectionSource());
  return sources;
}

}  // namespace fanin::retriever
