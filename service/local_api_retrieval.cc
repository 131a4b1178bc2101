// LocalApi: RetrievalService.Search, GetNode and GetSource.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/digest.h"
#include "graph/flow_text.h"
#include "graph/occurrence.h"
#include "service/convert.h"
#include "service/find_node.h"
#include "service/local_api.h"
#include "service/local_api_common.h"
#include "service/page_token.h"
#include "service/utf8.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

constexpr uint32_t kDefaultPageSize = 10;
constexpr uint32_t kDefaultSourceLines = 2000;
constexpr size_t kMaxChildren = 1000;
constexpr int kMaxSpecialisations = 100;

v1::SearchResult ToProto(const graph::Snapshot& snapshot, const retriever::SearchResult& result) {
  v1::SearchResult out;
  *out.mutable_node() = service::ToProto(snapshot, result.node);
  out.set_score(result.score);
  for (const std::string& reason : result.reasons) out.add_reasons(ToUtf8(reason));
  for (const retriever::Signal& signal : result.signals) *out.add_signals() = service::ToProto(signal);
  *out.mutable_range() = service::ToProto(result.span);
  out.set_text(ToUtf8(result.text));
  for (const graph::Span& match : result.matches) *out.add_matches() = service::ToProto(match);
  for (const retriever::AlsoAt& also : result.also_at) {
    v1::DuplicateLocation& to = *out.add_also_at();
    to.set_repository(RepositoryName(also.repository));
    to.set_path(ToUtf8(also.path));
    to.set_start_line(also.begin_line);
    to.set_end_line(also.end_line);
  }
  out.set_chunk_kind(std::string(graph::ChunkKindName(result.chunk_kind)));
  return out;
}

v1::SearchStats ToProto(const retriever::SearchStats& stats) {
  v1::SearchStats out;
  out.set_documents(static_cast<uint32_t>(stats.documents));
  out.set_lexical_candidates(static_cast<uint32_t>(stats.lexical_candidates));
  out.set_vector_candidates(static_cast<uint32_t>(stats.vector_candidates));
  out.set_structural_candidates(static_cast<uint32_t>(stats.structural_candidates));
  out.set_files_verified(static_cast<uint32_t>(stats.files_verified));
  out.set_parse_ms(stats.parse_ms);
  out.set_lexical_ms(stats.lexical_ms);
  out.set_vector_ms(stats.vector_ms);
  out.set_rank_ms(stats.rank_ms);
  out.set_total_ms(stats.total_ms);
  return out;
}

// The innermost node at a place.
base::Result<graph::NodeRef> FindAt(const graph::Snapshot& snapshot, const v1::SourcePosition& position) {
  const std::optional<graph::FileRef> file = snapshot.FindFile(position.path());
  if (!file) {
    return base::Fail(base::Code::kNotFound,
                      "no file " + position.path() + " in repository " + snapshot.manifest().repository);
  }
  FANIN_ASSIGN_OR_RETURN(const std::string text, snapshot.GetText(*file));
  const LineTable lines(text);
  if (position.line() > lines.line_count()) {
    return base::Fail(base::Code::kOutOfRange, "line " + std::to_string(position.line()) + " is past the end of " +
                                                   position.path() + ", which has " +
                                                   std::to_string(lines.line_count()) + " lines");
  }
  const uint32_t begin = lines.BeginOf(position.line());
  const uint32_t end = lines.BeginOf(position.line() + 1);
  uint32_t byte = begin;
  if (position.column() > 0) {
    byte = std::min(begin + position.column() - 1, end - 1);
  } else {
    while (byte + 1 < end && (text[byte] == ' ' || text[byte] == '\t')) ++byte;
  }
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<const graph::Shard> shard, snapshot.GetShard(*file));
  return snapshot.RefOf(*file, shard->NodeAtByte(byte));
}

base::Status AddNeighbors(const graph::Snapshot& snapshot, const graph::Elaboration* elaboration, graph::NodeRef ref,
                          graph::Direction direction, uint32_t max_edges,
                          google::protobuf::RepeatedPtrField<v1::NeighborEdge>& out, bool& truncated) {
  const graph::EdgeMask kinds = graph::kAllEdges & ~graph::MaskOf(graph::EdgeKind::kContains);
  FANIN_ASSIGN_OR_RETURN(auto edges, graph::GetEdges(snapshot, elaboration, {&ref, 1}, direction, kinds));
  std::vector<graph::Edge>& list = edges.front();
  if (list.size() > max_edges) {
    list.resize(max_edges);
    truncated = true;
  }
  std::vector<graph::NodeRef> refs;
  for (const graph::Edge& edge : list) refs.insert(refs.end(), {edge.from, edge.to, edge.statement});
  FANIN_ASSIGN_OR_RETURN(const NodeTable nodes, NodeTable::Load(snapshot, std::move(refs)));
  for (const graph::Edge& edge : list) {
    v1::NeighborEdge& neighbor = *out.Add();
    *neighbor.mutable_edge() = nodes.ToProto(edge);
    *neighbor.mutable_node() = nodes.ToProto(direction == graph::Direction::kOut ? edge.to : edge.from);
  }
  return {};
}

