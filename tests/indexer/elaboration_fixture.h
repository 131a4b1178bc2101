// Small repositories, indexed and linked into a snapshot of a memory store, for the tests of designs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/elaboration.h"
#include "graph/linker.h"
#include "graph/memory_store.h"
#include "graph/segment.h"
#include "graph/snapshot.h"
#include "indexer/design_sources.h"
#include "indexer/elaborator.h"
#include "indexer/indexer.h"
#include "tests/indexer/temp_tree.h"

namespace fanin::indexer {

class ElaborationFixture : public testing::Test {
 protected:
  template <typename T>
  static T ValueOf(base::Result<T> result) {
    if (!result) {
      ADD_FAILURE() << result.error();
      abort();
    }
    return *std::move(result);
  }

  // Indexes what is in tree_.
  void Index() {
    class Sink : public ShardSink {
     public:
      explicit Sink(graph::GraphStore& store) : store_(store) {}
      base::Result<std::vector<bool>> HasShards(const std::vector<base::Digest>& keys) override {
        return std::vector<bool>(keys.size());
      }
      base::Status Put(std::vector<Item> items) override {
        for (Item& item : items) {
          FANIN_RETURN_IF_ERROR(store_.PutBlobs(graph::BlobKind::kText, {{item.content, std::move(item.text)}}));
          FANIN_RETURN_IF_ERROR(
              store_.PutBlobs(graph::BlobKind::kShard, {{item.shard_key, std::move(item.shard_bytes)}}));
        }
        return {};
      }

     private:
      graph::GraphStore& store_;
    };
    store_ = graph::NewMemoryStore();
    Sink sink(*store_);
    IndexOptions options;
    options.root = tree_.root().string();
    const IndexResult result = ValueOf(IndexFolder(options, sink));

    std::vector<std::shared_ptr<const graph::Shard>> shards;
    std::vector<graph::LinkInput> inputs;
    for (const IndexedFile& file : result.files) {
      const auto blobs = ValueOf(store_->GetBlobs(graph::BlobKind::kShard, {&file.shard, 1}));
      shards.push_back(ValueOf(graph::Shard::Decode(*blobs.front())));
      inputs.push_back({file.path, [shard = shards.back()] { return shard; }, file.shard});
    }
    const graph::LinkResult linked = ValueOf(graph::LinkRepository("repo", inputs, 1));

    graph::RepositoryRecord record;
    record.name = "repo";
    ASSERT_TRUE(store_->CreateRepository(record).has_value());
    manifest_ = {};
    manifest_.repository = "repo";
    graph::SegmentEntry segment{ValueOf(store_->NewSegmentId()), 0, 0, std::nullopt};
    graph::SegmentBuilder builder;
    for (size_t i = 0; i < result.files.size(); ++i) {
      graph::FileEntry entry;
      entry.path = result.files[i].path;
      entry.content = result.files[i].content;
      entry.shard = result.files[i].shard;
      entry.links = base::DigestOf(linked.link_sets[i]);
      ASSERT_TRUE(store_->PutBlobs(graph::BlobKind::kLinks, {{entry.links, linked.link_sets[i]}}).has_value());
      const auto position = builder.Add({entry.path, shards[i], ValueOf(graph::LinkSet::Decode(linked.link_sets[i]))});
      entry.segment = segment.id;
      entry.ordinal = position.ordinal;
      entry.doc_base = position.doc_base;
      entry.chunk_count = static_cast<uint32_t>(shards[i]->chunks().size());
      entry.node_count = static_cast<uint32_t>(shards[i]->nodes().size());
      entry.line_count = shards[i]->line_count();
      ++segment.file_count;
      segment.doc_count += entry.chunk_count;
      manifest_.files.push_back(entry);
    }
    manifest_.segments = {segment};
    ASSERT_TRUE(store_->WriteSegment(segment.id, std::move(builder).Build()).has_value());
    Publish();
  }

  void Publish() {
    ValueOf(store_->Publish(manifest_));
    snapshot_ = ValueOf(graph::Snapshot::Open(store_, std::make_shared<graph::ShardCache>(1 << 24), "repo"));
  }

