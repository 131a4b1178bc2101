#include "service/tokenizers.h"

namespace fanin::service {

base::Result<std::shared_ptr<const retriever::TokenCounter>> Tokenizers::Get(const std::string& name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.find_first_not_of(kAllowed) != std::string::npos || name.starts_with('.')) {
    return base::Fail(base::Code::kInvalidArgument,
                      "tokenizer: a name has letters, digits, '.', '_', '-', and does not begin with '.'");
  }
  {
    const std::lock_guard lock(mutex_);
    const auto known = read_.find(name);
    if (known != read_.end()) return known->second;
  }
  const std::filesystem::path file = folder_ / (name + ".json");
  base::Result<std::shared_ptr<const retriever::TokenCounter>> counter = retriever::ReadTokenizer(file);
  if (!counter && counter.error().code == base::Code::kNotFound) {
    return base::Fail(base::Code::kNotFound,
                      "no tokenizer " + name + ": its tokenizer.json belongs at " + file.string());
  }
  if (counter) {
    const std::lock_guard lock(mutex_);
    read_[name] = *counter;
  }
  return counter;
}

}  // namespace fanin::service
