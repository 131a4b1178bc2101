#include "service/debug_symptoms.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "retriever/diff_reader.h"
#include "retriever/log_reader.h"
#include "service/convert.h"
#include "service/find_node.h"
#include "service/utf8.h"

namespace fanin::service {
namespace {

using Group = std::vector<graph::Occurrence>;

constexpr size_t kMaxMeanings = 8;      // of an ambiguous name
constexpr size_t kMaxLogSymptoms = 6;   // signals taken from a log
constexpr size_t kMaxTextBytes = 8000;  // of messages, for the search
constexpr size_t kMaxShownMessages = 40;
constexpr size_t kLinesOfError = 3;  // an error, and two lines after it

bool IsAssertion(graph::NodeKind kind) { return kind == graph::NodeKind::kAssertion; }

// "a.v:12" -> its parts.
std::optional<retriever::LogPlace> PlaceOf(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find('.') == std::string_view::npos) return std::nullopt;
  uint32_t line = 0;
  const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), line);
  if (error != std::errc{} || end != text.data() + text.size() || line == 0) return std::nullopt;
  return retriever::LogPlace{std::string(text.substr(0, colon)), line};
}

// The components that two paths share at their ends.
size_t SharedEnd(std::string_view a, std::string_view b) {
  size_t shared = 0;
  while (true) {
    const size_t a_slash = a.rfind('/');
    const size_t b_slash = b.rfind('/');
    if (a.substr(a_slash == std::string_view::npos ? 0 : a_slash + 1) !=
        b.substr(b_slash == std::string_view::npos ? 0 : b_slash + 1)) {
      return shared;
    }
    ++shared;
    if (a_slash == std::string_view::npos || b_slash == std::string_view::npos) return shared;
    a = a.substr(0, a_slash);
    b = b.substr(0, b_slash);
  }
}

// The file whose path ends most like the printed one.
std::optional<graph::FileRef> FindFileLike(const graph::Snapshot& snapshot, std::string_view path) {
  if (const auto exact = snapshot.FindFile(path)) return exact;
  size_t best = 0;
  std::optional<graph::FileRef> found;
  for (graph::FileRef file = 0; file < snapshot.file_count(); ++file) {
    const size_t shared = SharedEnd(snapshot.file(file).path, path);
    if (shared > best) {
      best = shared;
      found = file;
    }
  }
  return found;
}

class SymptomFinder {
 public:
  SymptomFinder(const graph::Snapshot& snapshot, retriever::DebugRequest& request,
                v1::AssembleContextResponse& response)
      : snapshot_(snapshot), request_(request), response_(response) {}

  base::Status AddSignal(const std::string& name, bool passing) {
    FANIN_ASSIGN_OR_RETURN(const Group group, FindName(name, graph::IsSignalLike, /*is_wanted=*/true));
    (passing ? request_.passing : request_.failing).push_back({group, name});
    if (!passing) FANIN_RETURN_IF_ERROR(Tell(name, "signal", group));
    return {};
  }

  base::Status AddAssertion(const std::string& name) {
    Group group;
    if (const auto place = PlaceOf(name)) {
      FANIN_ASSIGN_OR_RETURN(group, AssertionsAt(*place));
      if (group.empty()) return base::Fail(base::Code::kNotFound, "no assertion at " + name);
    } else {
      FANIN_ASSIGN_OR_RETURN(group, FindName(name, IsAssertion, /*is_wanted=*/true));
    }
    return AddAssertions(name, group);
  }

  base::Status AddLog(const std::string& text) {
    const retriever::Log log = retriever::ReadLog(text);
    if (log.truncated) response_.add_warnings("the log is long: its worst messages were read");
    const bool has_errors = std::ranges::any_of(
        log.messages, [](const auto& message) { return message.severity >= retriever::LogSeverity::kError; });
    size_t left = 0;
    for (const retriever::LogMessage& message : log.messages) {
      // Beside errors the rest is noise, but what is printed right after one may belong to it.
      const bool is_error = message.severity >= retriever::LogSeverity::kError;
      left = is_error ? kLinesOfError : left > 0 ? left - 1 : 0;
      const bool belongs = message.severity == retriever::LogSeverity::kNone && left > 0;
      if (has_errors && !is_error && !belongs) continue;
      FANIN_RETURN_IF_ERROR(AddMessage(message));
    }
    return {};
  }

