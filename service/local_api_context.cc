// LocalApi: AssembleContext.
#include <algorithm>
#include <utility>

#include "indexer/indexer.h"
#include "retriever/token_estimate.h"
#include "service/convert.h"
#include "service/index_options.h"
#include "service/local_api.h"
#include "service/local_api_common.h"
#include "service/prompt.h"
#include "service/utf8.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

// Parses the overlays. One whose text gives no facts hides the file all the same, and says so.
base::Result<std::vector<retriever::Overlay>> ParseOverlays(const indexer::IndexOptions& options,
                                                            const v1::AssembleContextRequest& request,
                                                            v1::AssembleContextResponse& response) {
  std::vector<retriever::Overlay> overlays;
  for (const v1::Overlay& overlay : request.overlays()) {
    retriever::Overlay out{overlay.path(), overlay.text(), nullptr};
    if (base::Result<std::string> bytes = indexer::IndexText(options, overlay.path(), overlay.text())) {
      FANIN_ASSIGN_OR_RETURN(out.shard, graph::Shard::Decode(std::move(*bytes)));
    } else {
      response.add_warnings("overlay " + overlay.path() + " gives no facts: " + bytes.error().message);
    }
    overlays.push_back(std::move(out));
  }
  return overlays;
}

// Text before the cursor, from the overlay of its file or the snapshot; empty where neither has the file.
base::Result<std::string> ReadTextBefore(const v1::AssembleContextRequest& request, const graph::Snapshot* snapshot) {
  const v1::SourcePosition& cursor = request.completion().cursor();
  const auto overlay = std::ranges::find(request.overlays(), cursor.path(), &v1::Overlay::path);
  std::string text;
  if (overlay != request.overlays().end()) {
    text = overlay->text();
  } else if (snapshot != nullptr) {
    const std::optional<graph::FileRef> file = snapshot->FindFile(cursor.path());
    if (!file) return text;
    FANIN_ASSIGN_OR_RETURN(text, snapshot->GetText(*file));
  }
  const LineTable lines(text);
  const uint32_t line = std::min(cursor.line(), lines.line_count() + 1);
  const uint32_t column = std::max(cursor.column(), 1U);
  text.resize(std::min<size_t>(lines.BeginOf(line) + column - 1, text.size()));
  return ToUtf8(text);
}

}  // namespace

v1::ContextSnippet ToProto(const retriever::ContextSnippet& snippet) {
  v1::ContextSnippet out;
  out.set_repository(RepositoryName(snippet.repository));
  out.set_path(ToUtf8(snippet.path));
  *out.mutable_range() = service::ToProto(snippet.span);
  out.set_kind(snippet.kind);
  out.set_node_kind(snippet.node_kind);
  out.set_name(ToUtf8(snippet.name));
  out.set_text(ToUtf8(snippet.text));
  out.set_score(snippet.score);
  out.set_reason(ToUtf8(snippet.reason));
  out.set_tokens(snippet.tokens);
  return out;
}

base::Result<v1::AssembleContextResponse> LocalApi::AssembleContext(const v1::AssembleContextRequest& request,
                                                                    const CallContext& context) {
  FANIN_RETURN_IF_ERROR(Check(request));
  if (request.has_debug()) return AssembleDebug(request, context);
  if (request.has_question()) {
    google::protobuf::RepeatedPtrField<std::string> names = request.further_repositories();
    names.Add(std::string(request.repository()));
    FANIN_ASSIGN_OR_RETURN(const auto indexes, OpenIndexes(names));
    return AnswerQuestion(engine_->retriever(), indexes, request, context);
  }
  if (request.template_() > v1::PROMPT_TEMPLATE_PLAIN || !request.design().empty()) {
    return base::Fail(base::Code::kUnimplemented, "of the templates only PLAIN is there yet, and no design");
  }
  return AssembleCompletion(request, context);
}

base::Result<v1::AssembleContextResponse> LocalApi::AssembleCompletion(const v1::AssembleContextRequest& request,
                                                                       const CallContext& context) {
  v1::AssembleContextResponse response;
  FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(request.repository()));
  FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record, engine_->store().GetRepository(name.repository));

  std::vector<std::shared_ptr<const retriever::SearchIndex>> indexes;
  std::vector<std::string> names{request.repository()};
  names.insert(names.end(), request.further_repositories().begin(), request.further_repositories().end());
  for (const std::string& repository : names) {
    base::Result<std::shared_ptr<const retriever::SearchIndex>> index = OpenIndex(repository);
    if (index) {
      response.add_snapshots(ToProto((*index)->snapshot().manifest()).name());
      indexes.push_back(std::move(*index));
    } else if (index.error().code == base::Code::kFailedPrecondition) {
      // Somebody is typing: what was never indexed is missing from the answer, and that is all.
      response.add_warnings(index.error().message);
      response.set_partial(true);
      if (repository == request.repository()) break;
    } else {
      return std::unexpected(index.error());
    }
  }

  if (!indexes.empty()) {
    FANIN_ASSIGN_OR_RETURN(const v1::IndexOptions options, ReadOptions(record));
    retriever::CompletionRequest completion;
    completion.path = request.completion().cursor().path();
    completion.line = request.completion().cursor().line();
    completion.column = request.completion().cursor().column();
    completion.budget_tokens = request.budget_tokens();
    completion.deadline = context.deadline;
    FANIN_ASSIGN_OR_RETURN(completion.overlays,
                           ParseOverlays(ToIndexerOptions(record.root, options), request, response));
    FANIN_ASSIGN_OR_RETURN(const retriever::ContextResponse found,
                           engine_->retriever().AssembleCompletion(indexes, completion));
    for (const retriever::ContextSnippet& snippet : found.snippets) *response.add_snippets() = ToProto(snippet);
    response.set_tokens(found.tokens);
    response.set_truncated(found.truncated);
    response.set_partial(response.partial() || found.partial);
    for (const std::string& warning : found.warnings) response.add_warnings(ToUtf8(warning));
    response.mutable_stats()->set_total_ms(found.total_ms);
  }

  if (request.template_() == v1::PROMPT_TEMPLATE_PLAIN) {
    FANIN_ASSIGN_OR_RETURN(const std::string before,
                           ReadTextBefore(request, indexes.empty() ? nullptr : &indexes.front()->snapshot()));
    v1::Prompt& prompt = *response.mutable_prompt();
    prompt.set_template_(v1::PROMPT_TEMPLATE_PLAIN);
    prompt.set_text(RenderPlainPrompt(response.snippets(), request.completion().cursor().path(), before));
    prompt.set_tokens(retriever::EstimateTokens(prompt.text()));
  }
  return response;
}

}  // namespace fanin::service
