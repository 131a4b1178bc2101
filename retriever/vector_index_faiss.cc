// FAISS stays in this file: its types, its exceptions, its OpenMP threads.
#include "retriever/vector_index_faiss.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/work_queue.h"
#include "retriever/vector_index_file.h"
#include "retriever/vector_index_hits.h"

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using base::Status;

// Set by hand; recall on vectors of RTL: docs/results.md.
constexpr int kHnswLinks = 32;
constexpr int kHnswEfConstruction = 100;
constexpr size_t kHnswEfSearch = 128;      // candidates of a walk that asks for up to half as many hits
constexpr size_t kMinTrained = 10'000;     // vectors below which IVF-PQ is not worth training
constexpr double kProbedShare = 1.0 / 16;  // of the inverted lists
// A filter that lets fewer pass is answered by comparing all that pass; a graph walk would wade through the others.
constexpr double kMinWalkedShare = 0.1;
constexpr size_t kFilterSamples = 256;
// FAISS 1.7.3 sizes a walk's heap of candidates by the index's own efSearch; the parameter of a search can only lower
// it.
constexpr size_t kHnswMaxEfSearch = static_cast<size_t>(kHnswEfSearch / kMinWalkedShare);

// OpenMP threads of the calling thread's parallel regions, for a scope.
class OmpThreads {
 public:
  explicit OmpThreads(size_t threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(static_cast<int>(threads));
  }
  ~OmpThreads() { omp_set_num_threads(before_); }
  OmpThreads(const OmpThreads&) = delete;
  OmpThreads& operator=(const OmpThreads&) = delete;

 private:
  int before_;
};

// A filter on documents as FAISS's selector of rows.
class RowSelector final : public faiss::IDSelector {
 public:
  RowSelector(const DocumentFilter& filter, std::span<const uint32_t> ids) : filter_(filter), ids_(ids) {}
  bool is_member(faiss::Index::idx_t row) const override { return filter_(ids_[static_cast<size_t>(row)]); }

  // Estimated share of rows that pass.
  double EstimateShare() const {
    const size_t samples = std::min(kFilterSamples, ids_.size());
    size_t passed = 0;
    for (size_t i = 0; i < samples; ++i) passed += filter_(ids_[i * ids_.size() / samples]) ? 1 : 0;
    return static_cast<double>(passed) / static_cast<double>(samples);
  }

 private:
  const DocumentFilter& filter_;
  std::span<const uint32_t> ids_;
};

class StringWriter final : public faiss::IOWriter {
 public:
  size_t operator()(const void* data, size_t size, size_t count) override {
    bytes.append(static_cast<const char*>(data), size * count);
    return count;
  }
  std::string bytes;
};

