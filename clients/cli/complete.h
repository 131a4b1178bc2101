// What may come next on a command line, from the definitions of commands and from the index; shells ask it
// (completion_command.cc).
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <vector>

namespace fanin::cli {

struct Candidate {
  std::string text;
  std::string description;
};

struct Completion {
  std::vector<Candidate> candidates;  // each begins with what is typed
  // What the shell knows itself.
  enum class Also { kNothing, kFiles, kFolders };
  Also also = Also::kNothing;
};

// `words`: those after the program's name; the last is being typed, and may be empty. Names of the index are asked for
// where the words expect one: of the data directory or server that the words name, for a second at most; what fails
// gives no names. REQUIRES: words is not empty.
Completion Complete(const CLI::App& app, std::span<const std::string> words);

}  // namespace fanin::cli
