#include "graph/snapshot_archive.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/coding.h"
#include "base/file.h"
#include "graph/retention.h"

namespace fanin::graph {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "FNSA";
constexpr uint8_t kVersion = 1;
// No record that is written comes near it.
constexpr uint64_t kMaxRecordBytes = uint64_t{1} << 30;
constexpr size_t kBlobsAtOnce = 64;
constexpr size_t kPutBytes = 4 << 20;

enum class RecordKind : uint8_t { kRepository = 1, kManifest = 2, kBlob = 3, kRow = 4, kVectorFile = 5, kEnd = 6 };

std::unexpected<base::Error> FailDamaged(std::string_view what) {
  return base::Fail(base::Code::kDataLoss, "the archive is damaged: " + std::string(what));
}

// "12-0123abcd.fvi" of segment 3 -> "3-0123abcd.fvi".
std::string RenamedVectorFile(const std::string& name, SegmentId segment) {
  return std::to_string(segment) + name.substr(std::min(name.find('-'), name.size()));
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos &&
         name[0] != '.';
}

// With segments numbered 1, 2 ... and without what a store numbers.
Manifest Normalised(const Manifest& manifest) {
  Manifest out = manifest;
  out.snapshot = 0;
  std::map<SegmentId, SegmentId> numbers;
  for (SegmentEntry& segment : out.segments) {
    const SegmentId number = numbers.size() + 1;
    numbers.emplace(segment.id, number);
    segment.id = number;
    if (segment.vectors) segment.vectors->name = RenamedVectorFile(segment.vectors->name, number);
  }
  for (FileEntry& file : out.files) file.segment = numbers[file.segment];
  return out;
}

class Writer {
 public:
  Writer(GraphStore& store, const ArchiveSink& sink) : store_(store), sink_(sink) {}

  base::Status Begin() { return Send(std::string(kMagic) + static_cast<char>(kVersion)); }

  base::Status Record(RecordKind kind, std::string_view payload) {
    base::ByteWriter head;
    head.Fixed8(static_cast<uint8_t>(kind));
    head.Varint(payload.size());
    FANIN_RETURN_IF_ERROR(Send(head.bytes()));
    return Send(payload);
  }

  // Those that are stored; `required`: one that is not is an error.
  base::Status Blobs(BlobKind kind, const std::unordered_set<base::Digest>& digests, bool required) {
    std::vector<base::Digest> all(digests.begin(), digests.end());
    std::ranges::sort(all);  // equal snapshots give equal bytes
    for (size_t begin = 0; begin < all.size(); begin += kBlobsAtOnce) {
      const auto part = std::span(all).subspan(begin, std::min(kBlobsAtOnce, all.size() - begin));
      FANIN_ASSIGN_OR_RETURN(const auto stored, store_.GetBlobs(kind, part));
      for (size_t i = 0; i < part.size(); ++i) {
        if (!stored[i] && !required) continue;
        if (!stored[i]) return base::Fail(base::Code::kDataLoss, "blob " + part[i].ToHex() + " is not stored");
        std::string payload(1, static_cast<char>(kind));
        payload.append(part[i].View()).append(*stored[i]);
        FANIN_RETURN_IF_ERROR(Record(RecordKind::kBlob, payload));
      }
    }
    return {};
  }

  base::Status Rows(SegmentId id, SegmentId number) {
    for (int table = 0; table < kTableCount; ++table) {
      base::Status sent;
      FANIN_RETURN_IF_ERROR(
          store_.ScanRows(id, static_cast<Table>(table), "", [&](std::string_view key, std::string_view value) {
            base::ByteWriter row;
            row.Varint(number);
            row.Fixed8(static_cast<uint8_t>(table));
            row.String(key);
            row.Raw(value);
            sent = Record(RecordKind::kRow, row.bytes());
            return sent.has_value();
          }));
      FANIN_RETURN_IF_ERROR(std::move(sent));
    }
    return {};
  }