  DesignSources Sources(const DesignSpec& spec) {
    return ValueOf(FindDesignSources(*snapshot_, tree_.root(), spec, {}));
  }
  std::vector<std::string> SourcePaths(const DesignSpec& spec) {
    std::vector<std::string> paths;
    for (graph::FileRef file : Sources(spec).files) paths.push_back(snapshot_->file(file).path);
    return paths;
  }

  // Elaborates, stores, and opens the design over a new snapshot.
  void Elaborate(const DesignSpec& spec, const ElaborationLimits& limits = {}) {
    ElaborationResult result = ValueOf(indexer::Elaborate(*snapshot_, spec, Sources(spec), limits, {}));
    design_ = result.design;
    graph::DesignEntry entry;
    entry.name = spec.name;
    for (const graph::Blob& blob : result.facts) entry.facts.push_back(blob.digest);
    ASSERT_TRUE(store_->PutBlobs(graph::BlobKind::kElaborated, std::move(result.facts)).has_value());
    const std::string record = graph::EncodeDesign(result.design);
    entry.record = base::DigestOf(record);
    ASSERT_TRUE(store_->PutBlobs(graph::BlobKind::kDesign, {{entry.record, record}}).has_value());
    manifest_.designs = {entry};
    Publish();
    elaboration_ = ValueOf(graph::Elaboration::Open(*snapshot_, spec.name));
  }
  void ElaborateTop(const std::string& top) { Elaborate(DiscoveredDesign(top)); }

  // The specialisations of a module, by name.
  std::vector<uint32_t> Find(std::string_view module) const {
    std::vector<uint32_t> found;
    for (uint32_t i = 0; i < design_.definitions.size(); ++i) {
      if (design_.definitions[i].name == module) found.push_back(i);
    }
    return found;
  }
  std::vector<std::string> ElaboratedNames() const {
    std::vector<std::string> names;
    for (const graph::DesignDefinition& definition : design_.definitions) {
      if (definition.elaborated()) names.push_back(definition.name);
    }
    return names;
  }
  const graph::ElaboratedFacts& FactsOf(std::string_view module) const {
    return elaboration_->FactsOf(Find(module).at(0));
  }

  // "a[3:0] -> b[7:4]", with " control" etc. for roles but data, " @place" for what makes it. Names are last
  // components.
  std::vector<std::string> Edges(std::string_view module, graph::EdgeKind kind) const {
    std::vector<std::string> lines;
    for (const graph::ElaboratedEdge& edge : FactsOf(module).edges) {
      if (edge.kind != kind) continue;
      std::string line =
          NameOf(edge.from) + RangeText(edge.from_range) + " -> " + NameOf(edge.to) + RangeText(edge.to_range);
      if (edge.role != graph::Role::kData) line += " " + std::string(graph::RoleName(edge.role));
      if (edge.statement != graph::NodeId{}) line += " @" + NameOf(edge.statement);
      lines.push_back(line);
    }
    return lines;
  }
  std::string NameOf(const graph::NodeId& id) const {
    const graph::NodeRef ref = ValueOf(snapshot_->FindNode(id));
    return ref == graph::kNoRef ? "?" : std::string(ValueOf(snapshot_->GetNode(ref))->name);
  }
  static std::string RangeText(const graph::BitRange& range) {
    return range.known() ? "[" + std::to_string(range.msb) + ":" + std::to_string(range.lsb) + "]" : "";
  }
  std::vector<std::string> Parameters(uint32_t definition) const {
    std::vector<std::string> lines;
    for (const graph::ElaboratedParameter& parameter : elaboration_->FactsOf(definition).parameters) {
      lines.push_back(parameter.name + "=" + parameter.value);
    }
    return lines;
  }
  std::vector<std::string> Problems() const {
    std::vector<std::string> lines;
    for (const graph::DesignProblem& problem : design_.problems) {
      lines.push_back(problem.definition + "|" + problem.path + ":" + std::to_string(problem.line) + "|" +
                      problem.reason);
    }
    return lines;
  }

  TempTree tree_;
  std::shared_ptr<graph::GraphStore> store_;
  graph::Manifest manifest_;
  std::shared_ptr<const graph::Snapshot> snapshot_;
  graph::Design design_;
  std::shared_ptr<const graph::Elaboration> elaboration_;
};

}  // namespace fanin::indexer
