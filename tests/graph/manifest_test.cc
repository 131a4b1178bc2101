#include "graph/manifest.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/coding.h"
#include "graph/sealed.h"

namespace fanin::graph {
namespace {

using base::Code;

Manifest SampleManifest() {
  Manifest manifest;
  manifest.repository = "ibex";
  manifest.snapshot = 3;
  manifest.created_unix_ms = -1;
  manifest.revision = "abc+";
  manifest.extractor_version = 7;
  manifest.segments.push_back({1, 2, 5, std::nullopt});
  manifest.segments.push_back(
      {9, 1, 4, VectorFile{"9.faiss", base::DigestOf("model"), uint64_t{1} << 40, base::DigestOf("file"), 4}});
  FileEntry file;
  file.path = "rtl/core.sv";
  file.content = base::DigestOf("text");
  file.shard = base::DigestOf("shard");
  file.links = base::DigestOf("links");
  file.segment = 9;
  file.ordinal = 0;
  file.doc_base = 1;
  file.chunk_count = 2;
  file.node_count = 300;
  file.line_count = 4000;
  file.size_bytes = uint64_t{5} << 32;
  file.error_count = 6;
  manifest.files = {FileEntry{}, file};
  manifest.lost.push_back({"bad.sv", "not text"});
  manifest.external_definitions = {"pll", "sram"};
  manifest.designs = {{"soc", base::DigestOf("inputs"), base::DigestOf("record"), {base::DigestOf("facts")}, 3, 1}};
  return manifest;
}

TEST(ManifestCodec, ReadsBack) {
  const Manifest manifest = SampleManifest();
  const auto read = DecodeManifest(EncodeManifest(manifest));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(*read, manifest);
  EXPECT_EQ(DecodeManifest(EncodeManifest({})), Manifest{});
}

TEST(ManifestCodec, ReadsTheFormatWithoutDesigns) {
  Manifest manifest = SampleManifest();
  manifest.designs.clear();
  std::string bytes = EncodeManifest(manifest);
  bytes.resize(bytes.size() - 9);  // the checksum, and the count of designs
  bytes[4] = 1;
  base::ByteWriter seal;
  seal.Fixed64(base::Hash64(bytes));
  const auto read = DecodeManifest(bytes + seal.bytes());
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(*read, manifest);
}

TEST(ManifestCodec, EveryTruncationAndFlippedBitIsDataLoss) {
  const std::string bytes = EncodeManifest(SampleManifest());
  for (size_t i = 0; i < bytes.size(); ++i) {
    ASSERT_EQ(DecodeManifest(std::string_view(bytes).substr(0, i)).error().code, Code::kDataLoss) << i;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
      ASSERT_EQ(DecodeManifest(damaged).error().code, Code::kDataLoss) << i;
    }
  }
}

TEST(ManifestCodec, DamageUnderARightChecksumIsRefusedOrReadsWithinBounds) {
  const std::string bytes = EncodeManifest(SampleManifest());
  std::mt19937_64 random(7);
  int refused = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::string damaged = bytes.substr(0, bytes.size() - 8);
    for (uint64_t i = 0, n = 1 + random() % 3; i < n; ++i) {
      damaged[5 + random() % (damaged.size() - 5)] = static_cast<char>(random());
    }
    base::ByteWriter seal;
    seal.Fixed64(base::Hash64(damaged));
    const auto manifest = DecodeManifest(damaged + seal.bytes());
    if (!manifest) {
      ASSERT_EQ(manifest.error().code, Code::kDataLoss);
      ++refused;
    } else {
      ASSERT_LT(manifest->files.size() + manifest->segments.size() + manifest->lost.size(), bytes.size());
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(ManifestCodec, NewerVersionIsRefusedAsSuch) {
  std::string bytes = EncodeManifest(SampleManifest());
  bytes[4] = 9;
  bytes.resize(bytes.size() - 8);
  base::ByteWriter seal;
  seal.Fixed64(base::Hash64(bytes));
  EXPECT_EQ(DecodeManifest(bytes + seal.bytes()).error().code, Code::kFailedPrecondition);
}

TEST(RepositoryRecordCodec, ReadsBackAndRefusesOtherRecords) {
  const RepositoryRecord record{"ibex", "/src/ibex", R"({"defines":[]})", 12, 1700000000000, 3, {4, 9}};
  const std::string bytes = EncodeRepositoryRecord(record);
  EXPECT_EQ(DecodeRepositoryRecord(bytes), record);
  EXPECT_EQ(DecodeManifest(bytes).error().code, Code::kDataLoss);
  EXPECT_EQ(DecodeRepositoryRecord(bytes.substr(1)).error().code, Code::kDataLoss);
}

TEST(RepositoryRecordCodec, ReadsTheFormatBeforeNamedSnapshots) {
  base::ByteWriter body;
  for (const char* text : {"ibex", "/src/ibex", "{}"}) body.String(text);
  body.Varint(12);
  body.SignedVarint(1700000000000);
  body.Varint(3);
  const auto record = DecodeRepositoryRecord(Seal("FNRP", 1, body.bytes()));
  ASSERT_TRUE(record.has_value()) << record.error();
  EXPECT_EQ(*record, (RepositoryRecord{"ibex", "/src/ibex", "{}", 12, 1700000000000, 3, {}}));
}

}  // namespace
}  // namespace fanin::graph
