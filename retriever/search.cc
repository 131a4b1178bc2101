// Retriever::Search.
#include <utility>

#include "retriever/retriever.h"
#include "retriever/search_run.h"

namespace fanin::retriever {

Retriever::Retriever(std::shared_ptr<Embedder> embedder) : embedder_(std::move(embedder)) {}
Retriever::~Retriever() = default;

base::Result<SearchResponse> Retriever::Search(std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                               const SearchRequest& request) const {
  return SearchRun(indexes, embedder_.get(), request).Run();
}

}  // namespace fanin::retriever
