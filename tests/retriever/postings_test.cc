#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/coding.h"
#include "base/work_queue.h"
#include "retriever/postings_reader.h"
#include "retriever/trigram.h"
#include "retriever/word_splits.h"
#include "tests/retriever/search_fixture.h"

namespace fanin::retriever {
namespace {

using graph::NodeKind;
using graph::Role;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A counter in two chunks, with an instance.
TestFile CounterFile() {
  TestFile file("rtl/counter.sv",
                "module counter (input clk, input rst_n, output [3:0] cnt_q);\n"
                "  // Counts up.\n"
                "  always_ff @(posedge clk or negedge rst_n) cnt_q <= cnt_q + step;\n"
                "  adder u_add (.a(cnt_q), .y(step));\n"
                "endmodule\n");
  const auto module = file.Add(NodeKind::kModule, 0, "counter", "module", "endmodule");
  const auto clk = file.Add(NodeKind::kPort, module, "clk", "input clk", "clk");
  const auto rst = file.Add(NodeKind::kPort, module, "rst_n", "input rst_n", "rst_n");
  const auto cnt = file.Add(NodeKind::kPort, module, "cnt_q", "output", "cnt_q");
  const auto block = file.Add(NodeKind::kAlwaysFf, module, "", "always_ff", "step;");
  file.Add(NodeKind::kInstance, module, "u_add", "adder", ";", "adder");
  file.Chunk(graph::ChunkKind::kModuleHeader, module, "module", ");");
  file.Chunk(graph::ChunkKind::kBlock, block, "// Counts", "step;");
  file.Chunk(graph::ChunkKind::kInstance, 6, "adder", ";");
  file.Drives(block, cnt);
  file.Reads(cnt, block);
  file.Reads(clk, block, Role::kClock);
  file.Reads(rst, block, Role::kReset);
  file.License("MIT");
  return file;
}

class Postings : public ::testing::Test {
 protected:
  Postings() : repository_("repo") {}

  const SegmentPostings& Open() {
    index_ = repository_.Open();
    return index_->postings(0);
  }
  std::vector<uint32_t> DocumentsOf(StructureField field, const std::string& term) {
    const Bitmap documents = ValueOf(index_->postings(0).GetDocuments(field, std::span(&term, 1)));
    return {documents.begin(), documents.end()};
  }
  // Frequencies of a term by field, of the first document that has it.
  FieldCounts CountsOf(const std::string& term) {
    const auto rows = ValueOf(index_->postings(0).GetTokens(std::span(&term, 1)));
    FieldCounts first{};
    if (!rows[0].has_value()) return first;
    bool seen = false;
    EXPECT_TRUE(
        ForEachPosting(*rows[0], index_->postings(0).document_count(), [&](uint32_t, const FieldCounts& counts) {
          if (!std::exchange(seen, true)) first = counts;
        }).has_value());
    return first;
  }

