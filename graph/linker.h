// Linking: binding the names that shards refer to to nodes of other files. Keeps all candidates of a duplicated name,
// each with a confidence. Source of the split: verible's build-then-resolve (symbol-table.h), clangd's per-file shards.
// How each name is looked up, and what the confidences mean: docs/linking.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/link_set.h"
#include "graph/schema.h"
#include "graph/shard.h"

namespace fanin::graph {

// One file to link. Only `shard` is loaded on demand, so that a large repository need not be in memory at once.
struct LinkInput {
  std::string path;  // relative to the repository's root
  // Called twice, from any thread; must give the same shard each time.
  std::function<base::Result<std::shared_ptr<const Shard>>()> shard;
  base::Digest key;  // of the shard; for a Linker that is used again
};

// An instantiated (or imported, extended, included) name that no file defines.
struct Unresolved {
  LookUp look_up = LookUp::kDefinition;
  std::string name;
  uint32_t count = 0;

  friend bool operator==(const Unresolved&, const Unresolved&) = default;
};

struct LinkResult {
  std::vector<std::string> link_sets;  // encoded LinkSet per input, same order; see Linker for empty ones
  std::vector<Unresolved> unresolved;  // definitions, packages and includes, most frequent first
  uint64_t references = 0;             // looked up
  uint64_t resolved = 0;               // with at least one candidate
  uint64_t dropped = 0;                // ports that wildcards did not consider because of kMaxWildcardPorts
};

// Most candidates kept of one name; those of the nearest folders.
inline constexpr size_t kMaxCandidates = 16;
// Most ports that are considered for the wildcard connections of one file.
inline constexpr size_t kMaxWildcardPorts = size_t{1} << 20;

// Links all files of a repository against each other, on up to `threads` threads. Deterministic: equal inputs give
// equal bytes, whatever the order of the files and the number of threads. Candidates of a duplicated name are ranked by
// nearness of their folders to the referring file. Errors: those of LinkInput::shard, with the file's path. Cost: two
// passes over the shards; about 40 bytes of memory per named element while it runs.
base::Result<LinkResult> LinkRepository(std::string_view repository, std::span<const LinkInput> files, size_t threads);

// Links the states of one repository one after the other, each time doing only what is new. Not thread-safe.
class Linker {
 public:
  explicit Linker(std::string repository);
  ~Linker();

  // As LinkRepository. Link sets that are as in the last call are left empty. Made are those of shards that changed; of
  // files that look up a name which they declare, or instantiate, otherwise than before; and all where paths came or
  // went or a changed shard includes, imports or extends something else. After an error the next call makes all. Memory
  // in between: about 40 bytes per symbol of the repository and 8 per name that a file looks up.
  base::Result<LinkResult> Link(std::span<const LinkInput> files, size_t threads);

 private:
  struct State;
  const std::string repository_;
  std::unique_ptr<State> state_;  // null: nothing is known
};

}  // namespace fanin::graph