// What the specialised definitions of a design say of a node.
void AddSpecialisations(const graph::Snapshot& snapshot, const graph::Elaboration& elaboration,
                        const graph::NodeHandle& node, v1::GetNodeResponse& response) {
  const bool is_definition = graph::IsDefinition(node->kind);
  for (const graph::Elaboration::Described& one : elaboration.Describe(snapshot, node)) {
    if (!is_definition && one.signal == nullptr && one.parameter == nullptr && one.block == nullptr) continue;
    if (response.specialisations_size() == kMaxSpecialisations) {
      response.set_truncated(true);
      return;
    }
    v1::Specialisation& out = *response.add_specialisations();
    const graph::DesignDefinition& definition = elaboration.design().definitions[one.definition];
    out.set_definition(ToUtf8(definition.name));
    out.set_instances(definition.instance_count);
    for (const graph::ElaboratedParameter& parameter : elaboration.FactsOf(one.definition).parameters) {
      v1::ParameterValue& value = *out.add_parameters();
      value.set_name(ToUtf8(parameter.name));
      value.set_value(ToUtf8(parameter.value));
      value.set_local(parameter.is_local);
    }
    if (one.signal != nullptr) {
      out.set_type(ToUtf8(one.signal->type));
      out.set_width_bits(one.signal->width_bits);
    }
    if (one.parameter != nullptr) out.set_value(ToUtf8(one.parameter->value));
    if (one.block != nullptr) out.set_copies(one.block->count);
  }
}

base::Status DescribeNode(const graph::Snapshot& snapshot, const graph::Elaboration* elaboration, graph::NodeRef ref,
                          const v1::GetNodeRequest& request, v1::GetNodeResponse& response) {
  FANIN_ASSIGN_OR_RETURN(graph::NodeHandle node, snapshot.GetNode(ref));
  *response.mutable_node() = service::ToProto(snapshot, node);
  const auto related = [&](graph::LocalNode local) {
    return service::ToProto(snapshot, {snapshot.RefOf(node.file, local), node.file, local, node.shard});
  };
  std::vector<graph::LocalNode> ancestors;
  for (graph::LocalNode at = node->parent; at != graph::kNoNode; at = node.shard->nodes()[at].parent) {
    ancestors.push_back(at);
  }
  for (auto at = ancestors.rbegin(); at != ancestors.rend(); ++at) *response.add_ancestors() = related(*at);
  std::span<const graph::LocalNode> children = node.shard->Children(node.local);
  response.set_truncated(children.size() > kMaxChildren);
  children = children.first(std::min(children.size(), kMaxChildren));
  for (const graph::LocalNode child : children) *response.add_children() = related(child);

  if (elaboration != nullptr) {
    response.set_design(ToUtf8(elaboration->design().name));
    AddSpecialisations(snapshot, *elaboration, node, response);
  }
  bool truncated = response.truncated();
  if (request.max_edges() > 0) {
    FANIN_RETURN_IF_ERROR(AddNeighbors(snapshot, elaboration, ref, graph::Direction::kOut, request.max_edges(),
                                       *response.mutable_out_edges(), truncated));
    FANIN_RETURN_IF_ERROR(AddNeighbors(snapshot, elaboration, ref, graph::Direction::kIn, request.max_edges(),
                                       *response.mutable_in_edges(), truncated));
  }
  if (request.max_hierarchical_paths() > 0) {
    FANIN_ASSIGN_OR_RETURN(
        const graph::OccurrenceResult found,
        graph::OccurrencesOf(snapshot, {.node = ref, .max_occurrences = request.max_hierarchical_paths()}));
    FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, graph::HierarchicalPaths(snapshot, found.occurrences));
    for (const std::string& path : paths) response.add_hierarchical_paths(ToUtf8(path));
    truncated |= found.truncated;
  }
  if (request.max_flow_lines() > 0) {
    FANIN_ASSIGN_OR_RETURN(const graph::FlowText flow,
                           graph::WriteControlFlow(snapshot, ref, request.max_flow_lines()));
    response.set_flow_text(ToUtf8(flow.text));
    truncated |= flow.truncated;
  }
  if (request.max_source_lines() > 0) {
    FANIN_ASSIGN_OR_RETURN(*response.mutable_source(),
                           ReadSource(snapshot, node.file, std::max(node->span.begin_line, 1U), node->span.end_line,
                                      request.max_source_lines(), truncated));
  }
  response.set_truncated(truncated);
  return {};
}

}  // namespace

