// A model folder: model.json and the files that it names with their digests (docs/embedding.md). Internal to embed*.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "retriever/embedder.h"

namespace fanin::retriever {

enum class Pooling : uint8_t { kCls = 0, kMean = 1 };

// model.json, checked.
struct ModelDescription {
  std::filesystem::path folder;
  std::string name;
  uint32_t dims = 0;
  uint32_t layers = 0;
  uint32_t heads = 0;
  float layer_norm_epsilon = 0;
  uint32_t max_tokens = 0;  // [CLS] and [SEP] included
  Pooling pooling = Pooling::kCls;
  std::string query_prefix;
  std::string passage_prefix;
  std::string weights_id;                    // names the weights, whatever format they were converted to
  std::map<std::string, std::string> files;  // name -> base::DigestOf, hexadecimal

  ModelIdentity Identity() const;
};

// Errors: NOT_FOUND with the fix, DATA_LOSS (no JSON), INVALID_ARGUMENT (a field is missing or out of range),
// FAILED_PRECONDITION (a newer format).
base::Result<ModelDescription> ReadModelDescription(const std::filesystem::path& folder);

// The content of a file that the description names. Errors: NOT_FOUND; DATA_LOSS when its digest differs.
base::Result<std::string> ReadModelFile(const ModelDescription& model, const std::string& name);

}  // namespace fanin::retriever
