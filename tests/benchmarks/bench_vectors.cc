// Vector search by kind of index: build time, latency, and recall@10 and @100 against the exact index. The vectors are
// made up (clusters with noise of low dimension, as embeddings of code lie), or read from the file that
// FANIN_BENCH_VECTORS names: 384 float32 per vector, unit norm, the last 200 being the queries.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "retriever/vector_index.h"

namespace {

using fanin::retriever::VectorHits;
using fanin::retriever::VectorIndex;
using fanin::retriever::VectorIndexBuilder;
using fanin::retriever::VectorIndexOptions;

constexpr uint32_t kDims = 384;
constexpr size_t kQueries = 200;

// count + kQueries rows. 1,000 centres lie in a space of 48 dimensions, noise in 24 directions per centre: with
// full-rank noise all distances would be alike, which they are not in text embeddings.
std::vector<float> MakeVectors(size_t count) {
  constexpr size_t kCentres = 1000;
  constexpr size_t kCentreRank = 48;
  constexpr size_t kNoiseRank = 24;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> basis(kCentreRank * kDims);
  for (float& value : basis) value = normal(random);
  const auto add = [&](float* row, size_t direction, float weight) {
    for (size_t d = 0; d < kDims; ++d) row[d] += weight * basis[direction * kDims + d];
  };
  std::vector<float> centres(kCentres * kDims);
  for (size_t c = 0; c < kCentres; ++c) {
    for (size_t r = 0; r < kCentreRank; ++r) add(&centres[c * kDims], r, normal(random));
  }
  std::vector<float> vectors((count + kQueries) * kDims);
  for (size_t i = 0; i < count + kQueries; ++i) {
    float* row = &vectors[i * kDims];
    const size_t centre = random() % kCentres;
    std::memcpy(row, &centres[centre * kDims], kDims * sizeof(float));
    for (size_t r = 0; r < kNoiseRank; ++r) add(row, (centre + r) % kCentreRank, 0.6F * normal(random));
    double norm = 0;
    for (size_t d = 0; d < kDims; ++d) norm += static_cast<double>(row[d]) * row[d];
    for (size_t d = 0; d < kDims; ++d) row[d] /= static_cast<float>(std::sqrt(norm));
  }
  return vectors;
}

std::vector<float> LoadVectors(size_t count) {
  const char* path = std::getenv("FANIN_BENCH_VECTORS");
  if (path == nullptr) return MakeVectors(count);
  const auto bytes = fanin::base::ReadFile(path);
  FANIN_CHECK(bytes.has_value() && bytes->size() > kQueries * kDims * sizeof(float));
  std::vector<float> vectors(bytes->size() / sizeof(float) / kDims * kDims);
  std::memcpy(vectors.data(), bytes->data(), vectors.size() * sizeof(float));
  return vectors;
}

// `count` vectors (or those of the file), queries, and the indexes built of them.
struct Corpus {
  size_t count = 0;
  std::vector<float> vectors;

  std::span<const float> Queries() const { return std::span(vectors).subspan(count * kDims); }
  VectorIndexBuilder Builder() const {
    VectorIndexBuilder builder(fanin::base::Digest{}, kDims);
    builder.Reserve(count);
    for (size_t i = 0; i < count; ++i) {
      FANIN_CHECK(builder.Add(static_cast<uint32_t>(i), std::span(vectors).subspan(i * kDims, kDims)).has_value());
    }
    return builder;
  }
};

const Corpus& CorpusOf(size_t count) {
  static Corpus corpus;
  static size_t asked = 0;
  if (asked != count) {
    corpus.vectors = LoadVectors(count);
    corpus.count = corpus.vectors.size() / kDims - kQueries;
    asked = count;
  }
  return corpus;
}

enum Kind { kExact, kFlat, kHnsw, kIvfPq };

std::unique_ptr<VectorIndex> Build(const Corpus& corpus, Kind kind) {
  if (kind == kExact) return corpus.Builder().BuildExact();
  VectorIndexOptions options;
  options.max_flat = kind == kFlat ? corpus.count : 0;
  options.memory_limit_bytes = kind == kIvfPq ? 1 : 0;
  auto index = corpus.Builder().Build(options);
  FANIN_CHECK(index.has_value());
  return *std::move(index);
}

struct Built {
  std::unique_ptr<VectorIndex> index;
  double build_seconds = 0;
};

// The last few built are kept: a benchmark's function runs several times.
const Built& BuiltOf(size_t count, Kind kind) {
  static std::map<Kind, Built> built;
  static size_t built_count = 0;
  if (built_count != count) built.clear();
  built_count = count;
  auto& entry = built[kind];
  if (entry.index == nullptr) {
    const auto& corpus = CorpusOf(count);
    const auto started = std::chrono::steady_clock::now();
    entry.index = Build(corpus, kind);
    entry.build_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }
  return entry;
}

double Recall(const VectorHits& found, const VectorHits& expected) {
  size_t hits = 0;
  for (size_t query = 0; query < kQueries; ++query) {
    const auto row = found.DocumentsOf(query);
    const std::set<uint32_t> documents(row.begin(), row.end());
    for (const uint32_t document : expected.DocumentsOf(query)) hits += documents.count(document);
  }
  return static_cast<double>(hits) / static_cast<double>(expected.documents.size());
}

bool OneOfFour(uint32_t document) { return document % 4 == 0; }

void Search(benchmark::State& state, Kind kind) {
  const auto count = static_cast<size_t>(state.range(0));
  const auto queries = CorpusOf(count).Queries();
  const auto& [index, build_seconds] = BuiltOf(count, kind);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(index->Search(queries.subspan(next * kDims, kDims), 10));
    next = (next + 1) % kQueries;
  }
  state.counters["build_s"] = build_seconds;
  state.counters["MiB"] = static_cast<double>(index->EstimateMemoryBytes()) / (1 << 20);
}

// Not timed: how much of the exact answer the kind finds.
void FindTrueNeighbours(benchmark::State& state, Kind kind) {
  const auto count = static_cast<size_t>(state.range(0));
  const auto queries = CorpusOf(count).Queries();
  const auto& index = *BuiltOf(count, kind).index;
  const auto& exact = *BuiltOf(count, kFlat).index;
  for (auto _ : state) {
    for (const size_t k : {10U, 100U}) {
      const auto found = index.Search(queries, k);
      state.counters["recall@" + std::to_string(k)] = Recall(*found, *exact.Search(queries, k));
    }
    const auto found = index.Search(queries, 10, OneOfFour);
    state.counters["filtered@10"] = Recall(*found, *exact.Search(queries, 10, OneOfFour));
  }
}

void Register(const char* name, Kind kind, int64_t count) {
  const std::string suffix(name);
  benchmark::RegisterBenchmark(("Search/" + suffix).c_str(), Search, kind)->Arg(count)->Unit(benchmark::kMicrosecond);
  if (kind == kExact) return;
  benchmark::RegisterBenchmark(("FindTrueNeighbours/" + suffix).c_str(), FindTrueNeighbours, kind)
      ->Arg(count)
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const int64_t count : {10'000, 50'000, 100'000}) {
    if (count <= 10'000) Register("exact", kExact, count);
    Register("flat", kFlat, count);
    Register("hnsw", kHnsw, count);
    Register("ivf_pq", kIvfPq, count);
  }
  benchmark::RunSpecifiedBenchmarks();
}
