// Postings and search of a real repository:
//
//     bench_search FOLDER [--benchmark_...]
//
// indexes FOLDER in memory (no embeddings), then measures making its postings and answering questions about it.
// Figures: docs/results.md.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/work_queue.h"
#include "graph/linker.h"
#include "graph/memory_store.h"
#include "graph/segment.h"
#include "graph/snapshot.h"
#include "indexer/indexer.h"
#include "retriever/retriever.h"
#include "retriever/search_index.h"
#include "retriever/word_splits.h"

namespace {

using namespace fanin;

template <typename T>
T ValueOf(base::Result<T> result) {
  if (!result.has_value()) {
    std::cerr << result.error() << "\n";
    std::exit(1);
  }
  return *std::move(result);
}

// Keeps texts and shards.
class Sink : public indexer::ShardSink {
 public:
  base::Result<std::vector<bool>> HasShards(const std::vector<base::Digest>& keys) override {
    return std::vector<bool>(keys.size());
  }
  base::Status Put(std::vector<Item> items) override {
    for (Item& item : items) {
      FANIN_RETURN_IF_ERROR(store->PutBlobs(graph::BlobKind::kText, {{item.content, std::move(item.text)}}));
      FANIN_RETURN_IF_ERROR(store->PutBlobs(graph::BlobKind::kShard, {{item.shard_key, std::move(item.shard_bytes)}}));
    }
    return {};
  }
  std::shared_ptr<graph::GraphStore> store = graph::NewMemoryStore();
};

struct File {
  std::string path;
  std::string text;
  std::shared_ptr<const graph::Shard> shard;
  std::shared_ptr<const graph::LinkSet> links;
  graph::SegmentBuilder::Position position;
};

// The repository, loaded.
struct Corpus {
  std::vector<File> files;
  uint64_t bytes = 0;
  std::shared_ptr<const retriever::SearchIndex> index;
};

Corpus Load(const std::string& folder) {
  Sink sink;
  indexer::IndexOptions options;
  options.root = folder;
  const indexer::IndexResult indexed = ValueOf(indexer::IndexFolder(options, sink));
  const auto cache = std::make_shared<graph::ShardCache>(size_t{1} << 30);
  std::vector<graph::LinkInput> inputs;
  for (const indexer::IndexedFile& file : indexed.files) {
    inputs.push_back({file.path, [&] { return cache->GetShard(*sink.store, file.shard); }, {}});
  }
  graph::LinkResult linked = ValueOf(graph::LinkRepository("bench", inputs, base::DefaultThreads()));

  Corpus corpus;
  graph::Manifest manifest;
  manifest.repository = "bench";
  graph::SegmentEntry segment;
  segment.id = ValueOf(sink.store->NewSegmentId());
  graph::SegmentBuilder segment_builder;
  retriever::PostingsBuilder postings_builder;
  for (size_t i = 0; i < indexed.files.size(); ++i) {
    File file;
    file.path = indexed.files[i].path;
    file.shard = ValueOf(cache->GetShard(*sink.store, indexed.files[i].shard));
    file.text =
        ValueOf(sink.store->GetBlobs(graph::BlobKind::kText, std::span(&indexed.files[i].content, 1)))[0].value();
    file.links = ValueOf(graph::LinkSet::Decode(linked.link_sets[i]));
    file.position = segment_builder.Add({file.path, file.shard, file.links});
    postings_builder.Add(*file.shard, file.path, file.text, file.position, file.links.get());
    graph::FileEntry entry;
    entry.path = file.path;
    entry.content = indexed.files[i].content;
    entry.shard = indexed.files[i].shard;
    entry.segment = segment.id;
    entry.ordinal = file.position.ordinal;
    entry.doc_base = file.position.doc_base;
    entry.chunk_count = static_cast<uint32_t>(file.shard->chunks().size());
    entry.node_count = static_cast<uint32_t>(file.shard->nodes().size());
    entry.size_bytes = file.text.size();
    segment.file_count += 1;
    segment.doc_count += entry.chunk_count;
    manifest.files.push_back(std::move(entry));
    corpus.bytes += file.text.size();
    corpus.files.push_back(std::move(file));
  }
  manifest.segments.push_back(segment);
  graph::SegmentRows rows = std::move(segment_builder).Build();
  rows.tables[static_cast<int>(graph::Table::kPostings)] = std::move(postings_builder).Build();
  if (!sink.store->WriteSegment(segment.id, std::move(rows)).has_value()) std::exit(1);
  graph::RepositoryRecord record;
  record.name = "bench";
  if (!sink.store->CreateRepository(record).has_value()) std::exit(1);
  ValueOf(sink.store->Publish(manifest));
  corpus.index = ValueOf(retriever::SearchIndex::Open(ValueOf(graph::Snapshot::Open(sink.store, cache, "bench")), {}));
  return corpus;
}

const Corpus* corpus = nullptr;

// Analysis of all files on one thread, no merging.
void BM_AnalyseFiles(benchmark::State& state) {
  for (auto _ : state) {
    retriever::WordSplits word_splits;
    for (const File& file : corpus->files) {
      benchmark::DoNotOptimize(
          retriever::AnalyseFile(*file.shard, file.links.get(), file.path, file.text, word_splits));
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * corpus->bytes));
}
BENCHMARK(BM_AnalyseFiles)->Unit(benchmark::kMillisecond)->UseRealTime();

// The rows of a segment of all files; the argument is the number of threads that analyse.
void BM_BuildPostings(benchmark::State& state) {
  size_t rows = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    std::vector<std::shared_ptr<const retriever::FilePostings>> analysed(corpus->files.size());
    std::vector<retriever::WordSplits> word_splits(static_cast<size_t>(state.range(0)));
    base::ParallelFor(corpus->files.size(), word_splits.size(), [&](size_t worker, size_t i) {
      const File& file = corpus->files[i];
      analysed[i] = retriever::AnalyseFile(*file.shard, file.links.get(), file.path, file.text, word_splits[worker]);
    });
    retriever::PostingsBuilder builder;
    for (size_t i = 0; i < analysed.size(); ++i) builder.Add(*analysed[i], corpus->files[i].position);
    const std::vector<graph::Row> built = std::move(builder).Build();
    rows = built.size();
    bytes = 0;
    for (const graph::Row& row : built) bytes += row.key.size() + row.value.size();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * corpus->bytes));
  state.counters["rows"] = static_cast<double>(rows);
  state.counters["row_bytes_per_text_byte"] = static_cast<double>(bytes) / static_cast<double>(corpus->bytes);
}
BENCHMARK(BM_BuildPostings)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_OpenIndex(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(ValueOf(retriever::SearchIndex::Open(corpus->index->snapshot_ptr(), {})));
  }
}
BENCHMARK(BM_OpenIndex)->Unit(benchmark::kMillisecond);

