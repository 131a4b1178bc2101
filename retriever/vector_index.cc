#include "retriever/vector_index.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "retriever/vector_index_faiss.h"
#include "retriever/vector_index_hits.h"

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using base::Status;

float InnerProduct(std::span<const float> a, const float* b) {
  float sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

class ExactVectorIndex final : public VectorIndex {
 public:
  ExactVectorIndex(const base::Digest& model, uint32_t dims, std::vector<uint32_t> ids, std::vector<float> vectors)
      : model_(model), dims_(dims), ids_(std::move(ids)), vectors_(std::move(vectors)) {}

  size_t size() const override { return ids_.size(); }
  uint32_t dims() const override { return dims_; }
  const base::Digest& model() const override { return model_; }
  size_t EstimateMemoryBytes() const override {
    return ids_.size() * sizeof(uint32_t) + vectors_.size() * sizeof(float);
  }

  base::Result<VectorHits> Search(std::span<const float> queries, size_t k,
                                  const DocumentFilter& filter) const override {
    FANIN_RETURN_IF_ERROR(CheckQueries(queries, dims_, k));
    const size_t count = queries.size() / dims_;
    VectorHits hits = EmptyHits(count, k);
    std::vector<Hit> found;
    for (size_t query = 0; query < count; ++query) {
      found.clear();
      for (size_t row = 0; row < ids_.size(); ++row) {
        if (filter && !filter(ids_[row])) continue;
        found.emplace_back(InnerProduct(queries.subspan(query * dims_, dims_), vectors_.data() + row * dims_),
                           ids_[row]);
      }
      WriteHits(found, query, hits);
    }
    return hits;
  }

 private:
  const base::Digest model_;
  const uint32_t dims_;
  const std::vector<uint32_t> ids_;
  const std::vector<float> vectors_;  // ids x dims, row-major
};

bool AllFinite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

}  // namespace

Status CheckQueries(std::span<const float> queries, uint32_t dims, size_t k) {
  FANIN_CHECK(k >= 1 && queries.size() % dims == 0);
  if (!AllFinite(queries)) return Fail(Code::kInvalidArgument, "a query vector has a component that is no number");
  return {};
}

VectorHits EmptyHits(size_t queries, size_t k) {
  return {k, std::vector<uint32_t>(queries * k, kNoDocument),
          std::vector<float>(queries * k, -std::numeric_limits<float>::infinity())};
}

void WriteHits(std::vector<Hit>& found, size_t query, VectorHits& hits) {
  const size_t count = std::min(hits.k, found.size());
  std::partial_sort(
      found.begin(), found.begin() + static_cast<ptrdiff_t>(count), found.end(),
      [](const Hit& a, const Hit& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  for (size_t i = 0; i < count; ++i) {
    hits.scores[query * hits.k + i] = found[i].first;
    hits.documents[query * hits.k + i] = found[i].second;
  }
}

VectorIndexBuilder::VectorIndexBuilder(const base::Digest& model, uint32_t dims) : model_(model), dims_(dims) {
  FANIN_CHECK(dims >= 1);
}

Status VectorIndexBuilder::Add(uint32_t document, std::span<const float> vector) {
  FANIN_CHECK(vector.size() == dims_ && document != kNoDocument);
  if (!AllFinite(vector)) {
    return Fail(Code::kInvalidArgument, "the vector of document " + std::to_string(document) + " is not finite");
  }
  ids_.push_back(document);
  vectors_.insert(vectors_.end(), vector.begin(), vector.end());
  return {};
}

std::unique_ptr<VectorIndex> VectorIndexBuilder::BuildExact() && {
  return std::make_unique<ExactVectorIndex>(model_, dims_, std::move(ids_), std::move(vectors_));
}

base::Result<std::unique_ptr<StorableVectorIndex>> VectorIndexBuilder::Build(const VectorIndexOptions& options) && {
  return BuildFaissIndex(model_, dims_, std::move(ids_), std::move(vectors_), options);
}

}  // namespace fanin::retriever
