// Embedder: texts to vectors whose inner product says how alike the texts mean. One interface; three implementations,
// chosen by LoadEmbedder: the local model on OpenVINO (fast) or OpenBLAS (defines the meaning), and any server with an
// OpenAI-compatible /v1/embeddings. Model folder, identity and how the model was chosen: docs/embedding.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"

namespace fanin::retriever {

// What makes two vectors comparable. Vectors whose models' digests differ are never mixed: the digest covers the name,
// the weights, the tokenizer, pooling, prefixes and the token limit, but not the runtime, since runtimes agree (cosine
// >= .999).
struct ModelIdentity {
  std::string name;
  uint32_t dims = 0;
  base::Digest digest;

  // "bge-small-en-v1.5/384 6c9c61..."
  std::string ToString() const;
  friend bool operator==(const ModelIdentity&, const ModelIdentity&) = default;
};

// Thread-safe: all functions may be called from many threads at once. A query waits for no more than the batches that
// are being computed, never for the rest of another caller's passages.
class Embedder {
 public:
  virtual ~Embedder() = default;

  virtual const ModelIdentity& identity() const = 0;
  // What computes, for logs and `status`: "openvino bf16, 2 threads".
  virtual std::string DescribeRuntime() const = 0;

  // Embeds texts as passages, on all of the embedder's threads. `out` is n x dims, row-major float32, rows of unit
  // norm, row i for texts[i]. A row does not depend on the other texts beyond rounding. Any bytes will do: what is no
  // UTF-8 is left out, text past the model's token limit is cut off, an empty text has a vector too. Best given some
  // hundreds of texts at once, in any order. On an error nothing is promised about `out`. REQUIRES: out.size() ==
  // texts.size() * dims. Errors: INTERNAL (runtime); of an endpoint: UNAVAILABLE, UNAUTHENTICATED, PERMISSION_DENIED,
  // NOT_FOUND, RESOURCE_EXHAUSTED (its rate limit), INVALID_ARGUMENT (it refused the request or answered with other
  // dimensions).
  virtual base::Status EmbedPassages(std::span<const std::string_view> texts, std::span<float> out) = 0;

  // The vector of a search query: dims floats of unit norm, to be compared with passages' vectors. Errors as above.
  virtual base::Result<std::vector<float>> EmbedQuery(std::string_view text) = 0;
};

enum class EmbedRuntime : uint8_t {
  kAuto = 0,      // OpenVINO where it is built in, else OpenBLAS
  kOpenVino = 1,  // most passages per second; 0.3 s or more to compile the graph
  kOpenBlas = 2,  // fewer, but ready sooner
  kSoonest = 3,   // for a query or two: OpenBLAS where the model has weights for it, else as kAuto
};

struct EndpointConfig {
  std::string url;      // "http://host:port" or "https://host/base"; "/v1/embeddings" is added; empty: no endpoint
  std::string model;    // as the server calls it
  uint32_t dims = 0;    // of its vectors
  std::string api_key;  // sent as a bearer token when not empty; never logged
  std::string query_prefix;
  std::string passage_prefix;
};

struct EmbedderConfig {
  std::filesystem::path model_dir;  // empty: FindModelDir()
  EmbedRuntime runtime = EmbedRuntime::kAuto;
  size_t threads = 0;       // of one EmbedPassages call; 0: all cores
  EndpointConfig endpoint;  // with a url: used instead of a local model
};

// The folder of the local model: $FANIN_MODEL_DIR, else <XDG cache>/fanin/models/bge-small-en-v1.5. It may not exist.
std::filesystem::path FindModelDir();

// Errors: NOT_FOUND (no model there; the message names the fix), DATA_LOSS (a file is damaged), INVALID_ARGUMENT (no
// model of a kind this can run; a bad URL), UNIMPLEMENTED (OpenVINO is not built in), INTERNAL. An endpoint is not
// contacted. Cost: 0.2 to 1 second.
base::Result<std::shared_ptr<Embedder>> LoadEmbedder(const EmbedderConfig& config);

// The identity that LoadEmbedder's result would have, without loading weights or a runtime. Errors: NOT_FOUND,
// DATA_LOSS, INVALID_ARGUMENT as above, as far as the model's description shows them. Cost: one small file read.
base::Result<ModelIdentity> IdentifyModel(const EmbedderConfig& config);

}  // namespace fanin::retriever
