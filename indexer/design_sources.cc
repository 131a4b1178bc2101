#include "indexer/design_sources.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/confinement.h"
#include "indexer/file_list.h"
#include "indexer/manifests.h"
#include "indexer/path_index.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;
using base::Result;
using base::Status;
using graph::Edge;
using graph::EdgeKind;
using graph::FileRef;
using graph::kNoNode;
using graph::LocalNode;
using graph::NodeHandle;
using graph::NodeKind;
using graph::NodeRef;
using graph::Snapshot;

constexpr uint64_t kMaxManifestBytes = 1 << 20;
constexpr graph::EdgeMask kFollowed =
    graph::MaskOf(EdgeKind::kInstantiates, EdgeKind::kImports, EdgeKind::kIncludes, EdgeKind::kRefersTo,
                  EdgeKind::kHasType, EdgeKind::kExtends, EdgeKind::kCallsOut);

// What is compiled as one: its file must be there, and only one of a name.
bool IsUnit(NodeKind kind) {
  return graph::IsDefinition(kind) || kind == NodeKind::kPackage || kind == NodeKind::kClass;
}

// --- files that the spec names

class ListedFiles {
 public:
  ListedFiles(const Snapshot& snapshot, const fs::path& root, const DesignSpec& spec, const FileListRules& rules,
              DesignSources& result)
      : snapshot_(snapshot), root_(root), spec_(spec), rules_(rules), result_(result) {}

  Status Read() {
    result_.include_dirs = spec_.include_dirs;
    result_.defines = spec_.defines;
    for (const std::string& path : spec_.files) Add(path, std::string(kDesignFile));
    for (const std::string& path : spec_.file_lists) FANIN_RETURN_IF_ERROR(ReadList(path));
    for (const std::string& path : spec_.manifests) FANIN_RETURN_IF_ERROR(ReadManifestFile(path));
    return {};
  }

 private:
  void Add(const std::string& path, const std::string& where) {
    const auto normal = NormalisePath(path);
    const auto file = normal ? snapshot_.FindFile(*normal) : std::nullopt;
    if (!file) {
      result_.problems.push_back({"", path, 0, "named by " + where + ", but no indexed file of the repository"});
    } else if (added_.insert(*file).second) {
      result_.files.push_back(*file);
    }
  }

  // Relative to the root; as it is where it lies outside.
  std::string Relative(const fs::path& path) const { return path.lexically_proximate(root_).generic_string(); }

  Status ReadList(const std::string& path) {
    FileList list;
    FANIN_RETURN_IF_ERROR(ReadFileList(root_, path, list, rules_));
    for (const ListedName& folder : list.include_dirs) result_.include_dirs.push_back(Relative(folder.path));
    for (const ListedDefine& define : list.defines) result_.defines.push_back(define.text);
    for (const ListedName& source : list.sources) Add(Relative(source.path), source.where);
    return {};
  }

  Status ReadManifestFile(const std::string& path) {
    const auto text = base::ReadFileBelow(root_, path, kMaxManifestBytes);
    if (!text) return base::Fail(base::Code::kInvalidArgument, "manifest " + text.error().message);
    FANIN_ASSIGN_OR_RETURN(const ManifestSources sources, ReadManifestSources(path, *text, spec_.targets));
    for (const std::string& folder : sources.include_dirs) result_.include_dirs.push_back(folder);
    for (const std::string& define : sources.defines) result_.defines.push_back(define);
    for (const std::string& file : sources.files) Add(file, path);
    return {};
  }

  const Snapshot& snapshot_;
  const fs::path& root_;
  const DesignSpec& spec_;
  const FileListRules rules_;
  DesignSources& result_;
  std::unordered_set<FileRef> added_;
};

// --- files found along links

class UnitDiscovery {
 public:
  UnitDiscovery(const Snapshot& snapshot, const DesignSpec& spec, DesignSources& result)
      : snapshot_(snapshot), spec_(spec), result_(result), compiled_(result.files.begin(), result.files.end()) {}

