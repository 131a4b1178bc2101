#include "graph/diff.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/digest.h"

namespace fanin::graph {
namespace {

// Hash of a text without its spaces and comments.
uint64_t HashCode(std::string_view text) {
  std::string code;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      size_t end = i + 1;
      while (end < text.size() && text[end] != '"' && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
      code += text.substr(i, end - i);
      i = end;
    } else if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      const size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 2;
    } else {
      if (std::string_view(" \t\r\n\f").find(text[i]) == std::string_view::npos) code += text[i];
      ++i;
    }
  }
  return base::Hash64(code);
}

// One state of a file; without a shard where the snapshot has no such file.
struct Side {
  std::shared_ptr<const Shard> shard;
  std::string text;
  FileRef file = 0;

  std::span<const Node> nodes() const { return shard == nullptr ? std::span<const Node>() : shard->nodes(); }
  std::string_view TextOf(LocalNode node) const {
    const Span& span = nodes()[node].span;
    if (span.begin_byte > span.end_byte || span.end_byte > text.size()) return {};
    return std::string_view(text).substr(span.begin_byte, span.end_byte - span.begin_byte);
  }
  // Of the text that no child has.
  uint64_t HashOfOwnText(LocalNode node) const {
    std::string own;
    const Span& span = nodes()[node].span;
    uint32_t at = span.begin_byte;
    for (const LocalNode child : shard->Children(node)) {
      const Span& inner = nodes()[child].span;
      if (inner.begin_byte < at || inner.end_byte > span.end_byte || inner.end_byte > text.size()) continue;
      own += text.substr(at, inner.begin_byte - at);
      at = inner.end_byte;
    }
    if (at <= span.end_byte && span.end_byte <= text.size()) own += text.substr(at, span.end_byte - at);
    return HashCode(own);
  }
};

// The nodes of one file in both states, matched; kNoNode: there is none.
struct FileMatch {
  std::vector<LocalNode> after_of;   // by node of the first state
  std::vector<LocalNode> before_of;  // by node of the second
};

class Matcher {
 public:
  Matcher(const Side& before, const Side& after) : before_(before), after_(after) {}

  FileMatch Run() && {
    match_.after_of.assign(before_.nodes().size(), kNoNode);
    match_.before_of.assign(after_.nodes().size(), kNoNode);
    if (match_.after_of.empty() || match_.before_of.empty()) return std::move(match_);
    Match(0, 0);
    for (LocalNode node = 0; node < match_.after_of.size(); ++node) {  // parents come first
      if (match_.after_of[node] != kNoNode) MatchChildren(node, match_.after_of[node]);
    }
    return std::move(match_);
  }

 private:
  using Key = std::tuple<NodeKind, bool, std::string_view, uint64_t>;

  void Match(LocalNode before, LocalNode after) {
    match_.after_of[before] = after;
    match_.before_of[after] = before;
  }

  static Key KeyOf(const Side& side, LocalNode child) {
    const Node& node = side.nodes()[child];
    if (node.anonymous) return {node.kind, true, "", HashCode(side.TextOf(child))};
    return {node.kind, false, node.name, node.ordinal};
  }

  void MatchChildren(LocalNode before, LocalNode after) {
    std::multimap<Key, LocalNode> by_key;
    for (const LocalNode child : after_.shard->Children(after)) by_key.emplace(KeyOf(after_, child), child);
    for (const LocalNode child : before_.shard->Children(before)) {
      const auto [first, last] = by_key.equal_range(KeyOf(before_, child));
      if (first == last) continue;
      Match(child, first->second);
      by_key.erase(first);
    }
    // What is left and has no name: of each kind in order.
    std::map<NodeKind, std::vector<LocalNode>> left;
    for (const LocalNode child : before_.shard->Children(before)) {
      const Node& node = before_.nodes()[child];
      if (node.anonymous && match_.after_of[child] == kNoNode) left[node.kind].push_back(child);
    }
    std::map<NodeKind, size_t> used;
    for (const LocalNode child : after_.shard->Children(after)) {
      const Node& node = after_.nodes()[child];
      if (!node.anonymous || match_.before_of[child] != kNoNode) continue;
      const std::vector<LocalNode>& candidates = left[node.kind];
      size_t& next = used[node.kind];
      if (next < candidates.size()) Match(candidates[next++], child);
    }
  }

