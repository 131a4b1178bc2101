// The fixture of the store contract: what every GraphStore must do. Each test runs on every implementation.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph_store.h"
#include "graph/memory_store.h"
#include "graph/rocks_store.h"
#include "tests/graph/temporary_folder.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {

struct Implementation {
  std::string name;
  std::function<std::shared_ptr<GraphStore>(const std::filesystem::path& folder)> open;
};

class StoreContract : public testing::TestWithParam<Implementation> {
 protected:
  StoreContract() : store_(GetParam().open(folder_.path() / "data")) {}

  static Blob MakeBlob(const std::string& text) { return {base::DigestOf(text), text}; }
  static RepositoryRecord MakeRecord(const std::string& name) {
    RepositoryRecord record;
    record.name = name;
    record.root = "/src/" + name;
    record.options_json = "{}";
    record.created_unix_ms = 5;
    return record;
  }
  void Create(const std::string& name) { ASSERT_TRUE(store_->CreateRepository(MakeRecord(name)).has_value()); }
  void Put(BlobKind kind, const std::string& text) {
    ASSERT_TRUE(store_->PutBlobs(kind, {MakeBlob(text)}).has_value());
  }
  bool Has(BlobKind kind, const std::string& text) {
    const base::Digest digest = base::DigestOf(text);
    const bool listed = ValueOf(store_->HasBlobs(kind, {&digest, 1})).front();
    EXPECT_EQ(ValueOf(store_->GetBlobs(kind, {&digest, 1})).front().has_value(), listed) << "the two must agree";
    return listed;
  }
  static SegmentRows RowsOf(std::vector<Row> names, std::vector<Row> postings = {}) {
    SegmentRows rows;
    rows.tables[static_cast<size_t>(Table::kNames)] = std::move(names);
    rows.tables[static_cast<size_t>(Table::kPostings)] = std::move(postings);
    return rows;
  }
  SegmentId WriteSegment(SegmentRows rows) {
    const SegmentId id = ValueOf(store_->NewSegmentId());
    EXPECT_TRUE(store_->WriteSegment(id, std::move(rows)).has_value());
    return id;
  }
  std::optional<std::string> GetRow(SegmentId id, Table table, const std::string& key) {
    return ValueOf(store_->GetRows(id, table, {&key, 1})).front();
  }
  std::vector<Row> Scan(SegmentId id, Table table, std::string_view prefix, size_t limit = SIZE_MAX) {
    std::vector<Row> rows;
    const auto status = store_->ScanRows(id, table, prefix, [&](std::string_view key, std::string_view value) {
      rows.push_back({std::string(key), std::string(value)});
      return rows.size() < limit;
    });
    EXPECT_TRUE(status.has_value());
    return rows;
  }
  // A snapshot that names one file with these contents, and these segments.
  Manifest MakeManifest(const std::string& repository, const std::string& content, std::vector<SegmentId> segments) {
    Manifest manifest;
    manifest.repository = repository;
    FileEntry file;
    file.path = "a.sv";
    file.content = base::DigestOf(content + " text");
    file.shard = base::DigestOf(content + " shard");
    file.links = base::DigestOf(content + " links");
    manifest.files.push_back(file);
    for (SegmentId id : segments) manifest.segments.push_back({id, 1, 1, std::nullopt});
    return manifest;
  }
  void PutContent(const std::string& content) {
    Put(BlobKind::kText, content + " text");
    Put(BlobKind::kShard, content + " shard");
    Put(BlobKind::kLinks, content + " links");
  }
  bool HasContent(const std::string& content) {
    const bool has = Has(BlobKind::kText, content + " text");
    EXPECT_EQ(Has(BlobKind::kShard, content + " shard"), has);
    EXPECT_EQ(Has(BlobKind::kLinks, content + " links"), has);
    return has;
  }
  SnapshotId Publish(const std::string& repository, const std::string& content, std::vector<SegmentId> segments = {}) {
    PutContent(content);
    return ValueOf(store_->Publish(MakeManifest(repository, content, std::move(segments))));
  }
  void Collect(size_t keep) { ASSERT_TRUE(store_->CollectGarbage(keep).has_value()); }

  TemporaryFolder folder_;
  std::shared_ptr<GraphStore> store_;
};

inline auto EveryStore() {
  return testing::Values(
      Implementation{"Memory", [](const std::filesystem::path&) { return NewMemoryStore(); }},
      Implementation{"Rocks", [](const std::filesystem::path& folder) -> std::shared_ptr<GraphStore> {
                       return ValueOf(RocksStore::Open(folder));
                     }});
}
inline std::string StoreName(const testing::TestParamInfo<Implementation>& instance) { return instance.param.name; }

}  // namespace fanin::graph
