// fanin search
#include <algorithm>
#include <iostream>
#include <memory>

#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/overlay_option.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr uint32_t kDefaultLimit = 10;
constexpr uint32_t kDefaultLines = 8;

struct SearchFlags {
  std::vector<std::string> words;
  uint32_t limit = kDefaultLimit;
  uint32_t lines = kDefaultLines;
  bool explain = false;
  std::vector<std::string> overlays;
};

std::string JoinText(const google::protobuf::RepeatedPtrField<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(separator)) + part;
  return text;
}

// The passage with its matches set off.
std::string Highlight(const v1::SearchResult& result, const Style& style) {
  std::string text;
  size_t done = 0;
  std::vector<std::pair<size_t, size_t>> spans;
  for (const v1::SourceRange& match : result.matches()) {
    if (match.start_byte() < result.range().start_byte()) continue;
    spans.emplace_back(match.start_byte() - result.range().start_byte(),
                       match.end_byte() - result.range().start_byte());
  }
  std::ranges::sort(spans);
  for (const auto& [begin, end] : spans) {
    if (begin < done || end > result.text().size()) continue;
    text += result.text().substr(done, begin - done) + style.Yellow(result.text().substr(begin, end - begin));
    done = end;
  }
  return text + result.text().substr(done);
}

void PrintResult(const v1::SearchResult& result, const SearchFlags& flags, const PathPrinter& paths,
                 const Style& style) {
  const v1::Node& node = result.node();
  std::cout << style.Cyan(paths.Location(node.resource_name(), node.path(), result.range().start_line())) << "  "
            << style.Bold(Describe(node)) << "  " << style.Dim(FormatDecimal(result.score(), 3)) << '\n';
  if (!result.reasons().empty()) std::cout << "  " << style.Green(JoinText(result.reasons(), "; ")) << '\n';
  if (flags.explain) {
    for (const v1::ScoreSignal& signal : result.signals()) {
      std::cout << "  "
                << style.Dim(FormatDecimal(signal.contribution(), 3) + " = " + signal.name() + " " +
                             FormatDecimal(signal.value(), 3) + " x " + FormatDecimal(signal.weight(), 3))
                << '\n';
    }
  }
  PrintCode(Highlight(result, style), result.range().start_line(), flags.lines, style);
  for (const v1::DuplicateLocation& also : result.also_at()) {
    std::cout << "  " << style.Dim("also at " + paths.Location(also.repository(), also.path(), also.start_line()))
              << '\n';
  }
}

Exit Search(const SearchFlags& flags, Session& session) {
  base::Result<service::Api*> api = session.OpenApi();
  if (!api) return session.Fail(api.error());
  v1::SearchRequest request;
  base::Result<OverlaidRepositories> asked = ReadOverlaysOfOne(flags.overlays, session);
  if (!asked) return session.Fail(asked.error());
  request.mutable_repositories()->Add(asked->names.begin(), asked->names.end());
  *request.mutable_overlays() = std::move(asked->overlays);
  for (const std::string& word : flags.words) {
    request.set_query(request.query() + (request.query().empty() ? "" : " ") + word);
  }
  request.set_page_size(flags.limit);
  request.set_explain(flags.explain);
  const base::Result<v1::SearchResponse> response = (*api)->Search(request, {});
  if (!response) return session.Fail(response.error());
  const Exit exit = response->results().empty() ? Exit::kNothingFound : Exit::kFound;
  if (session.flags().json) {
    session.PrintJson(*response);
    return exit;
  }
  const auto repositories = session.ChooseRepositories();
  if (!repositories) return session.Fail(repositories.error());
  const PathPrinter paths(*repositories);
  const Style style(stdout);
  if (flags.explain) std::cout << style.Dim("plan: " + response->plan()) << '\n';
  for (const v1::SearchResult& result : response->results()) {
    PrintResult(result, flags, paths, style);
    std::cout << '\n';
  }
  for (const std::string& warning : response->warnings()) session.Note("note: " + warning);
  std::string summary = Count(static_cast<uint64_t>(response->results_size()), "result") + " in " +
                        FormatDecimal(response->stats().total_ms(), 1) + " ms";
  if (response->partial()) summary += "; the deadline cut the search short";
  if (response->truncated()) summary += "; there are more: --limit " + std::to_string(flags.limit * 2);
  session.Note(summary);
  return exit;
}

}  // namespace

void AddSearchCommand(CLI::App& app, Run& run) {
  const auto flags = std::make_shared<SearchFlags>();
  CLI::App* command = app.add_subcommand("search", "Find code by words, meaning and structure");
  command->add_option("query", flags->words, "Words, key:value atoms, \"phrases\", /regexes/; - negates")->required();
  command->add_option("--limit", flags->limit, "Results at most")->capture_default_str()->check(CLI::Range(1, 1000));
  command->add_option("--lines", flags->lines, "Code lines shown of each at most")->capture_default_str();
  command->add_flag("--explain", flags->explain, "Show the query as understood, and the addends of each score");
  AddOverlayOption(*command, flags->overlays);
  command->footer(
      "Examples:\n"
      "  fanin search 'write pointer gray code'\n"
      "  fanin search 'kind:always_ff clock:wr_clk drives:/wr_ptr.*/ -file:dv/'\n"
      "The language: docs/query_syntax.md. Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Search(*flags, session); }; });
}

}  // namespace fanin::cli
