// The envelope of every stored format of graph/: magic, version, body, checksum. Private to graph/.
//
//     sealed := magic:4 bytes  version:u8  body  checksum:u64   (XXH3-64 of all bytes before it)
//
// All versions of all formats keep this frame, so that any reader can tell damage from novelty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fanin::graph {

// REQUIRES: magic.size() == 4, version > 0.
std::string Seal(std::string_view magic, uint8_t version, std::string_view body);

// The body, a view into `bytes`. `what` names the thing in messages ("shard"). Errors: DATA_LOSS (truncation, other
// magic, checksum), FAILED_PRECONDITION (a version above `newest_version`).
base::Result<std::string_view> Unseal(std::string_view bytes, std::string_view magic, uint8_t newest_version,
                                      std::string_view what);

// DATA_LOSS: a body that no writer makes, though its checksum is right.
std::unexpected<base::Error> FailMalformed(std::string_view what);

}  // namespace fanin::graph
