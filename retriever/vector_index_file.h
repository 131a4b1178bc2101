// The frame of a vector file (docs/vector_format.md): all that is checked before FAISS reads. Internal to
// vector_index*.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "retriever/vector_index.h"

namespace fanin::retriever {

struct VectorPayload {
  base::Digest model;
  VectorIndexKind kind = VectorIndexKind::kFlat;
  uint32_t dims = 0;
  std::vector<uint32_t> ids;
  std::string_view blob;  // of FAISS; not owned
};

// The whole file. `info` gets its size, digest and count.
std::string EncodeVectorFile(const VectorPayload& payload, VectorFileInfo& info);

// The checked content; its blob views into `file`. Errors: DATA_LOSS, FAILED_PRECONDITION, as LoadVectorIndex.
base::Result<VectorPayload> DecodeVectorFile(std::string_view file, const base::Digest& model,
                                             const std::optional<base::Digest>& content);

}  // namespace fanin::retriever
