// The retriever's whole interface: opened snapshots in, ranked passages out. Reads facts, writes none, knows nothing of
// the indexer or the service.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"
#include "retriever/embedder.h"
#include "retriever/search_index.h"

namespace fanin::retriever {

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// One named addend of a score: contribution = weight * value.
struct Signal {
  std::string name;  // "bm25", "cosine", "structure", "name", ...
  double value = 0;  // after normalisation, [0, 1] where the signal's documentation says so
  double weight = 0;
};

// A place that holds the same text as a result, collapsed into it.
struct AlsoAt {
  std::string repository;
  std::string path;
  uint32_t begin_line = 0;
  uint32_t end_line = 0;
};

struct SearchResult {
  size_t index = 0;        // into the searched indexes
  graph::NodeHandle node;  // the element found
  graph::ChunkKind chunk_kind = graph::ChunkKind::kOther;
  graph::Span span;                  // the passage: whole lines
  std::string text;                  // the passage's text
  std::vector<graph::Span> matches;  // matched text inside the passage, for highlighting (phrases, regexes, words)
  double score = 0;  // sum of the signals' contributions; higher is better; comparable within one answer
  std::vector<std::string> reasons;  // why it is here, for people: "drives wptr_gray", "words: gray, pointer"
  std::vector<Signal> signals;       // filled when asked to explain
  std::vector<AlsoAt> also_at;
};

struct SearchRequest {
  std::string query;    // the language of docs/query_syntax.md
  uint32_t limit = 10;  // >= 1
  uint32_t offset = 0;  // results to skip, for paging
  bool explain = false;
  Deadline deadline;
};

struct SearchStats {
  uint64_t documents = 0;  // live chunks searched
  uint64_t lexical_candidates = 0;
  uint64_t vector_candidates = 0;
  uint64_t structural_candidates = 0;
  uint64_t files_verified = 0;  // whose text was read for a phrase or regex
  double parse_ms = 0, lexical_ms = 0, vector_ms = 0, rank_ms = 0, total_ms = 0;
};

struct SearchResponse {
  std::vector<SearchResult> results;
  bool truncated = false;             // more matched than limit
  bool partial = false;               // the deadline cut it short
  std::vector<std::string> warnings;  // "no embeddings: lexical and structural search only"
  std::string plan;                   // the simplified query tree in one line
  SearchStats stats;
};

struct ContextSnippet {
  std::string repository;
  std::string path;
  graph::Span span;                // what part of the file `text` shows
  std::vector<graph::Span> shown;  // whole lines within `span`; between them `text` says how many are left out
  std::string kind;                // "definition", "instance", "similar", "member", "module", "connection"
  std::string node_kind;           // graph::NodeKindName
  std::string name;                // of the element
  std::string text;
  double score = 0;
  std::string reason;   // "axi_req_t is used on line 41"
  uint32_t tokens = 0;  // estimate, never under
};

// Unsaved text laid over the snapshot for one request: it hides the file's stored facts and text.
struct Overlay {
  std::string path;
  std::string text;
  std::shared_ptr<const graph::Shard> shard;  // facts of `text`; null: the file is hidden and gives nothing
};

class TokenCounter;

struct CompletionRequest {
  std::string path;                       // of the file under the cursor; need not be indexed
  uint32_t line = 1;                      // 1-based; the cursor is before `column` of this line
  uint32_t column = 0;                    // 1-based byte column, at most one past the line's end; 0: the line's start
  std::vector<Overlay> overlays;          // may hold the file itself: then its text wins over the indexed one
  std::vector<std::string> recent_paths;  // edited lately: they count as near
  uint32_t budget_tokens = 1000;          // >= 1
  std::shared_ptr<const TokenCounter> counter;  // null: the estimate
  Deadline deadline;
  std::function<bool()> cancelled;  // asked between sources; true: CANCELLED. May be empty
};

struct ContextResponse {
  std::vector<ContextSnippet> snippets;  // best first
  uint32_t tokens = 0;                   // sum over snippets, <= budget
  bool truncated = false;                // more was found than fits
  bool partial = false;                  // deadline, or no index: what is missing is in warnings
  std::vector<std::string> warnings;
  double total_ms = 0;
};

class ContextCache;

// Answers questions on opened indexes. Thread-safe; holds no state of a request, but texts that requests read lately.
class Retriever {
 public:
  // `embedder` may be null: lexical and structural search only.
  explicit Retriever(std::shared_ptr<Embedder> embedder);
  ~Retriever();

  // Errors: INVALID_ARGUMENT (query syntax, with the position and a caret line), OUT_OF_RANGE (limit).
  base::Result<SearchResponse> Search(std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                      const SearchRequest& request) const;

  // Context for the text at a cursor. `indexes[0]` is the repository of the file, further ones may add definitions.
  // Never returns text of the file's lines after the cursor, from an overlay or the index. An unknown file without
  // overlay is NOT_FOUND; a line past its end OUT_OF_RANGE; a budget of 0 INVALID_ARGUMENT.
  base::Result<ContextResponse> AssembleCompletion(std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                                   const CompletionRequest& request) const;

 private:
  std::shared_ptr<Embedder> embedder_;
  std::unique_ptr<ContextCache> cache_;
};

}  // namespace fanin::retriever
