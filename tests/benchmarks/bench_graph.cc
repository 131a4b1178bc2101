// The graph's hot parts: decoding shards, reading one step of edges, writing and publishing segments. Shards are made
// up, with the proportions of real ones (nodes : edges : references = 2 : 3 : 2).
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "graph/link_set.h"
#include "graph/memory_store.h"
#include "graph/rocks_store.h"
#include "graph/segment.h"
#include "graph/shard.h"
#include "graph/snapshot.h"

namespace fanin::graph {
namespace {

template <typename T>
T Must(base::Result<T> result) {
  if (!result) {
    fprintf(stderr, "%s\n", result.error().ToString().c_str());
    abort();
  }
  return *std::move(result);
}
void Must(base::Status status) { FANIN_CHECK(status.has_value()); }

std::string MakeShard(size_t node_count, uint64_t seed) {
  std::mt19937_64 random(seed);
  ShardBuilder builder;
  auto add = [&](NodeKind kind, LocalNode parent, std::string_view name, size_t at) {
    Node node;
    node.kind = kind;
    node.parent = parent;
    node.name = name;
    const auto begin = static_cast<uint32_t>(at * 40);
    node.span = {begin, begin + 36, begin / 40 + 1, begin / 40 + 1};
    node.name_span = {begin + 20, begin + 32, node.span.begin_line, node.span.begin_line};
    node.type = "logic";
    node.width = at % 3 == 0 ? "[31:0]" : "";
    node.direction = kind == NodeKind::kPort ? PortDirection::kInput : PortDirection::kNone;
    return builder.AddNode(node);
  };
  add(NodeKind::kFile, kNoNode, "", 0);
  LocalNode module = add(NodeKind::kModule, 0, "module_" + std::to_string(seed), 1);
  for (size_t i = 2; i < node_count; ++i) {
    if (i % 1000 == 0) module = add(NodeKind::kModule, 0, "module_" + std::to_string(seed * 1000 + i), i);
    const NodeKind kind = i % 4 == 0 ? NodeKind::kPort : i % 4 == 1 ? NodeKind::kStatement : NodeKind::kSignal;
    add(kind, module, "signal_" + std::to_string(random() % 500) + "_q", i);
  }
  const auto nodes = static_cast<uint32_t>(builder.node_count());
  for (size_t i = 0; i < node_count * 3 / 2; ++i) {
    LocalEdge edge{EdgeKind::kFlows,
                   static_cast<LocalNode>(2 + random() % (nodes - 2)),
                   static_cast<LocalNode>(2 + random() % (nodes - 2)),
                   {}};
    edge.attributes.statement = static_cast<LocalNode>(random() % nodes);
    const std::string guard = "state_q == " + std::to_string(random() % 20);
    edge.attributes.guard = guard;
    builder.AddEdge(edge);
  }
  for (size_t i = 0; i < node_count; ++i) {
    const std::string name = "signal_" + std::to_string(random() % 500) + "_q";
    const Operand operand{static_cast<LocalNode>(random() % nodes), {}, Role::kData};
    Reference reference;
    reference.from = static_cast<LocalNode>(random() % nodes);
    reference.name = name;
    reference.span = {static_cast<uint32_t>(i * 40), static_cast<uint32_t>(i * 40 + 10), 1, 1};
    reference.operands = {&operand, 1};
    builder.AddReference(reference);
  }
  for (size_t i = 0; i < node_count / 10; ++i) {
    builder.AddChunk({ChunkKind::kBlock, static_cast<LocalNode>(i), {static_cast<uint32_t>(i * 400), 0, 1, 1}});
  }
  return std::move(builder).Build();
}

void BM_DecodeShard(benchmark::State& state) {
  const std::string bytes = MakeShard(static_cast<size_t>(state.range(0)), 1);
  for (auto _ : state) benchmark::DoNotOptimize(Must(Shard::Decode(bytes)));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
  state.counters["nodes/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_DecodeShard)->Arg(100)->Arg(1000)->Arg(10000);

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fanin-bench-XXXXXX").string();
    FANIN_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::shared_ptr<GraphStore> OpenStore(const Folder& folder, bool on_disk) {
  std::shared_ptr<GraphStore> store = NewMemoryStore();
  if (on_disk) store = Must(RocksStore::Open(folder.path()));
  RepositoryRecord record;
  record.name = "bench";
  Must(store->CreateRepository(record));
  return store;
}

// A repository of `files` files of 500 nodes; every file's port is linked to 20 nodes of other files.
void PublishRepository(GraphStore& store, size_t files) {
  std::mt19937_64 random(5);
  Manifest manifest;
  manifest.repository = "bench";
  std::vector<std::shared_ptr<const Shard>> shards;
  for (size_t f = 0; f < files; ++f) {
    FileEntry& entry = manifest.files.emplace_back();
    entry.path = "rtl/" + std::to_string(100000 + f) + ".sv";
    std::string bytes = MakeShard(500, f);
    entry.shard = base::DigestOf(bytes);
    Must(store.PutBlobs(BlobKind::kShard, {{entry.shard, bytes}}));
    shards.push_back(Must(Shard::Decode(std::move(bytes))));
    entry.node_count = static_cast<uint32_t>(shards.back()->nodes().size());
    entry.chunk_count = static_cast<uint32_t>(shards.back()->chunks().size());
  }
  const SegmentId segment = Must(store.NewSegmentId());
  SegmentBuilder builder;
  for (size_t f = 0; f < files; ++f) {
    std::vector<Link> links;
    for (int i = 0; i < 20; ++i) {
      const size_t to = random() % files;
      Link& link = links.emplace_back();
      link.kind = EdgeKind::kFlows;
      link.local = static_cast<LocalNode>(2 + random() % 100);
      link.remote = {FileKey("bench", manifest.files[to].path), shards[to]->nodes()[2 + random() % 100].local_id};
    }
    std::string bytes = EncodeLinkSet(std::move(links));
    FileEntry& entry = manifest.files[f];
    entry.links = base::DigestOf(bytes);
    Must(store.PutBlobs(BlobKind::kLinks, {{entry.links, bytes}}));
    const auto position = builder.Add({entry.path, shards[f], Must(LinkSet::Decode(std::move(bytes)))});
    entry.segment = segment;
    entry.ordinal = position.ordinal;
    entry.doc_base = position.doc_base;
  }
  Must(store.WriteSegment(segment, std::move(builder).Build()));
  manifest.segments.push_back({segment, static_cast<uint32_t>(files), 0, std::nullopt});
  Must(store.Publish(manifest));
}

// One step from 16 nodes of as many files, decoded shards in the cache. Arg: on disk.
void BM_OneStepOfEdges(benchmark::State& state) {
  const Folder folder;
  const auto store = OpenStore(folder, state.range(0) != 0);
  PublishRepository(*store, 500);
  const auto snapshot = Must(Snapshot::Open(store, std::make_shared<ShardCache>(size_t{1} << 30), "bench"));
  std::mt19937_64 random(9);
  size_t edges = 0;
  for (auto _ : state) {
    std::vector<NodeRef> refs;
    for (int i = 0; i < 16; ++i) refs.push_back(snapshot->RefOf(random() % 500, 2 + random() % 100));
    for (const auto& of_ref : Must(snapshot->GetEdges(refs, Direction::kIn, MaskOf(EdgeKind::kFlows)))) {
      edges += of_ref.size();
    }
  }
  state.counters["edges/step"] = static_cast<double>(edges) / static_cast<double>(state.iterations());
}
BENCHMARK(BM_OneStepOfEdges)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void BM_OpenSnapshot(benchmark::State& state) {
  const Folder folder;
  const auto store = OpenStore(folder, true);
  PublishRepository(*store, 650);
  const auto cache = std::make_shared<ShardCache>(size_t{1} << 30);
  for (auto _ : state) benchmark::DoNotOptimize(Must(Snapshot::Open(store, cache, "bench")));
}
BENCHMARK(BM_OpenSnapshot)->Unit(benchmark::kMicrosecond);

SegmentRows MakeRows(size_t count) {
  std::mt19937_64 random(3);
  SegmentRows rows;
  for (int table = 0; table < kTableCount; ++table) {
    std::map<std::string, std::string> sorted;
    while (sorted.size() < count / kTableCount) {
      std::string value(10 + random() % 60, '\0');
      for (char& c : value) c = static_cast<char>(random() % 64);
      sorted["name_" + std::to_string(random() % 100000000)] = std::move(value);
    }
    for (auto& [key, value] : sorted) rows.tables[table].push_back({key, std::move(value)});
  }
  return rows;
}

// WriteSegment and Publish, durable. Arg: rows. Wall time, since it waits for the disk.
void BM_WriteSegmentAndPublish(benchmark::State& state) {
  const Folder folder;
  const auto store = OpenStore(folder, true);
  const SegmentRows rows = MakeRows(static_cast<size_t>(state.range(0)));
  Manifest manifest;
  manifest.repository = "bench";
  manifest.files.resize(650);
  for (auto _ : state) {
    state.PauseTiming();
    SegmentRows copy = rows;
    state.ResumeTiming();
    const SegmentId id = Must(store->NewSegmentId());
    Must(store->WriteSegment(id, std::move(copy)));
    Must(store->Publish(manifest));
  }
}
BENCHMARK(BM_WriteSegmentAndPublish)
    ->Arg(300)
    ->Arg(3000)
    ->Arg(30000)
    ->Arg(300000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// What each run of the command line pays. Arg: read-only.
void BM_OpenStore(benchmark::State& state) {
  const Folder folder;
  PublishRepository(*OpenStore(folder, true), 500);
  RocksOptions options;
  options.mode = state.range(0) != 0 ? OpenMode::kReadOnly : OpenMode::kReadWrite;
  for (auto _ : state) benchmark::DoNotOptimize(Must(RocksStore::Open(folder.path(), options)));
}
BENCHMARK(BM_OpenStore)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace fanin::graph

BENCHMARK_MAIN();
