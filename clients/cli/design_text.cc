#include "clients/cli/design_text.h"

#include <algorithm>
#include <iostream>
#include <string>

namespace fanin::cli {
namespace {

constexpr int kProblemsShown = 20;

std::string ProblemText(const v1::DesignProblem& problem, const Style& style) {
  std::string text = problem.definition().empty() ? "" : style.Yellow(problem.definition()) + " left on syntax: ";
  if (!problem.path().empty()) {
    text += problem.path() + (problem.line() > 0 ? ":" + std::to_string(problem.line()) : "") + ": ";
  }
  return text + problem.reason();
}

}  // namespace

void PrintDesigns(const google::protobuf::RepeatedPtrField<v1::Design>& designs, const Style& style) {
  for (const v1::Design& design : designs) {
    std::cout << "  " << style.Dim("design      ") << style.Bold(design.name()) << ": "
              << Count(static_cast<uint64_t>(design.elaborated_size()), "definition") << " elaborated ("
              << WithCommas(design.specialised_definitions()) << " with parameters, "
              << Count(design.instances(), "instance") << ") from " << Count(design.files(), "file") << '\n';
    if (!design.unknown().empty()) {
      std::cout << "    not defined:";
      for (const std::string& name : design.unknown()) std::cout << ' ' << name;
      std::cout << '\n';
    }
    for (int i = 0; i < std::min(design.problems_size(), kProblemsShown); ++i) {
      std::cout << "    " << ProblemText(design.problems(i), style) << '\n';
    }
    const int more = design.problems_size() - kProblemsShown;
    if (more > 0) std::cout << "    and " << more << " more; --json lists all\n";
  }
}

}  // namespace fanin::cli