 private:
  base::Status AddMessage(const retriever::LogMessage& message) {
    if (request_.text.size() < kMaxTextBytes) request_.text += retriever::TellingWords(message.text) + "\n";
    v1::Symptom symptom;
    symptom.set_text(ToUtf8(message.text));
    symptom.set_kind("message");
    symptom.set_severity(std::string(retriever::LogSeverityName(message.severity)));
    symptom.set_time(message.time);
    Group seen;
    for (const retriever::LogPlace& place : message.places) {
      const std::optional<graph::FileRef> file = FindFileLike(snapshot_, place.path);
      if (!file) continue;
      request_.named.by_path[snapshot_.file(*file).path].insert(place.line);
      FANIN_ASSIGN_OR_RETURN(const Group assertions, AssertionsAt({snapshot_.file(*file).path, place.line}));
      FANIN_RETURN_IF_ERROR(AddLogGroup(place.path, assertions, seen));
    }
    for (const std::string& path : message.paths) FANIN_RETURN_IF_ERROR(AddLogName(path, seen));
    for (const std::string& name : message.names) FANIN_RETURN_IF_ERROR(AddLogName(name, seen));
    if (response_.symptoms_size() < static_cast<int>(kMaxShownMessages)) {
      FANIN_RETURN_IF_ERROR(AddNodes(seen, symptom));
      *response_.add_symptoms() = std::move(symptom);
    }
    return {};
  }

  // A name in a log may be of anything; a plain one counts where it is unique.
  base::Status AddLogName(const std::string& name, Group& seen) {
    const auto is_either = [](graph::NodeKind kind) { return graph::IsSignalLike(kind) || IsAssertion(kind); };
    FANIN_ASSIGN_OR_RETURN(const Group group, FindName(name, is_either, /*is_wanted=*/false));
    return AddLogGroup(name, group, seen);
  }

  base::Status AddLogGroup(const std::string& name, const Group& group, Group& seen) {
    if (group.empty() || log_symptoms_ >= kMaxLogSymptoms) return {};
    const size_t before = request_.failing.size();
    FANIN_ASSIGN_OR_RETURN(const graph::NodeHandle first, snapshot_.GetNode(group.front().node));
    if (IsAssertion(first->kind)) {
      FANIN_ASSIGN_OR_RETURN(Group signals, SignalsOf(group));
      if (!signals.empty()) request_.failing.push_back({std::move(signals), name});
    } else if (first->kind == graph::NodeKind::kSignal || first->kind == graph::NodeKind::kPort) {
      request_.failing.push_back({group, name});
    }
    if (request_.failing.size() == before) return {};
    if (std::ranges::count(request_.failing, request_.failing.back().places, &retriever::DebugSymptom::places) > 1) {
      request_.failing.pop_back();
      return {};
    }
    ++log_symptoms_;
    seen.insert(seen.end(), group.begin(), group.end());
    return {};
  }

  base::Status AddAssertions(const std::string& name, const Group& assertions) {
    FANIN_ASSIGN_OR_RETURN(Group signals, SignalsOf(assertions));
    FANIN_RETURN_IF_ERROR(Tell(name, "assertion", assertions));
    for (const graph::Occurrence& assertion : assertions) {
      FANIN_ASSIGN_OR_RETURN(const graph::NodeHandle node, snapshot_.GetNode(assertion.node));
      request_.text += std::string(node->doc) + "\n";
      if (!node->anonymous) request_.text += std::string(node->name) + "\n";
    }
    if (signals.empty()) {
      response_.add_warnings("assertion " + name + " is about no signal that is known; its words are searched for");
    } else {
      request_.failing.push_back({std::move(signals), name});
    }
    return {};
  }

