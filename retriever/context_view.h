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
  FoundNode Parent() const;  // REQUIRES: not the file node
};

class ContextView {
 public:
  // Both spans must outlive the view.
  ContextView(std::span<const std::shared_ptr<const SearchIndex>> indexes, std::span<const Overlay> overlays,
              std::string_view cursor_path);

  size_t index_count() const { return indexes_.size(); }
  const graph::Snapshot& snapshot(size_t index) const { return indexes_[index]->snapshot(); }

  // Whether stored facts of the file are hidden: by an overlay, or because the cursor is in it.
  bool Hidden(size_t index, std::string_view path) const;
  // Visible nodes of exactly this name, overlays first, then by index and ref.
  base::Result<std::vector<FoundNode>> FindByName(std::string_view name) const;
  // The node behind a ref, or nullopt where it is hidden.
  base::Result<std::optional<FoundNode>> Find(size_t index, graph::NodeRef ref) const;
  // The text of a visible file.
  base::Result<std::string_view> Text(size_t index, std::string_view path) const;
  // Number of leading folders that two paths share, less the folders apart: higher is nearer.
  int Nearness(std::string_view path) const;

 private:
  const Overlay* FindOverlay(size_t index, std::string_view path) const;

  std::span<const std::shared_ptr<const SearchIndex>> indexes_;
  std::span<const Overlay> overlays_;
  std::string cursor_path_;
  mutable std::vector<std::unordered_map<std::string, std::string>> texts_;  // per index
};

}  // namespace fanin::retriever
