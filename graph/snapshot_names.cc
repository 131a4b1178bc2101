#include <algorithm>
#include <set>
#include <utility>

#include "graph/snapshot.h"
#include "graph/snapshot_index.h"

namespace fanin::graph {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;

// "pkg::type_e.IDLE" -> pkg, type_e, IDLE.
std::vector<std::string_view> SplitPath(std::string_view path) {
  std::vector<std::string_view> components;
  while (true) {
    const size_t end = std::min(path.find('.'), path.find("::"));
    components.push_back(path.substr(0, end));
    if (end == std::string_view::npos) return components;
    path.remove_prefix(end + (path[end] == ':' ? 2 : 1));
  }
}

// Whether `path` is `full` or its end, cut at a separator.
bool EndsInPath(std::string_view full, std::string_view path) {
  if (!full.ends_with(path)) return false;
  if (full.size() == path.size()) return true;
  const char before = full[full.size() - path.size() - 1];
  return before == '.' || before == ':';
}

}  // namespace

Status Snapshot::DecodeNames(const SegmentIndex& segment, std::string_view row, std::vector<NameCandidate>& out) const {
  FANIN_ASSIGN_OR_RETURN(const std::vector<NameEntry> entries, DecodeNameRow(row));
  for (const NameEntry& entry : entries) {
    if (entry.ordinal >= segment.by_ordinal.size()) {
      return Fail(Code::kDataLoss, "the names table speaks of a file that its segment does not have");
    }
    const FileRef file = segment.by_ordinal[entry.ordinal];
    if (file == SegmentIndex::kDead) continue;
    if (entry.local >= manifest_.files[file].node_count) {
      return Fail(Code::kDataLoss, "the names table speaks of a node that " + manifest_.files[file].path + " lacks");
    }
    out.push_back({RefOf(file, entry.local), file, entry});
  }
  return {};
}

Result<std::vector<std::vector<Snapshot::NameCandidate>>> Snapshot::FindNames(
    std::span<const std::string_view> names) const {
  std::vector<std::string> keys;
  for (std::string_view name : names) keys.push_back(LowerCase(name));
  std::vector<std::vector<NameCandidate>> candidates(names.size());
  for (const SegmentIndex& segment : segments_) {
    FANIN_ASSIGN_OR_RETURN(const auto rows, store_->GetRows(segment.id, Table::kNames, keys));
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i]) FANIN_RETURN_IF_ERROR(DecodeNames(segment, *rows[i], candidates[i]));
    }
  }
  for (auto& of_name : candidates) std::ranges::sort(of_name, {}, &NameCandidate::ref);
  return candidates;
}

Result<std::vector<Snapshot::NameHit>> Snapshot::FindByName(std::string_view name) const {
  FANIN_ASSIGN_OR_RETURN(const auto candidates, FindNames({&name, 1}));
  std::vector<NameHit> hits;
  hits.reserve(candidates.front().size());
  for (const NameCandidate& candidate : candidates.front()) hits.push_back({candidate.ref, candidate.entry.kind});
  return hits;
}

Status Snapshot::ScanNames(std::string_view prefix,
                           const std::function<bool(std::string_view, std::span<const NameHit>)>& visit) const {
  bool go_on = true;
  for (const SegmentIndex& segment : segments_) {
    if (!go_on) break;
    if (const auto known = segment.names->load(); prefix.empty() && known != nullptr) {
      for (size_t i = 0; i < known->size() && go_on; ++i) go_on = visit(known->NameAt(i), known->HitsAt(i));
      continue;
    }
    auto read = std::make_shared<SegmentIndex::Names>();
    std::vector<NameCandidate> candidates;
    Status decoded;
    FANIN_RETURN_IF_ERROR(
        store_->ScanRows(segment.id, Table::kNames, prefix, [&](std::string_view name, std::string_view row) {
          candidates.clear();
          decoded = DecodeNames(segment, row, candidates);
          if (!decoded || candidates.empty()) return decoded.has_value();
          const size_t begin = read->hits.size();
          for (const NameCandidate& candidate : candidates) read->hits.push_back({candidate.ref, candidate.entry.kind});
          const std::span<NameHit> hits = std::span(read->hits).subspan(begin);
          std::ranges::sort(hits, {}, &NameHit::ref);
          read->text += name;
          read->text_end.push_back(static_cast<uint32_t>(read->text.size()));
          read->hits_end.push_back(static_cast<uint32_t>(read->hits.size()));
          return go_on = visit(name, hits);
        }));
    FANIN_RETURN_IF_ERROR(decoded);
    if (prefix.empty() && go_on) segment.names->store(std::move(read));
  }
  return {};
}

