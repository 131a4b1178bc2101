// LocalApi: AssembleContext.
#include <algorithm>
#include <utility>

#include "indexer/indexer.h"
#include "retriever/token_counter.h"
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

struct CursorTexts {
  std::string before;
  std::string after;  // of what the client sent; a stored text's lines after the cursor are not told
};

// The text around the cursor, from the overlay of its file or the snapshot; empty where neither has the file.
base::Result<CursorTexts> ReadCursorTexts(const v1::AssembleContextRequest& request, const graph::Snapshot* snapshot) {
  const v1::SourcePosition& cursor = request.completion().cursor();
  const auto overlay = std::ranges::find(request.overlays(), cursor.path(), &v1::Overlay::path);
  const bool overlaid = overlay != request.overlays().end();
  std::string text;
  if (overlaid) {
    text = overlay->text();
  } else if (snapshot != nullptr) {
    const std::optional<graph::FileRef> file = snapshot->FindFile(cursor.path());
    if (!file) return CursorTexts{};
    FANIN_ASSIGN_OR_RETURN(text, snapshot->GetText(*file));
  }
  const LineTable lines(text);
  const uint32_t line = std::min(cursor.line(), lines.line_count() + 1);
  const uint32_t column = std::max(cursor.column(), 1U);
  const size_t at = std::min<size_t>(lines.BeginOf(line) + column - 1, text.size());
  return CursorTexts{ToUtf8(text.substr(0, at)), overlaid ? ToUtf8(text.substr(at)) : std::string()};
}

}  // namespace

v1::ContextSnippet ToProto(const retriever::ContextSnippet& snippet) {
  v1::ContextSnippet out;
  out.set_repository(RepositoryName(snippet.repository));
  out.set_path(ToUtf8(snippet.path));
  *out.mutable_range() = service::ToProto(snippet.span);
  if (snippet.shown.size() > 1) {
    for (const graph::Span& span : snippet.shown) *out.add_shown() = service::ToProto(span);
  }
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
    FANIN_ASSIGN_OR_RETURN(const auto indexes, OpenIndexes(names, context));
    return AnswerQuestion(engine_->retriever(), indexes, request, context);
  }
  if (!request.design().empty()) return base::Fail(base::Code::kUnimplemented, "designs are not used here yet");
  return AssembleCompletion(request, context);
}

base::Result<v1::AssembleContextResponse> LocalApi::AssembleCompletion(const v1::AssembleContextRequest& request,
                                                                       const CallContext& context) {
  v1::AssembleContextResponse response;
  FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(request.repository()));
  FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record, engine_->store().GetRepository(name.repository));

  std::shared_ptr<const retriever::TokenCounter> counter = retriever::EstimatingCounter();
  if (!request.tokenizer().empty()) {
    FANIN_ASSIGN_OR_RETURN(counter, tokenizers_.Get(request.tokenizer()));
  }

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
    completion.recent_paths.assign(request.completion().recent_paths().begin(),
                                   request.completion().recent_paths().end());
    completion.budget_tokens = request.budget_tokens();
    completion.counter = counter;
    completion.deadline = context.deadline;
    completion.cancelled = context.cancelled;
    FANIN_ASSIGN_OR_RETURN(completion.overlays,
                           ParseOverlays(ToIndexerOptions(record.root, options, engine_->roots()), request, response));
    FANIN_ASSIGN_OR_RETURN(const retriever::ContextResponse found,
                           engine_->retriever().AssembleCompletion(indexes, completion));
    for (const retriever::ContextSnippet& snippet : found.snippets) *response.add_snippets() = ToProto(snippet);
    response.set_tokens(found.tokens);
    response.set_truncated(found.truncated);
    response.set_partial(response.partial() || found.partial);
    for (const std::string& warning : found.warnings) response.add_warnings(ToUtf8(warning));
    response.mutable_stats()->set_total_ms(found.total_ms);
  }

  if (request.template_() != v1::PROMPT_TEMPLATE_UNSPECIFIED) {
    FANIN_ASSIGN_OR_RETURN(const CursorTexts texts,
                           ReadCursorTexts(request, indexes.empty() ? nullptr : &indexes.front()->snapshot()));
    v1::Prompt& prompt = *response.mutable_prompt();
    prompt.set_template_(request.template_());
    prompt.set_text(RenderPrompt(
        request.template_(),
        {response.snippets(), name.repository, request.completion().cursor().path(), texts.before, texts.after}));
    prompt.set_tokens(counter->Count(prompt.text()));
  }
  return response;
}

}  // namespace fanin::service
