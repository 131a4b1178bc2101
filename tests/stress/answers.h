// What a data directory answers: every kind of question about every repository in it, in a form to be compared.
#pragma once

#include <string>
#include <vector>

#include "service/api.h"

namespace fanin::stress {

struct Answer {
  std::string question;
  std::string error;      // empty: it was answered
  std::string body;       // JSON, without times and the numbers of snapshots
  bool degraded = false;  // it says that something is missing

  friend bool operator==(const Answer&, const Answer&) = default;
};

// Asks all questions of each repository that there is. The list of repositories is an answer too.
std::vector<Answer> AskAll(service::Api& api);

// What is wrong with `answers`, given those that are right: an answer that is neither equal, nor an error, nor said to
// be degraded, is wrong silently. One line each; empty: nothing.
std::vector<std::string> SilentDifferences(const std::vector<Answer>& right, const std::vector<Answer>& answers);

std::string Encode(const std::vector<Answer>& answers);
std::vector<Answer> DecodeAnswers(const std::string& text);

}  // namespace fanin::stress
