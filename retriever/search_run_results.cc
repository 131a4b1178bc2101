// SearchRun: from the ranked pool to the results of a page, equal texts collapsed.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "retriever/search_run.h"

namespace fanin::retriever {
namespace {

// Places of one result's copies; a reason says how many there are when there are more.
constexpr size_t kMaxCopiesShown = 20;

}  // namespace

void SearchRun::RankPool() {
  std::ranges::sort(pool_, RanksBefore);
  std::set<std::pair<uint64_t, graph::LocalNode>> seen;
  std::erase_if(
      pool_, [&](const Candidate& candidate) { return !seen.emplace(candidate.text_hash, candidate.element).second; });
}

base::Status SearchRun::MakeResults(const Normaliser& normaliser) {
  RankPool();
  const std::vector<Candidate>& ranked = pool_;
  response_.truncated = ranked.size() > wanted_ || pool_cut_;
  for (size_t i = request_.offset; i < std::min(wanted_, ranked.size()); ++i) {
    if (DeadlinePassed() && !response_.results.empty()) {
      response_.partial = true;
      break;
    }
    const SearchedSegment& segment = SegmentOf(ranked[i]);
    FANIN_ASSIGN_OR_RETURN(const ShownFile* const file, Shown(ranked[i]));
    const ResultContext context{*compiled_,         leaves_, groups_, *segment.owner, *segment.postings,
                                segment.evaluation, *file};
    FANIN_ASSIGN_OR_RETURN(SearchResult result, MakeResult(context, ranked[i]));
    if (request_.explain) result.signals = SignalsOf(ranked[i], normaliser);
    response_.results.push_back(std::move(result));
  }
  return AddCopies(
      std::span(ranked).subspan(std::min<size_t>(request_.offset, ranked.size()), response_.results.size()));
}

base::Status SearchRun::AddCopies(std::span<const Candidate> shown) {
  std::unordered_multimap<uint64_t, size_t> results_of_text;
  for (size_t i = 0; i < shown.size(); ++i) results_of_text.emplace(shown[i].text_hash, i);
  std::vector<std::vector<Candidate>> copies(shown.size());
  for (uint32_t s = 0; s < segments_.size(); ++s) {
    for (uint32_t document : segments_[s].evaluation.documents) {
      const auto [first, last] = results_of_text.equal_range(segments_[s].postings->document(document).text_hash);
      for (auto result = first; result != last; ++result) {
        const Candidate& original = shown[result->second];
        Candidate copy = Describe(s, document);
        const bool itself =
            copy.index == original.index && copy.segment == original.segment && copy.document == original.document;
        copy.score = 0;  // so that they are ordered by place
        if (!itself) copies[result->second].push_back(copy);
      }
    }
  }
  for (size_t i = 0; i < copies.size(); ++i) {
    std::ranges::sort(copies[i], RanksBefore);
    SearchResult& result = response_.results[i];
    for (const Candidate& copy : std::span(copies[i]).first(std::min(copies[i].size(), kMaxCopiesShown))) {
      const graph::Snapshot& snapshot = indexes_[copy.index]->snapshot();
      FANIN_ASSIGN_OR_RETURN(const auto shard, snapshot.GetShard(copy.file));
      const uint32_t chunk = copy.document - snapshot.file(copy.file).doc_base;
      if (chunk >= shard->chunks().size()) continue;
      graph::Span span = shard->chunks()[chunk].span;
      if (shown[i].element != graph::kNoNode) {
        // Equal passages hold the element in the same line.
        const uint32_t own_chunk =
            shown[i].document - indexes_[shown[i].index]->snapshot().file(shown[i].file).doc_base;
        span.begin_line += result.span.begin_line - result.node.shard->chunks()[own_chunk].span.begin_line;
        span.end_line = span.begin_line + (result.span.end_line - result.span.begin_line);
      }
      result.also_at.push_back(
          {snapshot.manifest().repository, snapshot.file(copy.file).path, span.begin_line, span.end_line});
    }
    if (copies[i].size() > kMaxCopiesShown) {
      result.reasons.push_back("copied in " + std::to_string(copies[i].size()) + " other places");
    }
  }
  return {};
}

}  // namespace fanin::retriever
