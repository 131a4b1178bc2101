// What two opened snapshots answer differently, when they should be of the same state of a repository.
#pragma once

#include <algorithm>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "graph/snapshot.h"
#include "retriever/retriever.h"
#include "retriever/search_index.h"

namespace fanin::service {

// Compares files, nodes, edges in both directions, names, vectors of passages, and searches. A snapshot's node
// references are positions in its files, so that equal states have equal references.
class SnapshotDifferences {
 public:
  SnapshotDifferences(std::shared_ptr<const retriever::SearchIndex> one,
                      std::shared_ptr<const retriever::SearchIndex> other)
      : one_(std::move(one)), other_(std::move(other)) {}

  // The first few, one a line; empty: none.
  std::string Find(const std::vector<std::string>& queries) && {
    CompareFiles();
    if (lines_.empty()) CompareEdges();
    if (lines_.empty()) CompareNames();
    if (lines_.empty()) CompareVectors();
    for (const std::string& query : queries) CompareSearch(query);
    std::string text;
    for (size_t i = 0; i < std::min<size_t>(lines_.size(), 8); ++i) text += lines_[i] + "\n";
    return text;
  }

 private:
  const graph::Snapshot& one() const { return one_->snapshot(); }
  const graph::Snapshot& other() const { return other_->snapshot(); }
  void Differ(const std::string& what) { lines_.push_back(what); }

  void CompareFiles() {
    const auto describe = [](const graph::Manifest& manifest) {
      std::set<std::string> lines;
      for (const graph::FileEntry& file : manifest.files) {
        lines.insert(file.path + " text " + file.content.ToHex() + " shard " + file.shard.ToHex() + " links " +
                     file.links.ToHex() + " " + std::to_string(file.chunk_count) + " " +
                     std::to_string(file.node_count) + " " + std::to_string(file.line_count) + " " +
                     std::to_string(file.size_bytes) + " " + std::to_string(file.error_count));
      }
      for (const graph::LostFile& lost : manifest.lost) lines.insert("lost " + lost.path + ": " + lost.reason);
      for (const std::string& name : manifest.external_definitions) lines.insert("external " + name);
      return lines;
    };
    const std::set<std::string> a = describe(one().manifest());
    const std::set<std::string> b = describe(other().manifest());
    for (const std::string& line : a) {
      if (!b.contains(line)) Differ("only incremental: " + line);
    }
    for (const std::string& line : b) {
      if (!a.contains(line)) Differ("only from scratch: " + line);
    }
  }

  static std::string Describe(const graph::Edge& edge) {
    std::ostringstream out;
    out << graph::EdgeKindName(edge.kind) << ' ' << edge.from << "->" << edge.to << ' ' << edge.confidence << ' '
        << graph::ProvenanceName(edge.provenance) << ' ' << graph::RoleName(edge.role) << ' '
        << graph::AssignmentName(edge.assignment) << ' ' << edge.from_range.msb << ':' << edge.from_range.lsb << ' '
        << edge.to_range.msb << ':' << edge.to_range.lsb << " at " << edge.statement << " if '" << edge.guard << "' "
        << edge.text;
    return out.str();
  }

  static std::vector<std::multiset<std::string>> EdgesOf(const graph::Snapshot& snapshot, graph::Direction direction) {
    std::vector<graph::NodeRef> refs(snapshot.node_count());
    std::iota(refs.begin(), refs.end(), 0);
    const auto edges = snapshot.GetEdges(refs, direction, graph::kAllEdges);
    std::vector<std::multiset<std::string>> described(refs.size());
    if (!edges) return {{edges.error().ToString()}};
    for (size_t i = 0; i < refs.size(); ++i) {
      for (const graph::Edge& edge : (*edges)[i]) described[i].insert(Describe(edge));
    }
    return described;
  }

  void CompareEdges() {
    for (const graph::Direction direction : {graph::Direction::kOut, graph::Direction::kIn}) {
      const auto a = EdgesOf(one(), direction);
      const auto b = EdgesOf(other(), direction);
      if (a.size() != b.size()) return Differ("the edges of one cannot be read: " + *a[0].begin() + *b[0].begin());
      for (size_t i = 0; i < a.size(); ++i) {
        if (a[i] == b[i]) continue;
        Differ("node " + std::to_string(i) + " of " + one().file(one().FileOf(static_cast<graph::NodeRef>(i))).path +
               " has " + std::to_string(a[i].size()) + " edges, from scratch " + std::to_string(b[i].size()));
      }
    }
  }