  // What assertions are about, clocks and resets left out.
  base::Result<Group> SignalsOf(const Group& assertions) {
    Group signals;
    for (const graph::Occurrence& assertion : assertions) {
      FANIN_ASSIGN_OR_RETURN(const auto edges,
                             snapshot_.GetEdges({&assertion.node, 1}, graph::Direction::kOut,
                                                MaskOf(graph::EdgeKind::kAssertsOn, graph::EdgeKind::kRefersTo)));
      for (const graph::Edge& edge : edges.front()) {
        if (edge.role == graph::Role::kClock || edge.role == graph::Role::kReset) continue;
        if (edge.kind == graph::EdgeKind::kRefersTo) {
          // A property that the assertion names.
          FANIN_ASSIGN_OR_RETURN(const graph::NodeHandle named, snapshot_.GetNode(edge.to));
          if (!IsAssertion(named->kind) || named.ref == assertion.node) continue;
          FANIN_ASSIGN_OR_RETURN(const auto inner, snapshot_.GetEdges({&edge.to, 1}, graph::Direction::kOut,
                                                                      MaskOf(graph::EdgeKind::kAssertsOn)));
          for (const graph::Edge& one : inner.front()) {
            if (one.role != graph::Role::kClock && one.role != graph::Role::kReset) {
              signals.push_back({one.to, assertion.instances});
            }
          }
          continue;
        }
        signals.push_back({edge.to, assertion.instances});
      }
    }
    std::ranges::sort(signals);
    signals.erase(std::ranges::unique(signals).begin(), signals.end());
    return signals;
  }

  base::Result<Group> AssertionsAt(const retriever::LogPlace& place) {
    Group group;
    const std::optional<graph::FileRef> file = FindFileLike(snapshot_, place.path);
    if (!file) return group;
    FANIN_ASSIGN_OR_RETURN(const auto shard, snapshot_.GetShard(*file));
    for (graph::LocalNode local = 0; local < shard->nodes().size(); ++local) {
      const graph::Node& node = shard->nodes()[local];
      if (IsAssertion(node.kind) && node.span.begin_line <= place.line && place.line <= node.span.end_line) {
        group.push_back({snapshot_.RefOf(*file, local)});
      }
    }
    return group;
  }

  // What a name means: all of it, else what follows its first components. Not wanted: nothing where it is unknown, or
  // plain and ambiguous.
  base::Result<Group> FindName(const std::string& name, const NodeFilter& filter, bool is_wanted) {
    std::string_view rest = name;
    std::optional<base::Error> first_error;
    while (true) {
      base::Result<std::vector<Group>> groups = FindThings(snapshot_, rest, filter);
      if (groups) return TakeMeanings(name, rest, *std::move(groups), is_wanted);
      if (groups.error().code != base::Code::kNotFound) return std::unexpected(groups.error());
      if (!first_error) first_error = groups.error();
      const size_t dot = rest.find('.');
      // In a log, a last component alone is no longer what was named.
      if (dot == std::string_view::npos || (!is_wanted && rest.find('.', dot + 1) == std::string_view::npos)) break;
      rest = rest.substr(dot + 1);
    }
    if (is_wanted) return std::unexpected(*first_error);
    return Group{};
  }

