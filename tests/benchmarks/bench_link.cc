// Linking of made-up repositories: time per reference as they grow, and names that very many files define. One file has
// about what a file of a SoC repository has: a module of 16 ports, 5 instances, 40 names of packages.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/linker.h"
#include "graph/shard.h"

namespace {

using namespace fanin::graph;

constexpr int kPorts = 16;
constexpr int kInstances = 5;
constexpr int kPackageMembers = 200;
constexpr int kFilesPerPackage = 20;

LocalNode AddNode(ShardBuilder& builder, NodeKind kind, LocalNode parent, std::string_view name,
                  PortDirection direction = PortDirection::kNone) {
  Node node;
  node.kind = kind;
  node.parent = parent;
  node.name = name;
  node.direction = direction;
  node.type = "logic";
  return builder.AddNode(node);
}

void Refer(ShardBuilder& builder, EdgeKind kind, LookUp look_up, LocalNode from, std::string_view name,
           std::string_view text = {}, std::span<const Operand> operands = {}) {
  Reference reference;
  reference.kind = kind;
  reference.look_up = look_up;
  reference.from = from;
  reference.name = name;
  reference.attributes.text = text;
  reference.operands = operands;
  builder.AddReference(reference);
}

// What is linked: encoded shards, decoded anew whenever the linker asks, as from a store.
struct Repository {
  std::vector<LinkInput> inputs;
  size_t references = 0;

  void Add(std::string path, ShardBuilder builder) {
    auto bytes = std::make_shared<const std::string>(std::move(builder).Build());
    inputs.push_back({std::move(path), [bytes] { return Shard::Decode(*bytes); }, {}});
  }
};

ShardBuilder NewFile(std::string_view path) {
  ShardBuilder builder;
  AddNode(builder, NodeKind::kFile, kNoNode, path);
  return builder;
}

std::string Numbered(std::string_view prefix, int number) { return std::string(prefix) + std::to_string(number); }

void AddPackage(Repository& repository, int number) {
  const std::string path = Numbered("ip", number) + "/rtl/pkg.sv";
  ShardBuilder builder = NewFile(path);
  const LocalNode package = AddNode(builder, NodeKind::kPackage, 0, Numbered("pkg", number));
  for (int i = 0; i < kPackageMembers; ++i) {
    AddNode(builder, NodeKind::kParameter, package, Numbered(Numbered("P", number) + "_", i));
  }
  repository.Add(path, std::move(builder));
}

void AddModule(Repository& repository, int number, int count) {
  const int ip = number / kFilesPerPackage;
  const std::string path = Numbered("ip", ip) + "/rtl/" + Numbered("m", number) + ".sv";
  ShardBuilder builder = NewFile(path);
  const LocalNode module = AddNode(builder, NodeKind::kModule, 0, Numbered("m", number));
  Refer(builder, EdgeKind::kImports, LookUp::kPackage, module, "pkg0", "*");
  Refer(builder, EdgeKind::kImports, LookUp::kPackage, module, Numbered("pkg", ip), "*");
  std::vector<LocalNode> signals;
  for (int i = 0; i < kPorts; ++i) {
    signals.push_back(AddNode(builder, NodeKind::kPort, module, Numbered("port_", i),
                              i % 2 == 0 ? PortDirection::kInput : PortDirection::kOutput));
  }
  for (int i = 0; i < kInstances; ++i) {
    const LocalNode instance = AddNode(builder, NodeKind::kInstance, module, Numbered("u_", i));
    Refer(builder, EdgeKind::kInstantiates, LookUp::kDefinition, instance, Numbered("m", (number + 7 * i + 1) % count));
    for (int port = 0; port < kPorts; ++port) {
      Operand operand;
      operand.node = signals[static_cast<size_t>(port)];
      Refer(builder, EdgeKind::kConnects, LookUp::kInstancePort, instance, Numbered("port_", port), "actual",
            {&operand, 1});
    }
  }
  for (int i = 0; i < 40; ++i) {
    const int package = i % 2 == 0 ? 0 : ip;
    Refer(builder, EdgeKind::kRefersTo, LookUp::kIdentifier, module,
          Numbered(Numbered("P", package) + "_", (number + i) % kPackageMembers));
  }
  repository.references += 2 + kInstances * (kPorts + 1) + 40;
  repository.Add(path, std::move(builder));
}

void Run(benchmark::State& state, const Repository& repository, size_t threads) {
  uint64_t bytes = 0;
  for (auto _ : state) {
    auto result = LinkRepository("bench", repository.inputs, threads);
    FANIN_CHECK(result.has_value());
    bytes = 0;
    for (const std::string& links : result->link_sets) bytes += links.size();
  }
  const auto references = static_cast<double>(repository.references);
  state.counters["references"] = references;
  state.counters["references/s"] = benchmark::Counter(references, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["bytes/reference"] = static_cast<double>(bytes) / references;
}

void BM_Link(benchmark::State& state) {
  const int count = static_cast<int>(state.range(0));
  Repository repository;
  for (int i = 0; i <= count / kFilesPerPackage; ++i) AddPackage(repository, i);
  for (int i = 0; i < count; ++i) AddModule(repository, i, count);
  Run(state, repository, static_cast<size_t>(state.range(1)));
}
BENCHMARK(BM_Link)
    ->ArgNames({"files", "threads"})
    ->Args({500, 1})
    ->Args({4000, 1})
    ->Args({4000, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Every file defines the module and instantiates another file's of the same name.
void BM_OneNameEverywhere(benchmark::State& state) {
  const int count = static_cast<int>(state.range(0));
  Repository repository;
  for (int i = 0; i < count; ++i) {
    const std::string path = Numbered("d", i) + "/m.sv";
    ShardBuilder builder = NewFile(path);
    const bool defines = i % 2 == 0;
    const LocalNode module = AddNode(builder, NodeKind::kModule, 0, defines ? "same" : Numbered("user", i));
    if (!defines) {
      const LocalNode instance = AddNode(builder, NodeKind::kInstance, module, "u");
      Refer(builder, EdgeKind::kInstantiates, LookUp::kDefinition, instance, "same");
      repository.references += 1;
    }
    repository.Add(path, std::move(builder));
  }
  Run(state, repository, 1);
}
BENCHMARK(BM_OneNameEverywhere)
    ->ArgName("files")
    ->Arg(2000)
    ->Arg(20000)
    ->Arg(200000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
