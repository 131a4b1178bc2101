// Files with parse errors as `index` and `status` tell them.
#pragma once

#include <cstdint>

#include "clients/cli/terminal.h"
#include "fanin/v1/repository.pb.h"

namespace fanin::cli {

// The first few, each with its first error. `files`: how many there are in all; 0 prints nothing.
void PrintParseProblems(const google::protobuf::RepeatedPtrField<v1::ParseProblem>& problems, uint32_t files,
                        const Style& style);

}  // namespace fanin::cli
