// SearchIndex: one snapshot opened for retrieval (postings and vector indexes of its segments), and how an index is made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/segment.h"
#include "graph/snapshot.h"
#include "retriever/embedder.h"
#include "retriever/vector_index.h"

namespace fanin::retriever {

// Collects the documents (chunks) of a segment's files, in the segment's order, and builds its kPostings rows:
//   trigrams of file texts -> files; code-aware tokens -> documents with term frequencies per field; structure terms
//   (kind, name, in, drives, reads, clock, reset, instantiates, license, ...) -> documents.
// Key and value grammar: docs/postings_format.md. Not thread-safe.
class PostingsBuilder {
 public:
  PostingsBuilder();
  ~PostingsBuilder();
  void Add(const graph::Shard& shard, std::string_view path, std::string_view text,
           graph::SegmentBuilder::Position position);
  // Sorted rows for SegmentRows::tables[kPostings].
  std::vector<graph::Row> Build() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Makes the vectors of every live document of the snapshot's segments that lack a vector file of this model: text of a
// chunk (kind, path, doc comment, code) -> stored vector if its text was embedded before, else Embedder -> store; then one
// VectorIndex file per segment in `vectors_dir`. Returns the segment entries with their VectorFile, for a new manifest.
// Batched, sorted by length inside the embedder; near-equal chunks are embedded once.
struct VectorProgress {
  uint64_t done = 0;
  uint64_t total = 0;
  uint64_t embedded = 0;  // not found in the store
};
base::Result<std::vector<graph::SegmentEntry>> BuildVectors(
    const graph::Snapshot& snapshot, Embedder& embedder, const std::filesystem::path& vectors_dir,
    const std::function<bool(const VectorProgress&)>& on_progress);  // false: stop with CANCELLED

// Immutable, thread-safe.
class SearchIndex {
 public:
  struct Options {
    std::filesystem::path vectors_dir;  // empty: no vectors
    base::Digest model;                 // vector files of other models are ignored
    bool writable = true;               // damaged or missing vector files may be quarantined and rebuilt
  };
  // Opens what the snapshot has. A damaged or missing vector file is quarantined (renamed *.damaged) and rebuilt from the
  // stored vectors; what was done is in warnings(). Errors: those of the store.
  static base::Result<std::shared_ptr<const SearchIndex>> Open(std::shared_ptr<const graph::Snapshot> snapshot,
                                                               const Options& options);
  ~SearchIndex();

  const graph::Snapshot& snapshot() const { return *snapshot_; }
  const std::shared_ptr<const graph::Snapshot>& snapshot_ptr() const { return snapshot_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Vector index of segments()[i]; null: none.
  const VectorIndex* vectors(size_t segment) const;
  // Live documents with a vector, of all live documents: [0, 1].
  double semantic_coverage() const { return semantic_coverage_; }

 private:
  SearchIndex() = default;
  std::shared_ptr<const graph::Snapshot> snapshot_;
  std::vector<std::unique_ptr<VectorIndex>> vectors_;
  std::vector<std::string> warnings_;
  double semantic_coverage_ = 0;
};

}  // namespace fanin::retriever
