#include "retriever/fusion.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "retriever/query_pattern.h"
#include "retriever/ranking_weights.h"

namespace fanin::retriever {
namespace {

struct Addend {
  std::string_view name;
  double weight;
  double value;
};

double NormalisedCosine(const Candidate& candidate, const Normaliser& normaliser) {
  if (!candidate.cosine.has_value()) return 0;
  const double range = normaliser.max_cosine - normaliser.min_cosine;
  return range > 0 ? (*candidate.cosine - normaliser.min_cosine) / range : 1;
}

// Saturating: the first occurrence says most.
double TextValue(const Candidate& candidate) {
  return candidate.occurrences / (candidate.occurrences + kRankingWeights.text_half);
}

std::array<Addend, 6> AddendsOf(const Candidate& candidate, const Normaliser& normaliser) {
  const RankingWeights& weights = kRankingWeights;
  return {{
      {"bm25", weights.bm25, normaliser.max_bm25 > 0 ? candidate.bm25 / normaliser.max_bm25 : 0},
      {"cosine", weights.cosine, NormalisedCosine(candidate, normaliser)},
      {"name", weights.name, candidate.name},
      {"structure", weights.structure, candidate.structure},
      {"text", weights.text, TextValue(candidate)},
      {"prior", weights.prior, candidate.prior},
  }};
}

template <size_t N>
bool HasFolder(std::string_view path, const std::array<std::string_view, N>& folders) {
  while (true) {
    const size_t slash = path.find('/');
    if (slash == std::string_view::npos) return false;
    if (std::ranges::find(folders, path.substr(0, slash)) != folders.end()) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

Normaliser Fuse(std::span<Candidate> candidates) {
  Normaliser normaliser;
  bool any_cosine = false;
  for (const Candidate& candidate : candidates) {
    normaliser.max_bm25 = std::max(normaliser.max_bm25, candidate.bm25);
    if (!candidate.cosine.has_value()) continue;
    normaliser.min_cosine = any_cosine ? std::min(normaliser.min_cosine, *candidate.cosine) : *candidate.cosine;
    normaliser.max_cosine = any_cosine ? std::max(normaliser.max_cosine, *candidate.cosine) : *candidate.cosine;
    any_cosine = true;
  }
  for (Candidate& candidate : candidates) {
    candidate.score = 0;
    for (const Addend& addend : AddendsOf(candidate, normaliser)) candidate.score += addend.weight * addend.value;
  }
  return normaliser;
}

std::vector<Signal> SignalsOf(const Candidate& candidate, const Normaliser& normaliser) {
  std::vector<Signal> signals;
  for (const Addend& addend : AddendsOf(candidate, normaliser)) {
    signals.push_back({std::string(addend.name), addend.value, addend.weight});
  }
  return signals;
}

double StaticScore(const Candidate& candidate) {
  return kRankingWeights.name * candidate.name + kRankingWeights.structure * candidate.structure +
         kRankingWeights.text * TextValue(candidate) + kRankingWeights.prior * candidate.prior;
}

bool RanksBefore(const Candidate& a, const Candidate& b) {
  // Files of a snapshot are sorted by path.
  return std::tuple(-a.score, a.index, a.file, a.begin_byte, a.document) <
         std::tuple(-b.score, b.index, b.file, b.begin_byte, b.document);
}

double KindPrior(graph::ChunkKind kind) { return kRankingWeights.kind_prior[static_cast<size_t>(kind)]; }

double PathPrior(std::string_view path) {
  const std::string lower = LowerCase(path);
  return (HasFolder(lower, kTestFolders) ? kRankingWeights.test_folder : 1) *
         (HasFolder(lower, kCopyFolders) ? kRankingWeights.copy_folder : 1);
}

}  // namespace fanin::retriever
