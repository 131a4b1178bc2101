// Text that messages can carry: protobuf strings and JSON must be UTF-8, source text need not be.
#pragma once

#include <string>
#include <string_view>

namespace fanin::service {

// The text with every byte that is not part of well-formed UTF-8 (RFC 3629) replaced by '?', so that offsets stay.
std::string ToUtf8(std::string_view text);

}  // namespace fanin::service
