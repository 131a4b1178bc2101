// The local embedder: tokenizes, batches by length, runs a BERT encoder on one of two runtimes. Internal to embed*.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "retriever/embed_model.h"
#include "retriever/embedder.h"
#include "retriever/wordpiece.h"

namespace fanin::retriever {

// One text of a batch and where its vector goes. Owned by the caller.
struct BatchRow {
  const TokenIds* tokens = nullptr;
  float* vector = nullptr;  // dims floats
};

// Runs the encoder. Thread-safe.
class BertRuntime {
 public:
  virtual ~BertRuntime() = default;
  virtual std::string Describe() const = 0;
  // Fills each row's vector with the pooled output of the last layer, not normalised, on one thread's worth of work.
  // Rows should be of similar length. Errors: INTERNAL.
  virtual base::Status Forward(std::span<const BatchRow> rows) = 0;
};

// Errors: those of ReadModelFile; INVALID_ARGUMENT when the file is not such a model; INTERNAL.
// `threads` batches can be under way at once.
base::Result<std::unique_ptr<BertRuntime>> LoadOpenVinoRuntime(const ModelDescription& model, size_t threads);
inline constexpr const char* kOpenBlasWeights = "weights.safetensors";
// From weights.safetensors: float32 tensors, named as BERT checkpoints name them. Sets OpenBLAS to one thread per call
// for the whole process: parallelism comes from many callers.
base::Result<std::unique_ptr<BertRuntime>> LoadOpenBlasRuntime(const ModelDescription& model);

class BertEmbedder final : public Embedder {
 public:
  // REQUIRES: threads >= 1.
  BertEmbedder(const ModelDescription& model, WordPieceTokenizer tokenizer, std::unique_ptr<BertRuntime> runtime,
               size_t threads);

  const ModelIdentity& identity() const override { return identity_; }
  std::string DescribeRuntime() const override;
  base::Status EmbedPassages(std::span<const std::string_view> texts, std::span<float> out) override;
  base::Result<std::vector<float>> EmbedQuery(std::string_view text) override;

 private:
  TokenIds Tokenize(std::string_view prefix, std::string_view text) const;

  const ModelIdentity identity_;
  const std::string query_prefix_;
  const std::string passage_prefix_;
  const size_t max_tokens_;
  const WordPieceTokenizer tokenizer_;
  const std::unique_ptr<BertRuntime> runtime_;
  const size_t threads_;
};

// Scales a vector to unit norm. A vector that has none (zero, infinite, NaN) is INTERNAL.
base::Status Normalize(std::span<float> vector);

}  // namespace fanin::retriever
