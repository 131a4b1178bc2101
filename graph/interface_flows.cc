#include "graph/interface_flows.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "graph/interface_binding.h"

namespace fanin::graph {
namespace {

NodeRef FarEnd(const Edge& flow, Direction direction) { return direction == Direction::kIn ? flow.from : flow.to; }

// Whether the far end's text is of a member of that name, of some port or instance.
bool TellsMember(const Edge& flow, Direction direction, std::string_view name) {
  const size_t arrow = flow.text.find(" -> ");
  if (arrow == std::string::npos) return false;
  const std::string_view text = flow.text;
  const std::string_view far = direction == Direction::kIn ? text.substr(0, arrow) : text.substr(arrow + 4);
  const std::string_view last = far.substr(far.rfind('.') + 1);
  return !OwnerOf(far).empty() && last.substr(0, last.find('[')) == name;
}

}  // namespace

base::Status TakeTextsOfSyntax(const Snapshot& snapshot, std::span<const NodeRef> refs, Direction direction,
                               const IsInterfaceEnd& is_interface,
                               const std::function<std::string_view(NodeRef)>& name_of,
                               std::vector<std::vector<Edge>>& edges) {
  const auto lacks = [&](const Edge& flow) {
    return flow.provenance == Provenance::kElaborated && flow.text.empty() && flow.statement != kNoRef &&
           flow.assignment != Assignment::kConnection && (is_interface(flow, flow.from) || is_interface(flow, flow.to));
  };
  std::vector<size_t> places;
  std::vector<NodeRef> nodes;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (std::ranges::none_of(edges[i], lacks)) continue;
    places.push_back(i);
    nodes.push_back(refs[i]);
  }
  if (nodes.empty()) return {};
  FANIN_ASSIGN_OR_RETURN(const auto written, snapshot.GetEdges(nodes, direction, MaskOf(EdgeKind::kFlows)));
  for (size_t k = 0; k < places.size(); ++k) {
    std::vector<Edge> told;
    for (const Edge& flow : edges[places[k]]) {
      std::vector<std::string_view> texts;
      for (const Edge& other : written[k]) {
        const NodeRef far = FarEnd(flow, direction);
        const bool is_it = lacks(flow) && other.statement == flow.statement && !other.text.empty() &&
                           (FarEnd(other, direction) == far || TellsMember(other, direction, name_of(far)));
        if (is_it && std::ranges::find(texts, other.text) == texts.end()) texts.push_back(other.text);
      }
      if (texts.empty()) texts.push_back(flow.text);
      for (const std::string_view text : texts) {
        Edge& with_text = told.emplace_back(flow);
        with_text.text = text;
      }
    }
    edges[places[k]] = std::move(told);
  }
  return {};
}

void DropDoubles(Direction direction, const IsInterfaceEnd& is_interface, std::vector<Edge>& flows) {
  std::vector<std::tuple<NodeRef, Role, std::string>> told;
  for (const Edge& flow : flows) {
    const bool is_of_signal = flow.provenance == Provenance::kLinked && flow.statement != kNoRef &&
                              !flow.text.empty() && flow.assignment != Assignment::kConnection &&
                              is_interface(flow, FarEnd(flow, direction));
    if (is_of_signal) told.emplace_back(flow.statement, flow.role, flow.text);
  }
  if (told.empty()) return;
  std::erase_if(flows, [&](const Edge& flow) {
    return flow.provenance == Provenance::kSyntax && !flow.text.empty() &&
           std::ranges::find(told, std::tuple(flow.statement, flow.role, flow.text)) != told.end();
  });
}

}  // namespace fanin::graph
