// fanin fsm
#include <iostream>
#include <memory>

#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/option_text.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

struct FsmFlags {
  std::string module;
  uint32_t limit = 100;
  std::string format = "text";
};

// Graphviz: one cluster for each machine, one edge for each way between two states.
void PrintDot(const v1::GetFsmsResponse& response) {
  std::cout << "digraph fsm {\n  node [shape=box, style=rounded, fontname=monospace];\n";
  for (int f = 0; f < response.fsms_size(); ++f) {
    const v1::Fsm& fsm = response.fsms(f);
    const std::string prefix = "f" + std::to_string(f) + "_";
    std::cout << "  subgraph cluster_" << f << " {\n    label=" << DotQuote(fsm.state().qualified_name()) << ";\n";
    for (int s = 0; s < fsm.states_size(); ++s) {
      const bool is_reset = fsm.has_reset() && fsm.reset() == static_cast<uint32_t>(s);
      std::cout << "    " << prefix << s << " [label=" << DotQuote(fsm.states(s).name())
                << (is_reset ? ", penwidth=2" : "") << "];\n";
    }
    bool any = false;
    for (const v1::FsmTransition& transition : fsm.transitions()) {
      if (!transition.has_to()) continue;
      const std::string to =
          prefix + std::to_string(transition.to()) + " [label=" + DotQuote(transition.guard()) + "];\n";
      for (const uint32_t from : transition.from()) std::cout << "    " << prefix << from << " -> " << to;
      if (!transition.from().empty()) continue;
      if (!any) std::cout << "    " << prefix << "any [label=\"any\", style=dashed];\n";
      any = true;
      std::cout << "    " << prefix << "any -> " << to;
    }
    std::cout << "  }\n";
  }
  std::cout << "}\n";
}

Exit Fsm(const FsmFlags& flags, Session& session) {
  v1::GetFsmsRequest request;
  request.set_module(flags.module);
  request.set_max_fsms(flags.limit);
  const auto answer =
      AskEach<v1::GetFsmsResponse>(session, flags.module, [&](service::Api& api, const v1::Repository& repository) {
        request.set_repository(repository.name());
        return api.GetFsms(request, {});
      });
  if (!answer) return answer.error();
  const v1::GetFsmsResponse& response = answer->response;
  const bool is_ambiguous = !response.ambiguous().empty();
  const Exit exit = response.fsms().empty() ? Exit::kNothingFound : Exit::kFound;
  if (session.flags().json) {
    session.PrintJson(response);
    return is_ambiguous ? Exit::kUsage : exit;
  }
  if (is_ambiguous) return PrintAmbiguous(response.ambiguous(), PathPrinter({answer->repository}));
  if (flags.format == "dot") {
    PrintDot(response);
  } else {
    for (const v1::Fsm& fsm : response.fsms()) std::cout << fsm.text();
  }
  session.Note(Count(static_cast<uint64_t>(response.fsms_size()), "state machine") + " in " +
               FormatDecimal(response.total_ms(), 1) + " ms" +
               (response.truncated() ? "; cut short, there are more" : ""));
  return exit;
}

}  // namespace

void AddFsmCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<FsmFlags>();
  CLI::App* command = app.add_subcommand("fsm", "State machines: states, transitions, guards");
  command->add_option("module", flags->module, "Module; left out: every module")->type_name(kModule);
  command->add_option("--limit", flags->limit, "Machines at most")->capture_default_str()->check(CLI::Range(1, 1000));
  command->add_option("--format", flags->format, "text (docs/flow_text.md) or dot (Graphviz)")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "dot"}));
  command->footer(
      "Examples:\n  fanin fsm uart_rx\n  fanin fsm uart_rx --format dot | dot -Tsvg > fsm.svg\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Fsm(*flags, session); }; });
}

}  // namespace fanin::cli
