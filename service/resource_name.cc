#include "service/resource_name.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace fanin::service {
namespace {

constexpr size_t kMaxRepositoryIdBytes = 63;

bool IsLowerAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<graph::SnapshotId> ParseSnapshot(std::string_view text) {
  graph::SnapshotId value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

// Sets the field that collection/id names. Returns what was expected where it does not fit, else nothing.
std::string SetPart(ResourceName& name, std::string_view collection, std::string_view id) {
  if (collection == "snapshots" && !name.snapshot && !name.node && name.job.empty()) {
    name.snapshot = ParseSnapshot(id);
    return name.snapshot ? "" : "a number from 1 after snapshots/";
  }
  if (collection == "nodes" && !name.node && name.job.empty()) {
    name.node = graph::NodeId::FromHex(id);
    return name.node ? "" : "32 hexadecimal digits after nodes/";
  }
  if (collection == "jobs" && !name.snapshot && !name.node && name.job.empty()) {
    name.job = id;
    return id.empty() ? "the job's id after jobs/" : "";
  }
  return "snapshots/, nodes/ or jobs/ where '" + std::string(collection) + "' is";
}

}  // namespace

bool IsRepositoryId(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRepositoryIdBytes && IsLowerAlphanumeric(text.front()) &&
         IsLowerAlphanumeric(text.back()) &&
         std::ranges::all_of(text, [](char c) { return IsLowerAlphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

base::Result<ResourceName> ResourceName::Parse(std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, '/');
  const auto fail = [&](std::string_view expected) {
    return base::Fail(base::Code::kInvalidArgument,
                      "'" + std::string(text) + "' is no resource name: expected " + std::string(expected));
  };
  if (parts.size() < 2 || parts.size() % 2 != 0 || parts[0] != "repositories") return fail("repositories/{repository}");
  if (!IsRepositoryId(parts[1])) return fail("a name after repositories/ that is " + std::string(kRepositoryIdRule));
  ResourceName name;
  name.repository = parts[1];
  for (size_t i = 2; i < parts.size(); i += 2) {
    if (std::string expected = SetPart(name, parts[i], parts[i + 1]); !expected.empty()) return fail(expected);
  }
  return name;
}

std::string ResourceName::ToString() const {
  std::string text = "repositories/" + repository;
  if (snapshot) text += "/snapshots/" + std::to_string(*snapshot);
  if (node) text += "/nodes/" + node->ToHex();
  if (!job.empty()) text += "/jobs/" + job;
  return text;
}

std::string RepositoryName(std::string_view repository) { return "repositories/" + std::string(repository); }

std::string SnapshotName(std::string_view repository, graph::SnapshotId snapshot) {
  return ResourceName{std::string(repository), snapshot, std::nullopt, ""}.ToString();
}

std::string NodeName(std::string_view repository, graph::SnapshotId snapshot, const graph::NodeId& node) {
  return ResourceName{std::string(repository), snapshot, node, ""}.ToString();
}

}  // namespace fanin::service
