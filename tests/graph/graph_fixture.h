// Small repositories of shards made by hand, for the tests of graph/.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "graph/linker.h"
#include "graph/memory_store.h"
#include "graph/segment.h"
#include "graph/shard.h"
#include "graph/snapshot.h"

namespace fanin::graph {

// What a node has besides its name.
struct NodeMore {
  PortDirection direction = PortDirection::kNone;
  std::string_view type = {};
  std::string_view value = {};
};

// What a reference has besides its name.
struct ReferenceMore {
  std::string_view scope = {};
  std::string_view text = {};
  std::vector<Operand> operands = {};
  bool far_is_source = false;
};

// One file under construction. Elements get spans in the order of their making; a parent's holds its children's.
class TestFile {
 public:
  explicit TestFile(std::string path) : path_(std::move(path)) {
    Node file;
    file.kind = NodeKind::kFile;
    file.name = path_;
    file.span = {0, 1, 1, 1};
    builder_.AddNode(file);
  }

  const std::string& path() const { return path_; }
  ShardBuilder& builder() { return builder_; }

  LocalNode Add(LocalNode parent, NodeKind kind, std::string_view name, const NodeMore& more = {}) {
    const Span here = Advance();
    Node node;
    node.kind = kind;
    node.parent = parent;
    node.name = name;
    node.direction = more.direction;
    node.type = more.type;
    node.value = more.value;
    node.span = node.name_span = here;
    node.anonymous = name.find('#') != std::string_view::npos;
    for (LocalNode around = parent; around != kNoNode; around = builder_.node(around).parent) {
      Span span = builder_.node(around).span;
      span.end_byte = here.end_byte;
      span.end_line = here.end_line;
      builder_.SetSpan(around, span);
    }
    return builder_.AddNode(node);
  }
  LocalNode Module(std::string_view name) { return Add(0, NodeKind::kModule, name); }
  LocalNode Package(std::string_view name) { return Add(0, NodeKind::kPackage, name); }
  LocalNode Signal(LocalNode parent, std::string_view name, std::string_view type = "logic") {
    return Add(parent, NodeKind::kSignal, name, {.type = type});
  }
  LocalNode Input(LocalNode module, std::string_view name) {
    return Add(module, NodeKind::kPort, name, {.direction = PortDirection::kInput, .type = "logic"});
  }
  LocalNode Output(LocalNode module, std::string_view name) {
    return Add(module, NodeKind::kPort, name, {.direction = PortDirection::kOutput, .type = "logic"});
  }

  void Refer(EdgeKind kind, LookUp look_up, LocalNode from, std::string_view name, const ReferenceMore& how = {}) {
    Reference reference;
    reference.kind = kind;
    reference.look_up = look_up;
    reference.from = from;
    reference.name = name;
    reference.scope = how.scope;
    reference.far_is_source = how.far_is_source;
    reference.attributes.text = how.text;
    reference.operands = how.operands;
    reference.span = Advance();
    builder_.AddReference(reference);
  }
  // "module name (...);"
  LocalNode Instance(LocalNode parent, std::string_view module, std::string_view name) {
    const LocalNode instance = Add(parent, NodeKind::kInstance, name, {.value = module});
    Refer(EdgeKind::kInstantiates, LookUp::kDefinition, instance, module);
    return instance;
  }
  // ".port(signals)"
  void Connect(LocalNode instance, std::string_view port, std::vector<LocalNode> signals,
               std::string_view actual = "actual") {
    ReferenceMore how{.text = actual};
    for (LocalNode signal : signals) how.operands.emplace_back().node = signal;
    Refer(EdgeKind::kConnects, LookUp::kInstancePort, instance, port, how);
  }
  // "import package::item;"
  void Import(LocalNode scope, std::string_view package, std::string_view item = "*") {
    Refer(EdgeKind::kImports, LookUp::kPackage, scope, package, {.text = item});
  }
  void Include(std::string_view text) { Refer(EdgeKind::kIncludes, LookUp::kFile, 0, text); }
  // `text`: the ends as written, where one is a member.
  void Flow(LocalNode from, LocalNode to, Assignment assignment = Assignment::kContinuous, Role role = Role::kData,
            std::string_view text = "") {
    LocalEdge edge;
    edge.kind = EdgeKind::kFlows;
    edge.from = from;
    edge.to = to;
    edge.attributes.assignment = assignment;
    edge.attributes.role = role;
    edge.attributes.text = text;
    builder_.AddEdge(edge);
  }

  std::string Build() && {
    builder_.SetLineCount(position_);
    return std::move(builder_).Build();
  }

 private:
  Span Advance() {
    ++position_;
    return {position_, position_ + 1, position_, position_};
  }

  std::string path_;
  ShardBuilder builder_;
  uint32_t position_ = 0;
};

// A repository of finished shards, linked. Its nodes and edges print as "path:qualified.path", for expectations.
class LinkedRepository {
 public:
  static constexpr std::string_view kName = "test";

