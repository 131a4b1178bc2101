// fanin context debug
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/file.h"
#include "clients/cli/ask.h"
#include "clients/cli/context_commands.h"
#include "clients/cli/design_option.h"
#include "clients/cli/option_text.h"

namespace fanin::cli {
namespace {

constexpr uint32_t kDefaultBudget = 2000;
constexpr uint32_t kDefaultShown = 10;
constexpr uint64_t kMaxLogBytes = 1ULL << 20;
constexpr uint64_t kMaxDiffBytes = 4ULL << 20;
constexpr uint64_t kMaxWaveBytes = 64ULL << 20;
constexpr int kMaxWarningBytes = 300;

struct DebugFlags {
  std::vector<std::string> signals;
  std::vector<std::string> passing;
  std::vector<std::string> assertions;
  std::string log;
  std::string diff;
  std::string since;
  std::string wave;
  uint64_t time = 0;
  std::string scope;
  uint32_t budget = kDefaultBudget;
  uint32_t shown = kDefaultShown;
  std::string design;
  std::string format = "snippets";
  bool explain = false;
};

// A file, or standard input for "-".
base::Result<std::string> ReadInput(const std::string& path, uint64_t max_bytes) {
  if (path != "-") return base::ReadFile(path, max_bytes);
  std::string text(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  if (text.size() <= max_bytes) return text;
  return base::Fail(base::Code::kInvalidArgument, "standard input has more than " + FormatBytes(max_bytes));
}

base::Result<v1::AssembleContextRequest> MakeRequest(const DebugFlags& flags, bool is_remote) {
  v1::AssembleContextRequest request;
  request.set_budget_tokens(flags.budget);
  request.set_design(flags.design);
  if (flags.format == "prompt") request.set_template_(v1::PROMPT_TEMPLATE_PLAIN);
  v1::DebugTask& task = *request.mutable_debug();
  for (const std::string& name : flags.signals) task.add_signals(name);
  for (const std::string& name : flags.passing) task.add_passing_signals(name);
  for (const std::string& name : flags.assertions) task.add_assertions(name);
  if (!flags.log.empty()) {
    FANIN_ASSIGN_OR_RETURN(std::string log, ReadInput(flags.log, kMaxLogBytes));
    task.add_logs(std::move(log));
  }
  if (!flags.diff.empty()) {
    FANIN_ASSIGN_OR_RETURN(std::string diff, ReadInput(flags.diff, kMaxDiffBytes));
    task.set_diff(std::move(diff));
  }
  task.set_revision_range(flags.since);
  if (!flags.wave.empty()) {
    v1::Waveform& wave = *task.mutable_waveform();
    wave.set_time(flags.time);
    wave.set_scope(flags.scope);
    if (is_remote) {
      FANIN_ASSIGN_OR_RETURN(*wave.mutable_content(), base::ReadFile(flags.wave, kMaxWaveBytes));
    } else {
      wave.set_server_path(std::filesystem::absolute(flags.wave).string());
    }
  }
  return request;
}

std::string LinesOf(const v1::SourceRange& range) {
  const std::string last = range.end_line() > range.start_line() ? "-" + std::to_string(range.end_line()) : "";
  return std::to_string(range.start_line()) + last;
}

void PrintSuspects(const v1::AssembleContextResponse& response, const DebugFlags& flags, const PathPrinter& paths) {
  const Style style(stdout);
  const int shown = std::min(response.suspects_size(), static_cast<int>(flags.shown));
  for (int i = 0; i < shown; ++i) {
    const v1::Suspect& suspect = response.suspects(i);
    const v1::Node& node = suspect.node();
    std::cout << style.Dim(std::to_string(i + 1) + ".") << ' '
              << style.Cyan(paths.Path(node.resource_name(), node.path()) + ":" + LinesOf(suspect.range())) << "  "
              << style.Bold(suspect.module()) << "  " << suspect.text() << "  "
              << style.Dim(FormatDecimal(suspect.score(), 3)) << '\n';
    if (!suspect.hierarchical_path().empty()) std::cout << "   acts on " << suspect.hierarchical_path() << '\n';
    for (const std::string& reason : suspect.reasons()) std::cout << "   " << style.Green(reason) << '\n';
    if (!flags.explain) continue;
    for (const v1::ScoreSignal& signal : suspect.signals()) {
      std::cout << "   "
                << style.Dim(signal.name() + " " + FormatDecimal(signal.value(), 3) + " x " +
                             FormatDecimal(signal.weight(), 2) + " = " + FormatDecimal(signal.contribution(), 3))
                << '\n';
    }
  }
}

Exit Debug(const DebugFlags& flags, Session& session) {
  base::Result<v1::AssembleContextRequest> request = MakeRequest(flags, !session.flags().server.empty());
  if (!request) return session.Fail(request.error());
  // Of several repositories a signal's name tells which; a log does not.
  const std::string first = !flags.signals.empty()      ? flags.signals.front()
                            : !flags.assertions.empty() ? flags.assertions.front()
                                                        : std::string();
  const auto answer =
      AskEach<v1::AssembleContextResponse>(session, first, [&](service::Api& api, const v1::Repository& repository) {
        request->set_repository(repository.name());
        return api.AssembleContext(*request, {});
      });
  if (!answer) return answer.error();
  const v1::AssembleContextResponse& response = answer->response;
  const Exit exit = response.suspects().empty() ? Exit::kNothingFound : Exit::kFound;
  if (session.flags().json) {
    session.PrintJson(response);
    return exit;
  }
  const PathPrinter paths({answer->repository});
  if (flags.format == "prompt") {
    std::cout << response.prompt().text();
  } else {
    PrintSuspects(response, flags, paths);
    if (flags.format == "snippets") {
      std::cout << (response.flow_text().empty() ? "" : "\n") << response.flow_text() << '\n';
      PrintSnippets(response, paths);
    }
  }
  for (const std::string& warning : response.warnings()) session.Note("note: " + warning.substr(0, kMaxWarningBytes));
  session.Note(Count(static_cast<uint64_t>(response.suspects_size()), "suspect") + ", " +
               Count(static_cast<uint64_t>(response.snippets_size()), "snippet") + " of " +
               WithCommas(response.tokens()) + " of " + Count(flags.budget, "token") + ", in " +
               FormatDecimal(response.stats().total_ms(), 1) + " ms" +
               (response.truncated() ? "; cut short, there are more" : ""));
  return exit;
}

}  // namespace

void AddDebugCommand(CLI::App& context, Run& run) {
  const auto flags = std::make_shared<DebugFlags>();
  CLI::App* command =
      context.add_subcommand("debug", "For a failure: the statements that may cause it, most likely first");
  CLI::Option_group* symptoms = command->add_option_group("What fails");
  symptoms->add_option("--signal", flags->signals, "Signals that are wrong: qualified name, hierarchical path or id")
      ->type_name(kName);
  symptoms->add_option("--assertion", flags->assertions, "Assertions that fail: name, path or FILE:LINE")
      ->type_name(kName);
  symptoms->add_option("--log", flags->log, "Log of a simulator or linter; \"-\": standard input")->type_name(kFile);
  symptoms->require_option(1, 0);
  command->add_option("--passing", flags->passing, "Signals that are right where the others are wrong")
      ->type_name(kName);
  CLI::Option* diff =
      command->add_option("--diff", flags->diff, "A change under suspicion, unified diff; \"-\": standard input")
          ->type_name(kFile);
  command->add_option("--since", flags->since, "Git revisions under suspicion: v1.2..main, or HEAD~3")->excludes(diff);
  CLI::Option* wave = command->add_option("--wave", flags->wave, "Values over time (VCD or FST)")->type_name(kFile);
  CLI::Option* at = command->add_option("--at", flags->time, "When the symptom shows, in the wave's time unit");
  wave->needs(at);
  at->needs(wave);
  command->add_option("--scope", flags->scope, "Path in the wave of the module that the signals' names begin in")
      ->needs(wave);
  command->add_option("--budget", flags->budget, "Tokens of code at most")->capture_default_str();
  command->add_option("--limit", flags->shown, "Suspects to print")->capture_default_str();
  AddDesignOption(*command, flags->design);
  command->add_flag("--explain", flags->explain, "Print the addends of each score");
  command
      ->add_option("--format", flags->format,
                   "suspects alone; snippets: the cone and the code too; prompt: one text for a repair model")
      ->capture_default_str()
      ->check(CLI::IsMember({"suspects", "snippets", "prompt"}));
  command->footer(
      "Examples:\n"
      "  fanin context debug --signal fifo.full --passing fifo.empty\n"
      "  fanin context debug --signal tb.dut.u_fifo.full --wave dump.vcd --at 1250\n"
      "  fanin context debug --log sim.log --since HEAD~5\n"
      "  fanin context debug --assertion rtl/fifo.sv:88 --format prompt | llm\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Debug(*flags, session); }; });
}

}  // namespace fanin::cli
