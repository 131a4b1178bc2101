// Checkouts that someone hostile has filled: what git would run or read for them, it does not for us.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "indexer/git.h"
#include "tests/indexer/temp_tree.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class HostileGitTest : public testing::Test {
 protected:
  void SetUp() override {
    tree_.Write("repo/a.sv", "module a; endmodule\n").Write("other/secret.sv", "module secret; endmodule\n");
    if (!Commit("repo") || !Commit("other")) GTEST_SKIP() << "no git";
    tree_.Write("evil.sh", "#!/bin/sh\ntouch '" + Mark() + "'\ncat\n");
    fs::permissions(tree_ / "evil.sh", fs::perms::owner_all);
    fence_.roots = base::Roots::Open({tree_.root()}).value();
  }

  bool Git(const std::string& folder, const std::string& arguments) {
    return std::system(
               ("git -C '" + (tree_ / folder) + "' -c user.name=t -c user.email=t@t " + arguments + " >/dev/null 2>&1")
                   .c_str()) == 0;
  }
  bool Commit(const std::string& folder) {
    return Git(folder, "init .") && Git(folder, "add -A .") && Git(folder, "commit -m x");
  }
  std::string Mark() { return tree_ / "it_ran"; }
  fs::path repo() { return fs::canonical(tree_ / "repo"); }

  // Everything that is asked of git.
  void AskEverything() {
    ListGitFiles(repo(), fence_);
    ListIgnoredFolders(repo(), fence_);
    GitRevision(repo(), fence_);
    (void)DiffOfRange(repo(), "HEAD", fence_);
    if (const auto commit = ResolveCommit(repo(), "HEAD", fence_)) {
      (void)ListCommit(repo(), *commit, fence_);
      if (const auto objects = GitObjects::Open(repo(), fence_)) (void)(*objects)->Read(*commit, 1000);
    }
  }

  TempTree tree_;
  GitFence fence_;
};

TEST_F(HostileGitTest, NothingOfTheConfigurationRuns) {
  const std::string evil = tree_ / "evil.sh";
  for (const std::string& setting :
       {"core.fsmonitor " + evil, "core.pager " + evil, "diff.external " + evil, "diff.x.command " + evil,
        "diff.x.textconv " + evil, "filter.x.clean " + evil, "filter.x.smudge " + evil, "filter.x.process " + evil,
        std::string("filter.x.required true"), "core.sshCommand " + evil, "filter.a=b.clean " + evil}) {
    ASSERT_TRUE(Git("repo", "config " + setting)) << setting;
  }
  tree_.Write("repo/.git/hooks/post-index-change", "#!/bin/sh\ntouch '" + Mark() + "'\n");
  fs::permissions(tree_ / "repo/.git/hooks/post-index-change", fs::perms::owner_all);
  tree_.Write("repo/.gitattributes", "*.sv filter=x diff=x\n*.v filter=a=b\n");
  tree_.Write("repo/a.sv", "module changed; endmodule\n").Write("repo/b.v", "module b; endmodule\n");
  AskEverything();
  EXPECT_FALSE(fs::exists(Mark()));
  EXPECT_THAT(GitRevision(repo(), fence_), HasSubstr("+"));
  // The program would have run, were it not switched off.
  Git("repo", "status");
  EXPECT_TRUE(fs::exists(Mark()));
}

TEST_F(HostileGitTest, FiltersOfAnIncludedConfigurationDoNotRunEither) {
  tree_.Write("repo/more.config", "[FILTER \"x\"]\n  clean = " + (tree_ / "evil.sh") + "\n");
  ASSERT_TRUE(Git("repo", "config include.path ../more.config"));
  tree_.Write("repo/.gitattributes", "*.sv filter=x\n").Write("repo/a.sv", "module changed; endmodule\n");
  AskEverything();
  EXPECT_FALSE(fs::exists(Mark()));
}

TEST_F(HostileGitTest, ObjectsThatAreMissingAreNotFetched) {
  tree_.Write("repo/b.sv", "module b; endmodule\n");
  ASSERT_TRUE(Commit("repo"));
  for (const char* setting : {"remote.origin.url ./elsewhere", "remote.origin.promisor true",
                              "extensions.partialClone origin", "core.repositoryFormatVersion 1"}) {
    ASSERT_TRUE(Git("repo", std::string("config ") + setting));
  }
  ASSERT_TRUE(Git("repo", "config remote.origin.uploadpack '" + (tree_ / "evil.sh") + "'"));
  std::system(("rm -f '" + (tree_ / "repo/.git/objects") + "'/[0-9a-f][0-9a-f]/*").c_str());
  AskEverything();
  EXPECT_FALSE(fs::exists(Mark()));
}

TEST_F(HostileGitTest, AWorkTreeElsewhereIsNoCheckout) {
  ASSERT_TRUE(Git("repo", "config core.worktree '" + (tree_ / "other") + "'"));
  EXPECT_EQ(ListGitFiles(repo()), std::nullopt);
  EXPECT_FALSE(DiffOfRange(repo(), "HEAD").has_value());
  EXPECT_EQ(GitRevision(repo()), "");
}

TEST_F(HostileGitTest, AnotherRepositorysObjectsAreNotRead) {
  const fs::path git = tree_ / "repo/.git";
  const std::string other = tree_ / "other/.git";
  const auto refused = [&](const std::string& how) {
    const auto commit = ResolveCommit(repo(), "HEAD", fence_);
    EXPECT_FALSE(commit.has_value()) << how;
    EXPECT_EQ(ListGitFiles(repo(), fence_), std::nullopt) << how;
    if (commit) return;
    EXPECT_THAT(commit.error().message, HasSubstr("leads out")) << how;
  };
  tree_.Write("repo/.git/objects/info/alternates", other + "/objects\n");
  refused("alternates");
  fs::remove(git / "objects/info/alternates");
  EXPECT_TRUE(ResolveCommit(repo(), "HEAD", fence_).has_value());
  fs::create_directory_symlink(other + "/objects", git / "objects/zz");
  refused("a link among the objects");
  fs::remove_all(git);
  fs::create_directory_symlink(other, git);
  refused("a linked .git");
  fs::remove(git);
  tree_.Write("repo/.git", "gitdir: " + other + "\n");
  // Its work tree is the folder where .git lies, so that this is as good a checkout as any to git.
  ASSERT_TRUE(Git("repo", "rev-parse HEAD"));
  refused("a .git that names another");
}

TEST_F(HostileGitTest, ACheckoutAboveTheRepositoryServesWhereARootHoldsIt) {
  tree_.Write("repo/hw/b.sv", "module b; endmodule\n");
  ASSERT_TRUE(Commit("repo"));
  const fs::path folder = repo() / "hw";
  EXPECT_TRUE(ResolveCommit(folder, "HEAD", fence_).has_value());
  const GitFence narrow{base::Roots::Open({folder}).value(), {}};
  EXPECT_FALSE(ResolveCommit(folder, "HEAD", narrow).has_value());
}

}  // namespace
}  // namespace fanin::indexer