  const Side& before_;
  const Side& after_;
  FileMatch match_;
};

// Two names for one thing: a node as both snapshots know it. `file` counts the paths of both.
struct Identity {
  uint32_t file = 0;
  LocalNode local = kNoNode;
  bool removed = false;  // then `local` is of the first snapshot, else of the second
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

using EdgeEnds = std::tuple<EdgeKind, Identity, Identity>;

struct KeyedEdge {
  EdgeEnds ends;
  const Edge* edge = nullptr;

  auto Key() const {
    return std::tuple(ends, edge->role, edge->assignment, edge->provenance, edge->from_range.msb, edge->from_range.lsb,
                      edge->to_range.msb, edge->to_range.lsb, std::string_view(edge->guard),
                      std::string_view(edge->text));
  }
};

class Comparison {
 public:
  Comparison(const Snapshot& before, const Snapshot& after, const DiffLimits& limits)
      : before_(before), after_(after), limits_(limits) {}

  base::Result<DiffResult> Run() && {
    PairFiles();
    for (Pair& pair : pairs_) {
      if (!pair.differs) continue;
      if (limits_.deadline && std::chrono::steady_clock::now() >= *limits_.deadline) {
        result_.truncated = true;
        break;
      }
      ++result_.files_compared;
      FANIN_RETURN_IF_ERROR(CompareNodes(pair));
      FANIN_RETURN_IF_ERROR(CompareEdges(pair));
    }
    return std::move(result_);
  }

 private:
  // One path.
  struct Pair {
    std::optional<FileRef> before;
    std::optional<FileRef> after;
    bool same_shard = false;
    bool differs = false;
  };

  void PairFiles() {
    const std::vector<FileEntry>& a = before_.manifest().files;
    const std::vector<FileEntry>& b = after_.manifest().files;
    pair_of_before_.resize(a.size());
    pair_of_after_.resize(b.size());
    for (FileRef i = 0, j = 0; i < a.size() || j < b.size();) {
      Pair& pair = pairs_.emplace_back();
      const auto number = static_cast<uint32_t>(pairs_.size() - 1);
      const bool take_before = j == b.size() || (i < a.size() && a[i].path <= b[j].path);
      const bool take_after = i == a.size() || (j < b.size() && b[j].path <= a[i].path);
      pair.same_shard = take_before && take_after && a[i].shard == b[j].shard;
      pair.differs = !pair.same_shard || a[i].links != b[j].links;
      if (take_before) {
        pair_of_before_[i] = number;
        pair.before = i++;
      }
      if (take_after) {
        pair_of_after_[j] = number;
        pair.after = j++;
      }
    }
  }

  static base::Result<Side> Load(const Snapshot& snapshot, std::optional<FileRef> file) {
    Side side;
    if (!file) return side;
    side.file = *file;
    FANIN_ASSIGN_OR_RETURN(side.shard, snapshot.GetShard(*file));
    FANIN_ASSIGN_OR_RETURN(side.text, snapshot.GetText(*file));
    return side;
  }

  // The match of a pair whose shards differ; kept, as edges of other files ask for it too.
  base::Result<const FileMatch*> MatchOf(uint32_t number) {
    auto& match = matches_[number];
    if (match == nullptr) {
      FANIN_ASSIGN_OR_RETURN(const Side before, Load(before_, pairs_[number].before));
      FANIN_ASSIGN_OR_RETURN(const Side after, Load(after_, pairs_[number].after));
      match = std::make_unique<FileMatch>(Matcher(before, after).Run());
    }
    return match.get();
  }

