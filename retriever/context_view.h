// What a context request may see: the opened indexes with its overlays laid over the first, and the file under the
// cursor taken out. Made for one request; not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "retriever/context_cache.h"
#include "retriever/retriever.h"

namespace fanin::retriever {

// A node in a file of an index or in an overlay.
struct FoundNode {
  size_t index = 0;
  std::string_view path;  // lives as long as the view
  std::shared_ptr<const graph::Shard> shard;
  graph::LocalNode local = graph::kNoNode;
  graph::NodeRef ref = graph::kNoRef;  // kNoRef: in an overlay

  const graph::Node& node() const { return shard->nodes()[local]; }
  FoundNode Parent() const;                    // REQUIRES: not the file node
  FoundNode At(graph::LocalNode other) const;  // another node of the same file
};

class ContextView {
 public:
  // All must outlive the view.
  ContextView(std::span<const std::shared_ptr<const SearchIndex>> indexes, std::span<const Overlay> overlays,
              std::string_view cursor_path, ContextCache& cache);

  size_t index_count() const { return indexes_.size(); }
  const SearchIndex& index(size_t index) const { return *indexes_[index]; }
  const graph::Snapshot& snapshot(size_t index) const { return indexes_[index]->snapshot(); }
  std::span<const Overlay> overlays() const { return overlays_; }
  std::string_view cursor_path() const { return cursor_path_; }

  // Whether stored facts of the file are hidden: by an overlay, or because the cursor is in it.
  bool Hidden(size_t index, std::string_view path) const;
  // Visible nodes of exactly this name, overlays first, then by index and ref.
  base::Result<std::vector<FoundNode>> FindByName(std::string_view name) const;
  // Visible definitions (modules, interfaces ...) of this name, whatever its case.
  base::Result<std::vector<FoundNode>> FindDefinitions(std::string_view name) const;
  // The node behind a ref, or nullopt where it is hidden.
  base::Result<std::optional<FoundNode>> Find(size_t index, graph::NodeRef ref) const;
  // The root of a visible file; nullopt where there is none, or it gives no facts.
  base::Result<std::optional<FoundNode>> FindFile(size_t index, std::string_view path) const;
  // The text of a visible file. REQUIRES: there is one.
  base::Result<std::shared_ptr<const CachedFile>> Text(size_t index, std::string_view path) const;
  // Number of leading folders that two paths share, less the folders apart: higher is nearer; 0 at most.
  int Nearness(std::string_view path) const;

 private:
  const Overlay* FindOverlay(size_t index, std::string_view path) const;

  std::span<const std::shared_ptr<const SearchIndex>> indexes_;
  std::span<const Overlay> overlays_;
  std::string cursor_path_;
  ContextCache& cache_;
  mutable std::unordered_map<std::string, std::shared_ptr<const CachedFile>> overlay_texts_;
};

}  // namespace fanin::retriever
