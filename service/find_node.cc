#include "service/find_node.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/spelling.h"
#include "service/convert.h"
#include "service/resource_name.h"

namespace fanin::service {
namespace {

using Groups = std::vector<std::vector<graph::Occurrence>>;

constexpr size_t kMaxCandidates = 50;
constexpr size_t kMaxSuggestions = 5;
constexpr size_t kMaxNamesCompared = 50'000;
// Of the name's beginning, for suggestions.
constexpr size_t kSuggestionPrefixBytes = 3;

// The node that the text names by its identity; nullopt: the text is no identity.
base::Result<std::optional<graph::NodeId>> ParseIdentity(const graph::Snapshot& snapshot, std::string_view text) {
  if (std::optional<graph::NodeId> id = graph::NodeId::FromHex(text)) return id;
  if (!text.starts_with("repositories/")) return std::nullopt;
  FANIN_ASSIGN_OR_RETURN(const ResourceName name, ResourceName::Parse(text));
  if (!name.node || name.repository != snapshot.manifest().repository) {
    return base::Fail(base::Code::kInvalidArgument,
                      std::string(text) + " is no node of repository " + snapshot.manifest().repository);
  }
  return name.node;
}

// Names that the filter takes and that begin so, in order; at most max_count.
base::Result<std::vector<std::string>> NamesWithPrefix(const graph::Snapshot& snapshot, std::string_view prefix,
                                                       const NodeFilter& filter, size_t max_count) {
  // A name may come once per segment.
  std::set<std::string, std::less<>> names;
  FANIN_RETURN_IF_ERROR(
      snapshot.ScanNames(prefix, [&](std::string_view name, std::span<const graph::Snapshot::NameHit> hits) {
        if (std::ranges::any_of(hits, [&](const auto& hit) { return filter(hit.kind); })) names.emplace(name);
        return names.size() < max_count;
      }));
  return std::vector<std::string>(names.begin(), names.end());
}

// What the last part of the text may have meant: names spelt nearly so, else those that begin like it.
base::Result<std::string> Suggest(const graph::Snapshot& snapshot, std::string_view text, const NodeFilter& filter) {
  const size_t separator = text.find_last_of(".:");
  std::string name(separator == std::string_view::npos ? text : text.substr(separator + 1));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name.empty()) return "";
  FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> all,
                         NamesWithPrefix(snapshot, name.substr(0, 1), filter, kMaxNamesCompared));
  std::vector<std::string> names = base::NearestNames(name, all, kMaxSuggestions);
  std::string list = "; did you mean ";
  if (names.empty()) {
    const std::string prefix = name.substr(0, kSuggestionPrefixBytes);
    FANIN_ASSIGN_OR_RETURN(names, NamesWithPrefix(snapshot, prefix, filter, kMaxSuggestions));
    list = "; names that begin alike: ";
  }
  if (names.empty()) return "";
  for (const std::string& each : names) list += (&each == &names.front() ? "" : ", ") + each;
  return list;
}

// How far a dotted path leads: "; 'top.u_a' is there, but holds no 'x'". Empty: not even its beginning is known.
base::Result<std::string> HowFar(const graph::Snapshot& snapshot, std::string_view text) {
  for (size_t end = text.size(); end != std::string_view::npos; end = text.rfind('.', end - 1)) {
    const std::string_view part = text.substr(0, end);
    FANIN_ASSIGN_OR_RETURN(std::vector<graph::NodeRef> refs, snapshot.FindByPath(part));
    if (refs.empty()) {
      FANIN_ASSIGN_OR_RETURN(const std::vector<graph::Occurrence> places, graph::FindOccurrences(snapshot, part));
      if (!places.empty()) refs.push_back(places.front().node);
    }
    if (!refs.empty() && end == text.size()) {
      FANIN_ASSIGN_OR_RETURN(const graph::NodeHandle node, snapshot.GetNode(refs.front()));
      return "; what is called so is of kind " + std::string(graph::NodeKindName(node->kind));
    }
    if (!refs.empty()) {
      const std::string_view rest = text.substr(end + 1);
      return "; '" + std::string(part) + "' is there, but holds no '" + std::string(rest.substr(0, rest.find('.'))) +
             "'";
    }
    if (end == 0) break;
  }
  return "";
}

