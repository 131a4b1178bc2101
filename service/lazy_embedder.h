// LazyEmbedder: the model, loaded when the first text is embedded, so that a command that embeds nothing does not wait.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "retriever/embedder.h"

namespace fanin::service {

class LazyEmbedder : public retriever::Embedder {
 public:
  // Reads the model's description only. Errors: those of retriever::IdentifyModel.
  static base::Result<std::shared_ptr<LazyEmbedder>> Create(const retriever::EmbedderConfig& config);

  const retriever::ModelIdentity& identity() const override { return identity_; }
  std::string DescribeRuntime() const override;
  // Errors: also those of retriever::LoadEmbedder. The first caller loads, others wait for it.
  base::Status EmbedPassages(std::span<const std::string_view> texts, std::span<float> out) override;
  base::Result<std::vector<float>> EmbedQuery(std::string_view text) override;

 private:
  LazyEmbedder(retriever::EmbedderConfig config, retriever::ModelIdentity identity)
      : config_(std::move(config)), identity_(std::move(identity)) {}
  base::Result<std::shared_ptr<retriever::Embedder>> Load();

  const retriever::EmbedderConfig config_;
  const retriever::ModelIdentity identity_;
  std::once_flag once_;
  // Set once, by once_.
  std::optional<base::Result<std::shared_ptr<retriever::Embedder>>> loaded_;
};

}  // namespace fanin::service
