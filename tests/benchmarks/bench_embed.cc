// Texts per second of the embedder by runtime and text length, one query's latency, loading. Needs the local model
// (scripts/setup.sh). Texts are made up, of RTL-like words; each has about the number of tokens that its case names.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "retriever/embedder.h"
#include "retriever/wordpiece.h"

namespace {

using fanin::retriever::Embedder;
using fanin::retriever::EmbedRuntime;

const fanin::retriever::WordPieceTokenizer& Tokenizer() {
  static const auto tokenizer = [] {
    const auto json = fanin::base::ReadFile(fanin::retriever::FindModelDir() / "tokenizer.json");
    FANIN_CHECK(json.has_value());
    return fanin::retriever::WordPieceTokenizer::FromJson(*json);
  }();
  return *tokenizer;
}

// A text of at least `tokens` tokens and few more.
std::string MakeText(size_t tokens, std::mt19937& random) {
  static constexpr std::string_view kWords[] = {"always_ff",
                                                "@(posedge clk)",
                                                "if (!rst_n)",
                                                "begin",
                                                "end",
                                                "wr_ptr <= wr_ptr + 1'b1;",
                                                "assign",
                                                "logic [31:0]",
                                                "data_q",
                                                "fifo_full",
                                                "grant",
                                                "valid_i",
                                                "ready_o",
                                                "<=",
                                                "state_d = IDLE;",
                                                "case (state_q)",
                                                "// next state"};
  std::string text;
  while (Tokenizer().Encode(text, 512).size() < tokens) {
    text += kWords[random() % std::size(kWords)];
    text += random() % 4 == 0 ? '\n' : ' ';
  }
  return text;
}

std::vector<std::string> MakeTexts(size_t count, size_t min_tokens, size_t max_tokens) {
  std::mt19937 random(1);
  std::vector<std::string> texts;
  for (size_t i = 0; i < count; ++i)
    texts.push_back(MakeText(min_tokens + random() % (max_tokens - min_tokens + 1), random));
  return texts;
}

std::shared_ptr<Embedder> Load(EmbedRuntime runtime) {
  fanin::retriever::EmbedderConfig config;
  config.runtime = runtime;
  auto embedder = fanin::retriever::LoadEmbedder(config);
  FANIN_CHECK(embedder.has_value());
  return *embedder;
}

Embedder& Loaded(EmbedRuntime runtime) {
  static std::shared_ptr<Embedder> embedders[3];
  auto& embedder = embedders[static_cast<size_t>(runtime)];
  if (embedder == nullptr) embedder = Load(runtime);
  return *embedder;
}

void EmbedPassages(benchmark::State& state, EmbedRuntime runtime, size_t min_tokens, size_t max_tokens) {
  auto& embedder = Loaded(runtime);
  const auto texts = MakeTexts(16384 / max_tokens, min_tokens, max_tokens);
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> vectors(texts.size() * embedder.identity().dims);
  for (auto _ : state) FANIN_CHECK(embedder.EmbedPassages(views, vectors).has_value());
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(texts.size()));
  state.SetLabel(embedder.DescribeRuntime());
}

void EmbedQuery(benchmark::State& state, EmbedRuntime runtime) {
  auto& embedder = Loaded(runtime);
  for (auto _ : state) {
    benchmark::DoNotOptimize(embedder.EmbedQuery("where is the write pointer of the asynchronous fifo gray coded?"));
  }
  state.SetLabel(embedder.DescribeRuntime());
}

void LoadAndQuery(benchmark::State& state, EmbedRuntime runtime) {
  for (auto _ : state) FANIN_CHECK(Load(runtime)->EmbedQuery("round robin arbiter").has_value());
}

void Tokenize(benchmark::State& state) {
  const auto texts = MakeTexts(100, 128, 128);
  for (auto _ : state) {
    for (const auto& text : texts) benchmark::DoNotOptimize(Tokenizer().Encode(text, 256));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(texts.size()));
}

#define FANIN_BENCH_RUNTIME(name, runtime)                                                                             \
  BENCHMARK_CAPTURE(EmbedPassages, name##_32, runtime, 32, 32)                                                         \
      ->Unit(benchmark::kMillisecond)                                                                                  \
      ->MeasureProcessCPUTime()                                                                                        \
      ->UseRealTime();                                                                                                 \
  BENCHMARK_CAPTURE(EmbedPassages, name##_128, runtime, 128, 128)                                                      \
      ->Unit(benchmark::kMillisecond)                                                                                  \
      ->MeasureProcessCPUTime()                                                                                        \
      ->UseRealTime();                                                                                                 \
  BENCHMARK_CAPTURE(EmbedPassages, name##_256, runtime, 256, 256)                                                      \
      ->Unit(benchmark::kMillisecond)                                                                                  \
      ->MeasureProcessCPUTime()                                                                                        \
      ->UseRealTime();                                                                                                 \
  BENCHMARK_CAPTURE(EmbedPassages, name##_16_to_256, runtime, 16, 256)                                                 \
      ->Unit(benchmark::kMillisecond)                                                                                  \
      ->MeasureProcessCPUTime()                                                                                        \
      ->UseRealTime();                                                                                                 \
  BENCHMARK_CAPTURE(EmbedQuery, name, runtime)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime(); \
  BENCHMARK_CAPTURE(LoadAndQuery, name, runtime)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime()

FANIN_BENCH_RUNTIME(openvino, EmbedRuntime::kOpenVino);
FANIN_BENCH_RUNTIME(openblas, EmbedRuntime::kOpenBlas);
BENCHMARK(Tokenize)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
