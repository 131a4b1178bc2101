// Vector files: round trips, and that no damage crashes, or answers differently.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/coding.h"
#include "base/file.h"
#include "retriever/vector_index.h"
#include "tests/retriever/temporary_folder.h"

namespace fanin::retriever {
namespace {

using base::Code;

constexpr uint32_t kDims = 8;
constexpr size_t kHeaderBytes = 44;  // docs/vector_format.md
const base::Digest kModel = base::DigestOf("model a");

std::vector<float> RandomVector(std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(kDims);
  float norm = 0;
  for (float& value : vector) {
    value = normal(random);
    norm += value * value;
  }
  for (float& value : vector) value /= std::sqrt(norm);
  return vector;
}

std::unique_ptr<StorableVectorIndex> BuildKind(VectorIndexKind kind, size_t count) {
  std::mt19937 random(1);
  VectorIndexBuilder builder(kModel, kDims);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_TRUE(builder.Add(static_cast<uint32_t>(1000 + i), RandomVector(random)).has_value());
  }
  VectorIndexOptions options;
  options.threads = 1;
  options.max_flat = kind == VectorIndexKind::kFlat ? count : 0;
  options.memory_limit_bytes = kind == VectorIndexKind::kIvfPq ? 1 : 0;
  auto index = std::move(builder).Build(options);
  EXPECT_TRUE(index.has_value()) << index.error();
  EXPECT_EQ((*index)->kind(), kind);
  return *std::move(index);
}

VectorHits Answers(const VectorIndex& index) {
  std::mt19937 random(2);
  std::vector<float> queries;
  for (int i = 0; i < 5; ++i) {
    const auto vector = RandomVector(random);
    queries.insert(queries.end(), vector.begin(), vector.end());
  }
  auto hits = index.Search(queries, 7);
  EXPECT_TRUE(hits.has_value());
  return *std::move(hits);
}

class VectorFile : public testing::TestWithParam<VectorIndexKind> {
 protected:
  void SetUp() override {
    index_ = BuildKind(GetParam(), GetParam() == VectorIndexKind::kIvfPq ? 10'000 : 20);
    const auto info = index_->Save(path_);
    ASSERT_TRUE(info.has_value()) << info.error();
    info_ = *info;
    content_ = *base::ReadFile(path_);
  }

  void Write(std::string_view content) {
    std::ofstream file(path_, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    ASSERT_TRUE(file.good());
  }
  Code LoadCode(const base::Digest& model = kModel) {
    const auto index = LoadVectorIndex(path_, model);
    return index ? Code::kUnknown : index.error().code;
  }

  TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "segment.vec";
  std::unique_ptr<StorableVectorIndex> index_;
  VectorFileInfo info_;
  std::string content_;
};

TEST_P(VectorFile, LoadedIndexAnswersAsTheSavedOne) {
  EXPECT_EQ(info_.size_bytes, content_.size());
  EXPECT_EQ(info_.count, index_->size());
  const auto loaded = LoadVectorIndex(path_, kModel, info_.content);
  ASSERT_TRUE(loaded.has_value()) << loaded.error();
  EXPECT_EQ((*loaded)->kind(), GetParam());
  EXPECT_EQ((*loaded)->size(), index_->size());
  EXPECT_EQ((*loaded)->dims(), kDims);
  EXPECT_EQ((*loaded)->model(), kModel);
  EXPECT_EQ(Answers(**loaded).documents, Answers(*index_).documents);
  EXPECT_EQ(Answers(**loaded).scores, Answers(*index_).scores);
}

TEST_P(VectorFile, EveryTruncationIsDataLoss) {
  // Every length up to the FAISS blob of the small indexes, and a spread of others.
  const size_t step = std::max<size_t>(1, content_.size() / 200);
  for (size_t size = 0; size < content_.size(); size += size < 160 ? 1 : step) {
    Write(content_.substr(0, size));
    ASSERT_EQ(LoadCode(), Code::kDataLoss) << size;
  }
  Write(content_.substr(0, content_.size() - 1));
  EXPECT_EQ(LoadCode(), Code::kDataLoss);
  Write(content_ + '\0');
  EXPECT_EQ(LoadCode(), Code::kDataLoss);
}

TEST_P(VectorFile, EveryFlippedBitIsDataLoss) {
  const auto flip = [this](size_t bit) {
    std::string damaged = content_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    Write(damaged);
    ASSERT_EQ(LoadCode(), Code::kDataLoss) << "bit " << bit;
  };
  for (size_t bit = 0; bit < (kHeaderBytes + 16 + 9) * 8; bit += 1 + bit % 2) flip(bit);
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 300; ++trial) flip(random() % (content_.size() * 8));
}

TEST_P(VectorFile, OverwrittenAndExchangedRegionsAreDataLoss) {
  std::mt19937_64 random(4);
  for (int trial = 0; trial < 100; ++trial) {
    std::string damaged = content_;
    const size_t size = 1 + random() % (content_.size() / 2);
    const size_t from = random() % (content_.size() - size);
    const size_t to = random() % (content_.size() - size);
    damaged.replace(to, size, trial % 2 == 0 ? std::string(size, '\0') : content_.substr(from, size));
    if (damaged == content_) continue;
    Write(damaged);
    ASSERT_EQ(LoadCode(), Code::kDataLoss) << trial;
  }
}

TEST_P(VectorFile, AnotherModelsVectorsAreRefused) {
  EXPECT_EQ(LoadCode(base::DigestOf("model b")), Code::kFailedPrecondition);
}

TEST_P(VectorFile, FileThatTheManifestDoesNotNameIsDataLoss) {
  const auto index = LoadVectorIndex(path_, kModel, base::DigestOf("another file"));
  ASSERT_FALSE(index.has_value());
  EXPECT_EQ(index.error().code, Code::kDataLoss);
  EXPECT_NE(index.error().message.find(path_.string()), std::string::npos) << index.error();
}

// A header with a right checksum around any version and payload.
std::string Frame(uint32_t version, const std::string& payload) {
  base::ByteWriter header;
  header.Raw("FANINVEC");
  header.Fixed32(version);
  header.Fixed64(payload.size());
  header.Raw(base::DigestOf(payload).View());
  header.Fixed64(base::Hash64(header.bytes()));
  return header.bytes() + payload;
}

TEST_P(VectorFile, NewerVersionIsRefusedAsSuch) {
  const std::string payload = content_.substr(kHeaderBytes);
  ASSERT_EQ(Frame(1, payload), content_) << "the frame of docs/vector_format.md";
  Write(Frame(2, payload));
  EXPECT_EQ(LoadCode(), Code::kFailedPrecondition);
  Write(Frame(2, "what a newer program may write"));
  EXPECT_EQ(LoadCode(), Code::kFailedPrecondition);
}

TEST_P(VectorFile, PayloadThatDoesNotFitItselfIsDataLossEvenWithItsDigest) {
  const std::string payload = content_.substr(kHeaderBytes);
  const auto with = [&](size_t offset, const std::string& bytes) {
    std::string changed = payload;
    changed.replace(offset, bytes.size(), bytes);
    return Frame(1, changed);
  };
  const auto u32 = [](uint32_t value) {
    base::ByteWriter writer;
    writer.Fixed32(value);
    return writer.bytes();
  };
  const auto size = static_cast<uint32_t>(index_->size());
  const char other_kind = GetParam() == VectorIndexKind::kFlat ? 2 : 1;
  for (const std::string& file :
       {with(16, std::string(1, '\0')), with(16, std::string(1, '\x04')), with(16, std::string(1, other_kind)),
        with(17, u32(0)), with(17, u32(kDims + 1)), with(17, u32(UINT32_MAX)), with(21, u32(UINT32_MAX)),
        with(21, u32(size - 1)), with(21, u32(0)), Frame(1, ""), Frame(1, payload.substr(0, 20)),
        Frame(1, payload.substr(0, 25 + 4 * index_->size())), Frame(1, payload + "more")}) {
    Write(file);
    EXPECT_EQ(LoadCode(), Code::kDataLoss);
  }
}

TEST_P(VectorFile, MissingFileIsNotFound) {
  std::filesystem::remove(path_);
  EXPECT_EQ(LoadCode(), Code::kNotFound);
}

TEST_P(VectorFile, FailedSaveLeavesTheFileAsItWas) {
  const auto info = index_->Save(folder_.path() / "no such folder" / "segment.vec");
  ASSERT_FALSE(info.has_value());
  EXPECT_EQ(info.error().code, Code::kNotFound);
  EXPECT_EQ(LoadCode(), Code::kUnknown) << "still whole";
}

std::string KindName(const testing::TestParamInfo<VectorIndexKind>& instance) {
  switch (instance.param) {
    case VectorIndexKind::kFlat: return "Flat";
    case VectorIndexKind::kHnsw: return "Hnsw";
    case VectorIndexKind::kIvfPq: return "IvfPq";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Kinds, VectorFile,
                         testing::Values(VectorIndexKind::kFlat, VectorIndexKind::kHnsw, VectorIndexKind::kIvfPq),
                         KindName);

TEST(VectorFileOfNothing, EmptyIndexRoundTrips) {
  const TemporaryFolder folder;
  const auto index = BuildKind(VectorIndexKind::kFlat, 0);
  ASSERT_TRUE(index->Save(folder.path() / "empty.vec").has_value());
  const auto loaded = LoadVectorIndex(folder.path() / "empty.vec", kModel);
  ASSERT_TRUE(loaded.has_value()) << loaded.error();
  EXPECT_EQ((*loaded)->size(), 0u);
}

}  // namespace
}  // namespace fanin::retriever
