// One line of the log for each call, whichever way it came. What a request and its answer say is not logged: it may be
// source text.
#pragma once

#include <chrono>
#include <string_view>

#include "base/error.h"

namespace fanin::service {

void LogCall(std::string_view method, std::string_view peer, std::chrono::steady_clock::time_point start,
             const base::Status& status);

}  // namespace fanin::service