class ViewReader final : public faiss::IOReader {
 public:
  explicit ViewReader(std::string_view bytes) : bytes_(bytes) {}
  size_t operator()(void* data, size_t size, size_t count) override {
    if (size == 0) return count;
    count = std::min(count, bytes_.size() / size);
    std::memcpy(data, bytes_.data(), size * count);
    bytes_.remove_prefix(size * count);
    return count;
  }
  bool AtEnd() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

// Sub-quantizers of IVF-PQ: about 4 dimensions per byte.
size_t PqBytes(uint32_t dims) {
  size_t bytes = std::max<size_t>(1, dims / 4);
  while (dims % bytes != 0) --bytes;
  return bytes;
}

// Inverted lists of IVF-PQ: the customary 4 * sqrt(count), and at least 40 vectors a list to train on.
size_t ListCount(size_t count) {
  return std::max<size_t>(1, std::min(static_cast<size_t>(4 * std::sqrt(static_cast<double>(count))), count / 40));
}

size_t EstimateBytes(VectorIndexKind kind, size_t count, uint32_t dims) {
  const size_t flat = count * (dims * sizeof(float) + sizeof(uint32_t));
  switch (kind) {
    case VectorIndexKind::kFlat: return flat;
    // Twice the links on the lowest level, few above; a level and an offset each.
    case VectorIndexKind::kHnsw: return flat + count * (2 * kHnswLinks * sizeof(int) * 33 / 32 + sizeof(int) + 8);
    case VectorIndexKind::kIvfPq:
      return count * (PqBytes(dims) + sizeof(faiss::Index::idx_t) + sizeof(uint32_t)) +
             (ListCount(count) + 256) * dims * sizeof(float);
  }
  return flat;
}

VectorIndexKind ChooseKind(size_t count, uint32_t dims, const VectorIndexOptions& options) {
  const auto kind = count <= options.max_flat ? VectorIndexKind::kFlat : VectorIndexKind::kHnsw;
  const bool too_large =
      options.memory_limit_bytes != 0 && EstimateBytes(kind, count, dims) > options.memory_limit_bytes;
  return too_large && count >= kMinTrained ? VectorIndexKind::kIvfPq : kind;
}

std::unique_ptr<faiss::Index> NewIndex(VectorIndexKind kind, size_t count, uint32_t dims) {
  const auto d = static_cast<faiss::Index::idx_t>(dims);
  switch (kind) {
    case VectorIndexKind::kFlat: return std::make_unique<faiss::IndexFlatIP>(d);
    case VectorIndexKind::kHnsw: {
      auto index =
          std::make_unique<faiss::IndexHNSWFlat>(static_cast<int>(dims), kHnswLinks, faiss::METRIC_INNER_PRODUCT);
      index->hnsw.efConstruction = kHnswEfConstruction;
      return index;
    }
    case VectorIndexKind::kIvfPq: {
      auto coarse = std::make_unique<faiss::IndexFlatIP>(d);
      auto index = std::make_unique<faiss::IndexIVFPQ>(coarse.get(), dims, ListCount(count), PqBytes(dims), 8,
                                                       faiss::METRIC_INNER_PRODUCT);
      coarse.release();
      index->own_fields = true;
      index->cp.spherical = true;  // centroids of unit vectors are compared by inner product
      return index;
    }
  }
  return nullptr;
}

// True if a read index is of the kind and shape that its file says.
bool IsOfKind(const faiss::Index& index, const VectorPayload& payload) {
  const auto rows = static_cast<faiss::Index::idx_t>(payload.ids.size());
  if (index.d != static_cast<int>(payload.dims) || index.ntotal != rows ||
      index.metric_type != faiss::METRIC_INNER_PRODUCT) {
    return false;
  }
  switch (payload.kind) {
    case VectorIndexKind::kFlat: return dynamic_cast<const faiss::IndexFlat*>(&index) != nullptr;
    case VectorIndexKind::kHnsw: {
      const auto* graph = dynamic_cast<const faiss::IndexHNSWFlat*>(&index);
      return graph != nullptr && graph->storage != nullptr && graph->storage->ntotal == rows;
    }
    case VectorIndexKind::kIvfPq: return dynamic_cast<const faiss::IndexIVFPQ*>(&index) != nullptr;
  }
  return false;
}

class FaissVectorIndex final : public StorableVectorIndex {
 public:
  FaissVectorIndex(const base::Digest& model, VectorIndexKind kind, std::vector<uint32_t> ids,
                   std::unique_ptr<faiss::Index> index)
      : model_(model), kind_(kind), ids_(std::move(ids)), index_(std::move(index)) {
    if (auto* graph = dynamic_cast<faiss::IndexHNSWFlat*>(index_.get())) graph->hnsw.efSearch = kHnswMaxEfSearch;
  }

  size_t size() const override { return ids_.size(); }
  uint32_t dims() const override { return static_cast<uint32_t>(index_->d); }
  const base::Digest& model() const override { return model_; }
  VectorIndexKind kind() const override { return kind_; }
  size_t EstimateMemoryBytes() const override { return EstimateBytes(kind_, size(), dims()); }

  base::Result<VectorHits> Search(std::span<const float> queries, size_t k,
                                  const DocumentFilter& filter) const override {
    FANIN_RETURN_IF_ERROR(CheckQueries(queries, dims(), k));
    const size_t count = queries.size() / dims();
    VectorHits hits = EmptyHits(count, k);
    if (ids_.empty()) return hits;
    const RowSelector selector(filter, ids_);
    const RowSelector* selected = filter ? &selector : nullptr;
    const double share = filter ? selector.EstimateShare() : 1.0;
    try {
      // The service answers many queries at once, a thread each; more threads per query would only contend.
      const OmpThreads threads(1);
      std::vector<Hit> found;
      for (size_t query = 0; query < count; ++query) {
        const float* vector = queries.data() + query * dims();
        if (share >= kMinWalkedShare) SearchFast(vector, k, selected, share, found);
        // A walk may come back with fewer hits than there are.
        if (share < kMinWalkedShare || found.size() < std::min(k, size())) SearchAll(vector, k, selected, found);
        WriteHits(found, query, hits);
      }
    } catch (const std::exception& error) {
      return Fail(Code::kInternal, std::string("FAISS search: ") + error.what());
    }
    return hits;
  }

  base::Result<VectorFileInfo> Save(const std::filesystem::path& path) const override {
    StringWriter blob;
    try {
      faiss::write_index(index_.get(), &blob);
    } catch (const std::exception& error) {
      return Fail(Code::kInternal, std::string("FAISS write: ") + error.what());
    }
    VectorFileInfo info;
    const std::string file = EncodeVectorFile({model_, kind_, dims(), ids_, blob.bytes}, info);
    FANIN_RETURN_IF_ERROR(base::WriteFileAtomically(path, file));
    return info;
  }

