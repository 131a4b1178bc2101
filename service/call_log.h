// One line of the log for each call, whichever way it came. What a request and its answer say is not logged: it may be
// source text.
#pragma once

#include "service/call_gate.h"

namespace fanin::service {

void LogCall(const CallRecord& record);

// A text for a value of a log line: in quotes, on one line.
std::string Quoted(std::string_view text);

}  // namespace fanin::service
