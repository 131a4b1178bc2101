// fanin context: complete; the others have files of their own
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>

#include "base/file.h"
#include "clients/cli/ask.h"
#include "clients/cli/command.h"
#include "clients/cli/context_commands.h"
#include "clients/cli/option_text.h"
#include "clients/cli/overlay_option.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

// The text with its line numbers; where lines are left out, the comment that says so has none.
void PrintShown(const v1::ContextSnippet& snippet, const Style& style) {
  if (snippet.shown().empty()) {
    PrintCode(snippet.text(), snippet.range().start_line(), UINT32_MAX, style);
    return;
  }
  std::istringstream text(snippet.text());
  std::string line;
  for (const v1::SourceRange& part : snippet.shown()) {
    if (part.start_line() != snippet.shown(0).start_line() && std::getline(text, line)) {
      std::cout << style.Dim(line) << '\n';
    }
    std::string lines;
    for (uint32_t i = part.start_line(); i <= part.end_line() && std::getline(text, line); ++i) lines += line + '\n';
    PrintCode(lines, part.start_line(), UINT32_MAX, style);
  }
}

}  // namespace

void PrintSnippets(const v1::AssembleContextResponse& response, const PathPrinter& paths) {
  const Style style(stdout);
  for (const v1::ContextSnippet& snippet : response.snippets()) {
    std::cout << style.Cyan(paths.Location(snippet.repository(), snippet.path(), snippet.range().start_line())) << "  "
              << style.Bold(snippet.kind() + " " + snippet.name()) << "  "
              << style.Dim(FormatDecimal(snippet.score(), 3) + ", " + Count(snippet.tokens(), "token")) << '\n'
              << "  " << style.Green(snippet.reason()) << '\n';
    PrintShown(snippet, style);
    std::cout << '\n';
  }
}

namespace {

constexpr uint32_t kDefaultBudget = 1000;
// The server takes no more in one request.
constexpr uint64_t kMaxOverlayBytes = 8ULL << 20;

struct CompleteFlags {
  std::string position;
  uint32_t budget = kDefaultBudget;
  std::vector<std::string> overlays;  // FILE: of the cursor's file; PATH=FILE: of another
  bool from_stdin = false;
  std::string format = "snippets";
  std::string prompt_template = "plain";
  std::string tokenizer;
};

const std::map<std::string, v1::PromptTemplate>& Templates() {
  static const std::map<std::string, v1::PromptTemplate> kTemplates = {
      {"plain", v1::PROMPT_TEMPLATE_PLAIN},           {"qwen", v1::PROMPT_TEMPLATE_QWEN},
      {"starcoder2", v1::PROMPT_TEMPLATE_STARCODER2}, {"deepseek", v1::PROMPT_TEMPLATE_DEEPSEEK},
      {"codellama", v1::PROMPT_TEMPLATE_CODELLAMA},   {"codestral", v1::PROMPT_TEMPLATE_CODESTRAL},
      {"rtl-repo", v1::PROMPT_TEMPLATE_RTL_REPO},     {"tabby", v1::PROMPT_TEMPLATE_TABBY},
      {"continue", v1::PROMPT_TEMPLATE_CONTINUE}};
  return kTemplates;
}

// The text that the editor, or else the disk, holds of the file; nullopt: the index is all there is.
base::Result<std::optional<std::string>> ReadLocalText(const CompleteFlags& flags, const std::string& path) {
  if (flags.from_stdin) {
    return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  }
  for (const std::string& overlay : flags.overlays) {
    if (!overlay.contains('=')) return base::ReadFile(overlay, kMaxOverlayBytes);
  }
  base::Result<std::string> text = base::ReadFile(path, kMaxOverlayBytes);
  if (text) return std::move(*text);
  return std::nullopt;
}

// The repository of the file: the one that it is below, else the first that has it.
base::Result<RepositoryFile> FindFile(Session& session, const std::vector<v1::Repository>& repositories,
                                      const std::string& path) {
  const std::vector<RepositoryFile> files = LocateFile(repositories, path);
  if (files.size() == 1) return files.front();
  FANIN_ASSIGN_OR_RETURN(service::Api* const api, session.OpenApi());
  for (const RepositoryFile& file : files) {
    v1::GetSourceRequest request;
    request.set_repository(file.repository.name());
    request.set_path(file.path);
    request.set_max_lines(1);
    if (api->GetSource(request, {})) return file;
  }
  return base::Fail(base::Code::kNotFound,
                    "no indexed repository has " + path + "; index its folder, or name the repository with --repo");
}

base::Result<v1::AssembleContextResponse> Assemble(const CompleteFlags& flags, Session& session,
                                                   const std::vector<v1::Repository>& repositories) {
  const FilePosition position = ParseFilePosition(flags.position);
  if (position.line == 0) {
    return base::Fail(base::Code::kInvalidArgument, "'" + flags.position + "' has no line; give FILE:LINE[:COLUMN]");
  }
  FANIN_ASSIGN_OR_RETURN(const RepositoryFile file, FindFile(session, repositories, position.path));
  v1::AssembleContextRequest request;
  request.set_repository(file.repository.name());
  for (const v1::Repository& repository : repositories) {
    if (repository.name() != file.repository.name()) request.add_further_repositories(repository.name());
  }
  request.set_budget_tokens(flags.budget);
  request.set_tokenizer(flags.tokenizer);
  v1::SourcePosition& cursor = *request.mutable_completion()->mutable_cursor();
  cursor.set_path(file.path);
  cursor.set_line(position.line);
  cursor.set_column(position.column);
  FANIN_ASSIGN_OR_RETURN(std::optional<std::string> text,
                         ReadLocalText(flags, file.repository.root() + "/" + file.path));
  if (text) {
    v1::Overlay& overlay = *request.add_overlays();
    overlay.set_path(file.path);
    overlay.set_text(std::move(*text));
  }
  std::vector<std::string> others;
  std::ranges::copy_if(flags.overlays, std::back_inserter(others),
                       [](const auto& value) { return value.contains('='); });
  FANIN_ASSIGN_OR_RETURN(OverlayTexts overlays, ReadOverlays(others));
  request.mutable_overlays()->MergeFrom(overlays);
  if (flags.format == "prompt") request.set_template_(Templates().at(flags.prompt_template));
  FANIN_ASSIGN_OR_RETURN(service::Api* const api, session.OpenApi());
  return api->AssembleContext(request, {});
}

Exit Complete(const CompleteFlags& flags, Session& session) {
  const auto repositories = session.ChooseRepositories();
  if (!repositories) return session.Fail(repositories.error());
  const base::Result<v1::AssembleContextResponse> response = Assemble(flags, session, *repositories);
  if (!response) return session.Fail(response.error());
  return PrintContext(*response, *repositories, flags.format == "prompt", flags.budget, session);
}

}  // namespace

