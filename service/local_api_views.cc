// LocalApi: RetrievalService.GetFsms and RepositoryService.ExportGraph, views of the whole graph.
#include <map>
#include <utility>

#include "graph/export.h"
#include "graph/flow_text.h"
#include "graph/fsm.h"
#include "service/convert.h"
#include "service/find_node.h"
#include "service/local_api.h"
#include "service/local_api_common.h"
#include "service/utf8.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

constexpr uint32_t kDefaultFsms = 100;
constexpr size_t kPieceBytes = 256 << 10;

base::Result<v1::Fsm> ToProto(const graph::Snapshot& snapshot, const graph::Fsm& fsm) {
  std::vector<graph::NodeRef> refs{fsm.definition, fsm.state, fsm.next};
  for (const graph::FsmState& state : fsm.states) refs.push_back(state.node);
  for (const graph::FsmTransition& transition : fsm.transitions) refs.push_back(transition.statement);
  FANIN_ASSIGN_OR_RETURN(const NodeTable nodes, NodeTable::Load(snapshot, std::move(refs)));
  v1::Fsm out;
  out.set_module(nodes.ToProto(fsm.definition).qualified_name());
  *out.mutable_state() = nodes.ToProto(fsm.state);
  if (fsm.next != graph::kNoRef) *out.mutable_next() = nodes.ToProto(fsm.next);
  for (const graph::FsmState& state : fsm.states) {
    v1::FsmState& to = *out.add_states();
    to.set_name(ToUtf8(state.name));
    if (state.node != graph::kNoRef) *to.mutable_node() = nodes.ToProto(state.node);
  }
  if (fsm.reset) out.set_reset(*fsm.reset);
  for (const graph::FsmTransition& transition : fsm.transitions) {
    v1::FsmTransition& to = *out.add_transitions();
    to.mutable_from()->Add(transition.from.begin(), transition.from.end());
    if (transition.to) to.set_to(*transition.to);
    to.set_target(ToUtf8(transition.target));
    to.set_guard(ToUtf8(transition.guard));
    to.set_otherwise(transition.otherwise);
    *to.mutable_statement() = nodes.ToProto(transition.statement);
  }
  FANIN_ASSIGN_OR_RETURN(const graph::FlowText text, graph::WriteFsm(snapshot, fsm));
  out.set_text(ToUtf8(text.text));
  return out;
}

// All modules and programs, by file and place.
base::Result<std::vector<graph::NodeRef>> AllModules(const graph::Snapshot& snapshot) {
  std::vector<graph::NodeRef> modules;
  FANIN_RETURN_IF_ERROR(snapshot.ScanNames("", [&](std::string_view, std::span<const graph::Snapshot::NameHit> hits) {
    for (const graph::Snapshot::NameHit& hit : hits) {
      if (graph::IsDefinition(hit.kind)) modules.push_back(hit.ref);
    }
    return true;
  }));
  std::ranges::sort(modules);
  return modules;
}

// Collects what is written to each file and passes it on in pieces of a useful size.
class PieceWriter {
 public:
  PieceWriter(const CallContext& context, const Api::ExportPieces& on_piece, std::string snapshot, std::string design)
      : context_(context), on_piece_(on_piece), snapshot_(std::move(snapshot)), design_(std::move(design)) {}

  graph::ExportSink Into(const std::string& file_name) {
    return [this, file_name](std::string_view text) -> base::Status {
      std::string& held = held_[file_name];
      held += text;
      return held.size() < kPieceBytes ? base::Status() : Send(file_name, held);
    };
  }

  base::Status Finish() {
    for (auto& [file_name, held] : held_) FANIN_RETURN_IF_ERROR(Send(file_name, held));
    return {};
  }

 private:
  base::Status Send(const std::string& file_name, std::string& held) {
    if (context_.cancelled && context_.cancelled()) return base::Fail(base::Code::kCancelled, "the caller has left");
    v1::ExportGraphResponse piece;
    piece.set_file_name(file_name);
    piece.set_data(std::exchange(held, ""));
    piece.set_snapshot(std::exchange(snapshot_, ""));
    piece.set_design(std::exchange(design_, ""));
    if (!on_piece_(piece)) return base::Fail(base::Code::kCancelled, "the caller wants no more");
    return {};
  }

  const CallContext& context_;
  const Api::ExportPieces& on_piece_;
  std::string snapshot_;
  std::string design_;
  std::map<std::string, std::string> held_;
};

}  // namespace

base::Result<v1::GetFsmsResponse> LocalApi::GetFsms(const v1::GetFsmsRequest& request, const CallContext& context) {
  FANIN_RETURN_IF_ERROR(Check(request));
  const Stopwatch stopwatch;
  FANIN_ASSIGN_OR_RETURN(const auto snapshot, OpenSnapshot(request.repository()));
  v1::GetFsmsResponse response;
  response.set_snapshot(SnapshotNameOf(*snapshot));
  std::vector<graph::NodeRef> modules;
  if (request.module().empty()) {
    FANIN_ASSIGN_OR_RETURN(modules, AllModules(*snapshot));
  } else {
    FANIN_ASSIGN_OR_RETURN(const std::vector<graph::Occurrence> found,
                           FindOne(*snapshot, request.module(), graph::IsDefinition, *response.mutable_ambiguous()));
    for (const graph::Occurrence& one : found) modules.push_back(one.node);
  }
  const uint32_t max_fsms = OrDefault(request.max_fsms(), kDefaultFsms);
  for (const graph::NodeRef module : modules) {
    const bool is_late = context.deadline && std::chrono::steady_clock::now() >= *context.deadline;
    if (is_late) response.set_truncated(true);
    if (response.truncated()) break;
    const uint32_t room = max_fsms - static_cast<uint32_t>(response.fsms_size());
    FANIN_ASSIGN_OR_RETURN(const graph::FsmResult result, graph::FindFsms(*snapshot, module, room));
    for (const graph::Fsm& fsm : result.fsms) {
      FANIN_ASSIGN_OR_RETURN(*response.add_fsms(), ToProto(*snapshot, fsm));
    }
    response.set_truncated(result.truncated);
  }
  response.set_total_ms(stopwatch.Milliseconds());
  return response;
}

base::Status LocalApi::ExportGraph(const v1::ExportGraphRequest& request, const CallContext& context,
                                   const ExportPieces& on_piece) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const auto snapshot, OpenSnapshot(request.repository()));
  FANIN_ASSIGN_OR_RETURN(const auto elaboration, OpenDesign(*snapshot, request.design(), {}));
  PieceWriter writer(context, on_piece, SnapshotNameOf(*snapshot),
                     elaboration == nullptr ? "" : ToUtf8(elaboration->design().name));
  if (request.format() == v1::GRAPH_FORMAT_GRAPHML) {
    FANIN_RETURN_IF_ERROR(graph::ExportGraphMl(*snapshot, elaboration.get(), writer.Into("graph.graphml")));
  } else {
    FANIN_RETURN_IF_ERROR(
        graph::ExportNeo4jCsv(*snapshot, elaboration.get(), writer.Into("nodes.csv"), writer.Into("edges.csv")));
  }
  return writer.Finish();
}

}  // namespace fanin::service
