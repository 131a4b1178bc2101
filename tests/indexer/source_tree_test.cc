#include "indexer/source_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "indexer/git.h"
#include "tests/indexer/temp_tree.h"

namespace fanin::indexer {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

class SourceTreeTest : public testing::Test {
 protected:
  bool Git(const std::string& arguments) {
    return std::system(("git -C " + tree_.root().string() +
                        " -c user.name=t -c user.email=t@example.com -c commit.gpgsign=false " + arguments +
                        " > /dev/null 2>&1")
                           .c_str()) == 0;
  }
  // A commit of what is there; "" where there is no git.
  std::string Commit() {
    if (!Git("init .") || !Git("add -A .") || !Git("commit -m x")) return "";
    return ResolveCommit(tree_.root(), "HEAD").value();
  }
  std::vector<std::string> Paths(const Discovery& discovery) {
    std::vector<std::string> paths;
    for (const SourceFile& file : discovery.files) paths.push_back(file.path);
    return paths;
  }

  TempTree tree_;
};

TEST_F(SourceTreeTest, ACommitIsReadWithoutTheWorkTree) {
  tree_.Write("rtl/a.sv", "module a; endmodule\n").Write("rtl/b.sv", "module b; endmodule\n").Write("notes.txt", "x");
  const std::string commit = Commit();
  if (commit.empty()) GTEST_SKIP() << "no git";
  tree_.Write("rtl/a.sv", "changed").Write("rtl/c.sv", "new");
  std::filesystem::remove(tree_ / "rtl/b.sv");
  const auto tree = OpenCommit(tree_.root(), commit).value();
  const Discovery discovery = tree->Discover().value();
  EXPECT_THAT(Paths(discovery), ElementsAre("rtl/a.sv", "rtl/b.sv"));
  EXPECT_THAT(discovery.others, ElementsAre("notes.txt"));
  EXPECT_EQ(tree->Read("rtl/a.sv", 100).value(), "module a; endmodule\n");
  EXPECT_EQ(tree->Read("rtl/b.sv", 100).value(), "module b; endmodule\n");
  EXPECT_EQ(tree->Read("rtl/a.sv", 5).error().code, base::Code::kResourceExhausted);
  EXPECT_EQ(tree->Read("rtl/b.sv", 100).value(), "module b; endmodule\n") << "what was too large is passed over";
  EXPECT_EQ(tree->Read("rtl/c.sv", 100).error().code, base::Code::kNotFound);
  EXPECT_TRUE(tree->Exists("rtl/b.sv"));
  EXPECT_FALSE(tree->Exists("rtl/c.sv"));
}

TEST_F(SourceTreeTest, LinksOfACommitAreFollowedWithinIt) {
  tree_.Write("rtl/a.sv", "module a; endmodule\n");
  std::filesystem::create_symlink("rtl/a.sv", tree_ / "link.sv");
  std::filesystem::create_symlink("link.sv", tree_ / "chain.sv");
  std::filesystem::create_symlink("loop.sv", tree_ / "loop.sv");
  std::filesystem::create_symlink("../../etc/passwd", tree_ / "out.sv");
  std::filesystem::create_symlink("/etc/passwd", tree_ / "absolute.sv");
  const std::string commit = Commit();
  if (commit.empty()) GTEST_SKIP() << "no git";
  const auto tree = OpenCommit(tree_.root(), commit).value();
  const Discovery discovery = tree->Discover().value();
  EXPECT_THAT(Paths(discovery), ElementsAre("chain.sv", "link.sv", "rtl/a.sv"));
  EXPECT_EQ(tree->Read("chain.sv", 100).value(), "module a; endmodule\n");
  for (const char* path : {"loop.sv", "out.sv", "absolute.sv"}) {
    EXPECT_THAT(discovery.lost, Contains(Field(&graph::LostFile::path, path)));
  }
}

TEST_F(SourceTreeTest, AFolderOfACheckoutIsThatPartOfTheCommit) {
  tree_.Write("ip/rtl/a.sv", "module a; endmodule\n").Write("top.sv", "module top; endmodule\n");
  const std::string commit = Commit();
  if (commit.empty()) GTEST_SKIP() << "no git";
  const auto tree = OpenCommit(tree_ / "ip", commit).value();
  EXPECT_THAT(Paths(tree->Discover().value()), ElementsAre("rtl/a.sv"));
  EXPECT_EQ(tree->Read("rtl/a.sv", 100).value(), "module a; endmodule\n");
}

TEST_F(SourceTreeTest, RevisionsThatAreNoneAreNotFound) {
  tree_.Write("a.sv", "module a; endmodule\n");
  EXPECT_EQ(ResolveCommit(tree_.root(), "HEAD").error().code, base::Code::kFailedPrecondition);
  if (Commit().empty()) GTEST_SKIP() << "no git";
  for (const char* revision : {"nowhere", "HEAD~1", "--all", "HEAD:a.sv"}) {
    const auto commit = ResolveCommit(tree_.root(), revision);
    ASSERT_FALSE(commit.has_value()) << revision;
    EXPECT_EQ(commit.error().code, base::Code::kNotFound);
    EXPECT_THAT(commit.error().message, HasSubstr(revision));
  }
  EXPECT_EQ(ResolveCommit(tree_.root(), "HEAD^{tree}").error().code, base::Code::kNotFound);
}

TEST_F(SourceTreeTest, StampsChangeWithTheFileAndAreNotGivenToNewOnes) {
  tree_.Write("a.sv", "one");
  const auto tree = OpenFolder(tree_.root()).value();
  EXPECT_EQ(tree->Stamp("a.sv"), 0U) << "it was written a moment ago";
  EXPECT_EQ(tree->Stamp("nowhere.sv"), 0U);
  const std::string commit = Commit();
  if (commit.empty()) GTEST_SKIP() << "no git";
  const auto first = OpenCommit(tree_.root(), commit).value();
  tree_.Write("a.sv", "two").Write("b.sv", "three");
  const auto second = OpenCommit(tree_.root(), Commit()).value();
  EXPECT_NE(first->Stamp("a.sv"), 0U);
  EXPECT_NE(first->Stamp("a.sv"), second->Stamp("a.sv"));
  EXPECT_EQ(first->Stamp("a.sv"), OpenCommit(tree_.root(), commit).value()->Stamp("a.sv"));
  EXPECT_EQ(first->Stamp("b.sv"), 0U);
}

}  // namespace
}  // namespace fanin::indexer
