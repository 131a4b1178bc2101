// Keys of the families (docs/storage_format.md). Private to graph/rocks_*.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/coding.h"
#include "base/digest.h"
#include "graph/graph_store.h"
#include "graph/retention.h"
#include "graph/rocks_db.h"

namespace fanin::graph::rocks_keys {

inline constexpr std::string_view kRepositoryPrefix = "r";
inline constexpr std::string_view kManifestPrefix = "m";
inline constexpr std::string_view kBlobPrefix = "b";
inline constexpr std::string_view kNextSegment = "s";
inline constexpr std::string_view kNextRepository = "n";

inline std::string OfNumber(uint64_t number) {
  std::string key;
  base::AppendKey64(key, number);
  return key;
}

// --- meta
inline std::string OfRepository(std::string_view name) { return std::string(kRepositoryPrefix).append(name); }
inline std::string OfManifests(uint64_t repository_number) {
  return std::string(kManifestPrefix) + OfNumber(repository_number);
}
inline std::string OfManifest(const SnapshotKey& key) {
  return OfManifests(key.repository_number) + OfNumber(key.snapshot);
}
inline SnapshotKey ManifestKeyOf(std::string_view key) {
  return {base::ReadKey64(key.substr(1)), base::ReadKey64(key.substr(9))};
}
inline std::string OfBlobEntries(BlobKind kind) { return std::string(kBlobPrefix) + static_cast<char>(kind); }
inline std::string OfBlobEntry(BlobKind kind, const base::Digest& digest) {
  return OfBlobEntries(kind).append(digest.View());
}
inline base::Digest DigestOfBlobEntry(std::string_view key) { return base::Digest::FromView(key.substr(2)); }

// --- blobs
inline Family FamilyOf(BlobKind kind) {
  switch (kind) {
    case BlobKind::kLinks: return Family::kEdgesOut;
    case BlobKind::kVector: return Family::kVectors;
    default: return Family::kShards;
  }
}
inline std::string OfBlob(BlobKind kind, const base::Digest& digest) {
  std::string key;
  if (FamilyOf(kind) == Family::kShards) key.push_back(static_cast<char>(kind));
  return key.append(digest.View());
}

// --- tables
inline Family FamilyOf(Table table) {
  switch (table) {
    case Table::kNames: return Family::kNames;
    case Table::kEdgesIn: return Family::kEdgesIn;
    default: return Family::kPostings;
  }
}
inline constexpr size_t kSegmentBytes = 8;
inline std::string OfRow(SegmentId segment, std::string_view key) { return OfNumber(segment).append(key); }

// The least key above all that start with `prefix`; empty: there is none.
inline std::string After(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

}  // namespace fanin::graph::rocks_keys
