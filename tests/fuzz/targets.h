// What is fuzzed: readers of bytes that others make. A target must neither crash, hang nor take more memory than its
// input can explain, whatever the input.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
  // Well-formed inputs to begin with. REQUIRES: the working directory is the root of the project.
  std::vector<std::string> (*seeds)();
};

std::span<const Target> Targets();

// Of query_target.cc: names of query.h are also those of functions of wave.h.
void RunQuery(std::string_view input);

}  // namespace fanin::fuzz
