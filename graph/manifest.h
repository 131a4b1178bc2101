// What a snapshot is made of: the record that publication writes and readers open.
//
// A snapshot is a list of immutable segments and, of each, the files still live. A change adds a small segment with the
// changed files; merging rewrites several into one. Byte format: docs/storage_format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/schema.h"

namespace fanin::graph {

using SegmentId = uint64_t;   // unique within a store, never reused
using SnapshotId = uint64_t;  // 1, 2, 3 ... within a repository

// One live file of a snapshot.
struct FileEntry {
  std::string path;      // relative to the repository's root, '/' separated
  base::Digest content;  // of its text; the text is stored under it
  base::Digest shard;    // key of its shard (indexer/indexer.h)
  base::Digest links;    // of its LinkSet's bytes (linker.h); the link set is stored under it
  SegmentId segment = 0;
  uint32_t ordinal = 0;   // of the file within its segment
  uint32_t doc_base = 0;  // first lexical document (chunk) of the file within its segment
  uint32_t chunk_count = 0;
  uint32_t node_count = 0;
  uint32_t line_count = 0;
  uint64_t size_bytes = 0;
  uint32_t error_count = 0;  // diagnostics of severity error

  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

// A FAISS file of a segment: a cache that can be rebuilt from the stored vectors.
struct VectorFile {
  std::string name;    // within <data>/vectors/
  base::Digest model;  // identity of the embedding model
  uint64_t size_bytes = 0;
  base::Digest content;
  uint32_t count = 0;

  friend bool operator==(const VectorFile&, const VectorFile&) = default;
};

struct SegmentEntry {
  SegmentId id = 0;
  uint32_t file_count = 0;  // live and dead
  uint32_t doc_count = 0;   // live and dead
  std::optional<VectorFile> vectors;

  friend bool operator==(const SegmentEntry&, const SegmentEntry&) = default;
};

// A file that could not be indexed, and why. Named, never silently left out.
struct LostFile {
  std::string path;
  std::string reason;

  friend bool operator==(const LostFile&, const LostFile&) = default;
};

// An elaborated design: tier 2 of some of the files (graph/elaborated.h).
struct DesignEntry {
  std::string name;
  base::Digest inputs;              // digest of all that it was elaborated from
  base::Digest record;              // of its Design's bytes; the blob is stored under it
  std::vector<base::Digest> facts;  // of all facts that the record names, sorted, distinct
  uint32_t elaborated = 0;          // definitions with facts, by name
  uint32_t left = 0;                // definitions left on tier 1, by name

  friend bool operator==(const DesignEntry&, const DesignEntry&) = default;
};

struct Manifest {
  std::string repository;
  SnapshotId snapshot = 0;
  int64_t created_unix_ms = 0;
  std::string revision;            // git commit of the root, with "+" when the work tree differs; empty: no checkout
  uint32_t extractor_version = 0;  // of the indexer that made the shards
  std::vector<SegmentEntry> segments;
  std::vector<FileEntry> files;  // live, sorted by path
  std::vector<LostFile> lost;
  std::vector<std::string> external_definitions;  // instantiated names that no file defines, sorted
  std::vector<DesignEntry> designs;               // in the order in which they were asked for

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

std::string EncodeManifest(const Manifest& manifest);
// Errors: DATA_LOSS, FAILED_PRECONDITION (newer format).
base::Result<Manifest> DecodeManifest(std::string_view bytes);

// What is known of a repository apart from its snapshots.
struct RepositoryRecord {
  std::string name;  // [a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?
  std::string root;  // absolute path of its folder
  std::string
      options_json;       // how it was indexed last: file lists, defines, include directories (the indexer's own form)
  SnapshotId latest = 0;  // 0: none yet
  int64_t created_unix_ms = 0;
  uint64_t number = 0;            // assigned by the store, never reused: tells a repository from a deleted namesake
  std::vector<SnapshotId> named;  // snapshots published by name that are kept, ascending

  friend bool operator==(const RepositoryRecord&, const RepositoryRecord&) = default;
};

std::string EncodeRepositoryRecord(const RepositoryRecord& record);
// Errors: as DecodeManifest.
base::Result<RepositoryRecord> DecodeRepositoryRecord(std::string_view bytes);

}  // namespace fanin::graph
