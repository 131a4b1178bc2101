// The prompt for a model that is to repair: what fails, suspects, the cone, the code, what to answer.
#pragma once

#include <string>

#include "fanin/v1/context.pb.h"

namespace fanin::service {

// Plain text. The response's symptoms, suspects (the first ten), flow text and snippets must be set.
std::string RenderDebugPrompt(const v1::DebugTask& task, const v1::AssembleContextResponse& response);

}  // namespace fanin::service
