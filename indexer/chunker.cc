#include "indexer/chunker.h"

#include <algorithm>
#include <vector>

#include "indexer/chunker_units.h"

namespace fanin::indexer {
namespace {

using graph::ChunkKind;
using graph::LocalNode;
using graph::ShardBuilder;

// A comment or directive of so many lines belongs to the element that follows it.
constexpr uint32_t kBannerLines = 5;
// A run of so many lines ends before an element with a comment, or at a blank line, rather than going on behind it.
constexpr uint32_t kLongEnoughAtComment = 15;
constexpr uint32_t kLongEnoughAtBlank = 25;
// The head of a generate block of so many lines goes with a run that follows it.
constexpr uint32_t kShortHeadLines = 3;
// The least length of a piece of something huge, where there is a choice.
constexpr uint32_t kMinPieceLines = 20;

bool IsRun(ChunkKind kind) {
  switch (kind) {
    case ChunkKind::kAssigns:
    case ChunkKind::kTypes:
    case ChunkKind::kDeclarations:
    case ChunkKind::kMacros:
    case ChunkKind::kAssertions: return true;
    default: return false;
  }
}

// What stands on one line.
enum class LineContent : uint8_t { kBlank, kComment, kDirective, kCloser, kCode };

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class ChunkMaker {
 public:
  ChunkMaker(const ChunkSource& source, ShardBuilder& builder) : source_(source), builder_(builder), tree_(builder) {}

  void Run() && {
    Separate();
    Join();
    FillGaps();
    for (const ChunkUnit& unit : units_) Emit(unit);
  }

 private:
  // Gives each line to one unit at most, and units the comments directly above them.
  void Separate() {
    std::vector<ChunkUnit> separate;
    uint32_t covered = 0;
    for (ChunkUnit unit : CollectUnits(source_, builder_, tree_)) {
      unit.first_line = std::max(source_.comments.FirstLineWithDoc(unit.first_line), covered + 1);
      if (unit.last_line <= covered) continue;
      covered = unit.last_line;
      separate.push_back(unit);
    }
    units_ = std::move(separate);
  }

  LineContent ContentOf(uint32_t line) const {
    const uint32_t end = source_.lines.BeginOf(line + 1);
    uint32_t at = source_.lines.BeginOf(line);
    bool comment = false;
    while (true) {
      while (at < end && (IsBlank(source_.text[at]) || source_.text[at] == '\n')) ++at;
      if (at >= end) return comment ? LineContent::kComment : LineContent::kBlank;
      const auto& comments = source_.comments.comments();
      auto after = std::ranges::upper_bound(comments, at, {}, &Comment::begin);
      if (after == comments.begin() || std::prev(after)->end <= at) break;
      comment = true;
      at = std::prev(after)->end;
    }
    const std::string_view rest = source_.text.substr(at, end - at);
    if (rest.front() == '`') return rest.starts_with("`endif") ? LineContent::kCloser : LineContent::kDirective;
    if (rest.starts_with(')') || rest.starts_with(';')) return LineContent::kCloser;
    size_t length = 0;
    while (length < rest.size() && IsLetter(rest[length])) ++length;
    const std::string_view word = rest.substr(0, length);
    return word.starts_with("end") || word.starts_with("join") ? LineContent::kCloser : LineContent::kCode;
  }

  // The strongest content between two lines, both included; kBlank when there are none.
  LineContent ContentOf(uint32_t first, uint32_t last) const {
    LineContent content = LineContent::kBlank;
    for (uint32_t line = first; line <= last; ++line) content = std::max(content, ContentOf(line));
    return content;
  }

  bool JoinsRun(const ChunkUnit& run, const ChunkUnit& next) const {
    if (run.scope != next.scope || next.last_line - run.first_line + 1 > kRunLines) return false;
    const bool adjacent = next.first_line == run.last_line + 1;
    if (run.kind == ChunkKind::kInstance) {
      const graph::Span& first = builder_.node(run.node).span;
      return adjacent && next.kind == run.kind && first.begin_line == first.end_line && next.line_count() == 1;
    }
    if (!IsRun(next.kind)) return false;
    if (run.kind == ChunkKind::kGenerate) return run.line_count() <= kShortHeadLines && run.scope == run.node;
    if (!IsRun(run.kind)) return false;
    if (run.kind != next.kind) {
      auto is_plain = [](ChunkKind kind) { return kind == ChunkKind::kAssigns || kind == ChunkKind::kDeclarations; };
      return adjacent && is_plain(run.kind) && is_plain(next.kind);
    }
    if (adjacent) return run.line_count() < kLongEnoughAtComment || !IsDocumented(next);
    // A comment that stands apart begins a section.
    if (ContentOf(run.last_line + 1, next.first_line - 1) != LineContent::kBlank) return false;
    return run.line_count() < (IsDocumented(next) ? kLongEnoughAtComment : kLongEnoughAtBlank);
  }

  bool IsDocumented(const ChunkUnit& unit) const { return unit.first_line < builder_.node(unit.node).span.begin_line; }

  void Join() {
    std::vector<ChunkUnit> joined;
    for (const ChunkUnit& unit : units_) {
      if (joined.empty() || !JoinsRun(joined.back(), unit)) {
        joined.push_back(unit);
        continue;
      }
      ChunkUnit& run = joined.back();
      run.last_line = unit.last_line;
      if (run.kind != unit.kind && run.kind != ChunkKind::kGenerate) run.kind = ChunkKind::kAssigns;
    }
    units_ = std::move(joined);
  }

  void FillGaps() {
    std::vector<ChunkUnit> filled;
    uint32_t next_line = 1;
    for (ChunkUnit& unit : units_) {
      FillGap(next_line, unit.first_line, &unit, filled);
      next_line = unit.last_line + 1;
      filled.push_back(unit);
    }
    FillGap(next_line, source_.lines.line_count() + 1, nullptr, filled);
    units_ = std::move(filled);
  }

  // Lines [first, end) before `next`: closing lines go to what is before them, a short rest to what follows.
  void FillGap(uint32_t first, uint32_t end, ChunkUnit* next, std::vector<ChunkUnit>& filled) {
    for (uint32_t line = first; line < end && !filled.empty(); ++line) {
      const LineContent content = ContentOf(line);
      if (content == LineContent::kBlank) continue;
      if (content != LineContent::kCloser) break;
      filled.back().last_line = line;
      first = line + 1;
    }
    while (first < end && ContentOf(first) == LineContent::kBlank) ++first;
    uint32_t last = end - 1;
    while (last >= first && ContentOf(last) == LineContent::kBlank) --last;
    if (first > last) return;
    // Of the rest only the last paragraph introduces what follows.
    uint32_t introduction = last + 1;
    if (next != nullptr) {
      uint32_t begin = last;
      while (begin > first && ContentOf(begin - 1) != LineContent::kBlank) --begin;
      const bool is_short = last - begin + 1 <= kBannerLines || ContentOf(begin, last) == LineContent::kComment;
      if (is_short && !IsLicense(begin, last) && next->last_line - begin + 1 <= kHugeLines) introduction = begin;
    }
    if (introduction > first) {
      uint32_t rest = introduction - 1;
      while (rest > first && ContentOf(rest) == LineContent::kBlank) --rest;
      filled.push_back({ChunkKind::kOther, ScopeAt(first), 0, first, rest});
    }
    if (next != nullptr && introduction <= last) next->first_line = introduction;
  }

  // The header of a file belongs to no element.
  bool IsLicense(uint32_t first, uint32_t last) const {
    const std::string_view text = source_.text.substr(source_.lines.BeginOf(first),
                                                      source_.lines.BeginOf(last + 1) - source_.lines.BeginOf(first));
    return first <= kBannerLines && Comments::NamesLicense(text);
  }

  // The innermost definition, package, class or generate block around a line.
  LocalNode ScopeAt(uint32_t line) const {
    LocalNode scope = 0;
    while (true) {
      const std::span<const LocalNode> children = tree_.ChildrenOf(scope);
      auto after = std::ranges::upper_bound(children, line, {},
                                            [&](LocalNode node) { return builder_.node(node).span.begin_line; });
      LocalNode inner = graph::kNoNode;
      while (after != children.begin()) {
        const graph::Node& node = builder_.node(*--after);
        if (node.span.end_line < line) break;
        const bool is_scope = graph::IsDefinition(node.kind) || node.kind == graph::NodeKind::kPackage ||
                              node.kind == graph::NodeKind::kClass || node.kind == graph::NodeKind::kGenerate;
        if (is_scope) inner = *after;
        if (is_scope) break;
      }
      if (inner == graph::kNoNode) return scope;
      scope = inner;
    }
  }

  void Emit(const ChunkUnit& unit) {
    if (unit.line_count() <= kHugeLines) return EmitLines(unit, unit.first_line, unit.last_line);
    const std::vector<Cut> cuts = CutsOf(unit);
    uint32_t first = unit.first_line;
    auto cut = cuts.begin();
    while (unit.last_line - first + 1 > kPieceLines) {
      // The shallowest begin of a statement that makes a piece of fair length; of equals the last.
      uint32_t best_line = first + kPieceLines;
      uint32_t best_depth = UINT32_MAX;
      while (cut != cuts.end() && cut->line < first + kMinPieceLines) ++cut;
      for (auto at = cut; at != cuts.end() && at->line <= first + kPieceLines; ++at) {
        if (at->depth > best_depth) continue;
        best_depth = at->depth;
        best_line = at->line;
      }
      EmitLines(unit, first, best_line - 1);
      first = best_line;
    }
    EmitLines(unit, first, unit.last_line);
  }

  void EmitLines(const ChunkUnit& unit, uint32_t first, uint32_t last) {
    builder_.AddChunk({unit.kind, unit.node, source_.lines.LinesSpan(first, last)});
  }

  // The first line of what leads to a statement on `line`: its comments, and before them the case item or branch that
  // it is the first statement of.
  uint32_t IntroductionOf(uint32_t line) const {
    line = source_.comments.FirstLineWithDoc(line);
    if (line == 1) return line;
    const uint32_t begin = source_.lines.BeginOf(line - 1);
    std::string_view before = source_.text.substr(begin, source_.lines.BeginOf(line) - begin);
    before = before.substr(0, before.find("//"));
    while (!before.empty() && (IsBlank(before.back()) || before.back() == '\n')) before.remove_suffix(1);
    const bool leads = before.ends_with("begin") || before.ends_with(':');
    return leads ? source_.comments.FirstLineWithDoc(line - 1) : line;
  }

  // Where something huge may be cut: before a line on which one of its parts begins.
  struct Cut {
    uint32_t line;
    uint32_t depth;
  };
  std::vector<Cut> CutsOf(const ChunkUnit& unit) const {
    std::vector<Cut> cuts;
    std::vector<std::pair<LocalNode, uint32_t>> stack = {{unit.node, 0}};
    while (!stack.empty()) {
      const auto [node, depth] = stack.back();
      stack.pop_back();
      for (LocalNode child : tree_.ChildrenOf(node)) {
        const graph::Span& span = builder_.node(child).span;
        if (span.begin_line > unit.first_line && span.begin_line <= unit.last_line) {
          const uint32_t line = IntroductionOf(span.begin_line);
          // The first statement of a branch is a better place than one in its midst.
          cuts.push_back({line, 2 * depth + (line < span.begin_line ? 0 : 1)});
        }
        if (span.end_line > span.begin_line) stack.emplace_back(child, depth + 1);
      }
    }
    std::ranges::sort(cuts, {}, [](const Cut& cut) { return std::pair(cut.line, cut.depth); });
    return cuts;
  }

  const ChunkSource& source_;
  ShardBuilder& builder_;
  NodeTree tree_;
  std::vector<ChunkUnit> units_;
};

}  // namespace

void AddChunks(const ChunkSource& source, ShardBuilder& builder) { ChunkMaker(source, builder).Run(); }

}  // namespace fanin::indexer
