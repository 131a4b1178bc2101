// Retriever::AssembleCompletion: scan the text before the cursor, ask the sources, pack what is worth most into the
// budget.
#include <algorithm>
#include <string>

#include "retriever/context_cache.h"
#include "retriever/context_pack.h"
#include "retriever/context_source.h"
#include "retriever/retriever.h"
#include "retriever/token_counter.h"

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

}  // namespace

base::Result<ContextResponse> Retriever::AssembleCompletion(std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                                            const CompletionRequest& request) const {
  FANIN_CHECK(!indexes.empty());
  const Clock::time_point start = Clock::now();
  if (request.budget_tokens == 0)
    return base::Fail(base::Code::kInvalidArgument, "the budget must be at least 1 token");
  if (request.line == 0) return base::Fail(base::Code::kInvalidArgument, "lines are counted from 1");
  FANIN_ASSIGN_OR_RETURN(const std::string prefix, TextBeforeCursor(indexes, request));

  CursorScan scan = ScanBeforeCursor(prefix);
  const auto own = std::ranges::find(request.overlays, request.path, &Overlay::path);
  if (own != request.overlays.end() && own->shard != nullptr) AddDeclarations(*own->shard, prefix, scan);
  const ContextView view(indexes, request.overlays, request.path, *cache_);
  const ContextQuery query{scan, prefix, view, request.recent_paths};
  std::optional<Clock::time_point> stop;
  if (request.deadline) {
    stop = start + std::chrono::duration_cast<Clock::duration>((*request.deadline - start) * kDeadlineShare);
  }
  ContextResponse response;
  const TokenCounter& counter = request.counter == nullptr ? *EstimatingCounter() : *request.counter;
  std::vector<ContextCandidate> candidates;
  for (const std::unique_ptr<ContextSource>& source : MakeContextSources()) {
    if (stop && Clock::now() >= *stop) {
      response.partial = true;
      response.warnings.push_back("the deadline left some sources unasked");
      break;
    }
    if (request.cancelled && request.cancelled()) {
      return base::Fail(base::Code::kCancelled, "the caller went away");
    }
    FANIN_RETURN_IF_ERROR(source->Collect(query, candidates));
  }
  FANIN_RETURN_IF_ERROR(Pack(view, {scan.place, request.budget_tokens, counter}, std::move(candidates), response));
  response.total_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return response;
}

}  // namespace fanin::retriever
