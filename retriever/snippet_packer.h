// Whole lines of files chosen one after the other under a budget of tokens, nothing shown twice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"
#include "retriever/debug_candidates.h"
#include "retriever/retriever.h"

namespace fanin::retriever {

// Lines of a file, and the element that they show.
struct Passage {
  graph::FileRef file = 0;
  uint32_t begin_line = 0;
  uint32_t end_line = 0;
  graph::NodeKind node_kind = graph::NodeKind::kFile;
  std::string name;
  std::string kind;  // ContextSnippet::kind
  double score = 0;
  std::string reason;
};

// The smallest chunk around some lines; of one that is long those near them, so many on each side.
std::pair<uint32_t, uint32_t> LinesAround(const graph::Shard& shard, uint32_t begin_line, uint32_t end_line);
// The passage of the definition around an element: its head; nullopt: it is in none.
std::optional<Passage> HeadAround(const graph::NodeHandle& node);

// Not thread-safe. The lines must outlive it.
class SnippetPacker {
 public:
  explicit SnippetPacker(uint32_t budget_tokens) : budget_(budget_tokens) {}

  // Leaves out lines that are shown already at either end; what holds such in its middle is left out whole. What does
  // not fit is left out and sets truncated().
  base::Status Add(const graph::Snapshot& snapshot, FileLines& lines, Passage passage);

  // For what comes next. REQUIRES: not less than before.
  void RaiseBudget(uint32_t budget_tokens) { budget_ = budget_tokens; }

  std::vector<ContextSnippet>& snippets() { return snippets_; }
  uint32_t tokens() const { return tokens_; }
  bool truncated() const { return truncated_; }

 private:
  uint32_t budget_;
  std::map<std::pair<std::string, graph::FileRef>, std::vector<std::pair<uint32_t, uint32_t>>> shown_;
  std::vector<ContextSnippet> snippets_;
  uint32_t tokens_ = 0;
  bool truncated_ = false;
};

}  // namespace fanin::retriever
