// The contract of VectorIndex, on the exact implementation, which defines it, and on every kind of the FAISS one.
#include "retriever/vector_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <thread>
#include <vector>

namespace fanin::retriever {
namespace {

using base::Code;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr uint32_t kDims = 32;
const base::Digest kModel = base::DigestOf("model a");

std::vector<float> Normalized(std::vector<float> vector) {
  float norm = 0;
  for (float value : vector) norm += value * value;
  for (float& value : vector) value /= std::sqrt(norm);
  return vector;
}

// Unit vectors in groups, as embeddings of code lie: a random centre of 40 and noise around it.
std::vector<std::vector<float>> ClusteredVectors(size_t count, unsigned seed) {
  std::mt19937 centres_random(99);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> centres(40, std::vector<float>(kDims));
  for (auto& centre : centres) std::ranges::generate(centre, [&] { return normal(centres_random); });
  std::vector<std::vector<float>> vectors;
  for (size_t i = 0; i < count; ++i) {
    auto vector = centres[random() % centres.size()];
    for (float& value : vector) value += 0.5F * normal(random);
    vectors.push_back(Normalized(std::move(vector)));
  }
  return vectors;
}

// Documents are not the rows' numbers: every third from 7.
uint32_t DocumentOf(size_t row) { return static_cast<uint32_t>(7 + 3 * row); }

VectorIndexBuilder MakeBuilder(const std::vector<std::vector<float>>& vectors) {
  VectorIndexBuilder builder(kModel, kDims);
  builder.Reserve(vectors.size());
  for (size_t i = 0; i < vectors.size(); ++i) EXPECT_TRUE(builder.Add(DocumentOf(i), vectors[i]).has_value());
  return builder;
}

std::vector<float> Flatten(const std::vector<std::vector<float>>& rows) {
  std::vector<float> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return flat;
}

struct Variant {
  const char* name;
  std::unique_ptr<VectorIndex> (*build)(VectorIndexBuilder builder);
  double min_recall;  // of the true 10 best
  float score_tolerance;
};

std::unique_ptr<VectorIndex> BuildKind(VectorIndexBuilder builder, const VectorIndexOptions& options,
                                       VectorIndexKind kind) {
  auto index = std::move(builder).Build(options);
  EXPECT_TRUE(index.has_value()) << index.error();
  // Too few vectors to train IVF-PQ: another kind serves.
  const bool trainable = (*index)->size() >= 10'000;
  EXPECT_TRUE((*index)->kind() == kind || !trainable);
  return *std::move(index);
}

VectorIndexOptions Options(size_t max_flat, size_t memory_limit_bytes = 0) {
  VectorIndexOptions options;
  options.max_flat = max_flat;
  options.memory_limit_bytes = memory_limit_bytes;
  options.threads = 1;
  return options;
}

const Variant kVariants[] = {
    {"Exact", [](VectorIndexBuilder builder) { return std::move(builder).BuildExact(); }, 1, 1e-6F},
    {"Flat",
     [](VectorIndexBuilder builder) { return BuildKind(std::move(builder), Options(50'000), VectorIndexKind::kFlat); },
     1, 1e-5F},
    {"Hnsw",
     [](VectorIndexBuilder builder) { return BuildKind(std::move(builder), Options(0), VectorIndexKind::kHnsw); }, 0.95,
     1e-5F},
    {"IvfPq",
     [](VectorIndexBuilder builder) { return BuildKind(std::move(builder), Options(0, 1), VectorIndexKind::kIvfPq); },
     0.5, 0.2F},
};

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

class VectorIndexContract : public testing::TestWithParam<Variant> {
 protected:
  std::unique_ptr<VectorIndex> Build(const std::vector<std::vector<float>>& vectors) {
    return GetParam().build(MakeBuilder(vectors));
  }
};

VectorHits Search(const VectorIndex& index, const std::vector<std::vector<float>>& queries, size_t k,
                  const DocumentFilter& filter = nullptr) {
  auto hits = index.Search(Flatten(queries), k, filter);
  EXPECT_TRUE(hits.has_value()) << hits.error();
  return hits ? *std::move(hits) : VectorHits{};
}

double Recall(const VectorHits& found, const VectorHits& expected) {
  size_t hit = 0;
  const size_t queries = expected.documents.size() / expected.k;
  for (size_t query = 0; query < queries; ++query) {
    const auto row = found.DocumentsOf(query);
    const std::set<uint32_t> documents(row.begin(), row.end());
    for (const uint32_t document : expected.DocumentsOf(query)) hit += documents.contains(document) ? 1 : 0;
  }
  return static_cast<double>(hit) / static_cast<double>(expected.documents.size());
}

TEST_P(VectorIndexContract, NearestComeFirstWithTheirInnerProducts) {
  const auto vectors = ClusteredVectors(10'000, 1);
  const auto queries = ClusteredVectors(50, 2);
  const auto index = Build(vectors);
  const auto expected = Search(*MakeBuilder(vectors).BuildExact(), queries, 10);
  const auto found = Search(*index, queries, 10);
  EXPECT_GE(Recall(found, expected), GetParam().min_recall);
  for (size_t query = 0; query < queries.size(); ++query) {
    const auto documents = found.DocumentsOf(query);
    const auto scores = found.ScoresOf(query);
    EXPECT_TRUE(std::ranges::is_sorted(scores, std::greater()));
    for (size_t i = 0; i < documents.size(); ++i) {
      float product = 0;
      const auto& vector = vectors.at((documents[i] - 7) / 3);
      for (uint32_t d = 0; d < kDims; ++d) product += vector[d] * queries[query][d];
      EXPECT_NEAR(scores[i], product, GetParam().score_tolerance);
    }
  }
}

TEST_P(VectorIndexContract, KnowsItsSizeDimsModelAndMemory) {
  const auto index = Build(ClusteredVectors(10'000, 3));
  EXPECT_EQ(index->size(), 10'000u);
  EXPECT_EQ(index->dims(), kDims);
  EXPECT_EQ(index->model(), kModel);
  EXPECT_GT(index->EstimateMemoryBytes(), index->size() * 4);
  EXPECT_LT(index->EstimateMemoryBytes(), index->size() * (kDims * 4 + 400));
}

TEST_P(VectorIndexContract, FilteredOutDocumentsNeitherAppearNorTakePlaces) {
  const auto vectors = ClusteredVectors(10'000, 4);
  const auto queries = ClusteredVectors(20, 5);
  const auto index = Build(vectors);
  const auto exact = MakeBuilder(vectors).BuildExact();
  for (const uint32_t modulus : {2U, 5U, 50U}) {  // a half, a fifth, a fiftieth pass
    const auto filter = [modulus](uint32_t document) { return document % modulus == 0; };
    const auto found = Search(*index, queries, 10, filter);
    for (const uint32_t document : found.documents) {
      ASSERT_NE(document, kNoDocument);
      EXPECT_TRUE(filter(document)) << document;
    }
    EXPECT_GE(Recall(found, Search(*exact, queries, 10, filter)), GetParam().min_recall) << modulus;
  }
}

TEST_P(VectorIndexContract, RowsAreAsLongAsTheFilterAllowsAndPadded) {
  const auto vectors = ClusteredVectors(10'000, 6);
  const auto index = Build(vectors);
  const std::set<uint32_t> allowed = {DocumentOf(17), DocumentOf(4'000), DocumentOf(9'999)};
  const auto hits =
      Search(*index, {vectors[17], vectors[42]}, 5, [&](uint32_t document) { return allowed.contains(document); });
  for (size_t query = 0; query < 2; ++query) {
    const auto documents = hits.DocumentsOf(query);
    EXPECT_EQ(std::set<uint32_t>(documents.begin(), documents.begin() + 3), allowed);
    EXPECT_THAT(documents.subspan(3), Each(kNoDocument));
    EXPECT_THAT(hits.ScoresOf(query).subspan(3), Each(-std::numeric_limits<float>::infinity()));
  }
  EXPECT_EQ(hits.documents[0], DocumentOf(17)) << "the query's own vector";
  const auto none = Search(*index, {vectors[0]}, 3, [](uint32_t) { return false; });
  EXPECT_THAT(none.documents, Each(kNoDocument));
}

TEST_P(VectorIndexContract, MoreThanThereAreIsPadded) {
  const auto vectors = ClusteredVectors(3, 7);
  const auto index = Build(vectors);
  const auto hits = Search(*index, {vectors[2]}, 6);
  EXPECT_EQ(hits.documents[0], DocumentOf(2));
  EXPECT_NEAR(hits.scores[0], 1, 1e-5);
  EXPECT_THAT(hits.DocumentsOf(0).subspan(3), Each(kNoDocument));
}

TEST_P(VectorIndexContract, EmptyIndexFindsNothing) {
  const auto index = Build({});
  EXPECT_EQ(index->size(), 0u);
  EXPECT_THAT(Search(*index, ClusteredVectors(2, 8), 2).documents, Each(kNoDocument));
  EXPECT_TRUE(Search(*index, {}, 2).documents.empty());
}

TEST_P(VectorIndexContract, EqualVectorsAreAllFoundInTheOrderOfTheirDocuments) {
  // 300 copies: a graph of neighbours may well lose some of them.
  std::vector<std::vector<float>> vectors(300, ClusteredVectors(1, 9).front());
  const auto index = Build(vectors);
  const auto hits = Search(*index, {vectors[0]}, 300);
  for (size_t i = 0; i < vectors.size(); ++i) EXPECT_EQ(hits.documents[i], DocumentOf(i));
}

TEST_P(VectorIndexContract, QueryThatIsNoNumberIsInvalid) {
  const auto index = Build(ClusteredVectors(10, 10));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> query(kDims, 0.1F);
    query[5] = bad;
    const auto hits = index->Search(query, 3);
    ASSERT_FALSE(hits.has_value());
    EXPECT_EQ(hits.error().code, Code::kInvalidArgument);
  }
}

TEST_P(VectorIndexContract, ManyThreadsGetTheAnswersOfOne) {
  const auto vectors = ClusteredVectors(10'000, 11);
  const auto queries = ClusteredVectors(20, 12);
  const auto index = Build(vectors);
  const auto expected = Search(*index, queries, 10);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { EXPECT_EQ(Search(*index, queries, 10).documents, expected.documents); });
  }
  for (auto& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Kinds, VectorIndexContract, testing::ValuesIn(kVariants),
                         [](const auto& instance) { return instance.param.name; });

TEST(VectorIndexBuilder, KindFollowsFromSizeAndMemoryLimit) {
  const auto kind = [](size_t count, const VectorIndexOptions& options) {
    auto index = MakeBuilder(ClusteredVectors(count, 13)).Build(options);
    EXPECT_TRUE(index.has_value());
    return (*index)->kind();
  };
  EXPECT_EQ(kind(100, {}), VectorIndexKind::kFlat);
  EXPECT_EQ(kind(100, Options(100)), VectorIndexKind::kFlat);
  EXPECT_EQ(kind(101, Options(100)), VectorIndexKind::kHnsw);
  EXPECT_EQ(kind(101, Options(50'000, 1000)), VectorIndexKind::kFlat) << "too few to train IVF-PQ";
  EXPECT_EQ(kind(10'000, Options(50'000, 10'000 * kDims * 8)), VectorIndexKind::kFlat);
  EXPECT_EQ(kind(10'000, Options(50'000, 10'000 * kDims * 3)), VectorIndexKind::kIvfPq);
}

TEST(VectorIndexBuilder, CompressedIndexTakesLessMemory) {
  const auto vectors = ClusteredVectors(10'000, 14);
  auto flat = MakeBuilder(vectors).Build(Options(50'000));
  auto compressed = MakeBuilder(vectors).Build(Options(0, 1));
  ASSERT_TRUE(flat.has_value() && compressed.has_value());
  EXPECT_LT((*compressed)->EstimateMemoryBytes() * 3, (*flat)->EstimateMemoryBytes());
}

TEST(VectorIndexBuilder, VectorThatIsNoNumberIsInvalid) {
  VectorIndexBuilder builder(kModel, 2);
  const auto status = builder.Add(1, std::vector<float>{std::numeric_limits<float>::quiet_NaN(), 1});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, Code::kInvalidArgument);
}

TEST(VectorIndexBuilderDeathTest, WrongShapesAreTheCallersMistake) {
  VectorIndexBuilder builder(kModel, 2);
  EXPECT_DEATH(static_cast<void>(builder.Add(1, std::vector<float>{1})), "check failed");
  EXPECT_DEATH(static_cast<void>(builder.Add(kNoDocument, std::vector<float>{1, 0})), "check failed");
  const auto index = std::move(builder).BuildExact();
  EXPECT_DEATH(static_cast<void>(index->Search(std::vector<float>{1, 0, 0}, 1)), "check failed");
  EXPECT_DEATH(static_cast<void>(index->Search(std::vector<float>{1, 0}, 0)), "check failed");
}

}  // namespace
}  // namespace fanin::retriever
