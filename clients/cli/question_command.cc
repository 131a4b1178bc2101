// fanin context question
#include <memory>

#include "clients/cli/ask.h"
#include "clients/cli/context_commands.h"

namespace fanin::cli {
namespace {

constexpr uint32_t kDefaultBudget = 2000;

struct QuestionFlags {
  std::string text;
  uint32_t budget = kDefaultBudget;
  std::string format = "snippets";
};

base::Result<v1::AssembleContextResponse> Ask(const QuestionFlags& flags, Session& session,
                                              const std::vector<v1::Repository>& repositories) {
  v1::AssembleContextRequest request;
  request.set_repository(repositories.front().name());
  for (size_t i = 1; i < repositories.size(); ++i) request.add_further_repositories(repositories[i].name());
  request.set_budget_tokens(flags.budget);
  request.mutable_question()->set_text(flags.text);
  if (flags.format == "prompt") request.set_template_(v1::PROMPT_TEMPLATE_PLAIN);
  FANIN_ASSIGN_OR_RETURN(service::Api* const api, session.OpenApi());
  return api->AssembleContext(request, {});
}

Exit Question(const QuestionFlags& flags, Session& session) {
  const auto repositories = session.ChooseRepositories();
  if (!repositories) return session.Fail(repositories.error());
  const base::Result<v1::AssembleContextResponse> response = Ask(flags, session, *repositories);
  if (!response) return session.Fail(response.error());
  return PrintContext(*response, *repositories, flags.format == "prompt", flags.budget, session);
}

}  // namespace

void AddQuestionCommand(CLI::App& context, Run& run) {
  const auto flags = std::make_shared<QuestionFlags>();
  CLI::App* command =
      context.add_subcommand("question", "For a question: passages that answer it, and what explains them");
  command->add_option("text", flags->text, "The question, in words")->required();
  command->add_option("--budget", flags->budget, "Tokens at most")->capture_default_str();
  command->add_option("--format", flags->format, "snippets, or prompt: one text for a model")
      ->capture_default_str()
      ->check(CLI::IsMember({"snippets", "prompt"}));
  command->footer(
      "Example:\n  fanin context question 'how does the write pointer cross clock domains?'\n"
      "Flags of all commands: fanin --help.");
  command->callback([flags, &run] { run = [flags](Session& session) { return Question(*flags, session); }; });
}

}  // namespace fanin::cli
