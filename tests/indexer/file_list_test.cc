#include "indexer/file_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/indexer/temp_tree.h"

namespace fanin::indexer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FileListTest : public testing::Test {
 protected:
  base::Status Read(const std::string& list) { return ReadFileList(tree_.root(), list, result_); }

  // Relative to the tree.
  std::vector<std::string> Paths(const std::vector<ListedName>& names) const {
    std::vector<std::string> paths;
    for (const ListedName& name : names) paths.push_back(name.path.lexically_relative(tree_.root()).string());
    return paths;
  }
  std::vector<std::string> Defines() const {
    std::vector<std::string> texts;
    for (const ListedDefine& define : result_.defines) texts.push_back(define.text);
    return texts;
  }

  TempTree tree_;
  FileList result_;
};

TEST_F(FileListTest, ReadsSourcesOptionsAndComments) {
  tree_.Write("rtl.f",
              "// all of it\n+incdir+inc+more/inc -I third\n+define+A+B=2 -DC=3 -D D\n"
              "/* not\n this.sv */ rtl/a.sv # nor this.sv\n\"rtl/with space.sv\" -v lib/cells.v \\\n -y libdir\n"
              "-sverilog +libext+.v -top chip rtl/b.sv\n");
  ASSERT_TRUE(Read("rtl.f"));
  EXPECT_THAT(Paths(result_.sources), ElementsAre("rtl/a.sv", "rtl/with space.sv", "lib/cells.v", "rtl/b.sv"));
  EXPECT_THAT(Paths(result_.include_dirs), ElementsAre("inc", "more/inc", "third", "libdir"));
  EXPECT_THAT(Defines(), ElementsAre("A", "B=2", "C=3", "D"));
  EXPECT_EQ(result_.sources[0].where, "rtl.f:5");
}

TEST_F(FileListTest, NestedListsAreRelativeToTheRootOrToThemselves) {
  tree_.Write("top.f", "-f sub/one.f\n-F sub/two.f\n");
  tree_.Write("sub/one.f", "rtl/a.sv beside.sv\n").Write("sub/two.f", "rtl/a.sv\n");
  tree_.Write("rtl/a.sv", "").Write("sub/beside.sv", "");
  ASSERT_TRUE(Read("top.f"));
  EXPECT_THAT(Paths(result_.sources), ElementsAre("rtl/a.sv", "sub/beside.sv", "sub/rtl/a.sv"));
}

TEST_F(FileListTest, VariablesComeFromTheEnvironment) {
  ::setenv("FANIN_TEST_IP", "ip", 1);
  tree_.Write("a.f", "$FANIN_TEST_IP/a.sv ${FANIN_TEST_IP}/b.sv $(FANIN_TEST_IP)_c.sv\n");
  ASSERT_TRUE(Read("a.f"));
  EXPECT_THAT(Paths(result_.sources), ElementsAre("ip/a.sv", "ip/b.sv", "ip_c.sv"));
}

TEST_F(FileListTest, UnsetVariableIsAnErrorThatNamesIt) {
  tree_.Write("a.f", "x.sv\n$FANIN_TEST_NO_SUCH/b.sv\n");
  const auto status = Read("a.f");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kInvalidArgument);
  EXPECT_THAT(status.error().message, HasSubstr("a.f:2"));
  EXPECT_THAT(status.error().message, HasSubstr("FANIN_TEST_NO_SUCH"));
}

TEST_F(FileListTest, MissingNestedListIsAnErrorWithItsLine) {
  tree_.Write("a.f", "\n\n-f nowhere.f\n");
  const auto status = Read("a.f");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kInvalidArgument);
  EXPECT_THAT(status.error().message, HasSubstr("a.f:3"));
  EXPECT_THAT(status.error().message, HasSubstr("nowhere.f"));
}

TEST_F(FileListTest, ListThatReadsItselfIsAnError) {
  tree_.Write("a.f", "-f b.f\n").Write("b.f", "-f a.f\n");
  const auto status = Read("a.f");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("reads itself"));
}

TEST_F(FileListTest, OptionWithoutItsValueAndOpenQuoteAreErrors) {
  tree_.Write("a.f", "-f").Write("b.f", "\"x.sv\n");
  EXPECT_THAT(Read("a.f").error().message, HasSubstr("lacks its value"));
  EXPECT_THAT(Read("b.f").error().message, HasSubstr("b.f:1"));
}

TEST_F(FileListTest, SameListTwiceIsNoLoop) {
  tree_.Write("a.f", "-f b.f\n-f b.f\n").Write("b.f", "x.sv\n");
  ASSERT_TRUE(Read("a.f"));
  EXPECT_THAT(Paths(result_.sources), ElementsAre("x.sv", "x.sv"));
}

TEST_F(FileListTest, ListsReadForOthersStayInTheRepositoryAndKnowNoEnvironment) {
  TempTree outside;
  outside.Write("secret.f", "TOP_SECRET.sv\n");
  ::setenv("FANIN_TEST_SECRET", "hunter2", 1);
  tree_.Write("absolute.f", "-f " + (outside / "secret.f") + "\n");
  tree_.Write("dots.f", "-F ../" + outside.root().filename().string() + "/secret.f\n");
  tree_.Write("environment.f", "+define+A=$FANIN_TEST_SECRET\n");
  std::filesystem::create_symlink(outside / "secret.f", tree_ / "link.f");
  for (const char* list : {"absolute.f", "dots.f", "link.f", "environment.f"}) {
    const base::Status read =
        ReadFileList(std::filesystem::canonical(tree_.root()), list, result_, {.outside = false, .environment = false});
    ASSERT_FALSE(read.has_value()) << list;
    EXPECT_THAT(read.error().message, testing::Not(HasSubstr("TOP_SECRET"))) << list;
    EXPECT_THAT(read.error().message, testing::Not(HasSubstr("hunter2"))) << list;
  }
  EXPECT_THAT(result_.sources, testing::IsEmpty());
  EXPECT_THAT(result_.defines, testing::IsEmpty());
}

}  // namespace
}  // namespace fanin::indexer
