// Small repositories for the tests of search: files whose shards are made by hand from their text, in a MemoryStore,
// and an embedder whose vectors are known.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/link_set.h"
#include "graph/memory_store.h"
#include "graph/segment.h"
#include "graph/shard.h"
#include "graph/snapshot.h"
#include "retriever/code_tokens.h"
#include "retriever/embedder.h"
#include "retriever/retriever.h"
#include "retriever/search_index.h"

namespace fanin::retriever {

template <typename T>
T ValueOf(base::Result<T> result) {
  if (!result.has_value()) {
    ADD_FAILURE() << result.error();
    std::abort();
  }
  return *std::move(result);
}

// A file in the making. Elements and chunks are told by pieces of the text, which must occur in it; each is searched
// from where the one before began, so that they are given in the order of the text.
class TestFile {
 public:
  TestFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
    graph::Node file;
    file.name = path_;
    file.span = SpanOf(0, text_.size());
    builder_.AddNode(file);
  }

  // An element from `from` to the end of `to`; named where `name` occurs first in it, anonymous when there is no name.
  graph::LocalNode Add(graph::NodeKind kind, graph::LocalNode parent, std::string_view name, std::string_view from,
                       std::string_view to, std::string_view value = "", std::string_view doc = "") {
    graph::Node node;
    node.kind = kind;
    node.parent = parent;
    const size_t begin = Find(from, node_cursor_);
    node_cursor_ = begin;
    const size_t end = Find(to, begin) + to.size();
    node.span = SpanOf(begin, end);
    node.anonymous = name.empty();
    const std::string made_name = std::string(NodeKindName(kind)) + "#" + std::to_string(begin);
    node.name = node.anonymous ? made_name : name;
    const size_t name_begin = node.anonymous ? begin : Find(name, begin);
    node.name_span = node.anonymous ? node.span : SpanOf(name_begin, name_begin + name.size());
    node.value = value;
    node.doc = doc;
    return builder_.AddNode(node);
  }

  // The whole lines from the one with `from` to the one with `to`.
  void Chunk(graph::ChunkKind kind, graph::LocalNode node, std::string_view from, std::string_view to) {
    const size_t first = Find(from, chunk_cursor_);
    const size_t last = Find(to, first) + to.size();
    const size_t line_begin = text_.rfind('\n', first) == std::string::npos ? 0 : text_.rfind('\n', first) + 1;
    const size_t line_end = text_.find('\n', last) == std::string::npos ? text_.size() : text_.find('\n', last) + 1;
    chunk_cursor_ = first;
    builder_.AddChunk({kind, node, SpanOf(line_begin, line_end)});
  }

  void Edge(graph::EdgeKind kind, graph::LocalNode from, graph::LocalNode to, graph::Role role = graph::Role::kData) {
    graph::LocalEdge edge{kind, from, to, {}};
    edge.attributes.role = role;
    builder_.AddEdge(edge);
  }
  void Drives(graph::LocalNode block, graph::LocalNode signal) { Edge(graph::EdgeKind::kDrives, block, signal); }
  void Reads(graph::LocalNode signal, graph::LocalNode block, graph::Role role = graph::Role::kData) {
    Edge(graph::EdgeKind::kReads, signal, block, role);
  }
  void License(std::string_view spdx) { builder_.SetLicense(spdx); }
  graph::ShardBuilder& builder() { return builder_; }

  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }
  std::string Build() {
    builder_.SetLineCount(static_cast<uint32_t>(std::ranges::count(text_, '\n')));
    return std::move(builder_).Build();
  }

 private:
  size_t Find(std::string_view piece, size_t from) const {
    const size_t found = text_.find(piece, from);
    EXPECT_NE(found, std::string::npos) << path_ << " has no \"" << piece << "\" after byte " << from;
    return found == std::string::npos ? 0 : found;
  }
  uint32_t LineOf(size_t byte) const {
    return 1 + static_cast<uint32_t>(std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(byte), '\n'));
  }
  graph::Span SpanOf(size_t begin, size_t end) const {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end), LineOf(begin),
            end > begin ? LineOf(end - 1) : LineOf(begin)};
  }

  std::string path_;
  std::string text_;
  graph::ShardBuilder builder_;
  size_t node_cursor_ = 0;
  size_t chunk_cursor_ = 0;
};

// A file of one module that is one chunk.
inline TestFile OneModule(const std::string& path, const std::string& name, const std::string& body) {
  TestFile file(path, "module " + name + ";\n" + body + "\nendmodule\n");
  const auto module = file.Add(graph::NodeKind::kModule, 0, name, "module", "endmodule");
  file.Chunk(graph::ChunkKind::kModuleHeader, module, "module", "endmodule");
  return file;
}

// A repository: files in, an opened index out.
class SearchRepository {
 public:
  explicit SearchRepository(std::string name, std::shared_ptr<graph::GraphStore> store = graph::NewMemoryStore())
      : store_(std::move(store)), cache_(std::make_shared<graph::ShardCache>(1 << 24)) {
    graph::RepositoryRecord record;
    record.name = name;
    EXPECT_TRUE(store_->CreateRepository(record).has_value());
    manifest_.repository = std::move(name);
  }

  // Adds the file to the next segment; one of the same path before dies.
  void Put(TestFile file, std::vector<graph::Link> links = {}) {
    std::string path = file.path();
    pending_.insert_or_assign(std::move(path), Pending{file.text(), file.Build(), EncodeLinkSet(std::move(links))});
  }
  void Remove(const std::string& path) {
    std::erase_if(manifest_.files, [&](const graph::FileEntry& entry) { return entry.path == path; });
  }