// One group for each thing: the same name in the same scope.
base::Result<Groups> GroupThings(const graph::Snapshot& snapshot, std::string_view text,
                                 const std::vector<graph::Occurrence>& occurrences, const NodeFilter& filter) {
  std::vector<graph::NodeRef> refs;
  for (const graph::Occurrence& occurrence : occurrences) refs.push_back(occurrence.node);
  FANIN_ASSIGN_OR_RETURN(const std::vector<graph::NodeHandle> nodes, snapshot.GetNodes(refs));
  using Thing = std::tuple<graph::FileRef, graph::LocalNode, std::string_view>;
  std::map<Thing, size_t> group_of;
  Groups groups;
  std::vector<size_t> exact;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const graph::NodeHandle& node = nodes[i];
    if (!filter(node->kind)) continue;
    const auto [entry, is_new] = group_of.emplace(Thing(node.file, node->parent, node->name), groups.size());
    if (is_new) {
      groups.emplace_back();
      if (node.shard->Path(node.local) == text) exact.push_back(entry->second);
    }
    groups[entry->second].push_back(occurrences[i]);
  }
  if (groups.size() > 1 && exact.size() == 1) groups = {groups[exact.front()]};
  return groups;
}

// Of the places of one node the instances that all of them end in. The places are sorted by node.
std::vector<graph::Occurrence> JoinCopies(const std::vector<graph::Occurrence>& places) {
  std::vector<graph::Occurrence> joined;
  for (const graph::Occurrence& place : places) {
    if (joined.empty() || joined.back().node != place.node || joined.back().member != place.member) {
      joined.push_back(place);
      continue;
    }
    std::vector<graph::NodeRef>& shared = joined.back().instances;
    const auto ends = std::mismatch(shared.rbegin(), shared.rend(), place.instances.rbegin(), place.instances.rend());
    shared.erase(shared.begin(), ends.first.base());
  }
  return joined;
}

}  // namespace

base::Result<std::vector<std::vector<graph::Occurrence>>> FindThings(const graph::Snapshot& snapshot,
                                                                     std::string_view text, const NodeFilter& filter) {
  std::vector<graph::NodeRef> refs;
  FANIN_ASSIGN_OR_RETURN(const std::optional<graph::NodeId> identity, ParseIdentity(snapshot, text));
  if (identity) {
    FANIN_ASSIGN_OR_RETURN(const graph::NodeRef ref, snapshot.FindNode(*identity));
    if (ref != graph::kNoRef) refs.push_back(ref);
  } else {
    FANIN_ASSIGN_OR_RETURN(refs, snapshot.FindByPath(text));
  }
  std::vector<graph::Occurrence> occurrences;
  for (const graph::NodeRef ref : refs) occurrences.push_back({ref, {}});
  FANIN_ASSIGN_OR_RETURN(Groups groups, GroupThings(snapshot, text, occurrences, filter));
  if (groups.empty() && !identity) {
    FANIN_ASSIGN_OR_RETURN(occurrences, graph::FindOccurrences(snapshot, text));
    FANIN_ASSIGN_OR_RETURN(groups, GroupThings(snapshot, text, JoinCopies(occurrences), filter));
  }
  if (groups.empty()) {
    FANIN_ASSIGN_OR_RETURN(const std::string how_far, HowFar(snapshot, text));
    FANIN_ASSIGN_OR_RETURN(const std::string alike, Suggest(snapshot, text, filter));
    return base::Fail(base::Code::kNotFound, "nothing in repository " + snapshot.manifest().repository +
                                                 " is called '" + std::string(text) + "'" + how_far + alike);
  }
  return groups;
}

base::Result<std::vector<graph::Occurrence>> FindOne(const graph::Snapshot& snapshot, const std::string& text,
                                                     const NodeFilter& filter,
                                                     google::protobuf::RepeatedPtrField<v1::AmbiguousName>& ambiguous) {
  FANIN_ASSIGN_OR_RETURN(Groups groups, FindThings(snapshot, text, filter));
  if (groups.size() == 1) return std::move(groups.front());
  std::vector<graph::NodeRef> firsts;
  for (const auto& group : groups) firsts.push_back(group.front().node);
  firsts.resize(std::min(firsts.size(), kMaxCandidates));
  FANIN_ASSIGN_OR_RETURN(const NodeTable nodes, NodeTable::Load(snapshot, firsts));
  v1::AmbiguousName& entry = *ambiguous.Add();
  entry.set_name(text);
  for (const graph::NodeRef ref : firsts) *entry.add_candidates() = nodes.ToProto(ref);
  return std::vector<graph::Occurrence>{};
}

}  // namespace fanin::service
