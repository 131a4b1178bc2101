#include "indexer/path_index.h"

#include <gtest/gtest.h>

namespace fanin::indexer {
namespace {

TEST(PathIndex, FolderDistanceCountsStepsUpAndDown) {
  EXPECT_EQ(FolderDistance("a.sv", "b.sv"), 0U);
  EXPECT_EQ(FolderDistance("x/a.sv", "b.sv"), 1U);
  EXPECT_EQ(FolderDistance("x/y/a.sv", "x/z/b.sv"), 2U);
  EXPECT_EQ(FolderDistance("x/a.sv", "xy/b.sv"), 2U);
  EXPECT_EQ(FolderDistance("x/a.sv", "x/y/z/b.sv"), 2U);
}

TEST(PathIndex, NormalisesByTextAndRefusesToLeave) {
  EXPECT_EQ(NormalisePath("a/./b//../c"), "a/c");
  EXPECT_EQ(NormalisePath(""), "");
  EXPECT_EQ(NormalisePath("../a"), std::nullopt);
  EXPECT_EQ(NormalisePath("/a"), std::nullopt);
}

class IncludeSearchTest : public testing::Test {
 protected:
  std::string Resolve(std::string_view from, std::string_view text) const {
    const auto file = index_.ResolveInclude(from, text);
    return file ? std::string(paths_[*file]) : "none";
  }

  std::vector<std::string_view> paths_ = {"ip/a/defs.svh", "ip/b/defs.svh",         "ip/b/top.sv",
                                          "inc/first.svh", "ip/b/sub/first.svh",    "m/x/m.svh",
                                          "ip/b/x/m.svh",  "lib/pkg/inc/types.svh", "ip/b/two.sv"};
  PathIndex index_{paths_, {"inc"}, {"m/x"}};
};

TEST_F(IncludeSearchTest, OwnFolderComesFirst) {
  EXPECT_EQ(Resolve("ip/b/top.sv", "defs.svh"), "ip/b/defs.svh");
  EXPECT_EQ(Resolve("ip/b/top.sv", "../a/defs.svh"), "ip/a/defs.svh");
}

TEST_F(IncludeSearchTest, ThenTheIncludeFoldersThenManifestsThenTheNearest) {
  EXPECT_EQ(Resolve("ip/b/top.sv", "first.svh"), "inc/first.svh");
  EXPECT_EQ(Resolve("ip/b/top.sv", "m.svh"), "m/x/m.svh");
  EXPECT_EQ(Resolve("ip/top.sv", "defs.svh"), "ip/a/defs.svh");  // as near as the other: by path
  EXPECT_EQ(Resolve("ip/b/x/m.svh", "defs.svh"), "ip/b/defs.svh");
}

TEST_F(IncludeSearchTest, PathsMatchByWholeTail) {
  EXPECT_EQ(Resolve("ip/b/top.sv", "inc/types.svh"), "lib/pkg/inc/types.svh");
  EXPECT_EQ(Resolve("ip/b/top.sv", "../../elsewhere/../pkg/inc/types.svh"), "lib/pkg/inc/types.svh");
  EXPECT_EQ(Resolve("ip/b/top.sv", "kg/inc/types.svh"), "none");
  EXPECT_EQ(Resolve("ip/b/top.sv", "../../../../x.svh"), "none");
}

}  // namespace
}  // namespace fanin::indexer
