#include "graph/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "graph/segment_rows.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const Shard> ShardWith(std::vector<std::pair<NodeKind, std::string>> named, size_t chunks = 0) {
  ShardBuilder builder;
  builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, ""));
  for (const auto& [kind, name] : named) builder.AddNode(MakeNode(kind, 0, name));
  for (size_t i = 0; i < chunks; ++i) builder.AddChunk({ChunkKind::kOther, 0, {}});
  return ValueOf(Shard::Decode(std::move(builder).Build()));
}

const std::vector<Row>& TableOf(const SegmentRows& rows, Table table) {
  return rows.tables[static_cast<size_t>(table)];
}

TEST(SegmentBuilder, FilesAndDocumentsAreNumberedInOrder) {
  SegmentBuilder builder;
  const auto first = builder.Add({"a.sv", ShardWith({}, 3), nullptr});
  const auto second = builder.Add({"b.sv", ShardWith({}, 0), nullptr});
  const auto third = builder.Add({"c.sv", ShardWith({}, 2), nullptr});
  EXPECT_EQ(first.ordinal, 0U);
  EXPECT_EQ(first.doc_base, 0U);
  EXPECT_EQ(second.ordinal, 1U);
  EXPECT_EQ(second.doc_base, 3U);
  EXPECT_EQ(third.ordinal, 2U);
  EXPECT_EQ(third.doc_base, 3U);
}

TEST(SegmentBuilder, NamesOfAllFilesShareOneRow) {
  SegmentBuilder builder;
  builder.Add({"rtl/A.sv", ShardWith({{NodeKind::kModule, "Fifo"}, {NodeKind::kMacro, "FIFO"}}), nullptr});
  builder.Add({"b.sv", ShardWith({{NodeKind::kPort, "x"}, {NodeKind::kClass, "fifo"}}), nullptr});
  const SegmentRows rows = std::move(builder).Build();
  std::vector<std::string> keys;
  for (const Row& row : TableOf(rows, Table::kNames)) keys.push_back(row.key);
  EXPECT_THAT(keys, ElementsAre("a.sv", "b.sv", "fifo", "x"));
  const auto entries = ValueOf(DecodeNameRow(TableOf(rows, Table::kNames)[2].value));
  EXPECT_THAT(entries,
              ElementsAre(NameEntry{0, 1, NodeKind::kModule, true, true}, NameEntry{0, 2, NodeKind::kMacro, true, true},
                          NameEntry{1, 2, NodeKind::kClass, true, false}));
  EXPECT_THAT(ValueOf(DecodeNameRow(TableOf(rows, Table::kNames)[0].value)),
              ElementsAre(NameEntry{0, 0, NodeKind::kFile, false, true}));
  EXPECT_THAT(TableOf(rows, Table::kPostings), IsEmpty());
}

TEST(SegmentBuilder, LinksAreGroupedByTheirTarget) {
  std::vector<Link> links(3);
  links[0] = {.kind = EdgeKind::kFlows, .local = 0, .remote = {7, 100}, .attributes = {}};
  links[1] = {.kind = EdgeKind::kReads, .remote_is_source = true, .local = 1, .remote = {7, 50}, .attributes = {}};
  links[2] = {.kind = EdgeKind::kImports, .local = 1, .remote = {8, 50}, .attributes = {}};
  const auto set = ValueOf(LinkSet::Decode(EncodeLinkSet(links)));
  SegmentBuilder builder;
  builder.Add({"a.sv", ShardWith({{NodeKind::kPort, "x"}}), set});
  builder.Add({"b.sv", ShardWith({{NodeKind::kPort, "x"}}), set});
  const SegmentRows rows = std::move(builder).Build();
  const auto& table = TableOf(rows, Table::kEdgesIn);
  ASSERT_EQ(table.size(), 2U);
  EXPECT_EQ(table[0].key, InLinkKey(7));
  EXPECT_EQ(table[1].key, InLinkKey(8));
  const auto to_50 = ValueOf(FindInLinks(table[0].value, 50));
  ASSERT_EQ(to_50.size(), 2U) << "one of each file";
  EXPECT_EQ(to_50[1].ordinal, 1U);
  EXPECT_EQ(to_50[1].kind, EdgeKind::kReads);
  EXPECT_TRUE(to_50[1].remote_is_source);
  EXPECT_EQ(set->links()[to_50[1].link].remote, (NodeId{7, 50}));
  EXPECT_EQ(ValueOf(FindInLinks(table[0].value, 100)).size(), 2U);
  for (uint64_t absent : {0, 51, 101}) EXPECT_THAT(ValueOf(FindInLinks(table[0].value, absent)), IsEmpty());
}

TEST(SegmentRowCodec, ManyTargetsAreEachFound) {
  std::mt19937_64 random(3);
  std::vector<InLink> links;
  for (uint32_t i = 0; i < 3000; ++i) {
    links.push_back({random() % 500, static_cast<uint32_t>(random() % 90), i, EdgeKind::kFlows, i % 2 == 0});
  }
  const std::string row = EncodeInLinkRow(links);
  for (uint64_t target = 0; target < 501; ++target) {
    std::vector<InLink> expected;
    for (const InLink& link : links) {
      if (link.target == target) expected.push_back(link);
    }
    std::ranges::sort(expected);
    ASSERT_EQ(ValueOf(FindInLinks(row, target)), expected) << target;
  }
}

TEST(SegmentRowCodec, DamagedRowsAreDataLossOrReadWithinBounds) {
  NameRowWriter writer;
  for (uint32_t i = 0; i < 20; ++i) writer.Add({i / 3, i, NodeKind::kPort, false, false});
  const std::string names = std::move(writer).Take();
  std::vector<InLink> links;
  for (uint32_t i = 0; i < 20; ++i) links.push_back({i / 2, i, i, EdgeKind::kReads, false});
  const std::string in_links = EncodeInLinkRow(links);
  std::mt19937_64 random(11);
  int refused = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    auto damage = [&](std::string bytes) {
      for (int i = 0; i < 2; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
      bytes.resize(random() % (bytes.size() + 1));
      return bytes;
    };
    const auto entries = DecodeNameRow(damage(names));
    if (!entries) {
      ASSERT_EQ(entries.error().code, Code::kDataLoss);
      ++refused;
    } else {
      ASSERT_LE(entries->size(), names.size());
    }
    const auto found = FindInLinks(damage(in_links), random() % 10);
    if (!found) {
      ASSERT_EQ(found.error().code, Code::kDataLoss);
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_THAT(ValueOf(DecodeNameRow("")), IsEmpty());
  EXPECT_EQ(FindInLinks("", 1).error().code, Code::kDataLoss);
}

}  // namespace
}  // namespace fanin::graph
