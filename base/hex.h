// Bytes as hexadecimal digits, lower case.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fanin::base {

std::string ToHex(std::string_view bytes);
// nullopt: an odd count, or anything but digits and a to f.
std::optional<std::string> FromHex(std::string_view hex);

}  // namespace fanin::base
