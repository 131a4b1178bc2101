// What imported packages and included headers offer and the text has not used yet, ranked by how likely it comes next.
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "retriever/context_source.h"

namespace fanin::retriever {
namespace {

using graph::NodeKind;

constexpr size_t kMaxContainers = 12;
constexpr int kMaxIncludeDepth = 3;
constexpr size_t kMaxItems = 4000;        // of all containers together, considered
constexpr size_t kMaxItemsCounted = 200;  // of which uses in other files are counted: the best by name and order
constexpr size_t kMaxItemsProposed = 60;
constexpr uint32_t kWholeLines = 6;  // an item of so many lines is shown whole, a longer one by its first and last

constexpr size_t kNearNames = 24;     // whose beginnings are compared with an item's
constexpr double kUsedShare = 0.5;    // of an item that the text has: its definition comes by its name
constexpr double kMacroInside = 0.6;  // of a macro, where no item or call begins
constexpr double kScore = 0.5;
constexpr double kOpenDirectiveScore = 1.5;  // a macro call or scope has begun
// Shares of an item's score.
constexpr double kAnyShare = 0.02;
constexpr double kSupportShare = 0.35;
constexpr double kFollowingShare = 0.35;
constexpr double kPrefixShare = 0.15;
constexpr double kOrderShare = 0.15;

// A package or header that the text can use items of.
struct Container {
  FoundNode scope;  // the package, or the file
  std::string how;  // "bus_pkg is imported"
};

struct Item {
  const Container* container = nullptr;
  FoundNode node;
  std::string name;
  double score = 0;
};

class MemberSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    FANIN_ASSIGN_OR_RETURN(const std::vector<Container> containers, FindContainers(query));
    std::vector<Item> items;
    for (const Container& container : containers) AddItems(container, items);
    if (items.empty()) return {};
    FANIN_RETURN_IF_ERROR(Score(query, items));
    std::ranges::stable_sort(items, std::greater<>(), &Item::score);
    if (items.size() > kMaxItemsProposed) items.resize(kMaxItemsProposed);
    for (const Item& item : items) out.push_back(Show(item));
    return {};
  }

 private:
  static base::Result<std::vector<Container>> FindContainers(const ContextQuery& query) {
    std::vector<Container> containers;
    std::vector<std::string> packages;
    const auto add_package = [&](const std::string& name) {
      if (std::ranges::find(packages, name) == packages.end()) packages.push_back(name);
    };
    for (const CursorName& name : query.scan.names) {
      if (!name.scope.empty()) add_package(name.scope);
    }
    for (const std::string& name : query.scan.imports) add_package(name);
    for (const std::string& name : packages) {
      if (containers.size() >= kMaxContainers) break;
      FANIN_ASSIGN_OR_RETURN(std::vector<FoundNode> found, query.view.FindByName(name));
      std::erase_if(found, [](const FoundNode& node) { return node.node().kind != NodeKind::kPackage; });
      SortByNearness(query.view, found);
      const bool imported = std::ranges::find(query.scan.imports, name) != query.scan.imports.end();
      if (!found.empty()) {
        containers.push_back({found.front(), name + (imported ? " is imported" : " is in use")});
      }
    }
    FANIN_RETURN_IF_ERROR(AddIncluders(query, containers));
    std::unordered_set<std::string> seen;
    for (const std::string& include : query.scan.includes) {
      FANIN_RETURN_IF_ERROR(AddHeader(query, include, include, kMaxIncludeDepth, seen, containers));
    }
    return containers;
  }

  // Packages that include the file under the cursor: it can use their items as its own.
  static base::Status AddIncluders(const ContextQuery& query, std::vector<Container>& out) {
    const graph::Snapshot& snapshot = query.view.snapshot(0);
    const std::optional<graph::FileRef> own = snapshot.FindFile(query.view.cursor_path());
    if (!own) return {};
    const graph::NodeRef refs[] = {snapshot.RefOf(*own, 0)};
    FANIN_ASSIGN_OR_RETURN(const auto edges,
                           snapshot.GetEdges(refs, graph::Direction::kIn, MaskOf(graph::EdgeKind::kIncludes)));
    for (const graph::Edge& edge : edges[0]) {
      FANIN_ASSIGN_OR_RETURN(const std::optional<FoundNode> includer, query.view.Find(0, edge.from));
      if (!includer) continue;
      const FoundNode file = includer->At(0);
      for (const graph::LocalNode child : file.shard->Children(0)) {
        if (file.shard->nodes()[child].kind != NodeKind::kPackage || out.size() >= kMaxContainers) continue;
        out.push_back({file.At(child), std::string(file.shard->nodes()[child].name) + " includes this file"});
      }
    }
    return {};
  }

