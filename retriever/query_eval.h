// Evaluating the condition of a query on one segment: a cheap superset from postings, then verification on the text.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"
#include "retriever/postings_reader.h"
#include "retriever/query.h"
#include "retriever/query_values.h"
#include "retriever/retriever.h"
#include "retriever/text_match.h"

namespace fanin::retriever {

// The leaves of a query, compiled once for all segments. Immutable, thread-safe.
class CompiledQuery {
 public:
  struct Leaf {
    std::optional<PatternMatcher> pattern;    // atoms
    KindSet kinds;                            // kind:
    std::vector<std::string_view> languages;  // lang:
    std::shared_ptr<const TextMatcher> text;  // phrases and regexes
    std::vector<std::string> terms;           // words
  };
  // REQUIRES: parsed by ParseQuery (patterns compile). The leaves of the tree, and of what Simplify makes of it, are
  // the keys.
  explicit CompiledQuery(const QueryPtr& query);
  const Leaf& Of(const Query& leaf) const { return leaves_.at(&leaf); }

 private:
  void Compile(const Query& query);
  QueryPtr query_;  // keeps the leaves
  std::map<const Query*, Leaf> leaves_;
};

// Which documents of a segment satisfy a condition, and what is known of how.
struct Evaluation {
  // A term that an atom's pattern matched, with its postings.
  using MatchedTerm = std::pair<std::string, std::string>;

  Bitmap documents;
  // Of each leaf that is not negated: the documents that satisfy it, among those where the rest allows a match.
  std::map<const Query*, Bitmap> leaves;
  // Of each atom with a pattern: terms it matched, the first kMaxMatchedTerms.
  std::map<const Query*, std::vector<MatchedTerm>> matched_terms;
  // By document: how near a name: atom is to the name found, [0, 1]; empty: no such atom.
  std::vector<float> name;
  // Of exact texts that are not negated, by document.
  std::unordered_map<uint32_t, uint32_t> occurrences;
  uint64_t files_verified = 0;
  bool complete = true;  // false: the deadline kept files from being verified; their documents do not count
};
inline constexpr size_t kMaxMatchedTerms = 512;

// Simplifies the condition by what the segment's files decide (repo:, file:, lang:), then evaluates what is left.
// `deadline` is for the reading of texts. REQUIRES: condition made from the compiled query by Simplify. Errors: those
// of the store, DATA_LOSS.
base::Result<Evaluation> Evaluate(const QueryPtr& condition, const CompiledQuery& compiled,
                                  const graph::Snapshot& snapshot, const SegmentPostings& postings, Deadline deadline);

}  // namespace fanin::retriever
