// Programs that are run for their output.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace fanin::base {

struct ChildCommand {
  std::string program;                                               // a path, or a name that is looked for in PATH
  std::vector<std::string> arguments;                                // from argv[0] on
  std::optional<std::vector<std::string>> variables = std::nullopt;  // "NAME=VALUE"; nullopt: those of this process
  int input = -1;                                                    // what it reads as standard input; -1: nothing
  int passed = -1;  // a further descriptor, which it has as kPassedDescriptor
};
inline constexpr int kPassedDescriptor = 3;

// A program that runs, its standard error dropped. SIGPIPE ends it, whatever this process does with that signal: so
// closing the output ends one that has more to write. Movable; not thread-safe.
class ChildProcess {
 public:
  // nullopt: it cannot be started.
  static std::optional<ChildProcess> Start(ChildCommand command);

  int output() const { return output_.get(); }
  // Closes the output and waits for the end; the status is that of waitpid. Once.
  int Wait();

 private:
  ChildProcess(pid_t pid, Descriptor output) : pid_(pid), output_(std::move(output)) {}

  pid_t pid_;
  Descriptor output_;
};

}  // namespace fanin::base
