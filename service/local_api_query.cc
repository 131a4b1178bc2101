// LocalApi: RetrievalService.Query.
#include <utility>

#include "base/digest.h"
#include "graph/cypher.h"
#include "service/convert.h"
#include "service/local_api.h"
#include "service/local_api_common.h"
#include "service/page_token.h"
#include "service/utf8.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

constexpr uint32_t kDefaultRows = 100;

graph::cypher::Literal ToLiteral(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue: return {value.bool_value()};
    case v1::Value::kIntValue: return {value.int_value()};
    case v1::Value::kDoubleValue: return {value.double_value()};
    case v1::Value::kStringValue: return {value.string_value()};
    case v1::Value::kListValue: {
      std::vector<graph::cypher::Literal> list;
      for (const v1::Value& item : value.list_value().values()) list.push_back(ToLiteral(item));
      return {std::move(list)};
    }
    case v1::Value::kNodeValue:  // a node is asked for by its id
    case v1::Value::kEdgeValue:
    case v1::Value::KIND_NOT_SET: break;
  }
  return {graph::cypher::Null{}};
}

void CollectRefs(const graph::CypherValue& value, std::vector<graph::NodeRef>& refs) {
  if (const auto* node = std::get_if<graph::NodeRef>(&value.value)) refs.push_back(*node);
  if (const auto* edge = std::get_if<std::shared_ptr<const graph::Edge>>(&value.value)) {
    refs.insert(refs.end(), {(*edge)->from, (*edge)->to, (*edge)->statement});
  }
  if (const auto* list = std::get_if<graph::CypherValue::List>(&value.value)) {
    for (const graph::CypherValue& item : *list) CollectRefs(item, refs);
  }
}

v1::Value ToProto(const graph::CypherValue& value, const NodeTable& nodes) {
  v1::Value out;
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) {
          out.set_bool_value(v);
        } else if constexpr (std::is_same_v<T, int64_t>) {
          out.set_int_value(v);
        } else if constexpr (std::is_same_v<T, double>) {
          out.set_double_value(v);
        } else if constexpr (std::is_same_v<T, std::string>) {
          out.set_string_value(ToUtf8(v));
        } else if constexpr (std::is_same_v<T, graph::NodeRef>) {
          *out.mutable_node_value() = nodes.ToProto(v);
        } else if constexpr (std::is_same_v<T, std::shared_ptr<const graph::Edge>>) {
          *out.mutable_edge_value() = nodes.ToProto(*v);
        } else if constexpr (std::is_same_v<T, graph::CypherValue::List>) {
          out.mutable_list_value();
          for (const graph::CypherValue& item : v) *out.mutable_list_value()->add_values() = ToProto(item, nodes);
        }
      },
      value.value);
  return out;
}

// Adds rows [skip, skip + room) of a repository's answer.
base::Status AddRows(const graph::Snapshot& snapshot, const graph::CypherResult& result, uint64_t skip, uint64_t room,
                     v1::QueryResponse& response) {
  std::vector<graph::NodeRef> refs;
  const uint64_t end = std::min<uint64_t>(result.rows.size(), skip + room);
  for (uint64_t i = skip; i < end; ++i) {
    for (const graph::CypherValue& value : result.rows[i]) CollectRefs(value, refs);
  }
  FANIN_ASSIGN_OR_RETURN(const NodeTable nodes, NodeTable::Load(snapshot, std::move(refs)));
  for (uint64_t i = skip; i < end; ++i) {
    v1::Row& row = *response.add_rows();
    for (const graph::CypherValue& value : result.rows[i]) *row.add_values() = ToProto(value, nodes);
  }
  return {};
}

}  // namespace

base::Result<v1::QueryResponse> LocalApi::Query(const v1::QueryRequest& request, const CallContext& context) {
  FANIN_RETURN_IF_ERROR(Check(request));
  const Stopwatch stopwatch;
  v1::QueryResponse response;
  FANIN_ASSIGN_OR_RETURN(const auto indexes, OpenIndexes(request.repositories(), request.overlays(),
                                                         *response.mutable_warnings(), context));
  base::Digester data;
  for (const v1::Overlay& overlay : request.overlays()) data.Add(overlay.path()).Add(overlay.text());
  for (const auto& index : indexes) {
    response.add_snapshots(SnapshotNameOf(index->snapshot()));
    data.Add(*response.snapshots().rbegin());
  }
  const uint64_t request_hash = base::Hash64(request.cypher() + '\0' + request.design());
  const uint64_t data_hash = base::Hash64(data.Finish().View());
  FANIN_ASSIGN_OR_RETURN(const uint64_t offset, ReadPageToken(request.page_token(), request_hash, data_hash));
  const uint64_t page_size = request.page_size() == 0 ? kDefaultRows : request.page_size();

  graph::CypherRequest query;
  query.text = request.cypher();
  query.max_rows = offset + page_size;
  query.deadline = context.deadline;
  for (const auto& [name, value] : request.parameters()) query.parameters[name] = ToLiteral(value);
  // Each repository is asked by itself; their rows follow one another, in the order of the snapshots.
  uint64_t skip = offset;
  for (const auto& index : indexes) {
    FANIN_ASSIGN_OR_RETURN(const auto elaboration, OpenDesign(index->snapshot(), request.design(), request.overlays()));
    query.elaboration = elaboration.get();
    response.add_designs(elaboration == nullptr ? "" : ToUtf8(elaboration->design().name));
    FANIN_ASSIGN_OR_RETURN(const graph::CypherResult result, graph::RunCypher(index->snapshot(), query));
    const uint64_t room = page_size - static_cast<uint64_t>(response.rows_size());
    FANIN_RETURN_IF_ERROR(
        AddRows(index->snapshot(), result, std::min<uint64_t>(skip, result.rows.size()), room, response));
    response.set_truncated(response.truncated() || result.truncated || result.rows.size() > skip + room);
    skip -= std::min<uint64_t>(skip, result.rows.size());
    if (response.columns().empty()) response.mutable_columns()->Add(result.columns.begin(), result.columns.end());
    response.mutable_stats()->set_nodes_visited(response.stats().nodes_visited() + result.nodes_visited);
    response.mutable_stats()->set_edges_visited(response.stats().edges_visited() + result.edges_visited);
  }
  if (response.truncated() && static_cast<uint64_t>(response.rows_size()) == page_size) {
    response.set_next_page_token(PageToken{offset + page_size, request_hash, data_hash}.ToString());
  }
  response.mutable_stats()->set_total_ms(stopwatch.Milliseconds());
  return response;
}

}  // namespace fanin::service
