// The FAISS vector index. Internal to vector_index*; FAISS itself is seen by the .cc alone.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "retriever/vector_index.h"

namespace fanin::retriever {

// `vectors` is ids x dims, row-major. Errors: INTERNAL.
base::Result<std::unique_ptr<StorableVectorIndex>> BuildFaissIndex(const base::Digest& model, uint32_t dims,
                                                                   std::vector<uint32_t> ids,
                                                                   std::vector<float> vectors,
                                                                   const VectorIndexOptions& options);

}  // namespace fanin::retriever
