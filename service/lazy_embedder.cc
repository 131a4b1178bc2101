#include "service/lazy_embedder.h"

namespace fanin::service {

base::Result<std::shared_ptr<LazyEmbedder>> LazyEmbedder::Create(const retriever::EmbedderConfig& config) {
  FANIN_ASSIGN_OR_RETURN(retriever::ModelIdentity identity, retriever::IdentifyModel(config));
  return std::shared_ptr<LazyEmbedder>(new LazyEmbedder(config, std::move(identity)));
}

base::Result<std::shared_ptr<retriever::Embedder>> LazyEmbedder::Load() {
  std::call_once(once_, [this] { loaded_ = retriever::LoadEmbedder(config_); });
  return *loaded_;
}

std::string LazyEmbedder::DescribeRuntime() const { return "loaded when first used"; }

base::Status LazyEmbedder::EmbedPassages(std::span<const std::string_view> texts, std::span<float> out) {
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<retriever::Embedder> embedder, Load());
  return embedder->EmbedPassages(texts, out);
}

base::Result<std::vector<float>> LazyEmbedder::EmbedQuery(std::string_view text) {
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<retriever::Embedder> embedder, Load());
  return embedder->EmbedQuery(text);
}

}  // namespace fanin::service
