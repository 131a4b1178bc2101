// LocalApi: RetrievalService.Trace and GetHierarchy.
#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "graph/elaborated_hierarchy.h"
#include "graph/elaboration.h"
#include "graph/flow_text.h"
#include "graph/hierarchy.h"
#include "graph/occurrence.h"
#include "graph/traversal.h"
#include "service/convert.h"
#include "service/find_node.h"
#include "service/local_api.h"
#include "service/local_api_common.h"
#include "service/utf8.h"
#include "service/validate.h"

namespace fanin::service {
namespace {

constexpr uint32_t kDefaultTraceDepth = 8;
// As a design's name: no design.
constexpr uint32_t kDefaultTraceNodes = 2000;
constexpr uint32_t kDefaultHierarchyDepth = 32;
constexpr uint32_t kDefaultHierarchyInstances = 10'000;

// Looks names of signals up: one group of places for each name that means one thing.
base::Result<std::vector<std::vector<graph::Occurrence>>> FindSignals(
    const graph::Snapshot& snapshot, const google::protobuf::RepeatedPtrField<std::string>& names,
    v1::TraceResponse& response) {
  std::vector<std::vector<graph::Occurrence>> groups;
  for (const std::string& name : names) {
    FANIN_ASSIGN_OR_RETURN(std::vector<graph::Occurrence> places,
                           FindOne(snapshot, name, graph::IsSignalLike, *response.mutable_ambiguous()));
    groups.push_back(std::move(places));
  }
  return groups;
}

std::vector<graph::Occurrence> Join(const std::vector<std::vector<graph::Occurrence>>& groups) {
  std::vector<graph::Occurrence> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

graph::TraceRequest ToTraceRequest(const v1::TraceRequest& request, const CallContext& context) {
  graph::TraceRequest trace;
  trace.direction =
      request.direction() == v1::TRACE_DIRECTION_FANIN ? graph::TraceDirection::kFanIn : graph::TraceDirection::kFanOut;
  trace.max_depth = OrDefault(request.max_depth(), kDefaultTraceDepth);
  trace.stop_at_registers = request.stop().registers();
  trace.stop_at_ports = request.stop().ports();
  trace.max_registers = request.stop().max_registers();
  trace.include_clock_reset = request.include_clock_reset();
  trace.max_nodes = OrDefault(request.max_nodes(), kDefaultTraceNodes);
  trace.deadline = context.deadline;
  return trace;
}

base::Status AddSteps(const graph::Snapshot& snapshot, const std::vector<graph::TraceStep>& steps,
                      v1::TraceResponse& response) {
  std::vector<graph::NodeRef> refs;
  std::vector<graph::Occurrence> places;
  for (const graph::TraceStep& step : steps) {
    places.push_back(step.place);
    refs.push_back(step.place.node);
    if (step.depth > 0) refs.insert(refs.end(), {step.edge.from, step.edge.to, step.edge.statement});
  }
  FANIN_ASSIGN_OR_RETURN(const NodeTable nodes, NodeTable::Load(snapshot, std::move(refs)));
  FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, graph::HierarchicalPaths(snapshot, places));
  for (size_t i = 0; i < steps.size(); ++i) {
    const graph::TraceStep& step = steps[i];
    v1::TraceStep& out = *response.add_steps();
    *out.mutable_node() = nodes.ToProto(step.place.node);
    out.set_hierarchical_path(ToUtf8(paths[i]));
    out.set_depth(step.depth);
    out.set_registers(step.registers);
    out.set_stopped(step.stopped);
    if (step.depth == 0) continue;
    out.set_parent(step.parent);
    *out.mutable_edge() = nodes.ToProto(step.edge);
  }
  return {};
}

base::Status AddText(const graph::Snapshot& snapshot, const std::vector<graph::TraceStep>& steps,
                     graph::TraceDirection direction, v1::TraceResponse& response) {
  FANIN_ASSIGN_OR_RETURN(const graph::FlowText text,
                         graph::WriteCone(snapshot, steps, direction, static_cast<uint32_t>(steps.size()) + 1));
  response.set_text(ToUtf8(text.text));
  return {};
}

base::Status AddCommon(const graph::Snapshot& snapshot, const graph::CommonResult& result,
                       v1::TraceResponse& response) {
  FANIN_RETURN_IF_ERROR(AddSteps(snapshot, result.steps, response));
  std::vector<graph::Occurrence> places;
  for (const graph::CommonSource& source : result.sources) places.push_back(source.place);
  FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, graph::HierarchicalPaths(snapshot, places));
  for (size_t i = 0; i < result.sources.size(); ++i) {
    const graph::CommonSource& source = result.sources[i];
    v1::CommonSignal& out = *response.add_common();
    *out.mutable_node() = response.steps(static_cast<int>(source.steps.front())).node();
    out.set_hierarchical_path(ToUtf8(paths[i]));
    out.mutable_steps()->Add(source.steps.begin(), source.steps.end());
  }
  return {};
}

base::Status AddHierarchy(const graph::Snapshot& snapshot, const graph::HierarchyResult& result,
                          v1::GetHierarchyResponse& response) {
  std::vector<graph::NodeRef> refs;
  for (const graph::HierarchyNode& node : result.nodes) refs.insert(refs.end(), {node.definition, node.instance});
  for (const graph::ModuleCount& module : result.modules) refs.push_back(module.definition);
  FANIN_ASSIGN_OR_RETURN(const NodeTable nodes, NodeTable::Load(snapshot, std::move(refs)));
  for (const graph::HierarchyNode& node : result.nodes) {
    v1::HierarchyNode& out = *response.add_nodes();
    out.set_name(ToUtf8(node.name));
    out.set_module(ToUtf8(node.module));
    out.set_depth(node.depth);
    if (node.parent != UINT32_MAX) out.set_parent(node.parent);
    if (node.definition != graph::kNoRef) *out.mutable_definition() = nodes.ToProto(node.definition);
    if (node.instance != graph::kNoRef) *out.mutable_instance() = nodes.ToProto(node.instance);
    out.set_candidates(node.candidates);
    out.set_recursive(node.recursive);
    out.set_path(ToUtf8(node.path));
    for (const graph::ParameterValue& parameter : node.parameters) {
      if (!response.design().empty()) {
        (*out.mutable_parameters())[ToUtf8(parameter.name)] = ToUtf8(parameter.value);
        continue;
      }
      v1::WrittenParameter& written = *out.add_written_parameters();
      written.set_name(ToUtf8(parameter.name));
      written.set_value(ToUtf8(parameter.value));
      written.set_overridden(parameter.overridden);
    }
    out.set_instances_below(node.instances_below);
  }
  for (const graph::ModuleCount& module : result.modules) {
    v1::ModuleCount& out = *response.add_modules();
    out.set_module(ToUtf8(module.module));
    if (module.definition != graph::kNoRef) *out.mutable_definition() = nodes.ToProto(module.definition);
    out.set_instances(module.instances);
  }
  return {};
}

// The one definition of a name; kNoRef: it is ambiguous, which the answer tells.
base::Result<graph::NodeRef> FindDefinition(const graph::Snapshot& snapshot, const std::string& name,
                                            v1::GetHierarchyResponse& response) {
  FANIN_ASSIGN_OR_RETURN(const std::vector<graph::Occurrence> found,
                         FindOne(snapshot, name, graph::IsDefinition, *response.mutable_ambiguous()));
  return found.empty() ? graph::kNoRef : found.front().node;
}

}  // namespace