  base::Status CompareNodes(const Pair& pair) {
    if (pair.same_shard) return {};
    const auto number = static_cast<uint32_t>(&pair - pairs_.data());
    FANIN_ASSIGN_OR_RETURN(const FileMatch* match, MatchOf(number));
    FANIN_ASSIGN_OR_RETURN(const Side before, Load(before_, pair.before));
    FANIN_ASSIGN_OR_RETURN(const Side after, Load(after_, pair.after));
    std::vector<std::pair<uint32_t, NodeChange>> changes;  // with the position
    for (LocalNode node = 0; node < before.nodes().size(); ++node) {
      if (match->after_of[node] != kNoNode) continue;
      changes.emplace_back(before.nodes()[node].span.begin_byte,
                           NodeChange{Change::kRemoved, before_.RefOf(before.file, node), kNoRef, {}});
    }
    for (LocalNode node = 0; node < after.nodes().size(); ++node) {
      const uint32_t position = after.nodes()[node].span.begin_byte;
      const NodeRef ref = after_.RefOf(after.file, node);
      const LocalNode old = match->before_of[node];
      if (old == kNoNode) {
        changes.emplace_back(position, NodeChange{Change::kAdded, kNoRef, ref, {}});
      } else if (std::vector<std::string> differences = DifferencesOf(before, old, after, node); !differences.empty()) {
        changes.emplace_back(
            position, NodeChange{Change::kChanged, before_.RefOf(before.file, old), ref, std::move(differences)});
      }
    }
    std::ranges::stable_sort(changes, {}, [](const auto& change) { return change.first; });
    for (auto& [position, change] : changes) {
      Count(change.change, result_.node_counts);
      if (result_.nodes.size() < limits_.max_nodes) {
        result_.nodes.push_back(std::move(change));
      } else {
        result_.truncated = true;
      }
    }
    return {};
  }

  static std::vector<std::string> DifferencesOf(const Side& before, LocalNode old, const Side& after, LocalNode node) {
    const Node& a = before.nodes()[old];
    const Node& b = after.nodes()[node];
    std::vector<std::string> differences;
    const auto add = [&](bool differs, const char* what) {
      if (differs) differences.emplace_back(what);
    };
    add(a.type != b.type, "type");
    add(a.width != b.width, "width");
    add(a.value != b.value, "value");
    add(a.direction != b.direction, "direction");
    add(a.condition != b.condition, "condition");
    add(a.doc != b.doc, "doc");
    add(a.anonymous && before.HashOfOwnText(old) != after.HashOfOwnText(node), "text");
    return differences;
  }

  // `ref` is of the first snapshot, or of the second.
  base::Result<Identity> IdentityOf(NodeRef ref, bool is_after) {
    const Snapshot& snapshot = is_after ? after_ : before_;
    const FileRef file = snapshot.FileOf(ref);
    const uint32_t number = (is_after ? pair_of_after_ : pair_of_before_)[file];
    const LocalNode local = ref - snapshot.RefOf(file, 0);
    if (is_after || pairs_[number].same_shard) return Identity{number, local, false};
    FANIN_ASSIGN_OR_RETURN(const FileMatch* match, MatchOf(number));
    const LocalNode after = match->after_of[local];
    return after == kNoNode ? Identity{number, local, true} : Identity{number, after, false};
  }

