// AssembleContext for a question.
#include <algorithm>

#include "retriever/question.h"
#include "service/local_api_common.h"
#include "service/prompt.h"
#include "service/utf8.h"

namespace fanin::service {
namespace {

// The passages, then the question.
std::string RenderQuestionPrompt(const std::string& question, const v1::AssembleContextResponse& response) {
  std::string prompt = "Answer the question from the hardware code below. Name files and lines.\n";
  for (const v1::ContextSnippet& snippet : response.snippets()) {
    prompt += "\n// " + snippet.path() + ":" + std::to_string(snippet.range().start_line()) + "-" +
              std::to_string(snippet.range().end_line()) + " " + snippet.reason() + "\n" + snippet.text();
    if (!prompt.ends_with('\n')) prompt += '\n';
  }
  return prompt + "\nQuestion: " + question + "\n";
}

}  // namespace

base::Result<v1::AssembleContextResponse> AnswerQuestion(
    const retriever::Retriever& retriever, std::span<const std::shared_ptr<const retriever::SearchIndex>> indexes,
    const v1::AssembleContextRequest& request, const CallContext& context) {
  retriever::QuestionRequest question;
  question.text = request.question().text();
  question.budget_tokens = request.budget_tokens();
  question.deadline = context.deadline;
  FANIN_ASSIGN_OR_RETURN(const retriever::ContextResponse found,
                         retriever::AnswerQuestion(retriever, indexes, question));
  v1::AssembleContextResponse response;
  for (const auto& index : indexes) response.add_snapshots(SnapshotNameOf(index->snapshot()));
  for (const retriever::ContextSnippet& snippet : found.snippets) *response.add_snippets() = ToProto(snippet);
  response.set_tokens(found.tokens);
  response.set_truncated(found.truncated);
  response.set_partial(found.partial);
  for (const std::string& warning : found.warnings) response.add_warnings(ToUtf8(warning));
  if (request.template_() == v1::PROMPT_TEMPLATE_PLAIN) {
    *response.mutable_prompt() = PlainPrompt(RenderQuestionPrompt(question.text, response));
  }
  response.mutable_stats()->set_total_ms(found.total_ms);
  return response;
}

}  // namespace fanin::service
