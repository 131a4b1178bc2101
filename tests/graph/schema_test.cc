#include "graph/schema.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace fanin::graph {
namespace {

TEST(Schema, EveryNodeKindHasANameOfItsOwnThatReadsBack) {
  std::set<std::string_view> names;
  for (int i = 0; i < kNodeKindCount; ++i) {
    const auto kind = static_cast<NodeKind>(i);
    EXPECT_TRUE(names.insert(NodeKindName(kind)).second) << NodeKindName(kind);
    EXPECT_EQ(NodeKindFromName(NodeKindName(kind)), kind);
  }
  EXPECT_EQ(NodeKindName(NodeKind::kAlwaysFf), "always_ff");
  EXPECT_EQ(NodeKindName(NodeKind::kRegister), "register");
  EXPECT_EQ(NodeKindFromName("Module"), std::nullopt);
}

TEST(Schema, EveryEdgeKindHasANameOfItsOwnThatReadsBack) {
  std::set<std::string_view> names;
  for (int i = 0; i < kEdgeKindCount; ++i) {
    const auto kind = static_cast<EdgeKind>(i);
    EXPECT_TRUE(names.insert(EdgeKindName(kind)).second) << EdgeKindName(kind);
    EXPECT_EQ(EdgeKindFromName(EdgeKindName(kind)), kind);
  }
  EXPECT_EQ(EdgeKindName(EdgeKind::kDrives), "drives");
  EXPECT_EQ(EdgeKindName(EdgeKind::kCfgNext), "cfg_next");
  EXPECT_EQ(EdgeKindFromName(""), std::nullopt);
}

TEST(Schema, MaskHoldsTheKindsItIsMadeOf) {
  const EdgeMask mask = MaskOf(EdgeKind::kDrives, EdgeKind::kReads);
  EXPECT_NE(mask & MaskOf(EdgeKind::kDrives), 0U);
  EXPECT_NE(mask & MaskOf(EdgeKind::kReads), 0U);
  EXPECT_EQ(mask & MaskOf(EdgeKind::kFlows), 0U);
  EXPECT_EQ(mask & ~kAllEdges, 0U);
}

TEST(Schema, KindClassesAreThoseOfTheHeader) {
  EXPECT_TRUE(IsDefinition(NodeKind::kModule));
  EXPECT_TRUE(IsDefinition(NodeKind::kChecker));
  EXPECT_FALSE(IsDefinition(NodeKind::kPackage));
  EXPECT_TRUE(IsBlock(NodeKind::kAlways));
  EXPECT_TRUE(IsBlock(NodeKind::kAssign));
  EXPECT_FALSE(IsBlock(NodeKind::kStatement));
  EXPECT_FALSE(IsBlock(NodeKind::kTask));
  EXPECT_TRUE(IsSignalLike(NodeKind::kPort));
  EXPECT_FALSE(IsSignalLike(NodeKind::kInstance));
}

TEST(NodeIdText, ReadsBackAndRefusesOtherText) {
  const NodeId id{0x0123456789abcdefULL, 0xfedcba9876543210ULL};
  EXPECT_EQ(id.ToHex(), "0123456789abcdeffedcba9876543210");
  EXPECT_EQ(NodeId::FromHex(id.ToHex()), id);
  EXPECT_EQ(NodeId::FromHex("0123456789ABCDEFFEDCBA9876543210"), std::nullopt);
  EXPECT_EQ(NodeId::FromHex("0123"), std::nullopt);
  EXPECT_EQ(NodeId::FromHex(std::string(32, 'g')), std::nullopt);
}

// The values end in stored rows: a change of either function needs a new format version.
TEST(StoredIds, StayWhatTheFormatSays) {
  EXPECT_EQ(FileKey("ibex", "rtl/core.sv"), FileKey("ibex", "rtl/core.sv"));
  EXPECT_NE(FileKey("ibex", "rtl/core.sv"), FileKey("ibe", "xrtl/core.sv"));
  EXPECT_EQ(FileKey("repo", "a.sv"), 6278454570186492446ULL);
  EXPECT_EQ(LocalId(1, NodeKind::kModule, "m", 2), 8238772991822332060ULL);
}

TEST(StoredIds, DependOnEveryPartOfTheChain) {
  const std::set<uint64_t> ids = {LocalId(0, NodeKind::kModule, "m", 0), LocalId(1, NodeKind::kModule, "m", 0),
                                  LocalId(0, NodeKind::kPort, "m", 0), LocalId(0, NodeKind::kModule, "n", 0),
                                  LocalId(0, NodeKind::kModule, "m", 1)};
  EXPECT_EQ(ids.size(), 5U);
}

}  // namespace
}  // namespace fanin::graph
