#include "graph/link_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/digest.h"

namespace fanin::graph {
namespace {

using base::Code;

Link PlainLink(LocalNode local, EdgeKind kind, NodeId remote) {
  Link link;
  link.local = local;
  link.kind = kind;
  link.remote = remote;
  return link;
}

std::vector<Link> SampleLinks() {
  Link full = PlainLink(7, EdgeKind::kFlows, {0x1111, 0x2222});
  full.remote_is_source = true;
  full.provenance = Provenance::kElaborated;
  full.confidence = 0.25F;
  full.attributes.role = Role::kIndex;
  full.attributes.assignment = Assignment::kConnection;
  full.attributes.from_range = {31, 0};
  full.attributes.to_range = {-1, 2147483647};
  full.attributes.statement = 3;
  full.attributes.guard = "en_i && !stall";
  full.attributes.text = "a[3:0]";
  return {full, PlainLink(0, EdgeKind::kIncludes, {0xffffffffffffffff, 0}),
          PlainLink(7, EdgeKind::kRefersTo, {0x1111, 0x2223})};
}

std::string ReplaceChecksum(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  const uint64_t sum = base::Hash64(bytes);
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(sum >> (8 * i)));
  return bytes;
}

TEST(LinkSet, KeepsEveryFieldSortedByLocal) {
  auto set = LinkSet::Decode(EncodeLinkSet(SampleLinks()));
  ASSERT_TRUE(set.has_value()) << set.error();
  const std::span<const Link> links = (*set)->links();
  ASSERT_EQ(links.size(), 3U);
  EXPECT_EQ(links[0].kind, EdgeKind::kIncludes);
  EXPECT_EQ(links[0].local, 0U);
  EXPECT_EQ(links[0].confidence, 1.0F);
  EXPECT_EQ(links[0].attributes.statement, kNoNode);
  EXPECT_FALSE(links[0].attributes.from_range.known());
  EXPECT_EQ(links[1].kind, EdgeKind::kRefersTo);
  const Link& full = links[2];
  EXPECT_EQ(full.kind, EdgeKind::kFlows);
  EXPECT_TRUE(full.remote_is_source);
  EXPECT_EQ(full.provenance, Provenance::kElaborated);
  EXPECT_EQ(full.confidence, 0.25F);
  EXPECT_EQ(full.remote, (NodeId{0x1111, 0x2222}));
  EXPECT_EQ(full.attributes.role, Role::kIndex);
  EXPECT_EQ(full.attributes.assignment, Assignment::kConnection);
  EXPECT_EQ(full.attributes.from_range, (BitRange{31, 0}));
  EXPECT_EQ(full.attributes.to_range, (BitRange{-1, 2147483647}));
  EXPECT_EQ(full.attributes.statement, 3U);
  EXPECT_EQ(full.attributes.guard, "en_i && !stall");
  EXPECT_EQ(full.attributes.text, "a[3:0]");
}

TEST(LinkSet, LinksOfANodeAreFound) {
  auto set = LinkSet::Decode(EncodeLinkSet(SampleLinks()));
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ((*set)->LinksOf(7).size(), 2U);
  EXPECT_EQ((*set)->LinksOf(0).size(), 1U);
  EXPECT_TRUE((*set)->LinksOf(3).empty());
  EXPECT_TRUE((*set)->LinksOf(kNoNode).empty());
}

TEST(LinkSet, OrderAndDuplicatesDoNotChangeTheBytes) {
  std::vector<Link> links = SampleLinks();
  const std::string bytes = EncodeLinkSet(links);
  std::ranges::reverse(links);
  links.push_back(links.front());
  EXPECT_EQ(EncodeLinkSet(links), bytes);
}

TEST(LinkSet, NoLinksAreASet) {
  auto set = LinkSet::Decode(EncodeLinkSet({}));
  ASSERT_TRUE(set.has_value()) << set.error();
  EXPECT_TRUE((*set)->links().empty());
}

TEST(LinkSet, AnyTruncationIsDataLoss) {
  const std::string bytes = EncodeLinkSet(SampleLinks());
  for (size_t size = 0; size < bytes.size(); ++size) {
    auto set = LinkSet::Decode(bytes.substr(0, size));
    ASSERT_FALSE(set.has_value()) << size;
    EXPECT_EQ(set.error().code, Code::kDataLoss) << size;
  }
}

TEST(LinkSet, AnyChangedByteIsDataLoss) {
  const std::string bytes = EncodeLinkSet(SampleLinks());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x41);
    auto set = LinkSet::Decode(damaged);
    ASSERT_FALSE(set.has_value()) << i;
    EXPECT_EQ(set.error().code, Code::kDataLoss) << i;
  }
}

// What a hostile or faulty writer may make: the checksum is right, the content is not. It must be refused or be a set
// within its bounds.
TEST(LinkSet, ChangedByteUnderARightChecksumIsRefusedOrWithinBounds) {
  const std::string bytes = EncodeLinkSet(SampleLinks());
  int refused = 0;
  for (size_t i = 5; i + 8 < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      auto set = LinkSet::Decode(ReplaceChecksum(damaged));
      if (!set.has_value()) {
        EXPECT_EQ(set.error().code, Code::kDataLoss) << i;
        ++refused;
        continue;
      }
      for (const Link& link : (*set)->links()) {
        EXPECT_LT(static_cast<int>(link.kind), kEdgeKindCount);
        EXPECT_NE(link.local, kNoNode);
        EXPECT_GE(link.confidence, 0.0F);
        EXPECT_LE(link.confidence, 1.0F);
      }
      EXPECT_TRUE(std::ranges::is_sorted((*set)->links(), {}, &Link::local));
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(LinkSet, NewerVersionIsFailedPrecondition) {
  std::string bytes = EncodeLinkSet(SampleLinks());
  bytes[4] = 2;
  auto set = LinkSet::Decode(ReplaceChecksum(bytes));
  ASSERT_FALSE(set.has_value());
  EXPECT_EQ(set.error().code, Code::kFailedPrecondition);
}

TEST(LinkSet, TrailingBytesAreDataLoss) {
  std::string bytes = EncodeLinkSet(SampleLinks());
  bytes.insert(bytes.size() - 8, 1, '\0');
  auto set = LinkSet::Decode(ReplaceChecksum(bytes));
  ASSERT_FALSE(set.has_value());
  EXPECT_EQ(set.error().code, Code::kDataLoss);
}

}  // namespace
}  // namespace fanin::graph
