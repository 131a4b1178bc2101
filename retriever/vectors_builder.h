// Vectors of a segment's documents: made with an embedder, or gathered from the store. Internal to search_index and
// vectors_builder; BuildVectors is declared in search_index.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/snapshot.h"
#include "retriever/vector_index.h"

namespace fanin::retriever {

// "<segment>-<first 8 digits of the model>.fvi"
std::string VectorFileName(graph::SegmentId segment, const base::Digest& model);

// The text of one document, and the key of its vector.
struct DocumentText {
  uint32_t document = 0;
  std::string text;
  base::Digest key;
};

// Calls visit for the live documents of a segment in ascending order, some thousands at a time. Errors: those of the
// store and of visit.
base::Status ForEachDocumentText(const graph::Snapshot& snapshot, graph::SegmentId segment, const base::Digest& model,
                                 const std::function<base::Status(std::span<const DocumentText> batch)>& visit);

// An index of those live documents whose vectors are stored; null when there is none.
base::Result<std::unique_ptr<StorableVectorIndex>> IndexStoredVectors(const graph::Snapshot& snapshot,
                                                                      graph::SegmentId segment,
                                                                      const base::Digest& model);

}  // namespace fanin::retriever