// A component that names nothing is the token of an anonymous element, which the names table does not hold.
Result<std::vector<Snapshot::NameCandidate>> Snapshot::CandidatesOfPath(
    std::string_view last, std::span<const std::vector<NameCandidate>> components) const {
  std::optional<std::set<FileRef>> files;  // those that have all named components
  for (const std::vector<NameCandidate>& component : components) {
    if (component.empty()) continue;
    std::set<FileRef> here;
    for (const NameCandidate& candidate : component) {
      if (!files || files->contains(candidate.file)) here.insert(candidate.file);
    }
    files = std::move(here);
  }
  std::vector<NameCandidate> candidates;
  if (!files) return candidates;
  for (const NameCandidate& candidate : components.back()) {
    if (files->contains(candidate.file)) candidates.push_back(candidate);
  }
  if (!components.back().empty()) return candidates;
  FANIN_ASSIGN_OR_RETURN(const auto shards, GetShards({files->begin(), files->end()}));
  for (FileRef file : *files) {
    const std::span<const Node> nodes = shards.at(file)->nodes();
    for (LocalNode i = 0; i < nodes.size(); ++i) {
      if (nodes[i].anonymous && nodes[i].name == last) {
        candidates.push_back({RefOf(file, i), file, {.local = i, .kind = nodes[i].kind}});
      }
    }
  }
  return candidates;
}

Result<std::vector<NodeRef>> Snapshot::FindByPath(std::string_view path) const {
  std::vector<std::pair<bool, NodeRef>> matches;  // first: neither a definition nor an exact path
  const auto add = [&](const NameCandidate& candidate, bool exact) {
    matches.emplace_back(!exact && !IsDefinition(candidate.entry.kind), candidate.ref);
  };
  const std::vector<std::string_view> components = SplitPath(path);
  std::vector<std::string_view> names = {path};
  names.insert(names.end(), components.begin(), components.end());
  FANIN_ASSIGN_OR_RETURN(const auto named, FindNames(names));

  // The whole text as a name: bare names, files, escaped identifiers with separators in them. Where the name as written
  // is lower case the table tells all, else the shard must.
  std::vector<NameCandidate> to_check;
  const bool is_lower = LowerCase(path) == path;
  for (const NameCandidate& candidate : named.front()) {
    if (candidate.entry.mixed_case == is_lower) continue;
    if (is_lower) {
      add(candidate, candidate.entry.top_level);
    } else if (candidate.entry.kind == NodeKind::kFile) {
      if (manifest_.files[candidate.file].path.ends_with(path)) add(candidate, false);
    } else {
      to_check.push_back(candidate);
    }
  }
  if (components.size() > 1) {
    FANIN_ASSIGN_OR_RETURN(auto more, CandidatesOfPath(components.back(), std::span(named).subspan(1)));
    to_check.insert(to_check.end(), more.begin(), more.end());
  }

  std::vector<FileRef> files;
  for (const NameCandidate& candidate : to_check) files.push_back(candidate.file);
  FANIN_ASSIGN_OR_RETURN(const auto shards, GetShards(std::move(files)));
  for (const NameCandidate& candidate : to_check) {
    const std::string full = shards.at(candidate.file)->Path(candidate.entry.local);
    if (EndsInPath(full, path)) add(candidate, full == path);
  }
  std::ranges::sort(matches);
  std::vector<NodeRef> refs;
  for (const auto& [after, ref] : matches) refs.push_back(ref);
  return refs;
}

}  // namespace fanin::graph