  Status Run() {
    for (FileRef file : std::vector<FileRef>(result_.files)) FANIN_RETURN_IF_ERROR(DeclareUnits(file));
    for (const std::string& top : spec_.tops) {
      FANIN_ASSIGN_OR_RETURN(const NodeRef node, FindTop(top));
      Reach(node);
    }
    if (!spec_.discover) return {};
    while (!open_.empty()) {
      const NodeRef unit = open_.front();
      open_.pop_front();
      FANIN_RETURN_IF_ERROR(Follow(unit));
    }
    return {};
  }

 private:
  // The units of a listed file count before others of their names.
  Status DeclareUnits(FileRef file) {
    FANIN_ASSIGN_OR_RETURN(const auto shard, snapshot_.GetShard(file));
    for (LocalNode child : shard->Children(0)) {
      const graph::Node& node = shard->nodes()[child];
      if (IsUnit(node.kind)) chosen_.try_emplace(std::string(node.name), snapshot_.RefOf(file, child));
    }
    return {};
  }

  bool IsPinned(NodeRef ref) const {
    return std::ranges::find(spec_.pins, snapshot_.file(snapshot_.FileOf(ref)).path) != spec_.pins.end();
  }

  Result<NodeRef> FindTop(const std::string& name) {
    if (const auto known = chosen_.find(name); known != chosen_.end()) return known->second;
    FANIN_ASSIGN_OR_RETURN(const auto hits, snapshot_.FindByName(name));
    std::vector<NodeRef> refs;
    for (const Snapshot::NameHit& hit : hits) {
      if (graph::IsDefinition(hit.kind)) refs.push_back(hit.ref);
    }
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> handles, snapshot_.GetNodes(refs));
    std::vector<NodeRef> exact;
    for (const NodeHandle& handle : handles) {
      if (handle->name == name) exact.push_back(handle.ref);
    }
    if (exact.empty()) {
      return base::Fail(base::Code::kNotFound, "design " + spec_.name + ": no file defines a module " + name);
    }
    // Of several the pinned one, else that of the shortest path: copies lie deeper.
    const auto order = [this](NodeRef ref) {
      const std::string& path = snapshot_.file(snapshot_.FileOf(ref)).path;
      return std::tuple(!IsPinned(ref), path.size(), ref);
    };
    const NodeRef best = std::ranges::min(exact, {}, order);
    chosen_.emplace(name, best);
    return best;
  }

  // Compiles the unit's file, and follows the unit unless that was done.
  void Reach(NodeRef unit) {
    if (!reached_.insert(unit).second) return;
    const FileRef file = snapshot_.FileOf(unit);
    if (!included_.contains(file) && compiled_.insert(file).second) result_.files.push_back(file);
    open_.push_back(unit);
    // What stands outside of its units counts with any of them.
    if (const NodeRef outside = snapshot_.RefOf(file, 0); reached_.insert(outside).second) open_.push_back(outside);
  }

  // The nodes whose links belong to a unit: all below it; of a file those outside of its units.
  static std::vector<LocalNode> NodesOf(const graph::Shard& shard, LocalNode unit, bool all) {
    std::vector<LocalNode> nodes;
    std::vector<LocalNode> open{unit};
    while (!open.empty()) {
      const LocalNode node = open.back();
      open.pop_back();
      nodes.push_back(node);
      for (LocalNode child : shard.Children(node)) {
        if (all || unit != 0 || !IsUnit(shard.nodes()[child].kind)) open.push_back(child);
      }
    }
    return nodes;
  }

  Status Follow(NodeRef unit) {
    FANIN_ASSIGN_OR_RETURN(const NodeHandle handle, snapshot_.GetNode(unit));
    // All that an included file holds stands where it is included.
    const bool all = included_.contains(handle.file);
    std::vector<NodeRef> refs;
    for (LocalNode node : NodesOf(*handle.shard, handle.local, all)) {
      refs.push_back(snapshot_.RefOf(handle.file, node));
    }
    FANIN_ASSIGN_OR_RETURN(const auto edges, snapshot_.GetEdges(refs, graph::Direction::kOut, kFollowed));
    std::vector<const Edge*> linked;
    std::vector<NodeRef> targets;
    for (const std::vector<Edge>& of_node : edges) {
      for (const Edge& edge : of_node) {
        if (edge.provenance == graph::Provenance::kSyntax) continue;
        linked.push_back(&edge);
        targets.push_back(edge.to);
      }
    }
    FANIN_ASSIGN_OR_RETURN(const std::vector<NodeHandle> ends, snapshot_.GetNodes(targets));
    // Candidates of one use of a name, the best first.
    std::map<std::tuple<NodeRef, EdgeKind, std::string_view>, std::vector<size_t>> uses;
    for (size_t i = 0; i < linked.size(); ++i) {
      const bool is_file = linked[i]->kind == EdgeKind::kIncludes;
      const std::string_view name = is_file ? FileNameOf(ends[i]->name) : ends[i]->name;
      uses[{linked[i]->from, linked[i]->kind, name}].push_back(i);
    }
    for (auto& [use, candidates] : uses) {
      std::ranges::sort(candidates, {}, [&](size_t i) {
        return std::tuple(!IsPinned(linked[i]->to), -linked[i]->confidence, linked[i]->to);
      });
      if (std::get<1>(use) == EdgeKind::kIncludes) {
        Include(ends[candidates.front()].file);
      } else {
        Choose(ends, candidates);
      }
    }
    return {};
  }

  void Include(FileRef file) {
    if (compiled_.contains(file) || !included_.insert(file).second) return;
    open_.push_back(snapshot_.RefOf(file, 0));
  }

  // Reaches the unit around the best candidate, or the one that was chosen before for its name.
  void Choose(const std::vector<NodeHandle>& ends, const std::vector<size_t>& candidates) {
    std::optional<NodeRef> best;
    for (size_t i : candidates) {
      const NodeHandle& end = ends[i];
      LocalNode unit = end.local;
      while (unit != 0 && !(IsUnit(end.shard->nodes()[unit].kind) && end.shard->nodes()[unit].parent == 0)) {
        unit = end.shard->nodes()[unit].parent;
      }
      // What stands outside of definitions and packages is seen in its file and where that is included only.
      if (unit == 0) continue;
      if (end.shard->nodes()[unit].kind == NodeKind::kClass && !compiled_.contains(end.file)) continue;
      const NodeRef ref = snapshot_.RefOf(end.file, unit);
      const auto known = chosen_.find(end.shard->nodes()[unit].name);
      if (known != chosen_.end()) {
        if (known->second != ref) continue;
        best = ref;
        break;
      }
      if (!best) best = ref;
    }
    if (!best) return;  // none, or another of that name was chosen
    const FileRef file = snapshot_.FileOf(*best);
    const auto handle = std::ranges::find(ends, file, &NodeHandle::file);
    chosen_.try_emplace(std::string(handle->shard->nodes()[*best - snapshot_.RefOf(file, 0)].name), *best);
    Reach(*best);
  }

  const Snapshot& snapshot_;
  const DesignSpec& spec_;
  DesignSources& result_;
  std::unordered_set<FileRef> compiled_;
  std::unordered_set<FileRef> included_;
  std::map<std::string, NodeRef, std::less<>> chosen_;  // by name
  std::unordered_set<NodeRef> reached_;                 // units, and files for what is outside of theirs
  std::deque<NodeRef> open_;
};

}  // namespace

Result<DesignSources> FindDesignSources(const Snapshot& snapshot, const fs::path& root, const DesignSpec& spec,
                                        const FileListRules& rules) {
  DesignSources sources;
  FANIN_RETURN_IF_ERROR(ListedFiles(snapshot, root, spec, rules, sources).Read());
  FANIN_RETURN_IF_ERROR(UnitDiscovery(snapshot, spec, sources).Run());
  return sources;
}

}  // namespace fanin::indexer
