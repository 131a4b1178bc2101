// Page tokens: where the next page of an answer begins, bound to the request and the data that it belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fanin::service {

struct PageToken {
  uint64_t offset = 0;        // items of earlier pages
  uint64_t request_hash = 0;  // of what the request asks, page size and token left out
  uint64_t data_hash = 0;     // of the snapshots' names; 0 where the data may change between pages

  std::string ToString() const;
};

// The offset that a request's token means: 0 for an empty one. Errors: INVALID_ARGUMENT (no token of this server, or of
// another request), ABORTED (the data changed since).
base::Result<uint64_t> ReadPageToken(std::string_view text, uint64_t request_hash, uint64_t data_hash);

}  // namespace fanin::service
