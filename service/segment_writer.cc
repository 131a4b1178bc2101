#include "service/segment_writer.h"

#include <algorithm>
#include <future>

#include "base/work_queue.h"
#include "graph/segment.h"
#include "retriever/search_index.h"
#include "retriever/word_splits.h"

namespace fanin::service {
namespace {

// Of one batch, whichever comes first.
constexpr size_t kBatchFiles = 64;
constexpr uint64_t kBatchBytes = 8ULL << 20;

// One file, loaded and analysed.
struct Item {
  std::shared_ptr<const graph::Shard> shard;
  std::shared_ptr<const graph::LinkSet> links;
  std::shared_ptr<const retriever::FilePostings> postings;
};

base::Result<std::vector<std::string>> LoadTexts(graph::GraphStore& store, std::span<graph::FileEntry* const> files) {
  std::vector<base::Digest> digests;
  for (const graph::FileEntry* file : files) digests.push_back(file->content);
  FANIN_ASSIGN_OR_RETURN(std::vector<std::optional<std::string>> stored,
                         store.GetBlobs(graph::BlobKind::kText, digests));
  std::vector<std::string> texts;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!stored[i]) return base::Fail(base::Code::kDataLoss, "the stored text of " + files[i]->path + " is missing");
    texts.push_back(std::move(*stored[i]));
  }
  return texts;
}

size_t BatchSize(std::span<graph::FileEntry* const> files) {
  size_t count = 0;
  for (uint64_t bytes = 0; count < std::min(files.size(), kBatchFiles) && bytes < kBatchBytes; ++count) {
    bytes += files[count]->size_bytes;
  }
  return count;
}

base::Result<Item> LoadItem(Engine& engine, const graph::FileEntry& file, std::string_view text,
                            retriever::WordSplits& word_splits) {
  Item item;
  FANIN_ASSIGN_OR_RETURN(item.shard, engine.cache().GetShard(engine.store(), file.shard));
  FANIN_ASSIGN_OR_RETURN(item.links, engine.cache().GetLinks(engine.store(), file.links));
  item.postings = retriever::AnalyseFile(*item.shard, item.links.get(), file.path, text, word_splits);
  return item;
}

// In the order of the files; loaded in parallel.
base::Result<std::vector<Item>> LoadItems(Engine& engine, std::span<graph::FileEntry* const> files,
                                          std::vector<retriever::WordSplits>& word_splits) {
  FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> texts, LoadTexts(engine.store(), files));
  std::vector<base::Result<Item>> loaded(files.size());
  base::ParallelFor(files.size(), word_splits.size(), [&](size_t worker, size_t i) {
    loaded[i] = LoadItem(engine, *files[i], texts[i], word_splits[worker]);
  });
  std::vector<Item> items;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!loaded[i]) return std::unexpected(loaded[i].error().Annotate(files[i]->path));
    items.push_back(std::move(*loaded[i]));
  }
  return items;
}

}  // namespace

base::Result<graph::SegmentEntry> WriteSegment(Engine& engine, std::span<graph::FileEntry* const> files,
                                               RunMonitor& monitor) {
  graph::SegmentBuilder graph_builder;
  retriever::PostingsBuilder postings_builder;
  graph::SegmentEntry segment;
  std::vector<retriever::WordSplits> word_splits(base::DefaultThreads());
  std::span<graph::FileEntry* const> batch = files.first(BatchSize(files));
  // The next batch is loaded while one is added.
  const auto load = [&] {
    return std::async(std::launch::async, [&, batch] { return LoadItems(engine, batch, word_splits); });
  };
  std::future<base::Result<std::vector<Item>>> loading = load();
  for (size_t done = 0; done < files.size();) {
    FANIN_ASSIGN_OR_RETURN(const std::vector<Item> items, loading.get());
    FANIN_RETURN_IF_ERROR(monitor.CheckCancelled());
    const std::span<graph::FileEntry* const> loaded = batch;
    done += loaded.size();
    batch = files.subspan(done, BatchSize(files.subspan(done)));
    if (!batch.empty()) loading = load();
    for (size_t i = 0; i < loaded.size(); ++i) {
      graph::FileEntry& file = *loaded[i];
      const graph::SegmentBuilder::Position position = graph_builder.Add({file.path, items[i].shard, items[i].links});
      postings_builder.Add(*items[i].postings, position);
      file.ordinal = position.ordinal;
      file.doc_base = position.doc_base;
      segment.doc_count += static_cast<uint32_t>(items[i].shard->chunks().size());
    }
    monitor.Report(done, files.size());
  }

  std::future<std::vector<graph::Row>> postings_rows =
      std::async(std::launch::async, [&] { return std::move(postings_builder).Build(); });
  graph::SegmentRows rows = std::move(graph_builder).Build();
  rows.tables[static_cast<int>(graph::Table::kPostings)] = postings_rows.get();

  FANIN_ASSIGN_OR_RETURN(segment.id, engine.store().NewSegmentId());
  FANIN_RETURN_IF_ERROR(engine.store().WriteSegment(segment.id, std::move(rows)));
  segment.file_count = static_cast<uint32_t>(files.size());
  for (graph::FileEntry* file : files) file->segment = segment.id;
  return segment;
}

}  // namespace fanin::service
