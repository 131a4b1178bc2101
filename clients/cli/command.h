// The commands: each adds its subcommand to the program and, when that is chosen, what to run.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string>

#include "clients/cli/session.h"

namespace fanin::cli {

using Run = std::function<Exit(Session&)>;

// `run` is set during parsing, by the subcommand that was chosen.
void AddIndexCommand(CLI::App& app, Run& run);
void AddSearchCommand(CLI::App& app, Run& run);
void AddQueryCommand(CLI::App& app, Run& run);
void AddTraceCommand(CLI::App& app, Run& run);
void AddTreeCommand(CLI::App& app, Run& run);
void AddShowCommand(CLI::App& app, Run& run);
void AddFsmCommand(CLI::App& app, Run& run);
void AddExportCommand(CLI::App& app, Run& run);
void AddContextCommand(CLI::App& app, Run& run);
void AddStatusCommand(CLI::App& app, Run& run);
void AddDoctorCommand(CLI::App& app, Run& run);
void AddRepoCommand(CLI::App& app, Run& run);
void AddServeCommand(CLI::App& app, Run& run);
void AddTokenCommand(CLI::App& app, Run& run);
void AddSnapshotCommand(CLI::App& app, Run& run);
void AddWatchCommand(CLI::App& app, Run& run);
void AddDiffCommand(CLI::App& app, Run& run);
void AddManualCommand(CLI::App& app, Run& run);
void AddCompletionCommand(CLI::App& app, Run& run);
// Programs of the Python package under the same roof: `fanin mcp` runs fanin-mcp.
void AddPythonCommands(CLI::App& app, Run& run);

// The command that scripts of `fanin completion` run: fanin __complete WORD...
inline constexpr char kCompleteCommand[] = "__complete";
// Prints what may come next; `words` as Complete has them.
Exit PrintCompletion(const CLI::App& app, std::span<const std::string> words);

}  // namespace fanin::cli
