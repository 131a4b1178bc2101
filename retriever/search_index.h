// SearchIndex: one snapshot opened for retrieval (postings and vector indexes of its segments), and how an index is
// made.
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

// What one file adds to the postings, wherever it will stand in a segment. Immutable. A pure function of its arguments
// makes it, so files can be analysed on many threads and added in order; it holds copies, no views. `links` are those
// of the file; null: the connections of its instances are without drives and reads. `text` is the text of the shard.
// `word_splits` only saves work. Cost: about 60 ns per byte (bench_search, 2026-11).
class FilePostings;
class WordSplits;
std::shared_ptr<const FilePostings> AnalyseFile(const graph::Shard& shard, const graph::LinkSet* links,
                                                std::string_view path, std::string_view text, WordSplits& word_splits);

// Collects the documents (chunks) of a segment's files, in the segment's order, and builds its kPostings rows:
//   trigrams of file texts -> files; code-aware tokens -> documents with term frequencies per field; structure terms
//   (kind, name, in, drives, reads, clock, reset, instantiates, license, ...) -> documents.
// Key and value grammar: docs/postings_format.md. Not thread-safe. Memory: about twice the rows.
class PostingsBuilder {
 public:
  PostingsBuilder();
  ~PostingsBuilder();
  // REQUIRES: positions as SegmentBuilder gives them, in that order.
  void Add(const FilePostings& file, graph::SegmentBuilder::Position position);
  // AnalyseFile, then Add.
  void Add(const graph::Shard& shard, std::string_view path, std::string_view text,
           graph::SegmentBuilder::Position position, const graph::LinkSet* links = nullptr);
  // Sorted rows for SegmentRows::tables[kPostings].
  std::vector<graph::Row> Build() &&;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Makes the vectors of every live document of the snapshot's segments that lack a vector file of this model: text of a
// chunk (kind, path, doc comment, code) -> stored vector if its text was embedded before, else Embedder -> store; then
// one VectorIndex file per segment in `vectors_dir` (made if need be). Returns all segment entries, those with their
// new VectorFile, for a new manifest. Near-equal chunks are embedded once; what was embedded is kept when it stops
// early. Errors: CANCELLED, those of the store, the embedder and of writing files.
struct VectorProgress {
  uint64_t done = 0;  // documents
  uint64_t total = 0;
  uint64_t embedded = 0;  // texts that were not found in the store
};
base::Result<std::vector<graph::SegmentEntry>> BuildVectors(
    const graph::Snapshot& snapshot, Embedder& embedder, const std::filesystem::path& vectors_dir,
    const std::function<bool(const VectorProgress&)>& on_progress);  // false: stop with CANCELLED

// Keys of the vectors that a snapshot's segments with a vector file use: of passages and of single elements, sorted.
// Cost: one pass over shards and texts.
base::Result<std::vector<base::Digest>> VectorKeys(const graph::Snapshot& snapshot);

class SegmentPostings;

// Immutable, thread-safe.
class SearchIndex {
 public:
  struct Options {
    std::filesystem::path vectors_dir;  // empty: no vectors
    base::Digest model;                 // vector files of other models are ignored
    bool writable = true;               // damaged or missing vector files may be quarantined and rebuilt
  };
  // Opens what the snapshot has. A damaged or missing vector file is quarantined (renamed *.damaged) and rebuilt from
  // the stored vectors; what was done is in warnings(). Vectors that cannot be had are a warning too: the rest works
  // without. Vector indexes that `before`, an index of another state, has of the same segments are shared with it.
  // Errors: those of the store, DATA_LOSS (damaged postings), FAILED_PRECONDITION (postings of another version). Cost:
  // one read of the documents' records (20 bytes each) and of the vector files.
  static base::Result<std::shared_ptr<const SearchIndex>> Open(std::shared_ptr<const graph::Snapshot> snapshot,
                                                               const Options& options,
                                                               const SearchIndex* before = nullptr);
  ~SearchIndex();

  const graph::Snapshot& snapshot() const { return *snapshot_; }
  const std::shared_ptr<const graph::Snapshot>& snapshot_ptr() const { return snapshot_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  // Of the snapshot's manifest.
  size_t segment_count() const { return postings_.size(); }
  const SegmentPostings& postings(size_t segment) const { return *postings_[segment]; }
  // Vector index of a segment; null: none.
  const VectorIndex* vectors(size_t segment) const { return vectors_[segment].get(); }
  // Live documents with a vector, of all live documents: [0, 1].
  double semantic_coverage() const { return semantic_coverage_; }

 private:
  SearchIndex();
  void OpenVectors(const graph::SegmentEntry& segment, const Options& options);
  // The vector index of a segment that is the same as here; null: none.
  std::shared_ptr<const VectorIndex> FindVectors(const graph::SegmentEntry& segment, const Options& options) const;
  std::unique_ptr<VectorIndex> RebuildVectors(const graph::SegmentEntry& segment, const Options& options,
                                              const std::string& reason);
  void MeasureCoverage();

  std::shared_ptr<const graph::Snapshot> snapshot_;
  std::vector<std::unique_ptr<const SegmentPostings>> postings_;
  std::vector<std::shared_ptr<const VectorIndex>> vectors_;
  std::vector<std::string> warnings_;
  double semantic_coverage_ = 0;
};

}  // namespace fanin::retriever