  void Add(TestFile file) {
    std::string path = file.path();
    auto shard = Shard::Decode(std::move(file).Build());
    ASSERT_TRUE(shard.has_value()) << shard.error();
    const uint64_t key = FileKey(kName, path);
    for (LocalNode i = 0; i < (*shard)->nodes().size(); ++i) {
      const std::string name = i == 0 ? "" : ":" + (*shard)->Path(i);
      names_[{key, (*shard)->nodes()[i].local_id}] = path + name;
    }
    inputs_.push_back({std::move(path), [shard = *shard] { return shard; }, base::DigestOf((*shard)->bytes())});
    shards_.push_back(*shard);
  }

  std::vector<LinkInput>& inputs() { return inputs_; }

  const LinkResult& Link(size_t threads = 1) {
    auto result = LinkRepository(kName, inputs_, threads);
    EXPECT_TRUE(result.has_value()) << result.error();
    result_ = *std::move(result);
    links_.clear();
    for (const std::string& bytes : result_.link_sets) {
      auto links = LinkSet::Decode(bytes);
      EXPECT_TRUE(links.has_value()) << links.error();
      links_.push_back(*std::move(links));
    }
    return result_;
  }

  // The links of one kind as "from -> to", with " 0.50" when the confidence is below 1. Sorted. After Link().
  std::vector<std::string> Links(EdgeKind kind) const {
    std::vector<std::string> lines;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      for (const graph::Link& link : links_[i]->links()) {
        if (link.kind != kind) continue;
        std::string local = NameOf({FileKey(kName, inputs_[i].path), shards_[i]->nodes()[link.local].local_id});
        std::string remote = NameOf(link.remote);
        if (link.remote_is_source) std::swap(local, remote);
        char confidence[16] = "";
        if (link.confidence < 0.9995F) std::snprintf(confidence, sizeof confidence, " %.2f", link.confidence);
        lines.push_back(local + " -> " + remote + confidence);
      }
    }
    std::ranges::sort(lines);
    return lines;
  }
  const LinkSet& LinksOfFile(size_t input) const { return *links_[input]; }
  std::string NameOf(const NodeId& id) const { return names_.contains(id) ? names_.at(id) : id.ToHex(); }

  // Links, stores and publishes all files as one segment, and opens the snapshot.
  std::shared_ptr<const Snapshot> Open() {
    Link();
    const std::shared_ptr<GraphStore> store = NewMemoryStore();
    std::vector<size_t> order(inputs_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](size_t i) -> const std::string& { return inputs_[i].path; });
    Manifest manifest;
    manifest.repository = kName;
    SegmentBuilder builder;
    auto segment = store->NewSegmentId();
    std::vector<Blob> shards, link_sets;
    for (size_t i : order) {
      FileEntry entry;
      entry.path = inputs_[i].path;
      entry.content = base::DigestOf("");
      entry.shard = base::DigestOf(shards_[i]->bytes());
      entry.links = base::DigestOf(result_.link_sets[i]);
      entry.node_count = static_cast<uint32_t>(shards_[i]->nodes().size());
      entry.segment = *segment;
      const SegmentBuilder::Position position = builder.Add({entry.path, shards_[i], links_[i]});
      entry.ordinal = position.ordinal;
      entry.doc_base = position.doc_base;
      shards.push_back({entry.shard, shards_[i]->bytes()});
      link_sets.push_back({entry.links, result_.link_sets[i]});
      manifest.files.push_back(std::move(entry));
    }
    manifest.segments.push_back({*segment, static_cast<uint32_t>(order.size()), 0, std::nullopt});
    RepositoryRecord record;
    record.name = kName;
    EXPECT_TRUE(store->PutBlobs(BlobKind::kText, {{base::DigestOf(""), ""}}).has_value());
    EXPECT_TRUE(store->PutBlobs(BlobKind::kShard, std::move(shards)).has_value());
    EXPECT_TRUE(store->PutBlobs(BlobKind::kLinks, std::move(link_sets)).has_value());
    EXPECT_TRUE(store->WriteSegment(*segment, std::move(builder).Build()).has_value());
    EXPECT_TRUE(store->CreateRepository(record).has_value());
    EXPECT_TRUE(store->Publish(manifest).has_value());
    auto snapshot = Snapshot::Open(store, std::make_shared<ShardCache>(size_t{64} << 20), kName);
    EXPECT_TRUE(snapshot.has_value()) << snapshot.error();
    return *snapshot;
  }

  // The node that prints so.
  NodeId IdOf(std::string_view name) const {
    for (const auto& [id, printed] : names_) {
      if (printed == name) return id;
    }
    ADD_FAILURE() << "no node " << name;
    return {};
  }

 private:
  std::map<NodeId, std::string> names_;
  std::vector<LinkInput> inputs_;
  std::vector<std::shared_ptr<const Shard>> shards_;
  std::vector<std::shared_ptr<const LinkSet>> links_;
  LinkResult result_;
};

}  // namespace fanin::graph
