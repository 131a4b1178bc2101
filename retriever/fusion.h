// Fusion: from the named signals of each candidate to one score. The model is a weighted sum (ranking_weights.h); what
// each signal means and why: docs/ranking.md.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "graph/shard.h"
#include "retriever/ranking_weights.h"
#include "retriever/retriever.h"

namespace fanin::retriever {

// A document with its raw signals.
struct Candidate {
  uint32_t index = 0;    // into the searched indexes
  uint32_t segment = 0;  // of the index
  uint32_t document = 0;
  graph::FileRef file = 0;
  uint32_t begin_byte = 0;
  uint64_t text_hash = 0;

  graph::LocalNode element = graph::kNoNode;  // one of those that the document shows; kNoNode: all of it

  double bm25 = 0;               // unbounded
  std::optional<double> cosine;  // [-1, 1]; nullopt: no vector
  double passage_bm25 = 0;       // of an element: that of its passage
  std::optional<double> passage_cosine;
  double module_bm25 = 0;               // of the definition that it is in, as one document
  std::optional<double> module_cosine;  // of the head of the definition that it is in
  std::optional<double> inside_cosine;  // of the head of a definition: the best inside it
  double name = 0;                      // [0, 1]
  double structure = 0;                 // [0, 1]
  double occurrences = 0;               // of exact text
  double prior = 0;                     // [0, 1]
  double phrase = 0;                    // [0, 1]
  double score = 0;                     // set by Fuse
};

// How the raw scores of one answer are normalised, over all its candidates.
struct Normaliser {
  struct Range {
    double min = 0;
    double max = 0;
  };
  Level level = Level::kAny;
  std::array<Range, kAddendCount> range;  // of BM25s the least is 0: documents without the words
};

// Sets the scores, with the weights of the level. Returns how, so that SignalsOf can repeat it.
Normaliser Fuse(std::span<Candidate> candidates, Level level);

// Addends of the score, in the order of docs/ranking.md; those of weight * value 0 too. Their sum is the score.
std::vector<Signal> SignalsOf(const Candidate& candidate, const Normaliser& normaliser);

// The score without words: what a condition alone ranks by.
double StaticScore(const Candidate& candidate);

// Best first: by score, then repository (as given), path, position. A strict order of different documents.
bool RanksBefore(const Candidate& a, const Candidate& b);

// Prior of a passage, [0, 1]: that of its kind times that of its path.
double KindPrior(graph::ChunkKind kind);
double PathPrior(std::string_view path);

}  // namespace fanin::retriever
