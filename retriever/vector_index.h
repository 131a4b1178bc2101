// VectorIndex: the nearest vectors of one segment's documents. A plain exact implementation defines the meaning; the
// FAISS one must agree with it, exactly where it is flat and within its recall where it is not
// (tests/retriever/vector_index_test). File format: docs/vector_format.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"

namespace fanin::retriever {

// No document: pads rows of hits.
inline constexpr uint32_t kNoDocument = std::numeric_limits<uint32_t>::max();

// True for documents that may be found. Called from the searching thread, many times: keep it cheap.
using DocumentFilter = std::function<bool(uint32_t document)>;

// n x k, row-major, one row per query, best first; equal scores by ascending document. A row with fewer than k hits is
// padded with kNoDocument and -infinity.
struct VectorHits {
  size_t k = 0;
  std::vector<uint32_t> documents;
  std::vector<float> scores;  // inner product; of unit vectors the cosine, [-1, 1], higher is nearer

  std::span<const uint32_t> DocumentsOf(size_t query) const { return std::span(documents).subspan(query * k, k); }
  std::span<const float> ScoresOf(size_t query) const { return std::span(scores).subspan(query * k, k); }
};

// Immutable, thread-safe.
class VectorIndex {
 public:
  virtual ~VectorIndex() = default;

  virtual size_t size() const = 0;
  virtual uint32_t dims() const = 0;
  virtual const base::Digest& model() const = 0;
  // Resident bytes, estimated to about 10 %.
  virtual size_t EstimateMemoryBytes() const = 0;

  // The k documents of greatest inner product with each query. `queries` is n x dims, row-major float32, unit norm.
  // With a filter, only documents that pass it, decided inside the search and not afterwards: every row has min(k,
  // number of documents that pass) hits. Which of several documents with equal scores make the last places is
  // unspecified. REQUIRES: k >= 1, queries.size() a multiple of dims. Errors: INVALID_ARGUMENT (a query is not finite),
  // INTERNAL. Cost: exact and flat O(n * size * dims); HNSW about O(n * log(size) * dims), unless few documents pass
  // the filter.
  virtual base::Result<VectorHits> Search(std::span<const float> queries, size_t k,
                                          const DocumentFilter& filter = nullptr) const = 0;
};

enum class VectorIndexKind : uint8_t {
  kFlat = 1,   // exact
  kHnsw = 2,   // a graph over the vectors (Malkov and Yashunin 2018): recall@10 on RTL: docs/results.md
  kIvfPq = 3,  // compressed (Jégou et al. 2011): a sixteenth of the memory; scores are approximate
};

// What a written file is, for the manifest.
struct VectorFileInfo {
  uint64_t size_bytes = 0;
  base::Digest content;  // of the payload
  uint32_t count = 0;
};

// A VectorIndex that can be kept in a file.
class StorableVectorIndex : public VectorIndex {
 public:
  virtual VectorIndexKind kind() const = 0;
  // Replaces the file durably. Errors: those of WriteFileAtomically. Needs the file's size in memory once more.
  virtual base::Result<VectorFileInfo> Save(const std::filesystem::path& path) const = 0;
};

struct VectorIndexOptions {
  // Up to this many vectors the index is flat. A flat search of 50,000 takes about 10 ms (bench_vectors, 2026-11).
  size_t max_flat = 50'000;
  // Where the flat or HNSW index would take more, it is IVF-PQ instead, given enough vectors to train it (10,000). 0:
  // no limit.
  size_t memory_limit_bytes = 0;
  // Threads to build with; 0: all cores.
  size_t threads = 0;
};

// Collects the vectors of one model. Not thread-safe.
class VectorIndexBuilder {
 public:
  // REQUIRES: dims >= 1.
  VectorIndexBuilder(const base::Digest& model, uint32_t dims);

  void Reserve(size_t count) { ids_.reserve(count), vectors_.reserve(count * dims_); }
  // Copies a vector of unit norm. REQUIRES: vector.size() == dims; each document once, and not kNoDocument.
  // Errors: INVALID_ARGUMENT when a component is not finite.
  base::Status Add(uint32_t document, std::span<const float> vector);

  // Plain, exact, in memory.
  std::unique_ptr<VectorIndex> BuildExact() &&;
  // FAISS, of the kind that the options ask for. Two builds of an HNSW index from the same vectors may differ in which
  // of the near neighbours they miss. Cost: flat, a copy; HNSW about 1 ms per vector and core. Errors: INTERNAL.
  base::Result<std::unique_ptr<StorableVectorIndex>> Build(const VectorIndexOptions& options = {}) &&;

 private:
  base::Digest model_;
  uint32_t dims_;
  std::vector<uint32_t> ids_;
  std::vector<float> vectors_;  // ids x dims, row-major
};

// Reads a file that Save wrote. Every byte is verified before FAISS sees one. `content`: the digest that the manifest
// names, if there is one. Errors: NOT_FOUND; DATA_LOSS (damaged, or not the manifest's file); FAILED_PRECONDITION (made
// with another model, or by a newer program).
base::Result<std::unique_ptr<StorableVectorIndex>> LoadVectorIndex(
    const std::filesystem::path& path, const base::Digest& model,
    const std::optional<base::Digest>& content = std::nullopt);

}  // namespace fanin::retriever