Exit PrintContext(const v1::AssembleContextResponse& response, const std::vector<v1::Repository>& repositories,
                  bool as_prompt, uint32_t budget, Session& session) {
  const Exit exit = response.snippets().empty() ? Exit::kNothingFound : Exit::kFound;
  if (session.flags().json) {
    session.PrintJson(response);
    return exit;
  }
  if (as_prompt) {
    std::cout << response.prompt().text();
  } else {
    PrintSnippets(response, PathPrinter(repositories));
  }
  for (const std::string& warning : response.warnings()) session.Note("note: " + warning);
  session.Note(Count(static_cast<uint64_t>(response.snippets_size()), "snippet") + ", " +
               WithCommas(response.tokens()) + " of " + Count(budget, "token") + ", in " +
               FormatDecimal(response.stats().total_ms(), 1) + " ms" +
               (response.truncated() ? "; a larger --budget holds more" : ""));
  return exit;
}

void AddContextCommand(CLI::App& app, Run& run) {
  CLI::App* context = app.add_subcommand("context", "The few lines that a task needs, within a token budget");
  context->require_subcommand(1);
  const auto flags = std::make_shared<CompleteFlags>();
  CLI::App* command = context->add_subcommand("complete", "For a completion at a cursor");
  command
      ->add_option("position", flags->position,
                   "FILE:LINE[:COLUMN]; FILE as seen from here or from a repository's root")
      ->required()
      ->type_name(kPosition);
  command->add_option("--budget", flags->budget, "Tokens at most")->capture_default_str();
  CLI::Option* overlay =
      AddOverlayOption(*command, flags->overlays)
          ->description(
              "FILE: the text as the editor holds it, unsaved; PATH=FILE: that of another file of the "
              "repository; may be repeated");
  command->add_flag("--stdin", flags->from_stdin, "Read that text from standard input")->excludes(overlay);
  command->add_option("--format", flags->format, "snippets, or prompt: one text that ends at the cursor")
      ->capture_default_str()
      ->check(CLI::IsMember({"snippets", "prompt"}));
  std::vector<std::string> templates;
  for (const auto& [name, value] : Templates()) templates.push_back(name);
  command->add_option("--template", flags->prompt_template, "Layout of the prompt")
      ->capture_default_str()
      ->check(CLI::IsMember(templates));
  command->add_option("--tokenizer", flags->tokenizer,
                      "Count tokens with DATA/tokenizers/NAME.json, a tokenizer.json of BPE; default: an estimate");
  command->footer(
      "The file's text is the editor's if given, else the disk's, else the index's.\n"
      "Example:\n  fanin context complete rtl/top.v:88 --budget 2000\nFlags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Complete(*flags, session); }; });
  AddDebugCommand(*context, run);
  AddQuestionCommand(*context, run);
}

}  // namespace fanin::cli