void BM_Search(benchmark::State& state, const char* query) {
  const retriever::Retriever retriever(nullptr);
  retriever::SearchRequest request;
  request.query = query;
  retriever::SearchStats stats;
  for (auto _ : state) stats = ValueOf(retriever.Search(std::span(&corpus->index, 1), request)).stats;
  state.counters["files_read"] = static_cast<double>(stats.files_verified);
  state.counters["lexical"] = static_cast<double>(stats.lexical_candidates);
  state.counters["structural"] = static_cast<double>(stats.structural_candidates);
}
#define SEARCH(name, query) BENCHMARK_CAPTURE(BM_Search, name, query)->Unit(benchmark::kMicrosecond)
SEARCH(words, "write pointer of the fifo");
SEARCH(identifier, "instr_rdata_i");
SEARCH(common_words, "data valid ready clock");
SEARCH(structure, "kind:always_ff reset:*rst*");
SEARCH(broad_structure, "kind:signal");
SEARCH(name_glob, "name:*fifo* kind:module");
SEARCH(drives_regex, "drives:/_q$/ kind:always_ff");
SEARCH(words_and_structure, "fetch address kind:always_ff -file:dv/");
SEARCH(phrase, "\"unique case\"");
SEARCH(regex, "/assign\\s+\\w+_valid\\s*=/");
SEARCH(regex_without_literals, "/\\b[a-z]{3}_[0-9]\\b/");

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: bench_search FOLDER [--benchmark_...]\n";
    return 2;
  }
  const Corpus loaded = Load(argv[1]);
  corpus = &loaded;
  uint64_t documents = 0;
  for (size_t i = 0; i < loaded.index->segment_count(); ++i)
    documents += loaded.index->snapshot().manifest().segments[i].doc_count;
  std::cout << loaded.files.size() << " files, " << loaded.bytes << " bytes, " << documents << " documents\n";
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
