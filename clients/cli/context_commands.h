// fanin context debug and question, and what the context commands share.
#pragma once

#include "clients/cli/command.h"
#include "clients/cli/terminal.h"
#include "fanin/v1/context.pb.h"

namespace fanin::cli {

void AddDebugCommand(CLI::App& context, Run& run);
void AddQuestionCommand(CLI::App& context, Run& run);

// Each snippet with its place, kind, reason and numbered lines.
void PrintSnippets(const v1::AssembleContextResponse& response, const PathPrinter& paths);

// A whole answer of snippets: as JSON where that is asked for, as the prompt alone, or with the snippets and what it
// cost.
Exit PrintContext(const v1::AssembleContextResponse& response, const std::vector<v1::Repository>& repositories,
                  bool as_prompt, uint32_t budget, Session& session);

}  // namespace fanin::cli
