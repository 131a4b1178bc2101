// How an edge reads in one line.
#pragma once

#include <string>

#include "fanin/v1/graph.pb.h"

namespace fanin::cli {

// "control", "clock" ...; empty for data and where there is none.
std::string RoleText(v1::Role role);

// What is worth telling of a flow: "register, control, bits [3] to [all], when wr_en && !full, confidence 0.50".
std::string FlowText(const v1::Edge& edge);

}  // namespace fanin::cli