  // Of signals of one name that in the module which the wave's scope looks like: that has most of its names there.
  base::Status KeepMostAlike(const std::string& name, std::vector<Group>& groups) const {
    const size_t dot = name.rfind('.');
    if (request_.wave == nullptr || dot == std::string::npos || groups.size() < 2) return {};
    const std::string scope = name.substr(0, dot);
    double best = 0;
    std::vector<Group> alike;
    for (const Group& group : groups) {
      FANIN_ASSIGN_OR_RETURN(const graph::NodeHandle node, snapshot_.GetNode(group.front().node));
      double known = 0;
      double all = 0;
      for (const graph::LocalNode sibling : node.shard->Children(node->parent)) {
        const graph::Node& one = node.shard->nodes()[sibling];
        if (one.kind != graph::NodeKind::kPort && one.kind != graph::NodeKind::kSignal) continue;
        ++all;
        known += request_.wave->Has(scope, one.name) ? 1 : 0;
      }
      const double share = all > 0 ? known / all : 0;
      if (share > best) alike.clear();
      if (share >= best && share > 0) alike.push_back(group);
      best = std::max(best, share);
    }
    if (!alike.empty()) groups = std::move(alike);
    return {};
  }

  base::Result<Group> TakeMeanings(const std::string& name, std::string_view rest, std::vector<Group> groups,
                                   bool is_wanted) {
    FANIN_RETURN_IF_ERROR(KeepMostAlike(name, groups));
    const bool is_plain = rest.find('.') == std::string_view::npos;
    if (!is_wanted && is_plain && groups.size() > 1) return Group{};
    if (rest != name) response_.add_warnings(name + " was found as " + std::string(rest));
    Group all;
    std::string meanings;
    for (size_t i = 0; i < std::min(groups.size(), kMaxMeanings); ++i) {
      all.insert(all.end(), groups[i].begin(), groups[i].end());
      FANIN_ASSIGN_OR_RETURN(const auto paths, graph::HierarchicalPaths(snapshot_, {&groups[i].front(), 1}));
      meanings += (meanings.empty() ? "" : ", ") + paths.front();
    }
    if (groups.size() > 1) {
      response_.add_warnings(std::string(rest) + " may be any of " + std::to_string(groups.size()) + ": " +
                             ToUtf8(meanings) + "; a longer name is surer");
    }
    return all;
  }

  base::Status Tell(const std::string& text, const std::string& kind, const Group& group) {
    v1::Symptom& symptom = *response_.add_symptoms();
    symptom.set_text(text);
    symptom.set_kind(kind);
    return AddNodes(group, symptom);
  }

  base::Status AddNodes(const Group& group, v1::Symptom& symptom) {
    std::vector<graph::NodeRef> refs;
    for (const graph::Occurrence& one : group) refs.push_back(one.node);
    refs.resize(std::min(refs.size(), kMaxMeanings));
    FANIN_ASSIGN_OR_RETURN(const NodeTable nodes, NodeTable::Load(snapshot_, refs));
    for (const graph::NodeRef ref : refs) *symptom.add_nodes() = nodes.ToProto(ref);
    return {};
  }

  const graph::Snapshot& snapshot_;
  retriever::DebugRequest& request_;
  v1::AssembleContextResponse& response_;
  size_t log_symptoms_ = 0;
};

}  // namespace

base::Status FindSymptoms(const graph::Snapshot& snapshot, const v1::DebugTask& task, retriever::DebugRequest& request,
                          v1::AssembleContextResponse& response) {
  SymptomFinder finder(snapshot, request, response);
  for (const std::string& name : task.signals()) FANIN_RETURN_IF_ERROR(finder.AddSignal(name, /*passing=*/false));
  for (const std::string& name : task.passing_signals())
    FANIN_RETURN_IF_ERROR(finder.AddSignal(name, /*passing=*/true));
  for (const std::string& name : task.assertions()) FANIN_RETURN_IF_ERROR(finder.AddAssertion(name));
  for (const std::string& log : task.logs()) FANIN_RETURN_IF_ERROR(finder.AddLog(log));
  return {};
}

retriever::ChangedLines PlaceChanges(const graph::Snapshot& snapshot, const retriever::ChangedLines& changes) {
  retriever::ChangedLines placed;
  for (const auto& [path, lines] : changes.by_path) {
    const std::optional<graph::FileRef> file = FindFileLike(snapshot, path);
    if (file) placed.by_path[snapshot.file(*file).path].insert(lines.begin(), lines.end());
  }
  return placed;
}

}  // namespace fanin::service