  base::Status End() {
    const base::Digest digest = digester_.Finish();
    std::string record(1, static_cast<char>(RecordKind::kEnd));
    record.push_back(static_cast<char>(digest.bytes.size()));
    return sink_(record.append(digest.View()));
  }

 private:
  base::Status Send(std::string_view bytes) {
    digester_.Add(bytes);
    return sink_(bytes);
  }

  GraphStore& store_;
  const ArchiveSink& sink_;
  base::Digester digester_;
};

// The records of an archive, one after the other.
class Reader {
 public:
  static base::Result<Reader> Open(const fs::path& path) {
    Reader reader;
    reader.in_.open(path, std::ios::binary);
    if (!reader.in_) return base::Fail(base::Code::kNotFound, "cannot read " + path.string());
    std::string head;
    if (!reader.Take(kMagic.size() + 1, head) || !head.starts_with(kMagic)) {
      return base::Fail(base::Code::kDataLoss, path.string() + " is no archive of a snapshot");
    }
    if (static_cast<uint8_t>(head.back()) > kVersion) {
      return base::Fail(base::Code::kFailedPrecondition, path.string() + " was written by a newer fanin");
    }
    reader.digester_->Add(head);
    return reader;
  }

  struct Record {
    RecordKind kind = RecordKind::kEnd;
    std::string payload;
  };
  // The last one is kEnd, and was right.
  base::Result<Record> Next() {
    std::string head;
    uint64_t size = 0;
    if (!Take(1, head)) return FailDamaged("it ends early");
    for (int shift = 0;; shift += 7) {
      std::string byte;
      if (shift > 35 || !Take(1, byte)) return FailDamaged("it ends early");
      head += byte;
      size |= uint64_t{static_cast<uint8_t>(byte[0]) & 0x7fU} << shift;
      if ((static_cast<uint8_t>(byte[0]) & 0x80U) == 0) break;
    }
    Record record;
    record.kind = static_cast<RecordKind>(head[0]);
    if (size > kMaxRecordBytes || !Take(size, record.payload)) return FailDamaged("it ends early");
    if (record.kind == RecordKind::kEnd) {
      const bool good = record.payload == digester_->Finish().View() && in_.peek() == std::ifstream::traits_type::eof();
      if (!good) return FailDamaged("its checksum is wrong");
      return record;
    }
    digester_->Add(head).Add(record.payload);
    return record;
  }

 private:
  // In steps, so that a damaged size asks for no more memory than there are bytes.
  bool Take(uint64_t size, std::string& out) {
    constexpr uint64_t kStep = 1 << 20;
    for (uint64_t left = size; left > 0;) {
      const uint64_t part = std::min(left, kStep);
      const size_t before = out.size();
      out.resize(before + part);
      if (!in_.read(out.data() + before, static_cast<std::streamsize>(part))) return false;
      left -= part;
    }
    return true;
  }

  std::ifstream in_;
  std::unique_ptr<base::Digester> digester_ = std::make_unique<base::Digester>();
};

// Puts records into a store: blobs in batches, rows a segment at a time.
class Importer {
 public:
  Importer(GraphStore& store, const fs::path& vectors_dir) : store_(store), vectors_dir_(vectors_dir) {}

  base::Status Take(const Reader::Record& record) {
    base::ByteReader in(record.payload);
    switch (record.kind) {
      case RecordKind::kRepository: return {};
      case RecordKind::kManifest: return TakeManifest(record.payload);
      case RecordKind::kBlob: return TakeBlob(in);
      case RecordKind::kRow: return TakeRow(in);
      case RecordKind::kVectorFile: return TakeVectorFile(in);
      case RecordKind::kEnd: break;
    }
    return FailDamaged("a record of an unknown kind");
  }

