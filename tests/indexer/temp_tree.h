// A folder of files for one test, removed with it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace fanin::indexer {

class TempTree {
 public:
  TempTree() {
    std::string pattern = testing::TempDir() + "/fanin_tree_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  ~TempTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;

  // Folders are made as needed.
  TempTree& Write(const std::string& path, std::string_view text) {
    const auto target = root_ / path;
    std::filesystem::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << text;
    return *this;
  }
  const std::filesystem::path& root() const { return root_; }
  std::string operator/(const std::string& path) const { return (root_ / path).string(); }

 private:
  std::filesystem::path root_;
};

}  // namespace fanin::indexer
