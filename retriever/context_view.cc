#include "retriever/context_view.h"

#include <algorithm>

namespace fanin::retriever {

FoundNode FoundNode::At(graph::LocalNode other) const {
  FoundNode found = *this;
  found.local = other;
  if (ref != graph::kNoRef) found.ref = ref - local + other;
  return found;
}

FoundNode FoundNode::Parent() const {
  FANIN_CHECK(node().parent != graph::kNoNode);
  return At(node().parent);
}

ContextView::ContextView(std::span<const std::shared_ptr<const SearchIndex>> indexes, std::span<const Overlay> overlays,
                         std::string_view cursor_path, ContextCache& cache)
    : indexes_(indexes), overlays_(overlays), cursor_path_(cursor_path), cache_(cache) {}

const Overlay* ContextView::FindOverlay(size_t index, std::string_view path) const {
  if (index != 0) return nullptr;
  const auto found = std::ranges::find(overlays_, path, &Overlay::path);
  return found == overlays_.end() ? nullptr : &*found;
}

bool ContextView::Hidden(size_t index, std::string_view path) const {
  return (index == 0 && path == cursor_path_) || FindOverlay(index, path) != nullptr;
}

base::Result<std::vector<FoundNode>> ContextView::FindByName(std::string_view name) const {
  std::vector<FoundNode> found;
  for (const Overlay& overlay : overlays_) {
    if (overlay.shard == nullptr || overlay.path == cursor_path_) continue;
    const std::span<const graph::Node> nodes = overlay.shard->nodes();
    for (graph::LocalNode local = 0; local < nodes.size(); ++local) {
      if (nodes[local].name == name && !nodes[local].anonymous) {
        found.push_back({0, overlay.path, overlay.shard, local, graph::kNoRef});
      }
    }
  }
  for (size_t index = 0; index < indexes_.size(); ++index) {
    FANIN_ASSIGN_OR_RETURN(const auto hits, snapshot(index).FindByName(name));
    for (const graph::Snapshot::NameHit& hit : hits) {
      FANIN_ASSIGN_OR_RETURN(std::optional<FoundNode> node, Find(index, hit.ref));
      if (node && node->node().name == name) found.push_back(*std::move(node));
    }
  }
  return found;
}

base::Result<std::vector<FoundNode>> ContextView::FindDefinitions(std::string_view name) const {
  std::vector<FoundNode> found;
  for (size_t index = 0; index < indexes_.size(); ++index) {
    FANIN_ASSIGN_OR_RETURN(const auto hits, snapshot(index).FindByName(name));
    for (const graph::Snapshot::NameHit& hit : hits) {
      if (!graph::IsDefinition(hit.kind)) continue;
      FANIN_ASSIGN_OR_RETURN(std::optional<FoundNode> node, Find(index, hit.ref));
      if (node) found.push_back(*std::move(node));
    }
  }
  return found;
}

base::Result<std::optional<FoundNode>> ContextView::Find(size_t index, graph::NodeRef ref) const {
  const graph::Snapshot& in = snapshot(index);
  const std::string_view path = in.file(in.FileOf(ref)).path;
  if (Hidden(index, path)) return std::nullopt;
  FANIN_ASSIGN_OR_RETURN(graph::NodeHandle node, in.GetNode(ref));
  return FoundNode{index, path, std::move(node.shard), node.local, ref};
}

base::Result<std::optional<FoundNode>> ContextView::FindFile(size_t index, std::string_view path) const {
  if (const Overlay* overlay = FindOverlay(index, path); overlay != nullptr && path != cursor_path_) {
    if (overlay->shard == nullptr) return std::nullopt;
    return FoundNode{index, overlay->path, overlay->shard, 0, graph::kNoRef};
  }
  const std::optional<graph::FileRef> file = snapshot(index).FindFile(path);
  if (!file) return std::nullopt;
  return Find(index, snapshot(index).RefOf(*file, 0));
}

base::Result<std::shared_ptr<const CachedFile>> ContextView::Text(size_t index, std::string_view path) const {
  if (const Overlay* overlay = FindOverlay(index, path)) {
    std::shared_ptr<const CachedFile>& text = overlay_texts_[overlay->path];
    if (text == nullptr) text = SketchFile(overlay->text);
    return text;
  }
  const std::optional<graph::FileRef> file = snapshot(index).FindFile(path);
  FANIN_CHECK(file.has_value());
  return cache_.Get(snapshot(index), *file);
}

int ContextView::Nearness(std::string_view path) const {
  int shared = 0;
  const size_t common = std::min(path.size(), cursor_path_.size());
  for (size_t i = 0; i < common && path[i] == cursor_path_[i]; ++i) shared += path[i] == '/';
  const auto folders = [](std::string_view p) { return static_cast<int>(std::ranges::count(p, '/')); };
  return 2 * shared - folders(path) - folders(cursor_path_);
}

}  // namespace fanin::retriever