  base::Result<Manifest> Finish() && {
    FANIN_RETURN_IF_ERROR(PutBlobs());
    FANIN_RETURN_IF_ERROR(PutRows());
    for (SegmentEntry& segment : manifest_.segments) {
      const SegmentId number = segment.id;
      segment.id = ids_.at(number);
      if (segment.vectors) segment.vectors->name = RenamedVectorFile(segment.vectors->name, segment.id);
    }
    for (FileEntry& file : manifest_.files) file.segment = ids_.at(file.segment);
    return std::move(manifest_);
  }

 private:
  base::Status TakeManifest(std::string_view bytes) {
    FANIN_ASSIGN_OR_RETURN(manifest_, DecodeManifest(bytes));
    for (const SegmentEntry& segment : manifest_.segments) {
      if (segment.vectors && !IsPlainName(segment.vectors->name)) return FailDamaged("a name of a vector file");
      FANIN_ASSIGN_OR_RETURN(ids_[segment.id], store_.NewSegmentId());
    }
    for (const FileEntry& file : manifest_.files) {
      if (!ids_.contains(file.segment)) return FailDamaged("a file of a segment that it does not have");
    }
    return {};
  }

  base::Status TakeBlob(base::ByteReader& in) {
    const uint8_t kind = in.Fixed8();
    const std::string_view digest = in.Raw(sizeof(base::Digest::bytes));
    if (!in.ok() || kind >= kBlobKindCount) return FailDamaged("a blob");
    if (static_cast<BlobKind>(kind) != kind_ || blob_bytes_ > kPutBytes) FANIN_RETURN_IF_ERROR(PutBlobs());
    kind_ = static_cast<BlobKind>(kind);
    blobs_.push_back({base::Digest::FromView(digest), std::string(in.Raw(in.remaining()))});
    blob_bytes_ += blobs_.back().bytes.size();
    // These are named by their content; others' keys say what they were made from.
    const bool is_own_digest = kind_ == BlobKind::kText || kind_ == BlobKind::kLinks;
    if (is_own_digest && base::DigestOf(blobs_.back().bytes) != blobs_.back().digest) return FailDamaged("a blob");
    return {};
  }

  base::Status TakeRow(base::ByteReader& in) {
    const SegmentId number = in.Varint();
    const uint8_t table = in.Fixed8();
    Row row{std::string(in.String()), std::string(in.Raw(in.remaining()))};
    if (!in.ok() || table >= kTableCount || !ids_.contains(number)) return FailDamaged("a row");
    if (number != segment_) FANIN_RETURN_IF_ERROR(PutRows());
    segment_ = number;
    std::vector<Row>& rows = rows_.tables[table];
    if (!rows.empty() && rows.back().key >= row.key) return FailDamaged("rows out of order");
    rows.push_back(std::move(row));
    return {};
  }

  base::Status TakeVectorFile(base::ByteReader& in) {
    const std::string name(in.String());
    const auto segment = std::ranges::find_if(
        manifest_.segments, [&](const SegmentEntry& entry) { return entry.vectors && entry.vectors->name == name; });
    if (!in.ok() || segment == manifest_.segments.end()) return FailDamaged("a vector file");
    std::error_code error;
    fs::create_directories(vectors_dir_, error);
    if (error) return base::FailErrno("create " + vectors_dir_.string(), error.value());
    return base::WriteFileAtomically(vectors_dir_ / RenamedVectorFile(name, ids_.at(segment->id)),
                                     in.Raw(in.remaining()));
  }

  base::Status PutBlobs() {
    blob_bytes_ = 0;
    if (blobs_.empty()) return {};
    return store_.PutBlobs(kind_, std::exchange(blobs_, {}));
  }

  base::Status PutRows() {
    if (segment_ == 0) return {};
    return store_.WriteSegment(ids_.at(std::exchange(segment_, 0)), std::exchange(rows_, {}));
  }

  GraphStore& store_;
  const fs::path& vectors_dir_;
  Manifest manifest_;
  std::map<SegmentId, SegmentId> ids_;  // number in the archive -> id in the store
  BlobKind kind_ = BlobKind::kText;
  std::vector<Blob> blobs_;
  size_t blob_bytes_ = 0;
  SegmentId segment_ = 0;  // whose rows these are; 0: none
  SegmentRows rows_;
};

}  // namespace

