// fanin index
#include <algorithm>
#include <iostream>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/design_text.h"
#include "clients/cli/index_run.h"
#include "clients/cli/parse_problem_text.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr int kNamesShown = 8;
constexpr int kLostShown = 20;

void PrintRow(std::string_view name, const std::string& value, const Style& style) {
  std::cout << "  " << style.Dim(std::string(name) + std::string(12 - name.size(), ' ')) << value << '\n';
}

std::string KindsText(const v1::IndexSummary& summary) {
  std::vector<std::pair<uint32_t, std::string>> kinds;
  for (const auto& [kind, count] : summary.nodes()) kinds.emplace_back(count, kind);
  std::ranges::sort(kinds, std::greater<>());
  std::string text;
  for (const auto& [count, kind] : kinds) text += (text.empty() ? "" : ", ") + WithCommas(count) + " " + kind;
  return text;
}

std::string ExternalText(const v1::IndexSummary& summary) {
  std::string text;
  for (int i = 0; i < std::min(summary.external_names_size(), kNamesShown); ++i) {
    const v1::UnresolvedName& name = summary.external_names(i);
    text += (text.empty() ? "" : ", ") + name.name() + " (" + name.look_up() + ", " + WithCommas(name.count()) + "x)";
  }
  const int more = summary.external_names_size() - kNamesShown;
  return more > 0 ? text + ", and " + std::to_string(more) + " more" : text;
}

void PrintSummary(const std::string& name, const v1::IndexSummary& summary) {
  const Style style(stdout);
  std::cout << style.Bold(name) << ": " << (summary.up_to_date() ? "up to date, " : "") << summary.snapshot()
            << (summary.revision().empty() ? "" : " of " + summary.revision()) << '\n';
  PrintRow("files",
           WithCommas(summary.files()) + " (" + WithCommas(summary.files() - summary.files_reused()) + " parsed, " +
               WithCommas(summary.files_reused()) + " unchanged), " + Count(summary.lines(), "line"),
           style);
  if (!summary.up_to_date()) {
    PrintRow("nodes", KindsText(summary), style);
    PrintRow("edges", WithCommas(summary.edges()), style);
    PrintRow("links",
             WithCommas(summary.references_resolved()) + " of " + Count(summary.references(), "reference") + " bound",
             style);
    if (!summary.external_names().empty()) PrintRow("external", ExternalText(summary), style);
  }
  PrintRow(
      "passages",
      WithCommas(summary.chunks()) + ", " + FormatDecimal(summary.semantic_coverage() * 100, 0) + " % with embeddings",
      style);
  PrintDesigns(summary.designs(), style);
  std::string times;
  for (const v1::PhaseTime& phase : summary.phases()) {
    times += (times.empty() ? "" : ", ") + PhaseName(phase.phase()) + " " + FormatDecimal(phase.seconds(), 2);
    if (phase.phase() == v1::IndexProgress::PHASE_EMBED && summary.chunks_embedded() > 0) {
      times += " (" + FormatDecimal(summary.chunks_embedded() / phase.seconds(), 0) + " passages/s)";
    }
  }
  PrintRow("seconds", FormatDecimal(summary.total_seconds(), 2) + " (" + times + ")", style);
  PrintParseProblems(summary.parse_problems(), summary.files_with_errors(), style);
  if (!summary.lost_files().empty()) {
    PrintRow("not indexed", Count(static_cast<uint64_t>(summary.lost_files_size()), "file"), style);
    for (int i = 0; i < std::min(summary.lost_files_size(), kLostShown); ++i) {
      std::cout << "    " << style.Yellow(summary.lost_files(i).path()) << ": " << summary.lost_files(i).reason()
                << '\n';
    }
    const int more = summary.lost_files_size() - kLostShown;
    if (more > 0) std::cout << "    and " << more << " more; --json lists all\n";
  }
}

Exit Index(const IndexFlags& flags, Session& session) {
  base::Result<IndexTarget> target = OpenTarget(flags, session);
  if (!target) return session.Fail(target.error());
  base::Result<v1::IndexRepositoryResponse> response;
  {
    ProgressPrinter progress(session.flags().quiet);
    response = RunIndex(flags, *target, [&](const v1::Job& job) {
      progress.Show(job);
      return true;
    });
  }
  if (!response) return session.Fail(response.error());
  const v1::IndexSummary& summary = response->job().summary();
  if (session.flags().json) {
    session.PrintJson(*response);
  } else {
    PrintSummary(target->name, summary);
  }
  for (const std::string& warning : summary.warnings()) session.Note("note: " + warning);
  return Exit::kFound;
}

}  // namespace

void AddIndexCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<IndexFlags>();
  CLI::App* command = app.add_subcommand("index", "Index a folder of RTL, or bring its index up to date");
  AddIndexFlags(*command, *flags);
  command->add_option("--revision", flags->revision,
                      "Index this commit of the folder's git checkout instead, without checking it out");
  command->footer(
      "None of the options is required: include files and macros are looked for in the whole folder.\n"
      "Given none, those of the last run hold. Files that did not change are not parsed again.\n"
      "A commit that was indexed is asked for with --snapshot, and compared with fanin diff.\n"
      "Examples:\n  fanin index soc --name my_soc\n  fanin index soc --revision HEAD~1\nFlags of all "
      "commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Index(*flags, session); }; });
}

}  // namespace fanin::cli