  SearchRepository repository_;
  std::shared_ptr<const SearchIndex> index_;
};

TEST_F(Postings, StructureTermsAreThoseOfTheChunkThatShowsTheElement) {
  repository_.Put(CounterFile());
  Open();
  const std::string port(1, static_cast<char>(NodeKind::kPort));
  EXPECT_THAT(DocumentsOf(StructureField::kName, port + "cnt_q"), ElementsAre(0U));
  EXPECT_THAT(DocumentsOf(StructureField::kKind, std::string(1, static_cast<char>(NodeKind::kAlwaysFf))),
              ElementsAre(1U));
  EXPECT_THAT(DocumentsOf(StructureField::kIn, "counter"), ElementsAre(0U, 1U, 2U));
  EXPECT_THAT(DocumentsOf(StructureField::kModule, "counter"), ElementsAre(0U, 1U, 2U));
  EXPECT_THAT(DocumentsOf(StructureField::kDrives, "cnt_q"), ElementsAre(1U));
  EXPECT_THAT(DocumentsOf(StructureField::kReads, "clk"), ElementsAre(1U));
  EXPECT_THAT(DocumentsOf(StructureField::kClock, "clk"), ElementsAre(1U));
  EXPECT_THAT(DocumentsOf(StructureField::kClock, "rst_n"), IsEmpty());
  EXPECT_THAT(DocumentsOf(StructureField::kReset, "rst_n"), ElementsAre(1U));
  EXPECT_THAT(DocumentsOf(StructureField::kInstanceOf, "adder"), ElementsAre(2U));
  EXPECT_THAT(DocumentsOf(StructureField::kInstantiates, "adder"), ElementsAre(0U, 2U));
}

TEST_F(Postings, LinkedConnectionsOfInstancesDriveAndRead) {
  TestFile file("top.sv", "module top;\n  wire done;\n  child u (.done_o(done));\nendmodule\n");
  const auto module = file.Add(NodeKind::kModule, 0, "top", "module", "endmodule");
  const auto done = file.Add(NodeKind::kSignal, module, "done", "wire", "done");
  const auto instance = file.Add(NodeKind::kInstance, module, "u", "child", ";", "child");
  file.Chunk(graph::ChunkKind::kModuleHeader, module, "module", ";");
  file.Chunk(graph::ChunkKind::kDeclarations, done, "wire", "done");
  file.Chunk(graph::ChunkKind::kInstance, instance, "child", ";");
  const uint64_t done_id =
      graph::LocalId(graph::LocalId(graph::LocalId(0, NodeKind::kFile, "top.sv", 0), NodeKind::kModule, "top", 0),
                     NodeKind::kSignal, "done", 0);
  graph::Link link;
  link.kind = graph::EdgeKind::kDrives;
  link.local = instance;
  link.remote = {graph::FileKey("repo", "top.sv"), done_id};
  repository_.Put(std::move(file), {link});
  Open();
  EXPECT_THAT(DocumentsOf(StructureField::kDrives, "done"), ElementsAre(2U));
}

TEST_F(Postings, NamesOfOtherFilesAreThoseWritten) {
  TestFile file("a.sv", "module a;\n  always_comb bus.Valid = 1;\nendmodule\n");
  const auto module = file.Add(NodeKind::kModule, 0, "a", "module", "endmodule");
  const auto block = file.Add(NodeKind::kAlwaysComb, module, "", "always_comb", ";");
  file.Chunk(graph::ChunkKind::kBlock, block, "always_comb", ";");
  graph::Reference reference;
  reference.kind = graph::EdgeKind::kDrives;
  reference.look_up = graph::LookUp::kHierarchical;
  reference.from = block;
  reference.name = "bus.Valid";
  file.builder().AddReference(reference);
  repository_.Put(std::move(file));
  Open();
  EXPECT_THAT(DocumentsOf(StructureField::kDrives, "bus.valid"), ElementsAre(0U));
  EXPECT_THAT(DocumentsOf(StructureField::kDrives, "valid"), ElementsAre(0U));
}

TEST_F(Postings, TokensAreCountedByField) {
  repository_.Put(CounterFile());
  Open();
  const auto at = [](const FieldCounts& counts, Field field) { return counts[static_cast<size_t>(field)]; };
  const FieldCounts counter = CountsOf("counter");
  EXPECT_EQ(at(counter, Field::kName), 1U);
  EXPECT_EQ(at(counter, Field::kBody), 1U);
  EXPECT_EQ(at(counter, Field::kScope), 1U);  // of the file
  EXPECT_EQ(at(counter, Field::kComment), 0U);
  EXPECT_EQ(at(CountsOf("count"), Field::kComment), 1U);
  EXPECT_EQ(at(CountsOf("rstn"), Field::kPorts), 1U);
  const SegmentPostings& postings = index_->postings(0);
  EXPECT_EQ(postings.document(1).node_kind, NodeKind::kAlwaysFf);
  EXPECT_EQ(postings.document(1).chunk_kind, graph::ChunkKind::kBlock);
}

TEST_F(Postings, FilesAreFoundByAllTheirTrigrams) {
  repository_.Put(OneModule("a.v", "alpha", "wire abcde;"));
  repository_.Put(OneModule("b.v", "beta", "wire ABCxx;"));
  Open();
  const auto files = [&](std::string_view text) {
    const Bitmap found = ValueOf(index_->postings(0).FilesWithTrigrams(TrigramsOf(text)));
    return std::vector<uint32_t>(found.begin(), found.end());
  };
  EXPECT_THAT(files("abc"), ElementsAre(0U, 1U));
  EXPECT_THAT(files("ABCd"), ElementsAre(0U));
  EXPECT_THAT(files("nothing"), IsEmpty());
  EXPECT_THAT(files("xy"), ElementsAre(0U, 1U));
}

TEST_F(Postings, RowsAreSortedAndUnique) {
  const auto shard = ValueOf(graph::Shard::Decode(CounterFile().Build()));
  PostingsBuilder builder;
  builder.Add(*shard, "rtl/counter.sv", CounterFile().text(), {0, 0});
  const std::vector<graph::Row> rows = std::move(builder).Build();
  ASSERT_GT(rows.size(), 20U);
  for (size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].key, rows[i].key);
}

TEST_F(Postings, FilesAnalysedInParallelGiveTheSameRows) {
  std::vector<TestFile> files;
  std::vector<std::shared_ptr<const graph::Shard>> shards;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    files.push_back(OneModule("f" + n + ".sv", "m" + n, "wire common, w" + n + "; // number " + n));
    shards.push_back(ValueOf(graph::Shard::Decode(files.back().Build())));
  }
  std::vector<std::shared_ptr<const FilePostings>> analysed(files.size());
  std::vector<WordSplits> word_splits(4);
  base::ParallelFor(files.size(), word_splits.size(), [&](size_t worker, size_t i) {
    analysed[i] = AnalyseFile(*shards[i], nullptr, files[i].path(), files[i].text(), word_splits[worker]);
  });
  PostingsBuilder in_parallel;
  PostingsBuilder in_turn;
  for (uint32_t i = 0; i < files.size(); ++i) {
    in_parallel.Add(*analysed[i], {i, i});
    in_turn.Add(*shards[i], files[i].path(), files[i].text(), {i, i});
  }
  EXPECT_EQ(std::move(in_parallel).Build(), std::move(in_turn).Build());
}

