// Elaborated designs as `index` and `status` tell them.
#pragma once

#include "clients/cli/terminal.h"
#include "fanin/v1/repository.pb.h"

namespace fanin::cli {

// One line per design, and below it what was left on syntax and why.
void PrintDesigns(const google::protobuf::RepeatedPtrField<v1::Design>& designs, const Style& style);

}  // namespace fanin::cli
