// LocalApi: AssembleContext for a debug task.
#include <filesystem>
#include <memory>
#include <utility>

#include "base/confinement.h"
#include "indexer/git.h"
#include "retriever/debug.h"
#include "retriever/diff_reader.h"
#include "retriever/wave_file.h"
#include "service/convert.h"
#include "service/debug_prompt.h"
#include "service/debug_symptoms.h"
#include "service/local_api.h"
#include "service/local_api_common.h"
#include "service/prompt.h"
#include "service/utf8.h"

namespace fanin::service {
namespace {

base::Status AddSuspects(const graph::Snapshot& snapshot, const std::vector<retriever::Suspect>& suspects,
                         v1::AssembleContextResponse& response) {
  std::vector<graph::NodeRef> refs;
  for (const retriever::Suspect& suspect : suspects) {
    refs.push_back(suspect.node);
    for (const graph::Edge& edge : suspect.way) refs.insert(refs.end(), {edge.from, edge.to, edge.statement});
  }
  FANIN_ASSIGN_OR_RETURN(const NodeTable nodes, NodeTable::Load(snapshot, std::move(refs)));
  for (const retriever::Suspect& suspect : suspects) {
    v1::Suspect& out = *response.add_suspects();
    *out.mutable_node() = nodes.ToProto(suspect.node);
    out.set_score(suspect.score);
    for (const std::string& reason : suspect.reasons) out.add_reasons(ToUtf8(reason));
    for (const graph::Edge& edge : suspect.way) *out.add_path() = nodes.ToProto(edge);
    out.mutable_range()->set_start_line(suspect.begin_line);
    out.mutable_range()->set_end_line(suspect.end_line);
    out.set_text(ToUtf8(suspect.text));
    out.set_module(ToUtf8(suspect.module));
    out.set_hierarchical_path(ToUtf8(suspect.acts_on));
    out.set_steps(suspect.steps);
    out.set_registers(suspect.registers);
    for (const retriever::Signal& signal : suspect.signals) *out.add_signals() = ToProto(signal);
  }
  return {};
}

// With roots, below the repository only: whoever may read it may not thereby read others' waves.
base::Result<retriever::Wave> ReadServerWave(const v1::Waveform& wave, const base::Roots& roots,
                                             const std::filesystem::path& repository) {
  if (!roots.confined()) return retriever::ReadWaveFile(wave.server_path(), wave.time());
  const std::filesystem::path path = std::filesystem::path(wave.server_path()).lexically_normal();
  FANIN_ASSIGN_OR_RETURN(const base::Descriptor file,
                         base::OpenFileBelow(repository, path.lexically_relative(repository)));
  auto read = retriever::ReadOpenWave(file.get(), wave.time());
  if (!read) return base::Fail(read.error().code, wave.server_path() + " is no wave that can be read");
  return read;
}

base::Result<std::shared_ptr<const retriever::Wave>> ReadWave(const v1::Waveform& wave, const base::Roots& roots,
                                                              const std::filesystem::path& repository) {
  FANIN_ASSIGN_OR_RETURN(retriever::Wave read, wave.has_server_path()
                                                   ? ReadServerWave(wave, roots, repository)
                                                   : retriever::ReadWave(wave.content(), wave.time()));
  return std::make_shared<const retriever::Wave>(std::move(read));
}

}  // namespace

base::Result<v1::AssembleContextResponse> LocalApi::AssembleDebug(const v1::AssembleContextRequest& request,
                                                                  const CallContext& context) {
  const Stopwatch stopwatch;
  const v1::DebugTask& task = request.debug();
  v1::AssembleContextResponse response;
  FANIN_ASSIGN_OR_RETURN(const auto index,
                         OpenIndex(request.repository(), request.overlays(), *response.mutable_warnings()));
  const graph::Snapshot& snapshot = index->snapshot();
  response.add_snapshots(SnapshotNameOf(snapshot));

  retriever::DebugRequest debug;
  debug.budget_tokens = request.budget_tokens();
  debug.deadline = context.deadline;
  debug.max_suspects = OrDefault(task.max_suspects(), debug.max_suspects);
  if (task.has_waveform()) {
    FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record,
                           engine_->store().GetRepository(snapshot.manifest().repository));
    FANIN_ASSIGN_OR_RETURN(debug.wave, ReadWave(task.waveform(), engine_->roots(), record.root));
    debug.time = task.waveform().time();
    debug.wave_scope = task.waveform().scope();
  }
  FANIN_RETURN_IF_ERROR(FindSymptoms(snapshot, task, debug, response));
  debug.changed = PlaceChanges(snapshot, retriever::ReadUnifiedDiff(task.diff()));
  if (!task.revision_range().empty()) {
    FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(request.repository()));
    FANIN_ASSIGN_OR_RETURN(const graph::RepositoryRecord record, engine_->store().GetRepository(name.repository));
    FANIN_ASSIGN_OR_RETURN(const std::string diff,
                           indexer::DiffOfRange(record.root, task.revision_range(), {engine_->roots(), {}}));
    for (const auto& [path, lines] : PlaceChanges(snapshot, retriever::ReadUnifiedDiff(diff)).by_path) {
      debug.changed.by_path[path].insert(lines.begin(), lines.end());
    }
  }
  if (debug.changed.empty() && !(task.diff().empty() && task.revision_range().empty())) {
    response.add_warnings("the diff changes no line of an indexed file");
  }
  std::shared_ptr<const graph::Elaboration> elaboration;
  // Unsaved texts move the nodes that a design was told in.
  if (request.design() != kNoDesign && request.overlays().empty()) {
    FANIN_ASSIGN_OR_RETURN(elaboration, engine_->OpenElaboration(snapshot, request.design()));
    debug.elaboration = elaboration.get();
  }

  FANIN_ASSIGN_OR_RETURN(const retriever::DebugResponse found,
                         retriever::Debug(engine_->retriever(), {&index, 1}, debug));
  FANIN_RETURN_IF_ERROR(AddSuspects(snapshot, found.suspects, response));
  for (const retriever::ContextSnippet& snippet : found.snippets) *response.add_snippets() = ToProto(snippet);
  response.set_tokens(found.tokens);
  response.set_flow_text(ToUtf8(found.flow_text));
  response.set_truncated(found.truncated);
  response.set_partial(found.partial);
  for (const std::string& warning : found.warnings) response.add_warnings(ToUtf8(warning));
  if (request.template_() == v1::PROMPT_TEMPLATE_PLAIN) {
    *response.mutable_prompt() = PlainPrompt(RenderDebugPrompt(task, response));
  }
  response.mutable_stats()->set_total_ms(stopwatch.Milliseconds());
  return response;
}

}  // namespace fanin::service
