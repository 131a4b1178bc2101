// Bearer tokens: who may call, kept by the SHA-256 of each token, so that the file that lists them does not let its
// readers in. docs/operation.md has the file.
//
// A token is 256 random bits, so that one round of SHA-256 is enough: there is nothing to guess that it could slow.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "service/caller.h"

namespace fanin::service {

// Immutable; thread-safe.
class Tokens {
 public:
  // Reads the [[token]] tables of a TOML text; `file` is for messages. Errors: INVALID_ARGUMENT "file:line: what".
  static base::Result<std::shared_ptr<const Tokens>> Parse(std::string_view text, const std::string& file);

  // Whose token it is; null: nobody's. Lives as long as this object. All entries are compared, each in constant time.
  const Caller* Find(std::string_view token) const;

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string sha256;  // 32 bytes
    Caller caller;
  };
  std::vector<Entry> entries_;
};

// A new token, and the lines that let it in, with the grants as they are told.
struct NewToken {
  std::string token;
  std::string lines;
};
NewToken MakeToken(std::string_view name, const std::vector<Grant>& grants);

}  // namespace fanin::service
