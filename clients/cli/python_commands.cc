// fanin mcp, fanin proxy
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/command.h"

namespace fanin::cli {
namespace {

// Becomes the program; returns only where that is not possible.
Exit Become(const std::string& program, std::vector<std::string> arguments) {
  std::vector<char*> pointers = {const_cast<char*>(program.c_str())};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execvp(program.c_str(), pointers.data());
  if (errno == ENOENT) {
    std::cerr << "fanin: " << program
              << " is not on the PATH; it comes with the Python package: pip install 'clients/python[mcp,proxy]'"
              << std::endl;
  } else {
    std::cerr << "fanin: cannot run " << program << ": " << std::strerror(errno) << std::endl;
  }
  return Exit::kBadData;
}

// What was said before the command's name, as the programs take it.
std::vector<std::string> CommonArguments(const CommonFlags& flags) {
  std::vector<std::string> arguments;
  for (const std::string& name : flags.repositories) arguments.insert(arguments.end(), {"--repo", name});
  if (!flags.server.empty()) arguments.insert(arguments.end(), {"--server", flags.server});
  if (!flags.data_dir.empty()) arguments.insert(arguments.end(), {"--data-dir", flags.data_dir});
  return arguments;
}

}  // namespace

void AddPythonCommands(CLI::App& app, Run& run) {
  for (const auto& [name, description] :
       {std::pair("mcp", "Serve the questions as tools of the Model Context Protocol (runs fanin-mcp)"),
        std::pair("proxy", "Add context to an OpenAI-compatible endpoint's requests (runs fanin-proxy)")}) {
    CLI::App* command = app.add_subcommand(name, description);
    // All that follows is the program's own, --help too.
    command->fallthrough(false);
    command->prefix_command();
    command->set_help_flag();
    command->callback([command, program = "fanin-" + std::string(name), &run] {
      run = [command, program](Session& session) {
        std::vector<std::string> arguments = CommonArguments(session.flags());
        for (const std::string& argument : command->remaining()) arguments.push_back(argument);
        return Become(program, std::move(arguments));
      };
    });
  }
}

}  // namespace fanin::cli