base::Status WriteArchive(GraphStore& store, const fs::path& vectors_dir, const RepositoryRecord& record,
                          const Manifest& manifest, std::span<const base::Digest> vectors, const ArchiveSink& sink) {
  Writer writer(store, sink);
  FANIN_RETURN_IF_ERROR(writer.Begin());
  RepositoryRecord head;
  head.name = record.name;
  head.root = record.root;
  head.options_json = record.options_json;
  head.created_unix_ms = record.created_unix_ms;
  FANIN_RETURN_IF_ERROR(writer.Record(RecordKind::kRepository, EncodeRepositoryRecord(head)));
  const Manifest normal = Normalised(manifest);
  FANIN_RETURN_IF_ERROR(writer.Record(RecordKind::kManifest, EncodeManifest(normal)));

  LiveContent live;
  live.Add(manifest);
  FANIN_RETURN_IF_ERROR(writer.Blobs(BlobKind::kText, live.texts, /*required=*/true));
  FANIN_RETURN_IF_ERROR(writer.Blobs(BlobKind::kShard, live.shards, /*required=*/true));
  FANIN_RETURN_IF_ERROR(writer.Blobs(BlobKind::kLinks, live.links, /*required=*/true));
  FANIN_RETURN_IF_ERROR(writer.Blobs(BlobKind::kDesign, live.designs, /*required=*/true));
  FANIN_RETURN_IF_ERROR(writer.Blobs(BlobKind::kElaborated, live.elaborated, /*required=*/true));
  FANIN_RETURN_IF_ERROR(writer.Blobs(BlobKind::kVector, {vectors.begin(), vectors.end()}, /*required=*/false));
  for (size_t i = 0; i < manifest.segments.size(); ++i) {
    const SegmentEntry& segment = manifest.segments[i];
    FANIN_RETURN_IF_ERROR(writer.Rows(segment.id, normal.segments[i].id));
    if (!segment.vectors) continue;
    const auto content = base::ReadFile(vectors_dir / segment.vectors->name, kMaxRecordBytes - 4096);
    if (!content || content->size() != segment.vectors->size_bytes) continue;
    base::ByteWriter file;
    file.String(normal.segments[i].vectors->name);
    file.Raw(*content);
    FANIN_RETURN_IF_ERROR(writer.Record(RecordKind::kVectorFile, file.bytes()));
  }
  return writer.End();
}

base::Result<ArchiveHead> CheckArchive(const fs::path& archive) {
  FANIN_ASSIGN_OR_RETURN(Reader reader, Reader::Open(archive));
  ArchiveHead head;
  for (size_t count = 0;; ++count) {
    FANIN_ASSIGN_OR_RETURN(const Reader::Record record, reader.Next());
    if (record.kind == RecordKind::kEnd && count >= 2) return head;
    const RecordKind expected = count == 0 ? RecordKind::kRepository : RecordKind::kManifest;
    if (count < 2 && record.kind != expected) return FailDamaged("it does not begin as an archive does");
    if (count == 0) {
      FANIN_ASSIGN_OR_RETURN(head.record, DecodeRepositoryRecord(record.payload));
    } else if (count == 1) {
      FANIN_ASSIGN_OR_RETURN(head.manifest, DecodeManifest(record.payload));
    }
  }
}

base::Result<Manifest> ReadArchive(GraphStore& store, const fs::path& vectors_dir, const fs::path& archive) {
  FANIN_ASSIGN_OR_RETURN(Reader reader, Reader::Open(archive));
  Importer importer(store, vectors_dir);
  while (true) {
    FANIN_ASSIGN_OR_RETURN(const Reader::Record record, reader.Next());
    if (record.kind == RecordKind::kEnd) return std::move(importer).Finish();
    FANIN_RETURN_IF_ERROR(importer.Take(record));
  }
}

}  // namespace fanin::graph
