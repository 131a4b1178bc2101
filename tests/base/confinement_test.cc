#include "base/confinement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace fanin::base {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ConfinementTest : public testing::Test {
 protected:
  ConfinementTest() {
    std::string pattern = testing::TempDir() + "fanin_confinement_XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = fs::canonical(pattern);
    Write("in/a.sv", "module a;");
    Write("in/sub/b.sv", "module b;");
    Write("out/secret.sv", "module secret;");
  }
  ~ConfinementTest() override { fs::remove_all(folder_); }

  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }
  Result<std::string> Read(const std::string& path) { return ReadFileBelow(folder_ / "in", path); }

  fs::path folder_;
};

TEST_F(ConfinementTest, FilesAndLinksWithinTheFolderAreRead) {
  EXPECT_EQ(Read("a.sv").value(), "module a;");
  EXPECT_EQ(Read("sub/../sub/b.sv").value(), "module b;");
  fs::create_symlink("sub/b.sv", folder_ / "in/relative.sv");
  EXPECT_EQ(Read("relative.sv").value(), "module b;");
  fs::create_symlink(folder_ / "in/sub/b.sv", folder_ / "in/absolute.sv");
  EXPECT_EQ(Read("absolute.sv").value(), "module b;");
}

TEST_F(ConfinementTest, WhatLeadsOutIsRefused) {
  fs::create_symlink(folder_ / "out/secret.sv", folder_ / "in/link.sv");
  fs::create_symlink("../out", folder_ / "in/folder");
  fs::create_symlink("/proc/self/root" + (folder_ / "out").string(), folder_ / "in/magic");
  for (const char* path :
       {"link.sv", "folder/secret.sv", "magic/secret.sv", "../out/secret.sv", "sub/../../out/secret.sv"}) {
    const auto read = Read(path);
    ASSERT_FALSE(read.has_value()) << path;
    EXPECT_EQ(read.error().code, Code::kPermissionDenied) << path << ": " << read.error();
  }
}

TEST_F(ConfinementTest, AFifoIsNeitherReadNorWaitedFor) {
  ASSERT_EQ(::mkfifo((folder_ / "in/fifo.sv").c_str(), 0600), 0);
  const auto read = Read("fifo.sv");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Code::kInvalidArgument);
}

TEST_F(ConfinementTest, RootsHoldWhatLiesBelowThemLinksFollowed) {
  fs::create_symlink("../out", folder_ / "in/folder");
  const Roots roots = Roots::Open({folder_ / "in"}).value();
  EXPECT_TRUE(roots.Check(folder_ / "in/sub").has_value());
  EXPECT_TRUE(roots.Check(folder_ / "in").has_value());
  for (const fs::path& path :
       {folder_ / "out", folder_ / "in/folder", folder_ / "in/../out", folder_, folder_ / "inner"}) {
    EXPECT_EQ(roots.Check(path).error().code, Code::kPermissionDenied) << path;
  }
  EXPECT_EQ(roots.Check(folder_ / "in/nothing").error().code, Code::kNotFound);
}

TEST_F(ConfinementTest, WithoutRootsNothingIsConfined) { EXPECT_TRUE(Roots().Check("/nowhere").has_value()); }

TEST_F(ConfinementTest, ARootThatIsNoFolderIsAnError) {
  EXPECT_THAT(Roots::Open({folder_ / "in/a.sv"}).error().message, HasSubstr("a.sv is no folder"));
  EXPECT_EQ(Roots::Open({folder_ / "none"}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fanin::base
