#include "indexer/discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "indexer/git.h"
#include "tests/indexer/temp_tree.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Paths(const Discovery& discovery) {
  std::vector<std::string> paths;
  for (const SourceFile& file : discovery.files) paths.push_back(file.path);
  return paths;
}

std::vector<std::string> LostPaths(const Discovery& discovery) {
  std::vector<std::string> paths;
  for (const auto& lost : discovery.lost) paths.push_back(lost.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

class DiscoveryTest : public testing::Test {
 protected:
  Discovery Discover() {
    auto result = DiscoverFiles(tree_.root());
    EXPECT_TRUE(result.has_value()) << result.error();
    return result ? *std::move(result) : Discovery();
  }

  // Runs git in the tree; false when it is not installed.
  bool Git(const std::string& arguments, const std::string& folder = ".") {
    const std::string command = "cd '" + (tree_ / folder) +
                                "' && git -c user.name=t -c user.email=t@t -c protocol.file.allow=always " + arguments +
                                " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
  }

  TempTree tree_;
};

TEST_F(DiscoveryTest, FindsHdlAndDocumentsByExtension) {
  tree_.Write("b/x.SV", "").Write("a.v", "").Write("a.vh", "").Write("c/d/e.svh", "").Write("f.svi", "");
  tree_.Write("README.md", "").Write("doc/x.rst", "").Write("x.vp", "").Write("Makefile", "").Write("sv", "");
  const Discovery discovery = Discover();
  EXPECT_THAT(Paths(discovery), ElementsAre("README.md", "a.v", "a.vh", "b/x.SV", "c/d/e.svh", "doc/x.rst", "f.svi"));
  EXPECT_THAT(discovery.others, ElementsAre("Makefile", "sv", "x.vp"));
  EXPECT_THAT(discovery.lost, IsEmpty());
}

TEST_F(DiscoveryTest, MissingFolderAndFileAsRootAreErrors) {
  tree_.Write("a.v", "");
  EXPECT_EQ(DiscoverFiles(tree_ / "nowhere").error().code, base::Code::kNotFound);
  EXPECT_EQ(DiscoverFiles(tree_ / "a.v").error().code, base::Code::kInvalidArgument);
}

TEST_F(DiscoveryTest, LinkLoopsAndLinksOutAreLostNotFollowed) {
  TempTree outside;
  outside.Write("secret.sv", "").Write("dir/other.sv", "");
  tree_.Write("a/a.sv", "");
  fs::create_symlink(outside / "secret.sv", tree_ / "out.sv");
  fs::create_symlink(outside / "dir", tree_ / "outdir");
  fs::create_symlink("..", tree_ / "a/up");
  fs::create_symlink("loop.sv", tree_ / "loop.sv");
  fs::create_symlink("gone.sv", tree_ / "broken.sv");
  const Discovery discovery = Discover();
  EXPECT_THAT(Paths(discovery), ElementsAre("a/a.sv"));
  EXPECT_THAT(LostPaths(discovery), ElementsAre("a/up", "broken.sv", "loop.sv", "out.sv", "outdir"));
}

TEST_F(DiscoveryTest, LinksInsideTheRoot) {
  tree_.Write("a/a.sv", "").Write("b/b.sv", "");
  fs::create_symlink("../a/a.sv", tree_ / "b/also_a.sv");
  fs::create_symlink("a", tree_ / "c");
  const Discovery discovery = Discover();
  EXPECT_THAT(Paths(discovery), ElementsAre("a/a.sv", "b/also_a.sv", "b/b.sv"));
  EXPECT_THAT(discovery.lost, IsEmpty());
}

TEST_F(DiscoveryTest, DevicesAndPipesAreNotOpened) {
  tree_.Write("a.sv", "");
  ASSERT_EQ(::mkfifo((tree_ / "pipe.sv").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((tree_ / "pipe").c_str(), 0600), 0);
  const Discovery discovery = Discover();
  EXPECT_THAT(Paths(discovery), ElementsAre("a.sv"));
  ASSERT_THAT(discovery.lost, SizeIs(1));
  EXPECT_EQ(discovery.lost[0].path, "pipe.sv");
  EXPECT_THAT(discovery.lost[0].reason, HasSubstr("not a regular file"));
}

TEST_F(DiscoveryTest, PathThatIsNoUtf8IsLost) {
  tree_.Write("a.sv", "").Write("caf\xe9.sv", "").Write("caf\xc3\xa9.sv", "");
  const Discovery discovery = Discover();
  EXPECT_THAT(Paths(discovery), ElementsAre("a.sv", "caf\xc3\xa9.sv"));
  EXPECT_THAT(LostPaths(discovery), ElementsAre("caf?.sv"));
}

TEST_F(DiscoveryTest, GitIgnoredFilesAreLeftOut) {
  tree_.Write("rtl/a.sv", "").Write("build/gen.sv", "").Write(".gitignore", "build/\n*.tmp.sv\n").Write("x.tmp.sv", "");
  if (!Git("init .")) GTEST_SKIP() << "no git";
  ASSERT_TRUE(Git("add rtl"));
  tree_.Write("new/untracked.sv", "");
  EXPECT_THAT(Paths(Discover()), ElementsAre("new/untracked.sv", "rtl/a.sv"));
}

TEST_F(DiscoveryTest, FolderThatACheckoutIgnoresIsWalkedPlainly) {
  tree_.Write("build/gen.sv", "").Write(".gitignore", "build/\n");
  if (!Git("init .")) GTEST_SKIP() << "no git";
  const auto discovery = DiscoverFiles(tree_ / "build");
  ASSERT_TRUE(discovery.has_value());
  EXPECT_THAT(Paths(*discovery), ElementsAre("gen.sv"));
}

TEST_F(DiscoveryTest, TrackedButDeletedFilesAreNotMissed) {
  tree_.Write("a.sv", "").Write("b.sv", "");
  if (!Git("init .")) GTEST_SKIP() << "no git";
  ASSERT_TRUE(Git("add ."));
  fs::remove(tree_ / "b.sv");
  const Discovery discovery = Discover();
  EXPECT_THAT(Paths(discovery), ElementsAre("a.sv"));
  EXPECT_THAT(discovery.lost, IsEmpty());
}

TEST_F(DiscoveryTest, NestedCheckoutsBelongToTheRepository) {
  tree_.Write("a.sv", "")
      .Write("vendor/ip/b.sv", "")
      .Write("vendor/ip/junk.sv", "")
      .Write("vendor/ip/.gitignore", "junk*");
  if (!Git("init .") || !Git("init .", "vendor/ip")) GTEST_SKIP() << "no git";
  ASSERT_TRUE(Git("add .", "vendor/ip"));
  ASSERT_TRUE(Git("commit -m x", "vendor/ip"));
  ASSERT_TRUE(Git("add a.sv vendor/ip"));
  EXPECT_THAT(Paths(Discover()), ElementsAre("a.sv", "vendor/ip/b.sv"));
}

TEST_F(DiscoveryTest, RevisionNamesTheCommitAndMarksChanges) {
  tree_.Write("a.sv", "");
  EXPECT_EQ(GitRevision(tree_.root()), "");
  if (!Git("init .")) GTEST_SKIP() << "no git";
  EXPECT_EQ(GitRevision(tree_.root()), "");
  ASSERT_TRUE(Git("add ."));
  ASSERT_TRUE(Git("commit -m x"));
  const std::string clean = GitRevision(tree_.root());
  EXPECT_EQ(clean.size(), 40U);
  tree_.Write("b.sv", "");
  EXPECT_EQ(GitRevision(tree_.root()), clean + "+");
}

}  // namespace
}  // namespace fanin::indexer
