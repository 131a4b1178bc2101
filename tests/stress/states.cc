#include "tests/stress/states.h"

#include <algorithm>
#include <iostream>

#include "base/file.h"

namespace fanin::stress {
namespace {

namespace fs = std::filesystem;

constexpr size_t kModules = 12;
constexpr size_t kWires = 6;
constexpr std::string_view kOther = "repositories/other ";
constexpr std::string_view kDemo = "repositories/demo ";

void Require(const base::Status& status) {
  if (status) return;
  std::cout << "cannot prepare: " << status.error() << std::endl;
  std::abort();
}

// Whether vectors have a part in an answer.
bool UsesVectors(const Answer& answer) {
  return std::ranges::any_of(std::vector<std::string>{"search", "completion", "question", "debug"},
                             [&](const std::string& word) { return answer.question.contains(" " + word); });
}

std::vector<Answer> Of(const std::vector<Answer>& answers, std::string_view repository) {
  std::vector<Answer> of;
  std::ranges::copy_if(answers, std::back_inserter(of),
                       [&](const Answer& answer) { return answer.question.starts_with(repository); });
  return of;
}

}  // namespace

States::States(const fs::path& folder, const std::string& embedding_url) : folder_(folder) {
  const fs::path other_rtl = folder / "other_rtl";
  WriteRtl(other_rtl, 0, 2, 2);
  for (int generation = kGenerations - 1; generation >= 0; --generation) {
    WriteGeneration(generation);
    const fs::path data = generation == 0 ? start() : folder / "scratch";
    {
      auto api = OpenApi({data, embedding_url, false});
      if (!api) Require(std::unexpected(api.error()));
      for (const auto& [name, rtl] : {std::pair{"other", other_rtl}, std::pair{"demo", demo_rtl()}}) {
        const auto indexed = Index(**api, name, rtl, true);
        if (!indexed) Require(std::unexpected(indexed.error()));
      }
      const std::string encoded = Encode(AskAll(**api));
      Require(base::WriteFileAtomically(folder / ("answers" + std::to_string(generation)), encoded));
    }
    fs::remove_all(folder / "scratch");
  }
  *this = States(folder);
}

States::States(const fs::path& folder) : folder_(folder) {
  for (int generation = 0; generation < kGenerations; ++generation) {
    const auto encoded = base::ReadFile(folder / ("answers" + std::to_string(generation)));
    if (!encoded) Require(std::unexpected(encoded.error()));
    const std::vector<Answer> answers = DecodeAnswers(*encoded);
    demo_.push_back(Of(answers, kDemo));
    other_ = Of(answers, kOther);
  }
}

void States::WriteGeneration(int generation) const {
  WriteRtl(demo_rtl(), static_cast<uint64_t>(generation), kModules, kWires);
}

std::vector<std::string> States::Differences(const std::vector<Answer>& answers, int state, bool complete) const {
  std::vector<std::string> differences;
  const auto compare = [&](const std::vector<Answer>& expected, const std::vector<Answer>& got) {
    if (expected.size() != got.size()) {
      const std::string first = answers.empty() ? "nothing" : answers.front().question + ": " + answers.front().error;
      differences.push_back(std::to_string(got.size()) + " answers instead of " + std::to_string(expected.size()) +
                            ", the first: " + first);
    }
    for (size_t i = 0; i < std::min(expected.size(), got.size()); ++i) {
      // Which passages are near is looked for in each segment by itself, so that ranks depend on how many there are.
      const bool is_right =
          UsesVectors(expected[i]) ? !complete || (got[i].error.empty() && !got[i].degraded) : expected[i] == got[i];
      if (is_right) continue;
      differences.push_back(got[i].question + ": " + got[i].error + " " + got[i].body.substr(0, 300) + " instead of " +
                            expected[i].error + " " + expected[i].body.substr(0, 300));
    }
  };
  compare(other_, Of(answers, kOther));
  std::vector<Answer> demo = Of(answers, kDemo);
  if (state == kAbsent) {  // or made, and not indexed yet
    const auto is_new = [](const Answer& answer) { return answer.error.contains("has never been indexed"); };
    if (std::ranges::any_of(demo, is_new)) demo.clear();
  }
  compare(state == kAbsent ? std::vector<Answer>() : demo_[static_cast<size_t>(state)], demo);
  return differences;
}

bool States::MatchOne(const Answer& answer, const std::vector<int>& allowed, std::string& why) const {
  if (UsesVectors(answer)) return true;
  const auto is_right = [&](const std::vector<Answer>& expected) {
    return std::ranges::find(expected, answer.question, &Answer::question) == expected.end() ||
           std::ranges::find(expected, answer) != expected.end();
  };
  why = answer.question + ": " + answer.error + " " + answer.body.substr(0, 300);
  return is_right(other_) && std::ranges::any_of(allowed, [&](int state) {
           return state == kAbsent || is_right(demo_[static_cast<size_t>(state)]);
         });
}

std::optional<int> States::Match(const std::vector<Answer>& answers, const std::vector<int>& allowed, bool complete,
                                 std::string& why) const {
  for (const int state : allowed) {
    const std::vector<std::string> differences = Differences(answers, state, complete);
    if (differences.empty()) return state;
    why = "not as state " + std::to_string(state) + ": " + differences.front();
  }
  return std::nullopt;
}

}  // namespace fanin::stress
