#include <algorithm>

#include "graph/snapshot.h"
#include "graph/snapshot_index.h"

namespace fanin::graph {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using base::Status;

// An edge with all but its ends and statement.
Edge EdgeOf(EdgeKind kind, const EdgeAttributes& attributes) {
  Edge edge;
  edge.kind = kind;
  edge.role = attributes.role;
  edge.assignment = attributes.assignment;
  edge.from_range = attributes.from_range;
  edge.to_range = attributes.to_range;
  edge.guard = attributes.guard;
  edge.text = attributes.text;
  return edge;
}

}  // namespace

// One call of GetEdges. Edges are collected in three steps, each with one batched read: those of the nodes' own shards
// and link sets, the links of other files that point to them, and the far ends of their own links.
class Snapshot::EdgeReader {
 public:
  EdgeReader(const Snapshot& snapshot, std::span<const NodeRef> refs, Direction direction, EdgeMask kinds)
      : snapshot_(snapshot), direction_(direction), kinds_(kinds), edges_(refs.size()) {
    places_.reserve(refs.size());
    for (NodeRef ref : refs) {
      const FileRef file = snapshot.FileOf(ref);
      places_.push_back({ref, file, ref - snapshot.node_base_[file]});
    }
  }

  Result<std::vector<std::vector<Edge>>> Read() && {
    std::vector<FileRef> files;
    for (const Place& place : places_) files.push_back(place.file);
    FANIN_ASSIGN_OR_RETURN(shards_, snapshot_.GetShards(files));
    for (size_t i = 0; i < places_.size(); ++i) AddLocalEdges(i);
    if ((kinds_ & ~MaskOf(EdgeKind::kContains)) != 0) {
      FANIN_RETURN_IF_ERROR(AddOwnLinks(std::move(files)));
      for (const SegmentIndex& segment : snapshot_.segments_) FANIN_RETURN_IF_ERROR(FindReverseLinks(segment));
      FANIN_RETURN_IF_ERROR(AddReverseLinks());
    }
    return std::move(edges_);
  }

 private:
  struct Place {
    NodeRef ref;
    FileRef file;
    LocalNode local;
  };
  // A link of another file that points to places_[index].
  struct ReverseLink {
    size_t index;
    FileRef holder;
    InLink link;
  };

  bool Wants(EdgeKind kind) const { return (kinds_ & MaskOf(kind)) != 0; }
  bool out() const { return direction_ == Direction::kOut; }

  void Contain(size_t index, NodeRef parent, NodeRef child) {
    Edge& edge = edges_[index].emplace_back();
    edge.from = parent;
    edge.to = child;
  }

  void AddLocalEdges(size_t index) {
    const Place& place = places_[index];
    const Shard& shard = *shards_.at(place.file);
    if (Wants(EdgeKind::kContains)) {
      if (out()) {
        for (LocalNode child : shard.Children(place.local)) {
          Contain(index, place.ref, snapshot_.RefOf(place.file, child));
        }
      } else if (const LocalNode parent = shard.nodes()[place.local].parent; parent != kNoNode) {
        Contain(index, snapshot_.RefOf(place.file, parent), place.ref);
      }
    }
    for (uint32_t i : out() ? shard.OutEdges(place.local) : shard.InEdges(place.local)) {
      const LocalEdge& local = shard.edges()[i];
      if (!Wants(local.kind)) continue;
      Edge edge = EdgeOf(local.kind, local.attributes);
      edge.from = snapshot_.RefOf(place.file, local.from);
      edge.to = snapshot_.RefOf(place.file, local.to);
      if (const LocalNode at = local.attributes.statement; at != kNoNode) {
        edge.statement = snapshot_.RefOf(place.file, at);
      }
      edges_[index].push_back(std::move(edge));
    }
  }

  // The edge of a link that `holder` holds; `remote` is its other end.
  Status AddLink(size_t index, FileRef holder, const Link& link, NodeRef remote) {
    const FileEntry& file = snapshot_.manifest_.files[holder];
    const LocalNode statement = link.attributes.statement;
    if (link.local >= file.node_count || (statement != kNoNode && statement >= file.node_count)) {
      return Fail(Code::kDataLoss, "the links of " + file.path + " do not fit its shard; index again");
    }
    Edge edge = EdgeOf(link.kind, link.attributes);
    edge.provenance = link.provenance;
    edge.confidence = link.confidence;
    const NodeRef local = snapshot_.RefOf(holder, link.local);
    edge.from = link.remote_is_source ? remote : local;
    edge.to = link.remote_is_source ? local : remote;
    if (statement != kNoNode) edge.statement = snapshot_.RefOf(holder, statement);
    edges_[index].push_back(std::move(edge));
    return {};
  }

