// Retriever::Search.
#include <utility>

#include "retriever/context_cache.h"
#include "retriever/retriever.h"
#include "retriever/search_run.h"

namespace fanin::retriever {
namespace {

constexpr size_t kContextCacheBytes = 64 << 20;

}  // namespace

Retriever::Retriever(std::shared_ptr<Embedder> embedder)
    : embedder_(std::move(embedder)), cache_(std::make_unique<ContextCache>(kContextCacheBytes)) {}
Retriever::~Retriever() = default;

base::Result<SearchResponse> Retriever::Search(std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                               const SearchRequest& request) const {
  return SearchRun(indexes, embedder_.get(), request).Run();
}

}  // namespace fanin::retriever
