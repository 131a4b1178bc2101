#include "clients/cli/parse_problem_text.h"

#include <algorithm>
#include <iostream>
#include <string>

namespace fanin::cli {
namespace {

constexpr int kProblemsShown = 10;

}  // namespace

void PrintParseProblems(const google::protobuf::RepeatedPtrField<v1::ParseProblem>& problems, uint32_t files,
                        const Style& style) {
  if (files == 0) return;
  std::cout << "  " << style.Dim("errors      ") << Count(files, "file")
            << " with parse errors, indexed all the same\n";
  const int shown = std::min(problems.size(), kProblemsShown);
  for (int i = 0; i < shown; ++i) {
    const v1::ParseProblem& problem = problems[i];
    std::cout << "    "
              << style.Yellow(problem.path() + (problem.line() > 0 ? ":" + std::to_string(problem.line()) : "")) << ": "
              << problem.message() << '\n';
  }
  const uint32_t more = files - static_cast<uint32_t>(shown);
  if (more > 0) {
    const auto listed = static_cast<uint32_t>(problems.size());
    std::cout << "    and " << WithCommas(more) << " more; --json lists "
              << (listed == files ? "all" : "the first " + WithCommas(listed)) << '\n';
  }
}

}  // namespace fanin::cli