 private:
  // The best k by the kind's own way; fewer when it misses some.
  void SearchFast(const float* vector, size_t k, const RowSelector* selector, double share,
                  std::vector<Hit>& found) const {
    switch (kind_) {
      case VectorIndexKind::kFlat: return SearchAll(vector, k, selector, found);
      case VectorIndexKind::kHnsw: {
        faiss::SearchParametersHNSW parameters;
        // As many candidates that pass as without a filter.
        const auto candidates = static_cast<double>(std::max(kHnswEfSearch, 2 * k)) / share;
        parameters.efSearch = static_cast<int>(std::min(candidates, double{kHnswMaxEfSearch}));
        return Run(*index_, vector, k, selector, parameters, found);
      }
      case VectorIndexKind::kIvfPq: return Probe(kProbedShare, vector, k, selector, found);
    }
  }

  // The best k of all rows that pass.
  void SearchAll(const float* vector, size_t k, const RowSelector* selector, std::vector<Hit>& found) const {
    if (kind_ == VectorIndexKind::kIvfPq) return Probe(1, vector, k, selector, found);
    faiss::SearchParameters parameters;
    const auto* graph = dynamic_cast<const faiss::IndexHNSWFlat*>(index_.get());
    Run(graph == nullptr ? *index_ : *graph->storage, vector, k, selector, parameters, found);
  }

  void Probe(double share, const float* vector, size_t k, const RowSelector* selector, std::vector<Hit>& found) const {
    const auto& lists = dynamic_cast<const faiss::IndexIVFPQ&>(*index_);
    faiss::IVFPQSearchParameters parameters;
    parameters.nprobe = static_cast<size_t>(std::ceil(static_cast<double>(lists.nlist) * share));
    Run(lists, vector, k, selector, parameters, found);
  }

  void Run(const faiss::Index& index, const float* vector, size_t k, const RowSelector* selector,
           faiss::SearchParameters& parameters, std::vector<Hit>& found) const {
    parameters.sel = const_cast<RowSelector*>(selector);  // FAISS 1.7.3 takes it non-const and only reads it
    k = std::min(k, size());
    std::vector<float> scores(k);
    std::vector<faiss::Index::idx_t> rows(k);
    index.search(1, vector, static_cast<faiss::Index::idx_t>(k), scores.data(), rows.data(), &parameters);
    found.clear();
    for (size_t i = 0; i < k; ++i) {
      if (rows[i] >= 0) found.emplace_back(scores[i], ids_[static_cast<size_t>(rows[i])]);
    }
  }

  const base::Digest model_;
  const VectorIndexKind kind_;
  const std::vector<uint32_t> ids_;  // document of each row
  const std::unique_ptr<faiss::Index> index_;
};

base::Result<std::unique_ptr<StorableVectorIndex>> ReadPayload(VectorPayload payload) {
  std::unique_ptr<faiss::Index> index;
  try {
    ViewReader reader(payload.blob);
    index.reset(faiss::read_index(&reader));
    if (!reader.AtEnd()) return Fail(Code::kDataLoss, "bytes after the FAISS index");
  } catch (const std::exception& error) {
    return Fail(Code::kDataLoss, std::string("FAISS cannot read it: ") + error.what());
  }
  if (!IsOfKind(*index, payload)) return Fail(Code::kDataLoss, "the FAISS index is not of the kind or shape it says");
  return std::make_unique<FaissVectorIndex>(payload.model, payload.kind, std::move(payload.ids), std::move(index));
}

}  // namespace

base::Result<std::unique_ptr<StorableVectorIndex>> BuildFaissIndex(const base::Digest& model, uint32_t dims,
                                                                   std::vector<uint32_t> ids,
                                                                   std::vector<float> vectors,
                                                                   const VectorIndexOptions& options) {
  const auto kind = ChooseKind(ids.size(), dims, options);
  try {
    const OmpThreads threads(options.threads == 0 ? base::DefaultThreads() : options.threads);
    auto index = NewIndex(kind, ids.size(), dims);
    const auto count = static_cast<faiss::Index::idx_t>(ids.size());
    if (!index->is_trained) index->train(count, vectors.data());
    if (count > 0) index->add(count, vectors.data());
    return std::make_unique<FaissVectorIndex>(model, kind, std::move(ids), std::move(index));
  } catch (const std::exception& error) {
    return Fail(Code::kInternal, std::string("FAISS build: ") + error.what());
  }
}

base::Result<std::unique_ptr<StorableVectorIndex>> LoadVectorIndex(const std::filesystem::path& path,
                                                                   const base::Digest& model,
                                                                   const std::optional<base::Digest>& content) {
  FANIN_ASSIGN_OR_RETURN(const std::string file, base::ReadFile(path));
  auto payload = DecodeVectorFile(file, model, content);
  if (!payload) return std::unexpected(payload.error().Annotate(path.string()));
  auto index = ReadPayload(std::move(*payload));
  if (!index) return std::unexpected(index.error().Annotate(path.string()));
  return index;
}

}  // namespace fanin::retriever