base::Result<v1::SearchResponse> LocalApi::Search(const v1::SearchRequest& request, const CallContext& context) {
  FANIN_RETURN_IF_ERROR(Check(request));
  v1::SearchResponse response;
  FANIN_ASSIGN_OR_RETURN(const auto indexes, OpenIndexes(request.repositories(), request.overlays(),
                                                         *response.mutable_warnings(), context));
  base::Digester data;
  for (const v1::Overlay& overlay : request.overlays()) data.Add(overlay.path()).Add(overlay.text());
  for (const auto& index : indexes) {
    response.add_snapshots(SnapshotNameOf(index->snapshot()));
    data.Add(response.snapshots().rbegin()->c_str());
  }
  const uint64_t request_hash = base::Hash64(request.query());
  const uint64_t data_hash = base::Hash64(data.Finish().View());

  retriever::SearchRequest search;
  search.query = request.query();
  search.limit = OrDefault(request.page_size(), kDefaultPageSize);
  search.explain = request.explain();
  search.deadline = context.deadline;
  FANIN_ASSIGN_OR_RETURN(const uint64_t offset, ReadPageToken(request.page_token(), request_hash, data_hash));
  search.offset = static_cast<uint32_t>(offset);

  FANIN_ASSIGN_OR_RETURN(const retriever::SearchResponse found, engine_->retriever().Search(indexes, search));
  for (const retriever::SearchResult& result : found.results) {
    *response.add_results() = ToProto(indexes[result.index]->snapshot(), result);
  }
  response.set_truncated(found.truncated);
  response.set_partial(found.partial);
  for (const std::string& warning : found.warnings) response.add_warnings(ToUtf8(warning));
  for (const auto& index : indexes) {
    for (const std::string& warning : index->warnings()) response.add_warnings(ToUtf8(warning));
  }
  if (request.explain()) response.set_plan(ToUtf8(found.plan));
  *response.mutable_stats() = ToProto(found.stats);
  if (found.truncated && !found.results.empty()) {
    response.set_next_page_token(PageToken{offset + found.results.size(), request_hash, data_hash}.ToString());
  }
  return response;
}

base::Result<v1::GetNodeResponse> LocalApi::GetNode(const v1::GetNodeRequest& request, const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  ResourceName name;
  if (request.has_node()) {
    FANIN_ASSIGN_OR_RETURN(name, ResourceName::Parse(request.node()));
  } else {
    FANIN_ASSIGN_OR_RETURN(name, ResourceName::Parse(request.repository()));
  }
  name.node.reset();
  v1::GetNodeResponse response;
  FANIN_ASSIGN_OR_RETURN(const auto snapshot,
                         OpenSnapshot(name.ToString(), request.overlays(), *response.mutable_warnings()));
  response.set_snapshot(SnapshotNameOf(*snapshot));

  graph::NodeRef ref = graph::kNoRef;
  if (request.has_position()) {
    FANIN_ASSIGN_OR_RETURN(ref, FindAt(*snapshot, request.position()));
  } else {
    const std::string& text = request.has_node() ? request.node() : request.qualified_name();
    FANIN_ASSIGN_OR_RETURN(const std::vector<graph::Occurrence> found,
                           FindOne(
                               *snapshot, text, [](graph::NodeKind) { return true; }, *response.mutable_ambiguous()));
    if (found.empty()) return response;
    ref = found.front().node;
  }
  FANIN_ASSIGN_OR_RETURN(const auto elaboration, OpenDesign(*snapshot, request.design(), request.overlays()));
  FANIN_RETURN_IF_ERROR(DescribeNode(*snapshot, elaboration.get(), ref, request, response));
  return response;
}

base::Result<v1::GetSourceResponse> LocalApi::GetSource(const v1::GetSourceRequest& request, const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  FANIN_ASSIGN_OR_RETURN(const auto snapshot, OpenSnapshot(request.repository()));
  const std::optional<graph::FileRef> file = snapshot->FindFile(request.path());
  if (!file) {
    return base::Fail(base::Code::kNotFound,
                      "no file " + request.path() + " in repository " + snapshot->manifest().repository);
  }
  v1::GetSourceResponse response;
  response.set_snapshot(SnapshotNameOf(*snapshot));
  bool truncated = false;
  FANIN_ASSIGN_OR_RETURN(*response.mutable_source(),
                         ReadSource(*snapshot, *file, OrDefault(request.start_line(), 1),
                                    OrDefault(request.end_line(), std::numeric_limits<uint32_t>::max()),
                                    OrDefault(request.max_lines(), kDefaultSourceLines), truncated));
  response.set_truncated(truncated);
  return response;
}

}  // namespace fanin::service