  // Publishes what was put as one new segment.
  std::shared_ptr<const graph::Snapshot> Publish() {
    const graph::SegmentId id = ValueOf(store_->NewSegmentId());
    graph::SegmentBuilder segment_builder;
    PostingsBuilder postings_builder;
    graph::SegmentEntry segment;
    segment.id = id;
    for (auto& [path, file] : pending_) {
      Remove(path);
      AddFile(path, file, segment, segment_builder, postings_builder);
    }
    std::ranges::sort(manifest_.files, {}, &graph::FileEntry::path);
    graph::SegmentRows rows = std::move(segment_builder).Build();
    rows.tables[static_cast<int>(graph::Table::kPostings)] = std::move(postings_builder).Build();
    EXPECT_TRUE(store_->WriteSegment(id, std::move(rows)).has_value());
    if (!pending_.empty()) manifest_.segments.push_back(segment);
    pending_.clear();
    return PublishManifest();
  }

  std::shared_ptr<const graph::Snapshot> PublishManifest() {
    EXPECT_TRUE(store_->Publish(manifest_).has_value());
    return ValueOf(graph::Snapshot::Open(store_, cache_, manifest_.repository));
  }

  // Publishes, and opens without vectors.
  std::shared_ptr<const SearchIndex> Open() { return ValueOf(SearchIndex::Open(Publish(), {})); }

  graph::Manifest& manifest() { return manifest_; }
  graph::GraphStore& store() { return *store_; }

 private:
  struct Pending {
    std::string text, shard, links;
  };

  void AddFile(const std::string& path, const Pending& file, graph::SegmentEntry& segment,
               graph::SegmentBuilder& segment_builder, PostingsBuilder& postings_builder) {
    graph::FileEntry entry;
    entry.path = path;
    entry.segment = segment.id;
    entry.content = Store(graph::BlobKind::kText, file.text);
    entry.shard = Store(graph::BlobKind::kShard, file.shard);
    entry.links = Store(graph::BlobKind::kLinks, file.links);
    const auto shard = ValueOf(graph::Shard::Decode(file.shard));
    const auto links = ValueOf(graph::LinkSet::Decode(file.links));
    const auto position = segment_builder.Add({path, shard, links});
    postings_builder.Add(*shard, path, file.text, position, links.get());
    entry.ordinal = position.ordinal;
    entry.doc_base = position.doc_base;
    entry.chunk_count = static_cast<uint32_t>(shard->chunks().size());
    entry.node_count = static_cast<uint32_t>(shard->nodes().size());
    entry.line_count = shard->line_count();
    entry.size_bytes = file.text.size();
    segment.file_count += 1;
    segment.doc_count += entry.chunk_count;
    manifest_.files.push_back(std::move(entry));
  }

  base::Digest Store(graph::BlobKind kind, const std::string& bytes) {
    const base::Digest digest = base::DigestOf(bytes);
    EXPECT_TRUE(store_->PutBlobs(kind, {{digest, bytes}}).has_value());
    return digest;
  }

  std::shared_ptr<graph::GraphStore> store_;
  std::shared_ptr<graph::ShardCache> cache_;
  std::map<std::string, Pending> pending_;
  graph::Manifest manifest_;
};

// Embeds a text as the sum of directions of its terms; terms of one meaning ("hourglass" and "timer") share a
// direction. Tests know therefore what is near what. Counts what it embeds.
class FakeEmbedder : public Embedder {
 public:
  FakeEmbedder() {
    identity_.name = "fake";
    identity_.dims = 64;
    identity_.digest = base::DigestOf("fake embedder");
  }
  void SameMeaning(const std::string& term, const std::string& other) { meaning_[Stem(term)] = Stem(other); }

  const ModelIdentity& identity() const override { return identity_; }
  std::string DescribeRuntime() const override { return "fake"; }
  base::Status EmbedPassages(std::span<const std::string_view> texts, std::span<float> out) override {
    EXPECT_EQ(out.size(), texts.size() * identity_.dims);
    for (size_t i = 0; i < texts.size(); ++i) {
      std::ranges::copy(Vector(texts[i]), out.begin() + static_cast<ptrdiff_t>(i * identity_.dims));
    }
    texts_embedded_ += texts.size();
    return {};
  }
  base::Result<std::vector<float>> EmbedQuery(std::string_view text) override {
    if (fails_) return base::Fail(base::Code::kUnavailable, "the fake is down");
    return Vector(text);
  }

  size_t texts_embedded() const { return texts_embedded_; }
  void set_fails(bool fails) { fails_ = fails; }

 private:
  std::vector<float> Vector(std::string_view text) const {
    std::vector<float> sum(identity_.dims);
    std::vector<std::string> terms;
    ScanWords(text, TextKind::kProse,
              [&](const WordSpan& word) { AppendTerms(text.substr(word.begin, word.end - word.begin), terms); });
    for (const std::string& term : terms) {
      const auto found = meaning_.find(term);
      const std::string& meant = found != meaning_.end() ? found->second : term;
      for (size_t d = 0; d < sum.size(); ++d) {
        sum[d] += (base::Hash64(meant, d) & 1) != 0 ? 1.0F : -1.0F;
      }
    }
    float square = 0;
    for (float x : sum) square += x * x;
    if (square == 0) sum[0] = square = 1;
    for (float& x : sum) x /= std::sqrt(square);
    return sum;
  }

  ModelIdentity identity_;
  std::map<std::string, std::string> meaning_;
  size_t texts_embedded_ = 0;
  bool fails_ = false;
};

// Results as "path:first line", in order.
inline std::vector<std::string> PlacesOf(const SearchIndex& index, const SearchResponse& response) {
  std::vector<std::string> places;
  for (const SearchResult& result : response.results) {
    places.push_back(index.snapshot().file(result.node.file).path + ":" + std::to_string(result.span.begin_line));
  }
  return places;
}

}  // namespace fanin::retriever