  // Edges that leave the file, and those that come to it from files that are the same in both.
  base::Result<std::vector<Edge>> EdgesOf(const Snapshot& snapshot, std::optional<FileRef> file,
                                          const std::vector<uint32_t>& pair_of) const {
    std::vector<Edge> edges;
    if (!file) return edges;
    std::vector<NodeRef> refs(snapshot.file(*file).node_count);
    std::iota(refs.begin(), refs.end(), snapshot.RefOf(*file, 0));
    constexpr EdgeMask kKinds = kAllEdges & ~MaskOf(EdgeKind::kContains);
    for (const Direction direction : {Direction::kOut, Direction::kIn}) {
      FANIN_ASSIGN_OR_RETURN(auto found, snapshot.GetEdges(refs, direction, kKinds));
      for (std::vector<Edge>& of_node : found) {
        for (Edge& edge : of_node) {
          if (direction == Direction::kIn && pairs_[pair_of[snapshot.FileOf(edge.from)]].differs) continue;
          edges.push_back(std::move(edge));
        }
      }
    }
    return edges;
  }

  base::Result<std::vector<KeyedEdge>> KeysOf(const std::vector<Edge>& edges, bool is_after) {
    std::vector<KeyedEdge> keyed;
    keyed.reserve(edges.size());
    for (const Edge& edge : edges) {
      FANIN_ASSIGN_OR_RETURN(const Identity from, IdentityOf(edge.from, is_after));
      FANIN_ASSIGN_OR_RETURN(const Identity to, IdentityOf(edge.to, is_after));
      keyed.push_back({{edge.kind, from, to}, &edge});
    }
    std::ranges::sort(keyed, {}, [](const KeyedEdge& edge) { return edge.Key(); });
    return keyed;
  }

  base::Status CompareEdges(const Pair& pair) {
    FANIN_ASSIGN_OR_RETURN(const std::vector<Edge> before, EdgesOf(before_, pair.before, pair_of_before_));
    FANIN_ASSIGN_OR_RETURN(const std::vector<Edge> after, EdgesOf(after_, pair.after, pair_of_after_));
    FANIN_ASSIGN_OR_RETURN(const std::vector<KeyedEdge> old_edges, KeysOf(before, false));
    FANIN_ASSIGN_OR_RETURN(const std::vector<KeyedEdge> new_edges, KeysOf(after, true));
    std::vector<KeyedEdge> only_old, only_new;
    const auto less = [](const KeyedEdge& a, const KeyedEdge& b) { return a.Key() < b.Key(); };
    std::ranges::set_difference(old_edges, new_edges, std::back_inserter(only_old), less);
    std::ranges::set_difference(new_edges, old_edges, std::back_inserter(only_new), less);
    auto next = only_new.begin();
    for (const KeyedEdge& old : only_old) {
      for (; next != only_new.end() && next->ends < old.ends; ++next) Add({Change::kAdded, std::nullopt, *next->edge});
      if (next != only_new.end() && next->ends == old.ends) {
        Add({Change::kChanged, *old.edge, *next->edge});
        ++next;
      } else {
        Add({Change::kRemoved, *old.edge, std::nullopt});
      }
    }
    for (; next != only_new.end(); ++next) Add({Change::kAdded, std::nullopt, *next->edge});
    return {};
  }

  void Add(EdgeChange change) {
    Count(change.change, result_.edge_counts);
    if (result_.edges.size() < limits_.max_edges) {
      result_.edges.push_back(std::move(change));
    } else {
      result_.truncated = true;
    }
  }

  static void Count(Change change, ChangeCounts& counts) {
    switch (change) {
      case Change::kAdded: ++counts.added; break;
      case Change::kRemoved: ++counts.removed; break;
      case Change::kChanged: ++counts.changed; break;
    }
  }

  const Snapshot& before_;
  const Snapshot& after_;
  const DiffLimits& limits_;
  std::vector<Pair> pairs_;  // by path
  std::vector<uint32_t> pair_of_before_;
  std::vector<uint32_t> pair_of_after_;
  std::unordered_map<uint32_t, std::unique_ptr<const FileMatch>> matches_;
  DiffResult result_;
};

}  // namespace

base::Result<DiffResult> Compare(const Snapshot& before, const Snapshot& after, const DiffLimits& limits) {
  return Comparison(before, after, limits).Run();
}

}  // namespace fanin::graph
