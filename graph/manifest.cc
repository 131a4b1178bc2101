#include "graph/manifest.h"

#include "base/coding.h"
#include "graph/sealed.h"

namespace fanin::graph {
namespace {

using base::ByteReader;
using base::ByteWriter;

constexpr std::string_view kManifestMagic = "FNMF";
constexpr std::string_view kRepositoryMagic = "FNRP";
constexpr uint8_t kManifestVersion = 2;    // 2 adds designs
constexpr uint8_t kRepositoryVersion = 2;  // 2 adds the snapshots published by name

constexpr size_t kDigestBytes = sizeof(base::Digest::bytes);
// The least bytes that one item takes: what a damaged count is bounded by.
constexpr size_t kMinSegmentBytes = 4;
constexpr size_t kMinFileBytes = 1 + 3 * kDigestBytes + 8;
constexpr size_t kMinLostBytes = 2;
constexpr size_t kMinDesignBytes = 1 + 2 * kDigestBytes + 3;
constexpr size_t kVersionByte = 4;  // where a sealed record has its version

base::Digest ReadDigest(ByteReader& in) {
  const std::string_view bytes = in.Raw(kDigestBytes);
  return bytes.empty() ? base::Digest{} : base::Digest::FromView(bytes);
}

void WriteSegment(ByteWriter& out, const SegmentEntry& segment) {
  out.Varint(segment.id);
  out.Varint(segment.file_count);
  out.Varint(segment.doc_count);
  out.Fixed8(segment.vectors.has_value());
  if (!segment.vectors) return;
  out.String(segment.vectors->name);
  out.Raw(segment.vectors->model.View());
  out.Varint(segment.vectors->size_bytes);
  out.Raw(segment.vectors->content.View());
  out.Varint(segment.vectors->count);
}

SegmentEntry ReadSegment(ByteReader& in) {
  SegmentEntry segment;
  segment.id = in.Varint();
  segment.file_count = in.Varint32();
  segment.doc_count = in.Varint32();
  const uint8_t has_vectors = in.Fixed8();
  if (has_vectors > 1) in.MarkBad();
  if (has_vectors != 1) return segment;
  VectorFile& vectors = segment.vectors.emplace();
  vectors.name = in.String();
  vectors.model = ReadDigest(in);
  vectors.size_bytes = in.Varint();
  vectors.content = ReadDigest(in);
  vectors.count = in.Varint32();
  return segment;
}

void WriteFile(ByteWriter& out, const FileEntry& file) {
  out.String(file.path);
  for (const base::Digest* digest : {&file.content, &file.shard, &file.links}) out.Raw(digest->View());
  out.Varint(file.segment);
  for (uint32_t value : {file.ordinal, file.doc_base, file.chunk_count, file.node_count, file.line_count}) {
    out.Varint(value);
  }
  out.Varint(file.size_bytes);
  out.Varint(file.error_count);
}

FileEntry ReadFile(ByteReader& in) {
  FileEntry file;
  file.path = in.String();
  for (base::Digest* digest : {&file.content, &file.shard, &file.links}) *digest = ReadDigest(in);
  file.segment = in.Varint();
  for (uint32_t* value : {&file.ordinal, &file.doc_base, &file.chunk_count, &file.node_count, &file.line_count}) {
    *value = in.Varint32();
  }
  file.size_bytes = in.Varint();
  file.error_count = in.Varint32();
  return file;
}

void WriteDesign(ByteWriter& out, const DesignEntry& design) {
  out.String(design.name);
  out.Raw(design.inputs.View());
  out.Raw(design.record.View());
  out.Varint(design.elaborated);
  out.Varint(design.left);
  out.Varint(design.facts.size());
  for (const base::Digest& facts : design.facts) out.Raw(facts.View());
}

DesignEntry ReadDesign(ByteReader& in) {
  DesignEntry design;
  design.name = in.String();
  design.inputs = ReadDigest(in);
  design.record = ReadDigest(in);
  design.elaborated = in.Varint32();
  design.left = in.Varint32();
  design.facts.resize(in.Count(kDigestBytes));
  for (base::Digest& facts : design.facts) facts = ReadDigest(in);
  return design;
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest) {
  ByteWriter out;
  out.String(manifest.repository);
  out.Varint(manifest.snapshot);
  out.SignedVarint(manifest.created_unix_ms);
  out.String(manifest.revision);
  out.Varint(manifest.extractor_version);
  out.Varint(manifest.segments.size());
  for (const SegmentEntry& segment : manifest.segments) WriteSegment(out, segment);
  out.Varint(manifest.files.size());
  for (const FileEntry& file : manifest.files) WriteFile(out, file);
  out.Varint(manifest.lost.size());
  for (const LostFile& lost : manifest.lost) {
    out.String(lost.path);
    out.String(lost.reason);
  }
  out.Varint(manifest.external_definitions.size());
  for (const std::string& name : manifest.external_definitions) out.String(name);
  out.Varint(manifest.designs.size());
  for (const DesignEntry& design : manifest.designs) WriteDesign(out, design);
  return Seal(kManifestMagic, kManifestVersion, out.bytes());
}

base::Result<Manifest> DecodeManifest(std::string_view bytes) {
  FANIN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(bytes, kManifestMagic, kManifestVersion, "manifest"));
  ByteReader in(body);
  Manifest manifest;
  manifest.repository = in.String();
  manifest.snapshot = in.Varint();
  manifest.created_unix_ms = in.SignedVarint();
  manifest.revision = in.String();
  manifest.extractor_version = in.Varint32();
  manifest.segments.resize(in.Count(kMinSegmentBytes));
  for (SegmentEntry& segment : manifest.segments) segment = ReadSegment(in);
  manifest.files.resize(in.Count(kMinFileBytes));
  for (FileEntry& file : manifest.files) file = ReadFile(in);
  manifest.lost.resize(in.Count(kMinLostBytes));
  for (LostFile& lost : manifest.lost) {
    lost.path = in.String();
    lost.reason = in.String();
  }
  manifest.external_definitions.resize(in.Count());
  for (std::string& name : manifest.external_definitions) name = in.String();
  if (bytes[kVersionByte] >= 2) {
    manifest.designs.resize(in.Count(kMinDesignBytes));
    for (DesignEntry& design : manifest.designs) design = ReadDesign(in);
  }
  if (!in.ok() || !in.AtEnd()) return FailMalformed("manifest");
  return manifest;
}

std::string EncodeRepositoryRecord(const RepositoryRecord& record) {
  ByteWriter out;
  out.String(record.name);
  out.String(record.root);
  out.String(record.options_json);
  out.Varint(record.latest);
  out.SignedVarint(record.created_unix_ms);
  out.Varint(record.number);
  out.Varint(record.named.size());
  for (const SnapshotId snapshot : record.named) out.Varint(snapshot);
  return Seal(kRepositoryMagic, kRepositoryVersion, out.bytes());
}

base::Result<RepositoryRecord> DecodeRepositoryRecord(std::string_view bytes) {
  FANIN_ASSIGN_OR_RETURN(const std::string_view body,
                         Unseal(bytes, kRepositoryMagic, kRepositoryVersion, "repository record"));
  ByteReader in(body);
  RepositoryRecord record;
  record.name = in.String();
  record.root = in.String();
  record.options_json = in.String();
  record.latest = in.Varint();
  record.created_unix_ms = in.SignedVarint();
  record.number = in.Varint();
  if (bytes[kVersionByte] >= 2) {
    record.named.resize(in.Count());
    for (SnapshotId& snapshot : record.named) snapshot = in.Varint();
  }
  if (!in.ok() || !in.AtEnd()) return FailMalformed("repository record");
  return record;
}

}  // namespace fanin::graph
