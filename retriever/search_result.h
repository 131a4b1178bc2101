// From a ranked candidate to what is shown of it. Internal to search*.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "retriever/fusion.h"
#include "retriever/query_eval.h"
#include "retriever/query_terms.h"
#include "retriever/retriever.h"

namespace fanin::retriever {

// A file of which passages or elements are shown, read once for all of them.
struct ShownFile {
  std::shared_ptr<const graph::Shard> shard;
  std::string text;
  std::vector<std::vector<graph::LocalNode>> nodes_of_chunk;  // that each chunk shows
};
base::Result<ShownFile> ReadShownFile(const graph::Snapshot& snapshot, graph::FileRef file);

// What results are made with; all borrowed for the call.
struct ResultContext {
  const CompiledQuery& compiled;
  std::span<const Query* const> leaves;  // positive, of the condition
  std::span<const TermGroup> groups;
  const SearchIndex& index;
  const SegmentPostings& postings;
  const Evaluation& evaluation;
  const ShownFile& file;
};

// The passage with its element, text, highlights and reasons; score, signals and also_at are the caller's. The element
// is the first that satisfies the kind:, name:, drives: ... atoms best, then one that a query word names, then the
// passage's own. Errors: those of the store.
base::Result<SearchResult> MakeResult(const ResultContext& context, const Candidate& candidate);

}  // namespace fanin::retriever
