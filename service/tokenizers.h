// Tokenizers that a data directory has: files DATA/tokenizers/NAME.json, as model families publish them.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/error.h"
#include "retriever/token_counter.h"

namespace fanin::service {

// Thread-safe. A file is read when first asked for and kept; nothing is read under the lock.
class Tokenizers {
 public:
  explicit Tokenizers(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Errors: NOT_FOUND (no such file; where it belongs), INVALID_ARGUMENT (no such name, or not a tokenizer that is
  // read).
  base::Result<std::shared_ptr<const retriever::TokenCounter>> Get(const std::string& name);

 private:
  const std::filesystem::path folder_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const retriever::TokenCounter>> read_;  // guarded by mutex_
};

}  // namespace fanin::service
