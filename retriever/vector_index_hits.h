// What every VectorIndex does alike: checking queries, ordering and padding hits. Internal to vector_index*.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "retriever/vector_index.h"

namespace fanin::retriever {

using Hit = std::pair<float, uint32_t>;  // score, document

// Aborts on a wrong shape, INVALID_ARGUMENT on a value that is not finite.
base::Status CheckQueries(std::span<const float> queries, uint32_t dims, size_t k);

// Rows of padding for `queries` queries.
VectorHits EmptyHits(size_t queries, size_t k);

// The best k of `found`, in order, into the row of `query`. Reorders `found`.
void WriteHits(std::vector<Hit>& found, size_t query, VectorHits& hits);

}  // namespace fanin::retriever
