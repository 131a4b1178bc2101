// BM25F over the documents of several segments: lexical scores of a query.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "retriever/postings_reader.h"
#include "retriever/query_terms.h"

namespace fanin::retriever {

// Scores of one segment's documents; dead documents have scores too.
struct LexicalScores {
  std::vector<float> bm25;        // by document; 0: no term; higher is better, unbounded
  std::vector<float> name;        // by document; share of its name that a query word is × share of the query, [0, 1]
  std::vector<float> definition;  // by head of a definition (SegmentPostings::HeadOf): BM25 of all its documents as one
  std::vector<uint32_t> matched;  // documents with bm25 > 0, each once, in no order
};

struct Lexical {
  std::vector<LexicalScores> segments;
  std::vector<double> idf;  // by group
};

// Scores all documents that have a term of a group; scores of segments are comparable: frequencies,
// lengths and counts are those of the live documents of all segments together. A group's alternatives count as one
// term, with their frequencies weighted and the greatest of their document counts (as Lucene's SynonymQuery). Errors:
// those of the store, DATA_LOSS. Cost: linear in the postings of the terms.
base::Result<Lexical> ScoreLexically(std::span<const SegmentPostings* const> segments,
                                     std::span<const TermGroup> groups);

}  // namespace fanin::retriever