  // Links of the node's own file. Their remote ends are told by id: the shards that hold them are read at once.
  Status AddOwnLinks(std::vector<FileRef> files) {
    FANIN_ASSIGN_OR_RETURN(const auto link_sets, snapshot_.GetLinkSets(std::move(files)));
    struct OwnLink {
      size_t index;
      const Link* link;
      FileRef remote_file;
    };
    std::vector<OwnLink> own;
    std::vector<FileRef> remote_files;
    for (size_t i = 0; i < places_.size(); ++i) {
      for (const Link& link : link_sets.at(places_[i].file)->LinksOf(places_[i].local)) {
        if (!Wants(link.kind) || link.remote_is_source == out()) continue;
        auto file = snapshot_.file_by_key_.find(link.remote.file);
        if (file == snapshot_.file_by_key_.end()) continue;
        own.push_back({i, &link, file->second});
        remote_files.push_back(file->second);
      }
    }
    FANIN_ASSIGN_OR_RETURN(const auto shards, snapshot_.GetShards(std::move(remote_files)));
    for (const OwnLink& o : own) {
      const LocalNode remote = shards.at(o.remote_file)->FindLocal(o.link->remote.local);
      if (remote == kNoNode) continue;
      FANIN_RETURN_IF_ERROR(AddLink(o.index, places_[o.index].file, *o.link, snapshot_.RefOf(o.remote_file, remote)));
    }
    return {};
  }

  Status FindReverseLinks(const SegmentIndex& segment) {
    // One row per file of the places, whatever their number.
    std::vector<std::string> keys;
    std::unordered_map<FileRef, size_t> row_of;
    for (const Place& place : places_) {
      if (!row_of.try_emplace(place.file, keys.size()).second) continue;
      keys.push_back(InLinkKey(FileKey(snapshot_.manifest_.repository, snapshot_.manifest_.files[place.file].path)));
    }
    FANIN_ASSIGN_OR_RETURN(const auto rows, snapshot_.store_->GetRows(segment.id, Table::kEdgesIn, keys));
    for (size_t i = 0; i < places_.size(); ++i) {
      const Place& place = places_[i];
      const auto& row = rows[row_of.at(place.file)];
      if (!row) continue;
      const uint64_t target = shards_.at(place.file)->nodes()[place.local].local_id;
      FANIN_ASSIGN_OR_RETURN(const std::vector<InLink> links, FindInLinks(*row, target));
      for (const InLink& link : links) {
        if (!Wants(link.kind) || link.remote_is_source != out()) continue;
        if (link.ordinal >= segment.by_ordinal.size()) {
          return Fail(Code::kDataLoss, "the reverse links speak of a file that their segment does not have");
        }
        const FileRef holder = segment.by_ordinal[link.ordinal];
        if (holder != SegmentIndex::kDead) reverse_.push_back({i, holder, link});
      }
    }
    return {};
  }

  Status AddReverseLinks() {
    std::vector<FileRef> holders;
    for (const ReverseLink& reverse : reverse_) holders.push_back(reverse.holder);
    FANIN_ASSIGN_OR_RETURN(const auto link_sets, snapshot_.GetLinkSets(std::move(holders)));
    for (const ReverseLink& reverse : reverse_) {
      const std::span<const Link> links = link_sets.at(reverse.holder)->links();
      if (reverse.link.link >= links.size() || links[reverse.link.link].remote.local != reverse.link.target) {
        return Fail(Code::kDataLoss, "the reverse links do not fit the links of " +
                                         snapshot_.manifest_.files[reverse.holder].path + "; index again");
      }
      FANIN_RETURN_IF_ERROR(
          AddLink(reverse.index, reverse.holder, links[reverse.link.link], places_[reverse.index].ref));
    }
    return {};
  }

  const Snapshot& snapshot_;
  const Direction direction_;
  const EdgeMask kinds_;
  std::vector<Place> places_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<ReverseLink> reverse_;
  ByFile<Shard> shards_;
};

Result<std::vector<std::vector<Edge>>> Snapshot::GetEdges(std::span<const NodeRef> refs, Direction direction,
                                                          EdgeMask kinds) const {
  return EdgeReader(*this, refs, direction, kinds).Read();
}

}  // namespace fanin::graph
