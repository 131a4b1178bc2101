// IndexMemory: what an indexing run leaves for the next one of the same repository in this process, so that a small
// change costs little. Losing it costs time only. Holds about 40 bytes per named element of the repository.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/digest.h"
#include "graph/linker.h"
#include "graph/schema.h"

namespace fanin::service {

// What the summary and the manifest say of one file.
struct FileFacts {
  base::Digest shard;
  base::Digest links;
  uint32_t link_count = 0;
  uint32_t chunk_count = 0;
  uint32_t line_count = 0;
  uint32_t error_count = 0;
  uint32_t edge_count = 0;                              // local ones
  std::array<uint32_t, graph::kNodeKindCount> nodes{};  // by kind
};

struct IndexMemory {
  explicit IndexMemory(std::string repository) : linker(std::move(repository)) {}

  graph::Linker linker;
  std::unordered_map<std::string, FileFacts> files;  // by path, as the linker last saw them
};

}  // namespace fanin::service