base::Result<v1::TraceResponse> LocalApi::Trace(const v1::TraceRequest& request, const CallContext& context) {
  FANIN_RETURN_IF_ERROR(Check(request));
  const Stopwatch stopwatch;
  v1::TraceResponse response;
  FANIN_ASSIGN_OR_RETURN(const auto snapshot,
                         OpenSnapshot(request.repository(), request.overlays(), *response.mutable_warnings()));
  response.set_snapshot(SnapshotNameOf(*snapshot));

  graph::TraceRequest trace = ToTraceRequest(request, context);
  FANIN_ASSIGN_OR_RETURN(const auto roots, FindSignals(*snapshot, request.signals(), response));
  FANIN_ASSIGN_OR_RETURN(const auto stops, FindSignals(*snapshot, request.stop().signals(), response));
  FANIN_ASSIGN_OR_RETURN(const auto targets, FindSignals(*snapshot, request.targets(), response));
  FANIN_ASSIGN_OR_RETURN(const auto elaboration, OpenDesign(*snapshot, request.design(), request.overlays()));
  trace.elaboration = elaboration.get();
  if (elaboration != nullptr) response.set_design(ToUtf8(elaboration->design().name));
  if (response.ambiguous().empty()) {
    trace.stop_at = Join(stops);
    trace.targets = Join(targets);
    if (request.common()) {
      FANIN_ASSIGN_OR_RETURN(const graph::CommonResult result, graph::FindCommon(*snapshot, trace, roots));
      response.set_truncated(result.truncated);
      FANIN_RETURN_IF_ERROR(AddCommon(*snapshot, result, response));
      if (request.render_text()) FANIN_RETURN_IF_ERROR(AddText(*snapshot, result.steps, trace.direction, response));
    } else {
      trace.roots = Join(roots);
      FANIN_ASSIGN_OR_RETURN(const graph::TraceResult result, graph::Trace(*snapshot, trace));
      response.set_truncated(result.truncated);
      FANIN_RETURN_IF_ERROR(AddSteps(*snapshot, result.steps, response));
      if (request.render_text()) FANIN_RETURN_IF_ERROR(AddText(*snapshot, result.steps, trace.direction, response));
    }
  }
  response.mutable_stats()->set_signals(static_cast<uint32_t>(response.steps_size()));
  response.mutable_stats()->set_total_ms(stopwatch.Milliseconds());
  return response;
}

