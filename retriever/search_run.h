// One search under way: from a parsed query to ranked candidates. Internal to search*.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "retriever/bm25.h"
#include "retriever/fusion.h"
#include "retriever/query_eval.h"
#include "retriever/query_terms.h"
#include "retriever/retriever.h"
#include "retriever/search_result.h"

namespace fanin::retriever {

// A segment of one of the searched indexes, with what is known of it for this query.
struct SearchedSegment {
  uint32_t index = 0;
  uint32_t segment = 0;  // of the index
  const SearchIndex* owner = nullptr;
  const SegmentPostings* postings = nullptr;
  Evaluation evaluation;          // its documents are those that may be found
  LexicalScores lexical;          // empty vectors: no words
  std::vector<float> path_prior;  // by file; below 0: not computed yet
};

// A document of all segments.
constexpr uint64_t KeyOf(uint32_t segment, uint32_t document) { return uint64_t{segment} << 32 | document; }

// Not thread-safe; one per request.
class SearchRun {
 public:
  SearchRun(std::span<const std::shared_ptr<const SearchIndex>> indexes, Embedder* embedder,
            const SearchRequest& request);

  // Errors: INVALID_ARGUMENT, OUT_OF_RANGE, those of the store.
  base::Result<SearchResponse> Run() &&;

 private:
  struct Hit {
    uint32_t segment;  // into segments_
    uint32_t document;
    double score;
  };

  base::Status Parse();
  base::Status Filter();
  base::Status FindByWords();
  base::Status FindByMeaning();
  void FindByCondition();
  // Cosines of candidates that other sources found, and of the definitions around candidates.
  base::Status CompleteCosines();
  // Sets what of the query's wording the best passages of the pool have; sorts it.
  base::Status CompareWording();
  // Replaces the best passages of the pool by those of their elements that the query asks for.
  base::Result<Normaliser> FuseElements();
  // Sorts the pool, of equal ones keeping the best.
  void RankPool();
  base::Status MakeResults(const Normaliser& normaliser);
  // Fills also_at: `shown` are the candidates of the results.
  base::Status AddCopies(std::span<const Candidate> shown);
  void WarnOfMissingVectors();

  // The candidate of a document in the pool, new or known.
  Candidate& Pool(const Hit& hit);
  // All signals but cosine.
  Candidate Describe(uint32_t segment, uint32_t document);
  base::Result<const ShownFile*> Shown(const Candidate& candidate);
  // What adds to a document's words where definitions are asked for.
  double DefinitionBm25(uint32_t segment, uint32_t document) const;
  // Sets the cosines of elements by their texts, where these were embedded; others keep that of their passage.
  base::Status CompareElements(std::span<const std::string> texts, std::span<Candidate> elements);
  // Of the nodes that a passage shows, those of the kinds asked for that fit the query's atoms best.
  std::vector<graph::LocalNode> BestFitting(const Candidate& passage, const graph::Shard& shard,
                                            std::span<const graph::LocalNode> nodes) const;
  const SearchedSegment& SegmentOf(const Candidate& candidate) const;
  double StructureOf(const SearchedSegment& segment, uint32_t document) const;
  // The best `count` of the hits by score, of equal texts one; `hits` is reordered. Sets pool_cut_ when more remain.
  std::vector<Hit> SelectTop(std::vector<Hit>& hits, size_t count);
  base::Result<std::vector<Hit>> Nearest(uint32_t segment, size_t count, const DocumentFilter& filter) const;
  bool HasVectors(const SearchedSegment& segment) const;
  bool DeadlinePassed() const;
  double LapMs();

  std::span<const std::shared_ptr<const SearchIndex>> indexes_;
  Embedder* embedder_;
  const SearchRequest& request_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point lap_;
  Deadline soft_deadline_;  // at 80 % of the request's

  QueryPtr query_;      // simplified
  QueryPtr condition_;  // of query_
  std::unique_ptr<CompiledQuery> compiled_;
  std::vector<std::string> words_;
  std::vector<TermGroup> groups_;
  std::vector<double> idf_;           // by group
  std::optional<KindSet> kinds_;      // that are asked for
  Level level_ = Level::kAny;         // of kinds_
  std::vector<const Query*> leaves_;  // positive, of the condition
  size_t wanted_ = 0;                 // results up to the end of the page
  std::vector<float> query_vector_;   // empty: none
  std::vector<SearchedSegment> segments_;
  std::vector<Candidate> pool_;
  std::unordered_map<uint64_t, size_t> pool_position_;  // segment << 32 | document
  bool pool_cut_ = false;
  std::map<std::pair<uint32_t, graph::FileRef>, ShownFile> shown_files_;  // by index and file
  SearchResponse response_;
};

}  // namespace fanin::retriever
