// The version that the program reports.
#pragma once

#include <string_view>

namespace fanin::service {

// "0.1.0".
std::string_view Version();

}  // namespace fanin::service
