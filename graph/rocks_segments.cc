// The tables of segments: writing them in bulk, reading their rows.
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <string>
#include <vector>

#include "base/work_queue.h"
#include "graph/retention.h"
#include "graph/rocks_keys.h"
#include "graph/rocks_state.h"

namespace fanin::graph {

using base::Result;
using base::Status;

namespace {

// Above this a segment is written as table files and ingested, which spares the log, the memtable and the flush; below,
// the files' own syncs cost more. tests/benchmarks/bench_graph (WriteSegment).
constexpr size_t kMinIngestBytes = size_t{2} << 20;

size_t SizeBytes(const SegmentRows& rows) {
  size_t bytes = 0;
  for (const std::vector<Row>& table : rows.tables) {
    for (const Row& row : table) bytes += rocks_keys::kSegmentBytes + row.key.size() + row.value.size();
  }
  return bytes;
}

Status WriteBatched(RocksDb& db, SegmentId id, const SegmentRows& rows) {
  rocksdb::WriteBatch batch;
  for (int table = 0; table < kTableCount; ++table) {
    rocksdb::ColumnFamilyHandle* family = db.family(rocks_keys::FamilyOf(static_cast<Table>(table)));
    for (const Row& row : rows.tables[table]) batch.Put(family, rocks_keys::OfRow(id, row.key), row.value);
  }
  return db.Write(batch, false);
}

Status WriteTableFile(RocksDb& db, Family family, SegmentId id, const std::vector<Row>& rows, const std::string& path) {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), db.options_of(family), db.family(family));
  const std::string what = "write " + path;
  FANIN_RETURN_IF_ERROR(db.ToStatus(writer.Open(path), what));
  for (const Row& row : rows) {
    const rocksdb::Status status = writer.Put(rocks_keys::OfRow(id, row.key), row.value);
    if (!status.ok()) return db.ToStatus(status, what);
  }
  return db.ToStatus(writer.Finish(), what);
}

Status Ingest(RocksDb& db, SegmentId id, const SegmentRows& rows) {
  FANIN_RETURN_IF_ERROR(db.Recover());
  struct File {
    Family family;
    const std::vector<Row>* rows;
    std::string path;
    Status written;
  };
  std::vector<File> tables;
  for (int table = 0; table < kTableCount; ++table) {
    if (rows.tables[table].empty()) continue;
    const std::string name = std::to_string(id) + "-" + std::to_string(table) + ".sst";
    tables.push_back(
        {rocks_keys::FamilyOf(static_cast<Table>(table)), &rows.tables[table], db.ingest_dir() / name, {}});
  }
  base::ParallelFor(tables.size(), base::DefaultThreads(), [&](size_t, size_t i) {
    tables[i].written = WriteTableFile(db, tables[i].family, id, *tables[i].rows, tables[i].path);
  });
  std::vector<rocksdb::IngestExternalFileArg> files;
  for (File& table : tables) {
    FANIN_RETURN_IF_ERROR(std::move(table.written));
    rocksdb::IngestExternalFileArg& file = files.emplace_back();
    file.column_family = db.family(table.family);
    file.external_files = {table.path};
    file.options.move_files = true;
    file.options.write_global_seqno = false;
  }
  // Ingested files are durable at once, past the log. The use of the id, which is in the log, must be before.
  FANIN_RETURN_IF_ERROR(db.ToStatus(db.db().FlushWAL(true), "sync " + db.dir().string()));
  return db.ToStatus(db.db().IngestExternalFiles(files), "ingest segment " + std::to_string(id));
}

}  // namespace

Status RocksStore::WriteSegment(SegmentId id, SegmentRows rows) {
  FANIN_RETURN_IF_ERROR(state_->db->CheckWritable());
  CheckRowOrder(rows);
  if (SizeBytes(rows) < kMinIngestBytes) return WriteBatched(*state_->db, id, rows);
  return Ingest(*state_->db, id, rows);
}

Result<std::vector<std::optional<std::string>>> RocksStore::GetRows(SegmentId id, Table table,
                                                                    std::span<const std::string> keys) {
  std::vector<std::string> stored_keys;
  for (const std::string& key : keys) stored_keys.push_back(rocks_keys::OfRow(id, key));
  return state_->db->MultiGet(rocks_keys::FamilyOf(table), stored_keys);
}

Status RocksStore::ScanRows(SegmentId id, Table table, std::string_view prefix,
                            const std::function<bool(std::string_view, std::string_view)>& visit) {
  return state_->Scan(rocks_keys::FamilyOf(table), rocks_keys::OfRow(id, prefix), {},
                      [&](std::string_view key, std::string_view value) {
                        return visit(key.substr(rocks_keys::kSegmentBytes), value);
                      });
}

}  // namespace fanin::graph
