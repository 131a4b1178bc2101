#include "retriever/fusion.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "retriever/query_pattern.h"

namespace fanin::retriever {
namespace {

// Saturating: the first occurrence says most.
double TextValue(const Candidate& candidate) {
  return candidate.occurrences / (candidate.occurrences + kRankingWeights.text_half);
}

// Before normalisation; nullopt: not known of this candidate, worth nothing.
std::optional<double> ValueOf(const Candidate& candidate, Addend addend) {
  switch (addend) {
    case Addend::kBm25: return candidate.bm25;
    case Addend::kCosine: return candidate.cosine;
    case Addend::kPassageBm25: return candidate.passage_bm25;
    case Addend::kPassageCosine: return candidate.passage_cosine;
    case Addend::kModuleBm25: return candidate.module_bm25;
    case Addend::kModuleCosine: return candidate.module_cosine;
    case Addend::kInsideCosine: return candidate.inside_cosine;
    case Addend::kName: return candidate.name;
    case Addend::kStructure: return candidate.structure;
    case Addend::kText: return TextValue(candidate);
    case Addend::kPrior: return candidate.prior;
    case Addend::kPhrase: return candidate.phrase;
  }
  return std::nullopt;
}

enum class Scale { kFixed, kByMaximum, kMinMax };

constexpr Scale ScaleOf(Addend addend) {
  switch (addend) {
    case Addend::kBm25:
    case Addend::kPassageBm25:
    case Addend::kModuleBm25: return Scale::kByMaximum;
    case Addend::kCosine:
    case Addend::kPassageCosine:
    case Addend::kModuleCosine:
    case Addend::kInsideCosine: return Scale::kMinMax;
    default: return Scale::kFixed;
  }
}

// In [0, 1].
double NormalisedValue(const Candidate& candidate, Addend addend, const Normaliser& normaliser) {
  const std::optional<double> value = ValueOf(candidate, addend);
  if (!value.has_value()) return 0;
  const Normaliser::Range& range = normaliser.range[static_cast<size_t>(addend)];
  switch (ScaleOf(addend)) {
    case Scale::kFixed: return *value;
    case Scale::kByMaximum: return range.max > 0 ? *value / range.max : 0;
    case Scale::kMinMax: return range.max > range.min ? (*value - range.min) / (range.max - range.min) : 1;
  }
  return 0;
}

double WeightOf(Addend addend, Level level) {
  return kRankingWeights.addend[static_cast<size_t>(level)][static_cast<size_t>(addend)];
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

Normaliser Fuse(std::span<Candidate> candidates, Level level) {
  Normaliser normaliser;
  normaliser.level = level;
  std::optional<Normaliser::Range> cosines;
  for (size_t i = 0; i < kAddendCount; ++i) {
    const auto addend = static_cast<Addend>(i);
    Normaliser::Range& range = normaliser.range[i];
    for (const Candidate& candidate : candidates) {
      const std::optional<double> value = ValueOf(candidate, addend);
      if (!value.has_value()) continue;
      range.max = std::max(range.max, *value);
      if (ScaleOf(addend) != Scale::kMinMax) continue;
      if (!cosines.has_value()) cosines = {*value, *value};
      cosines = {std::min(cosines->min, *value), std::max(cosines->max, *value)};
    }
  }
  for (size_t i = 0; i < kAddendCount; ++i) {
    if (ScaleOf(static_cast<Addend>(i)) == Scale::kMinMax) normaliser.range[i] = cosines.value_or(Normaliser::Range{});
  }
  for (Candidate& candidate : candidates) {
    candidate.score = 0;
    for (size_t i = 0; i < kAddendCount; ++i) {
      const auto addend = static_cast<Addend>(i);
      candidate.score += WeightOf(addend, level) * NormalisedValue(candidate, addend, normaliser);
    }
  }
  return normaliser;
}

std::vector<Signal> SignalsOf(const Candidate& candidate, const Normaliser& normaliser) {
  std::vector<Signal> signals;
  for (size_t i = 0; i < kAddendCount; ++i) {
    const auto addend = static_cast<Addend>(i);
    signals.push_back({std::string(kAddendNames[i]), NormalisedValue(candidate, addend, normaliser),
                       WeightOf(addend, normaliser.level)});
  }
  return signals;
}

double StaticScore(const Candidate& candidate) {
  double score = 0;
  for (Addend addend : {Addend::kName, Addend::kStructure, Addend::kText, Addend::kPrior}) {
    score += WeightOf(addend, Level::kAny) * ValueOf(candidate, addend).value_or(0);
  }
  return score;
}

bool RanksBefore(const Candidate& a, const Candidate& b) {
  // Files of a snapshot are sorted by path.
  return std::tuple(-a.score, a.index, a.file, a.begin_byte, a.document, a.element) <
         std::tuple(-b.score, b.index, b.file, b.begin_byte, b.document, b.element);
}

double KindPrior(graph::ChunkKind kind) { return kRankingWeights.kind_prior[static_cast<size_t>(kind)]; }

double PathPrior(std::string_view path) {
  const std::string lower = LowerCase(path);
  return (HasFolder(lower, kTestFolders) ? kRankingWeights.test_folder : 1) *
         (HasFolder(lower, kCopyFolders) ? kRankingWeights.copy_folder : 1);
}

}  // namespace fanin::retriever
