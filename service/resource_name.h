// Resource names: how requests and answers name repositories, snapshots, nodes and jobs. Grammar:
// proto/fanin/v1/graph.proto.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "graph/manifest.h"
#include "graph/schema.h"

namespace fanin::service {

// Whether the text may name a repository: [a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?
bool IsRepositoryId(std::string_view text);
// The rule in words, to follow "must be".
inline constexpr std::string_view kRepositoryIdRule =
    "1 to 63 of a-z, 0-9, '.', '_' and '-', beginning and ending with a letter or digit";

// repositories/{repository}[/snapshots/{snapshot}[/nodes/{node}]], repositories/{repository}/nodes/{node} or
// repositories/{repository}/jobs/{job}; what is absent is empty.
struct ResourceName {
  std::string repository;
  std::optional<graph::SnapshotId> snapshot;
  std::optional<graph::NodeId> node;
  std::string job;

  // Errors: INVALID_ARGUMENT, saying what is expected where.
  static base::Result<ResourceName> Parse(std::string_view text);
  std::string ToString() const;

  friend bool operator==(const ResourceName&, const ResourceName&) = default;
};

std::string RepositoryName(std::string_view repository);
std::string SnapshotName(std::string_view repository, graph::SnapshotId snapshot);
std::string NodeName(std::string_view repository, graph::SnapshotId snapshot, const graph::NodeId& node);

}  // namespace fanin::service
