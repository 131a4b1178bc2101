// Retriever::AssembleCompletion: scan the text before the cursor, ask the sources, pack what is worth most into the
// budget.
#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/digest.h"
#include "retriever/context_source.h"
#include "retriever/retriever.h"
#include "retriever/token_estimate.h"

namespace fanin::retriever {
namespace {

using Clock = std::chrono::steady_clock;

// Of the time to the deadline, the share after which no further source is asked (DESIGN §7).
constexpr double kDeadlineShare = 0.8;

// The text before the cursor.
base::Result<std::string> TextBeforeCursor(std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                           const CompletionRequest& request) {
  std::string text;
  const auto overlay = std::ranges::find(request.overlays, request.path, &Overlay::path);
  if (overlay != request.overlays.end()) {
    text = overlay->text;
  } else {
    const graph::Snapshot& snapshot = indexes[0]->snapshot();
    const std::optional<graph::FileRef> file = snapshot.FindFile(request.path);
    if (!file) {
      return base::Fail(base::Code::kNotFound, "no file " + request.path + " in repository " +
                                                   snapshot.manifest().repository + "; index it, or send its text");
    }
    FANIN_ASSIGN_OR_RETURN(text, snapshot.GetText(*file));
  }
  size_t begin = 0;
  uint32_t line = 1;
  for (; line < request.line; ++line) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  if (line < request.line) {
    return base::Fail(base::Code::kOutOfRange, "line " + std::to_string(request.line) + " is past the end of " +
                                                   request.path + ", which has " + std::to_string(line) + " lines");
  }
  const size_t line_length = std::min(text.find('\n', begin), text.size()) - begin;
  const size_t column = request.column == 0 ? 1 : request.column;
  if (column > line_length + 1) {
    return base::Fail(base::Code::kOutOfRange, "column " + std::to_string(request.column) +
                                                   " is past the end of line " + std::to_string(request.line) + " of " +
                                                   request.path + ", which has " + std::to_string(line_length) +
                                                   " bytes");
  }
  text.resize(begin + column - 1);
  return text;
}

std::string_view Lines(std::string_view text, uint32_t begin_line, uint32_t end_line, graph::Span& span) {
  size_t begin = 0;
  uint32_t line = 1;
  for (; line < begin_line && begin < text.size(); ++line)
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  size_t end = begin;
  for (; line <= end_line && end < text.size(); ++line) end = std::min(text.find('\n', end), text.size() - 1) + 1;
  span = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end), begin_line, std::max(begin_line, line - 1)};
  return text.substr(begin, end - begin);
}

// Chooses by score under the budget; nothing twice.
class Packer {
 public:
  Packer(const ContextView& view, uint32_t budget_tokens, ContextResponse& response)
      : view_(view), budget_(budget_tokens), response_(response) {}

  base::Status Pack(std::vector<ContextCandidate> candidates) {
    std::ranges::stable_sort(candidates, [](const ContextCandidate& a, const ContextCandidate& b) {
      return std::tie(b.score, a.index, a.path, a.begin_line) < std::tie(a.score, b.index, b.path, b.begin_line);
    });
    for (ContextCandidate& candidate : candidates) FANIN_RETURN_IF_ERROR(Add(std::move(candidate)));
    return {};
  }

 private:
  base::Status Add(ContextCandidate candidate) {
    if (Overlaps(candidate)) return {};
    FANIN_ASSIGN_OR_RETURN(const std::string_view text, view_.Text(candidate.index, candidate.path));
    graph::Span span;
    const std::string_view passage = Lines(text, candidate.begin_line, candidate.end_line, span);
    if (passage.empty() || !digests_.insert(base::DigestOf(passage)).second) return {};
    const std::string& repository = view_.snapshot(candidate.index).manifest().repository;
    // The place is shown to the model too, so it counts.
    const uint32_t tokens = EstimateTokens(passage) + EstimateTokens(candidate.path) + kTokensOfLabel;
    if (response_.tokens + tokens > budget_) {
      response_.truncated = true;
      return {};
    }
    response_.tokens += tokens;
    taken_[std::to_string(candidate.index) + candidate.path].push_back({span.begin_line, span.end_line});
    response_.snippets.push_back({repository, std::move(candidate.path), span, std::move(candidate.kind),
                                  std::move(candidate.node_kind), std::move(candidate.name), std::string(passage),
                                  candidate.score, std::move(candidate.reason), tokens});
    return {};
  }

  bool Overlaps(const ContextCandidate& candidate) const {
    const auto taken = taken_.find(std::to_string(candidate.index) + candidate.path);
    return taken != taken_.end() && std::ranges::any_of(taken->second, [&](const auto& range) {
             return candidate.begin_line <= range.second && range.first <= candidate.end_line;
           });
  }

  static constexpr uint32_t kTokensOfLabel = 4;  // comment mark, line numbers

  const ContextView& view_;
  uint32_t budget_;
  ContextResponse& response_;
  std::unordered_set<base::Digest> digests_;
  std::unordered_map<std::string, std::vector<std::pair<uint32_t, uint32_t>>> taken_;
};

}  // namespace

base::Result<ContextResponse> Retriever::AssembleCompletion(std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                                            const CompletionRequest& request) const {
  FANIN_CHECK(!indexes.empty());
  const Clock::time_point start = Clock::now();
  if (request.budget_tokens == 0)
    return base::Fail(base::Code::kInvalidArgument, "the budget must be at least 1 token");
  if (request.line == 0) return base::Fail(base::Code::kInvalidArgument, "lines are counted from 1");
  FANIN_ASSIGN_OR_RETURN(const std::string prefix, TextBeforeCursor(indexes, request));

  const CursorScan scan = ScanBeforeCursor(prefix);
  const ContextView view(indexes, request.overlays, request.path);
  const ContextQuery query{scan, view, indexes, *this, request.deadline};
  std::optional<Clock::time_point> stop;
  if (request.deadline) {
    stop = start + std::chrono::duration_cast<Clock::duration>((*request.deadline - start) * kDeadlineShare);
  }
  ContextResponse response;
  std::vector<ContextCandidate> candidates;
  for (const std::unique_ptr<ContextSource>& source : MakeContextSources()) {
    if (stop && Clock::now() >= *stop) {
      response.partial = true;
      response.warnings.push_back("the deadline left some sources unasked");
      break;
    }
    FANIN_RETURN_IF_ERROR(source->Collect(query, candidates));
  }
  FANIN_RETURN_IF_ERROR(Packer(view, request.budget_tokens, response).Pack(std::move(candidates)));
  response.total_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return response;
}

}  // namespace fanin::retriever