TEST_F(Postings, DeadFilesAreNotLive) {
  repository_.Put(OneModule("a.v", "alpha", "wire a1;"));
  repository_.Put(OneModule("b.v", "beta", "wire b1;"));
  repository_.Publish();
  repository_.Put(OneModule("a.v", "alpha", "wire a2;"));
  index_ = repository_.Open();
  ASSERT_EQ(index_->segment_count(), 2U);
  EXPECT_EQ(index_->postings(0).document_count(), 2U);
  EXPECT_EQ(index_->postings(0).live_documents().cardinality(), 1U);
  EXPECT_EQ(index_->postings(1).live_documents().cardinality(), 1U);
}

TEST(PostingsCodec, DamagedListsAreDataLoss) {
  const auto code_of = [](const std::string& bytes) {
    Bitmap documents;
    const base::Status status = DecodeList(bytes, 10, documents);
    return status.has_value() ? base::Code::kUnknown : status.error().code;
  };
  EXPECT_EQ(code_of(std::string("\x02\x01\x08", 3)), base::Code::kUnknown);   // 1, 9
  EXPECT_EQ(code_of(std::string("\x02\x01\x09", 3)), base::Code::kDataLoss);  // 10 is out of range
  EXPECT_EQ(code_of(std::string("\x02\x01\x00", 3)), base::Code::kDataLoss);  // not ascending
  EXPECT_EQ(code_of(std::string("\x02\x01", 2)), base::Code::kDataLoss);      // truncated
  EXPECT_EQ(code_of(std::string("\x01\x01\x01", 3)), base::Code::kDataLoss);  // too long
  EXPECT_EQ(code_of(""), base::Code::kDataLoss);
}

TEST(PostingsCodec, RandomBytesNeverCrash) {
  std::mt19937 random(5);
  size_t good = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(std::uniform_int_distribution<size_t>(0, 12)(random), '\0');
    for (char& c : bytes) c = static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random) >> (i % 5));
    const base::Status status = ForEachPosting(bytes, 100, [](uint32_t document, const FieldCounts& counts) {
      EXPECT_LT(document, 100U);
      EXPECT_NE(counts.size(), 0U);
    });
    good += status.has_value() ? 1 : 0;
    base::ByteReader reader(bytes);
    ReadDocument(reader);
  }
  EXPECT_GT(good, 0U);
}

// A store whose postings rows are changed on the way.
TEST_F(Postings, AnUnknownVersionSaysWhatToDo) {
  repository_.Put(OneModule("a.v", "alpha", "wire a1;"));
  repository_.Publish();
  // A second segment with a header of the future.
  const graph::SegmentId id = ValueOf(repository_.store().NewSegmentId());
  base::ByteWriter header;
  header.Varint(kPostingsVersion + 1);
  graph::SegmentRows rows;
  rows.tables[static_cast<int>(graph::Table::kPostings)].push_back({"h", header.bytes()});
  ASSERT_TRUE(repository_.store().WriteSegment(id, std::move(rows)).has_value());
  repository_.manifest().segments.push_back({id, 0, 0, std::nullopt});
  const auto index = SearchIndex::Open(repository_.PublishManifest(), {});
  ASSERT_FALSE(index.has_value());
  EXPECT_EQ(index.error().code, base::Code::kFailedPrecondition);
  EXPECT_THAT(index.error().message, ::testing::HasSubstr("index the repository again"));
}

TEST_F(Postings, MissingPostingsAreDataLoss) {
  const graph::SegmentId id = ValueOf(repository_.store().NewSegmentId());
  ASSERT_TRUE(repository_.store().WriteSegment(id, {}).has_value());
  repository_.manifest().segments.push_back({id, 0, 0, std::nullopt});
  const auto index = SearchIndex::Open(repository_.PublishManifest(), {});
  ASSERT_FALSE(index.has_value());
  EXPECT_EQ(index.error().code, base::Code::kDataLoss);
}

TEST(Trigrams, AreLowerCaseAsciiAndDistinct) {
  EXPECT_EQ(TrigramsOf("abcabc").size(), 3U);
  EXPECT_EQ(TrigramsOf("ABC"), TrigramsOf("abc"));
  EXPECT_THAT(TrigramsOf("ab"), IsEmpty());
  EXPECT_EQ(TrigramsOf("ab\xc3\xa9xyz"), TrigramsOf("xyz"));
  EXPECT_EQ(TrigramsOf("abcabc").size(), 3U);  // nothing is left of the call before
}

}  // namespace
}  // namespace fanin::retriever
