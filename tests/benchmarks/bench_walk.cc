// Questions to an indexed repository, in this process. FANIN_BENCH_DATA is the data directory, FANIN_BENCH_REPOSITORY
// the repository (default ibex), FANIN_BENCH_SIGNAL the root of cones (default ibex_top.instr_req_o). `cold`: nothing
// decoded and the snapshot not open; the operating system may hold the files. Counters: p50 and p95 in milliseconds.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "graph/cypher.h"
#include "graph/fsm.h"
#include "graph/hierarchy.h"
#include "graph/rocks_store.h"
#include "graph/snapshot.h"
#include "graph/traversal.h"

namespace fanin::graph {
namespace {

constexpr size_t kCacheBytes = size_t{1} << 30;

template <typename T>
T Must(base::Result<T> result) {
  if (!result) {
    fprintf(stderr, "%s\n", result.error().ToString().c_str());
    abort();
  }
  return *std::move(result);
}

std::string Variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

std::shared_ptr<RocksStore> OpenStore() {
  RocksOptions options;
  options.mode = OpenMode::kReadOnly;
  return Must(RocksStore::Open(Variable("FANIN_BENCH_DATA", "data"), options));
}

std::shared_ptr<const Snapshot> OpenSnapshot(const std::shared_ptr<RocksStore>& store) {
  return Must(
      Snapshot::Open(store, std::make_shared<ShardCache>(kCacheBytes), Variable("FANIN_BENCH_REPOSITORY", "ibex")));
}

std::vector<Occurrence> Roots(const Snapshot& snapshot) {
  std::vector<Occurrence> roots;
  for (const NodeRef ref : Must(snapshot.FindByPath(Variable("FANIN_BENCH_SIGNAL", "ibex_top.instr_req_o")))) {
    roots.push_back({ref, {}});
  }
  return roots;
}

// Times one run after the other and reports the percentiles.
class Percentiles {
 public:
  template <typename Run>
  void Time(const Run& run) {
    const auto start = std::chrono::steady_clock::now();
    run();
    ms_.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  void Report(benchmark::State& state) {
    std::ranges::sort(ms_);
    state.counters["p50_ms"] = ms_[ms_.size() / 2];
    state.counters["p95_ms"] = ms_[ms_.size() * 95 / 100];
  }

 private:
  std::vector<double> ms_;
};

// Arg: depth.
void BM_ConeCold(benchmark::State& state) {
  const auto store = OpenStore();
  Percentiles percentiles;
  size_t steps = 0;
  for (auto _ : state) {
    percentiles.Time([&] {
      const auto snapshot = OpenSnapshot(store);
      TraceRequest request;
      request.roots = Roots(*snapshot);
      request.max_depth = static_cast<uint32_t>(state.range(0));
      steps = Must(Trace(*snapshot, request)).steps.size();
    });
  }
  percentiles.Report(state);
  state.counters["steps"] = static_cast<double>(steps);
}
BENCHMARK(BM_ConeCold)->Arg(8)->Arg(16)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_ConeWarm(benchmark::State& state) {
  const auto snapshot = OpenSnapshot(OpenStore());
  Percentiles percentiles;
  TraceRequest request;
  request.roots = Roots(*snapshot);
  request.max_depth = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) {
    percentiles.Time([&] { benchmark::DoNotOptimize(Must(Trace(*snapshot, request))); });
  }
  percentiles.Report(state);
}
BENCHMARK(BM_ConeWarm)->Arg(8)->Arg(16)->Unit(benchmark::kMillisecond)->UseRealTime();

// Drivers one step back of signals by chance, the store's blocks cached.
void BM_Drivers(benchmark::State& state) {
  const auto snapshot = OpenSnapshot(OpenStore());
  std::vector<NodeRef> signals;
  for (FileRef file = 0; file < snapshot->file_count(); ++file) {
    const auto shard = Must(snapshot->GetShard(file));
    for (LocalNode local = 0; local < shard->nodes().size(); ++local) {
      if (IsSignalLike(shard->nodes()[local].kind)) signals.push_back(snapshot->RefOf(file, local));
    }
  }
  std::mt19937_64 random(1);
  Percentiles percentiles;
  for (auto _ : state) {
    TraceRequest request;
    request.roots = {{signals[random() % signals.size()], {}}};
    request.max_depth = 1;
    percentiles.Time([&] { benchmark::DoNotOptimize(Must(Trace(*snapshot, request))); });
  }
  percentiles.Report(state);
}
BENCHMARK(BM_Drivers)->Unit(benchmark::kMillisecond)->UseRealTime();

constexpr const char* kPatterns[] = {
    "MATCH (b:Always)-[:DRIVES]->(s:Signal {name: 'ctrl_fsm_cs'}) RETURN b.path, b.line",
    "MATCH (a:Signal)-[f:FLOWS]->(b:Signal {name: 'instr_req_o'}) WHERE f.role <> 'clock' RETURN a.qualified_name, "
    "f.role",
    "MATCH (a:Signal)-[:FLOWS*1..4]->(b:Signal {qualified_name: 'ibex_core.instr_req_o'}) RETURN DISTINCT "
    "a.qualified_name",
    "MATCH (i:Instance)-[:INSTANTIATES]->(m:Module {name: 'ibex_csr'}) RETURN count(i)",
    "MATCH (m:Module {name: 'ibex_controller'})-[:CONTAINS]->(b:AlwaysFf)-[:DRIVES]->(s:Signal) RETURN b.line, s.name",
    "MATCH (s:Signal) WHERE s.name =~ 'ls_fsm_.*' RETURN s.qualified_name",
    "MATCH (s:Statement) WHERE s.path ENDS WITH 'rtl/ibex_controller.sv' RETURN count(s)",
    "MATCH (m:Module) WHERE NOT (:Instance)-[:INSTANTIATES]->(m) RETURN m.name ORDER BY m.name",
    "MATCH (i:Instance)-[:INSTANTIATES]->(m) RETURN m.name, count(i) AS uses ORDER BY uses DESC LIMIT 10",
};

// Arg: index of the pattern.
void BM_Cypher(benchmark::State& state) {
  const auto snapshot = OpenSnapshot(OpenStore());
  CypherRequest request;
  request.text = kPatterns[state.range(0)];
  Percentiles percentiles;
  size_t rows = 0;
  for (auto _ : state) {
    percentiles.Time([&] { rows = Must(RunCypher(*snapshot, request)).rows.size(); });
  }
  percentiles.Report(state);
  state.counters["rows"] = static_cast<double>(rows);
  state.SetLabel(request.text);
}
BENCHMARK(BM_Cypher)->DenseRange(0, std::size(kPatterns) - 1)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_Hierarchy(benchmark::State& state) {
  const auto snapshot = OpenSnapshot(OpenStore());
  HierarchyRequest request;
  request.counts = request.parameters = true;
  Percentiles percentiles;
  for (auto _ : state) {
    percentiles.Time([&] { benchmark::DoNotOptimize(Must(GetHierarchy(*snapshot, request))); });
  }
  percentiles.Report(state);
}
BENCHMARK(BM_Hierarchy)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace fanin::graph

BENCHMARK_MAIN();
