#include "clients/cli/edge_text.h"

#include <vector>

#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

std::string BitsOf(const v1::BitRange& range) {
  const std::string msb = std::to_string(range.msb());
  return range.msb() == range.lsb() ? "[" + msb + "]" : "[" + msb + ":" + std::to_string(range.lsb()) + "]";
}

}  // namespace

std::string RoleText(v1::Role role) {
  switch (role) {
    case v1::ROLE_CONTROL: return "control";
    case v1::ROLE_CLOCK: return "clock";
    case v1::ROLE_RESET: return "reset";
    case v1::ROLE_INDEX: return "index";
    default: return "";
  }
}

std::string FlowText(const v1::Edge& edge) {
  std::vector<std::string> parts;
  if (edge.assignment() == v1::ASSIGNMENT_NONBLOCKING) parts.emplace_back("register");
  if (edge.assignment() == v1::ASSIGNMENT_CONNECTION) parts.emplace_back("connection");
  if (std::string role = RoleText(edge.role()); !role.empty()) parts.push_back(std::move(role));
  if (edge.has_from_range() || edge.has_to_range()) {
    parts.push_back("bits " + (edge.has_from_range() ? BitsOf(edge.from_range()) : "[all]") + " to " +
                    (edge.has_to_range() ? BitsOf(edge.to_range()) : "[all]"));
  }
  if (!edge.guard().empty()) parts.push_back("when " + edge.guard());
  const bool is_connection = edge.assignment() == v1::ASSIGNMENT_CONNECTION;  // always by name
  if (edge.provenance() == v1::PROVENANCE_LINKED && edge.kind() == "flows" && !is_connection) {
    parts.emplace_back("by name");
  }
  if (edge.provenance() == v1::PROVENANCE_ELABORATED) parts.emplace_back("elaborated");
  if (!edge.kind().empty() && edge.confidence() < 1) {
    parts.push_back("confidence " + FormatDecimal(edge.confidence(), 2));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace fanin::cli
