// The model of the crash and fault runs: a repository "demo" whose RTL is that of one of a few generations, or that
// does not exist, and a repository "other" that nothing touches. What each state answers is found by indexing it alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/stress/answers.h"
#include "tests/stress/world.h"

namespace fanin::stress {

inline constexpr int kGenerations = 4;
inline constexpr int kAbsent = -1;

class States {
 public:
  // Prepares the folder: RTL, the expected answers, and a data directory `start` in the state of generation 0. Aborts
  // when it cannot.
  States(const std::filesystem::path& folder, const std::string& embedding_url);
  // Reads what the other constructor left, for child processes.
  explicit States(const std::filesystem::path& folder);

  std::filesystem::path start() const { return folder_ / "start"; }
  std::filesystem::path demo_rtl() const { return folder_ / "rtl"; }
  // Makes the RTL of demo that of a generation.
  void WriteGeneration(int generation) const;

  // Which of `allowed` the answers are of; nullopt: none. Compares all that does not depend on embeddings; with
  // `complete` what does must be answered without a remark that something is missing. `why` gets the first difference
  // to the last of `allowed`.
  std::optional<int> Match(const std::vector<Answer>& answers, const std::vector<int>& allowed, bool complete,
                           std::string& why) const;

  // Whether one answer is that of one of the states, as far as it does not depend on embeddings.
  bool MatchOne(const Answer& answer, const std::vector<int>& allowed, std::string& why) const;

 private:
  std::vector<std::string> Differences(const std::vector<Answer>& answers, int state, bool complete) const;

  std::filesystem::path folder_;
  std::vector<std::vector<Answer>> demo_;  // by generation
  std::vector<Answer> other_;
};

}  // namespace fanin::stress
