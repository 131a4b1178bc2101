// A directory for a RocksStore, and a repository in it to be read back.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/rocks_store.h"
#include "tests/graph/temporary_folder.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {

class RocksStoreTest : public testing::Test {
 protected:
  std::shared_ptr<RocksStore> Open(OpenMode mode = OpenMode::kReadWrite) {
    RocksOptions options;
    options.mode = mode;
    return ValueOf(RocksStore::Open(dir_, options));
  }
  base::Code OpenError(OpenMode mode = OpenMode::kReadWrite) {
    RocksOptions options;
    options.mode = mode;
    auto store = RocksStore::Open(dir_, options);
    EXPECT_FALSE(store.has_value());
    return store ? base::Code{} : store.error().code;
  }
  // One repository with one snapshot; its text is `text`, its segment has `row_bytes` of rows.
  static Manifest Publish(GraphStore& store, const std::string& text, size_t row_bytes = 100) {
    if (!store.GetRepository("demo")) {
      RepositoryRecord record;
      record.name = "demo";
      EXPECT_TRUE(store.CreateRepository(record).has_value());
    }
    EXPECT_TRUE(store.PutBlobs(BlobKind::kText, {{base::DigestOf(text), text}}).has_value());
    Manifest manifest;
    manifest.repository = "demo";
    manifest.segments.push_back({ValueOf(store.NewSegmentId()), 1, 0, std::nullopt});
    manifest.files.emplace_back();
    manifest.files[0].path = "a.sv";
    manifest.files[0].content = base::DigestOf(text);
    manifest.files[0].segment = manifest.segments[0].id;
    SegmentRows rows;
    for (size_t i = 0; i * 100 < row_bytes; ++i) {
      rows.tables[0].push_back({std::to_string(1000000 + i), text + std::string(80, '.')});
    }
    EXPECT_TRUE(store.WriteSegment(manifest.segments[0].id, std::move(rows)).has_value());
    manifest.snapshot = ValueOf(store.Publish(manifest));
    return manifest;
  }
  static std::string NewestText(GraphStore& store) {
    const Manifest manifest = ValueOf(store.GetManifest("demo", std::nullopt));
    const auto texts = ValueOf(store.GetBlobs(BlobKind::kText, {&manifest.files[0].content, 1}));
    const std::string key = "1000000";
    const auto rows = ValueOf(store.GetRows(manifest.segments[0].id, Table::kNames, {&key, 1}));
    EXPECT_TRUE(rows[0] && rows[0]->starts_with(texts[0].value_or("no text")));
    return texts[0].value_or("no text");
  }
  std::vector<std::filesystem::path> FilesEndingIn(std::string_view suffix) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(dir_ / "rocksdb")) {
      if (entry.path().string().ends_with(suffix)) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
  }
  // Name and size of everything below the directory.
  std::set<std::pair<std::string, uintmax_t>> Listing() {
    std::set<std::pair<std::string, uintmax_t>> listing;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_)) {
      listing.emplace(entry.path(), entry.is_regular_file() ? entry.file_size() : 0);
    }
    return listing;
  }
  static void FlipByte(const std::filesystem::path& path, uint64_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const int byte = file.get();
    ASSERT_NE(byte, EOF) << path;
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(byte ^ 0x55));
    ASSERT_TRUE(file.good());
  }

  TemporaryFolder folder_;
  std::filesystem::path dir_ = folder_.path() / "data";
};

}  // namespace fanin::graph