base::Result<std::shared_ptr<const graph::Elaboration>> LocalApi::FindDesign(const graph::Snapshot& snapshot,
                                                                             const v1::GetHierarchyRequest& request,
                                                                             graph::NodeRef top) {
  if (!request.overlays().empty()) return nullptr;
  if (!request.design().empty()) return OpenDesign(snapshot, request.design(), {});
  if (top == graph::kNoRef) return nullptr;
  for (const graph::DesignEntry& entry : snapshot.manifest().designs) {
    if (entry.elaborated == 0) continue;
    FANIN_ASSIGN_OR_RETURN(auto elaboration, engine_->OpenElaboration(snapshot, entry.name));
    const bool is_top = std::ranges::any_of(
        elaboration->design().tops, [&](uint32_t definition) { return elaboration->NodeOf(definition) == top; });
    if (is_top) return elaboration;
  }
  return nullptr;
}

base::Result<v1::GetHierarchyResponse> LocalApi::GetHierarchy(const v1::GetHierarchyRequest& request,
                                                              const CallContext&) {
  FANIN_RETURN_IF_ERROR(Check(request));
  const Stopwatch stopwatch;
  v1::GetHierarchyResponse response;
  FANIN_ASSIGN_OR_RETURN(const auto snapshot,
                         OpenSnapshot(request.repository(), request.overlays(), *response.mutable_warnings()));
  response.set_snapshot(SnapshotNameOf(*snapshot));

  graph::HierarchyRequest hierarchy;
  hierarchy.max_depth = OrDefault(request.max_depth(), kDefaultHierarchyDepth);
  hierarchy.max_instances = OrDefault(request.max_instances(), kDefaultHierarchyInstances);
  hierarchy.parameters = request.parameters();
  hierarchy.counts = request.counts();
  if (!request.top().empty()) {
    FANIN_ASSIGN_OR_RETURN(hierarchy.top, FindDefinition(*snapshot, request.top(), response));
  }
  if (!response.ambiguous().empty()) return response;
  graph::HierarchyResult result;
  if (request.instances_of().empty()) {
    FANIN_ASSIGN_OR_RETURN(const auto elaboration, FindDesign(*snapshot, request, hierarchy.top));
    if (elaboration != nullptr) {
      response.set_design(ToUtf8(elaboration->design().name));
      const std::vector<uint32_t> tops = graph::ElaboratedTops(*elaboration, hierarchy.top);
      if (tops.empty()) {
        return base::Fail(base::Code::kNotFound, "design " + request.design() + " has no module " + request.top());
      }
      result = graph::GetElaboratedHierarchy(*elaboration, tops, hierarchy);
    } else {
      FANIN_ASSIGN_OR_RETURN(result, graph::GetHierarchy(*snapshot, hierarchy));
    }
  } else {
    // Several definitions of a name are no ambiguity here: an instance may be of any of them.
    FANIN_ASSIGN_OR_RETURN(const auto groups, FindThings(*snapshot, request.instances_of(), graph::IsDefinition));
    std::vector<graph::NodeRef> definitions;
    for (const auto& group : groups) {
      for (const graph::Occurrence& definition : group) definitions.push_back(definition.node);
    }
    FANIN_ASSIGN_OR_RETURN(result, graph::FindInstances(*snapshot, definitions, hierarchy));
  }
  FANIN_RETURN_IF_ERROR(AddHierarchy(*snapshot, result, response));
  response.set_truncated(result.truncated);
  response.mutable_stats()->set_signals(static_cast<uint32_t>(response.nodes_size()));
  response.mutable_stats()->set_total_ms(stopwatch.Milliseconds());
  return response;
}

}  // namespace fanin::service