  static std::set<std::string> NamesOf(const graph::Snapshot& snapshot) {
    std::set<std::string> names;
    const base::Status scanned = snapshot.ScanNames("", [&](std::string_view name, auto hits) {
      for (const graph::Snapshot::NameHit& hit : hits) {
        names.insert(std::string(name) + " " + std::to_string(hit.ref) + " " +
                     std::string(graph::NodeKindName(hit.kind)));
      }
      return true;
    });
    if (!scanned) names.insert(scanned.error().ToString());
    return names;
  }

  void CompareNames() {
    const std::set<std::string> a = NamesOf(one());
    const std::set<std::string> b = NamesOf(other());
    for (const std::string& name : a) {
      if (!b.contains(name)) Differ("name only incremental: " + name);
    }
    for (const std::string& name : b) {
      if (!a.contains(name)) Differ("name only from scratch: " + name);
    }
  }

  // "path passage cosine" of every live passage with a vector; the cosine, with an arbitrary direction, tells vectors
  // apart.
  static std::set<std::string> VectorsOf(const retriever::SearchIndex& index) {
    std::set<std::string> lines;
    for (size_t i = 0; i < index.segment_count(); ++i) {
      const retriever::VectorIndex* vectors = index.vectors(i);
      if (vectors == nullptr || vectors->size() == 0) continue;
      std::vector<float> direction(vectors->dims());
      direction[0] = 1;
      const auto hits = vectors->Search(direction, vectors->size());
      if (!hits) return {hits.error().ToString()};
      for (size_t hit = 0; hit < hits->k; ++hit) {
        const auto at = index.snapshot().FileOfDoc(index.snapshot().manifest().segments[i].id, hits->documents[hit]);
        if (!at) continue;
        std::ostringstream line;
        line << index.snapshot().file(at->file).path << ' ' << at->chunk << ' ' << hits->scores[hit];
        lines.insert(line.str());
      }
    }
    return lines;
  }

  void CompareVectors() {
    const std::set<std::string> a = VectorsOf(*one_);
    const std::set<std::string> b = VectorsOf(*other_);
    for (const std::string& line : a) {
      if (!b.contains(line)) Differ("vector only incremental: " + line);
    }
    for (const std::string& line : b) {
      if (!a.contains(line)) Differ("vector only from scratch: " + line);
    }
  }

  static std::vector<std::string> Search(const std::shared_ptr<const retriever::SearchIndex>& index,
                                         const std::string& query) {
    const retriever::Retriever retriever(nullptr);
    retriever::SearchRequest request;
    request.query = query;
    request.limit = 20;
    const auto found = retriever.Search({&index, 1}, request);
    if (!found) return {found.error().ToString()};
    std::vector<std::string> lines{"truncated " + std::to_string(found->truncated) + " of " +
                                   std::to_string(found->stats.documents)};
    for (const retriever::SearchResult& result : found->results) {
      std::ostringstream line;
      line.precision(17);
      line << index->snapshot().file(result.node.file).path << ':' << result.span.begin_line << '-'
           << result.span.end_line << ' ' << result.score;
      for (const std::string& reason : result.reasons) line << " | " << reason;
      for (const retriever::AlsoAt& also : result.also_at) line << " | " << also.path << ':' << also.begin_line;
      lines.push_back(line.str());
    }
    return lines;
  }

  void CompareSearch(const std::string& query) {
    const std::vector<std::string> a = Search(one_, query);
    const std::vector<std::string> b = Search(other_, query);
    for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      const std::string left = i < a.size() ? a[i] : "nothing";
      const std::string right = i < b.size() ? b[i] : "nothing";
      if (left == right) continue;
      return Differ("'" + query + "', result " + std::to_string(i) + ": " + left + "\n    from scratch: " + right);
    }
  }

  const std::shared_ptr<const retriever::SearchIndex> one_;
  const std::shared_ptr<const retriever::SearchIndex> other_;
  std::vector<std::string> lines_;
};

}  // namespace fanin::service
