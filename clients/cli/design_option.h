// --design D: the elaborated design whose facts a question is answered from.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace fanin::cli {

// Adds the option to a command; `value` must live as long as the command.
void AddDesignOption(CLI::App& command, std::string& value);

}  // namespace fanin::cli