  // The header that an include names, nearest first, and those that it includes.
  static base::Status AddHeader(const ContextQuery& query, std::string_view include, const std::string& first,
                                int depth, std::unordered_set<std::string>& seen, std::vector<Container>& out) {
    if (depth == 0 || out.size() >= kMaxContainers) return {};
    std::vector<std::pair<size_t, std::string>> paths;
    for (size_t index = 0; index < query.view.index_count(); ++index) {
      for (const graph::FileEntry& file : query.view.snapshot(index).manifest().files) {
        if (!file.path.ends_with(include)) continue;
        const size_t rest = file.path.size() - include.size();
        if (rest == 0 || file.path[rest - 1] == '/') paths.emplace_back(index, file.path);
      }
    }
    std::ranges::stable_sort(paths, [&](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      return query.view.Nearness(a.second) > query.view.Nearness(b.second);
    });
    if (paths.empty()) return {};
    const auto& [index, path] = paths.front();
    if (!seen.insert(path).second || path == query.view.cursor_path()) return {};
    FANIN_ASSIGN_OR_RETURN(const std::optional<FoundNode> file, query.view.FindFile(index, path));
    if (!file) return {};
    const std::string how =
        include == first ? std::string(include) + " is included" : std::string(include) + " comes with " + first;
    out.push_back({*file, how});
    for (const graph::Reference& reference : file->shard->references()) {
      if (reference.kind != graph::EdgeKind::kIncludes) continue;
      FANIN_RETURN_IF_ERROR(AddHeader(query, reference.name, first, depth - 1, seen, out));
    }
    return {};
  }

  static void AddItems(const Container& container, std::vector<Item>& items) {
    const auto add = [&](graph::LocalNode local) {
      FoundNode node = container.scope.At(local);
      if (node.node().anonymous || items.size() >= kMaxItems) return;
      std::string name(node.node().name);
      items.push_back({&container, std::move(node), std::move(name), 0});
    };
    const std::span<const graph::Node> nodes = container.scope.shard->nodes();
    for (const graph::LocalNode child : container.scope.shard->Children(container.scope.local)) {
      switch (nodes[child].kind) {
        case NodeKind::kTypedef:
          add(child);
          for (const graph::LocalNode member : container.scope.shard->Children(child)) {
            if (nodes[member].kind == NodeKind::kEnumMember) add(member);
          }
          break;
        case NodeKind::kParameter:
        case NodeKind::kFunction:
        case NodeKind::kTask:
        case NodeKind::kClass:
        case NodeKind::kMacro: add(child); break;
        default: break;
      }
    }
  }

  static base::Status Score(const ContextQuery& query, std::vector<Item>& items) {
    FANIN_ASSIGN_OR_RETURN(const ContextEvidence* evidence, query.Evidence());
    std::vector<std::string_view> near;
    for (const CursorName& name : query.scan.names) {
      if (near.size() < kNearNames) near.push_back(name.text);
    }
    double after_used = 0;  // decays with each item after one that is used near the cursor
    const Container* container = nullptr;
    for (Item& item : items) {
      if (item.container != container) after_used = 0;
      container = item.container;
      double prefix = 0;
      for (const std::string_view name : near) prefix = std::max(prefix, SharedPrefix(name, item.name));
      item.score = kAnyShare + kFollowingShare * std::min(1.0, 2 * evidence->Following(item.name)) +
                   kPrefixShare * prefix + kOrderShare * after_used;
      after_used = std::ranges::find(near, item.name) != near.end() ? 1 : after_used * 0.6;
    }
    std::ranges::stable_sort(items, std::greater<>(), &Item::score);
    std::vector<std::string> names;
    for (size_t i = 0; i < std::min(kMaxItemsCounted, items.size()); ++i) names.push_back(items[i].name);
    FANIN_ASSIGN_OR_RETURN(const std::vector<double> support, evidence->Support(names));
    const double most = std::max(1e-9, *std::ranges::max_element(support));
    for (size_t i = 0; i < items.size(); ++i) {
      Item& item = items[i];
      if (i < support.size()) item.score += kSupportShare * std::sqrt(support[i] / most);
      if (query.scan.Has(item.name)) item.score *= kUsedShare;
      const bool macro = item.node.node().kind == NodeKind::kMacro;
      const bool called = query.scan.place == CursorPlace::kMacroCall;
      const bool begins = called || query.scan.place == CursorPlace::kItem || query.scan.place == CursorPlace::kFile;
      if (macro && !begins) item.score *= kMacroInside;
      item.score *= called && macro ? kOpenDirectiveScore : kScore;
    }
    return {};
  }

  static ContextCandidate Show(const Item& item) {
    const graph::Node& node = item.node.node();
    ContextCandidate candidate =
        Propose(item.node, kWholeLines, ContextNeed::kMember, "member", item.score, item.container->how);
    if (candidate.lines.size() > 1 || node.kind == NodeKind::kMacro || node.kind == NodeKind::kFunction ||
        node.kind == NodeKind::kTask || node.kind == NodeKind::kClass) {
      candidate.lines = {{node.span.begin_line, node.span.begin_line}};  // its head
      if (node.kind == NodeKind::kTypedef) candidate.lines.push_back({node.span.end_line, node.span.end_line});
    }
    candidate.joins = true;
    return candidate;
  }
};

}  // namespace

std::unique_ptr<ContextSource> NewMemberSource() { return std::make_unique<MemberSource>(); }

}  // namespace fanin::retriever
