#include "retriever/vectors_builder.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "retriever/chunk_text.h"
#include "retriever/embedder.h"
#include "retriever/search_index.h"
#include "retriever/vector_codec.h"

namespace fanin::retriever {
namespace {

using graph::BlobKind;

// Documents held in memory at once, at most 1.2 kB of text each; and texts given to the embedder between two looks at
// whether to stop: half a second to a second of work.
constexpr size_t kBatchDocuments = 4096;
constexpr size_t kBatchTexts = 128;
constexpr size_t kBytesPerComponent = 2;

// Makes the vectors of one snapshot.
class VectorsBuilder {
 public:
  VectorsBuilder(const graph::Snapshot& snapshot, Embedder& embedder, const std::filesystem::path& vectors_dir,
                 const std::function<bool(const VectorProgress&)>& on_progress)
      : snapshot_(snapshot),
        embedder_(embedder),
        model_(embedder.identity().digest),
        vectors_dir_(vectors_dir),
        on_progress_(on_progress) {}

  base::Result<std::vector<graph::SegmentEntry>> Run() && {
    std::vector<graph::SegmentEntry> segments = snapshot_.manifest().segments;
    for (const graph::SegmentEntry& segment : segments) {
      if (!IsCurrent(segment)) progress_.total += LiveDocuments(segment.id);
    }
    FANIN_RETURN_IF_ERROR(Report());
    for (graph::SegmentEntry& segment : segments) {
      if (!IsCurrent(segment)) FANIN_RETURN_IF_ERROR(BuildSegment(segment));
    }
    FANIN_RETURN_IF_ERROR(EmbedElements());
    return segments;
  }

 private:
  bool IsCurrent(const graph::SegmentEntry& segment) const {
    return segment.vectors.has_value() && segment.vectors->model == model_;
  }

  uint64_t LiveDocuments(graph::SegmentId segment) const {
    uint64_t count = 0;
    for (const graph::FileEntry& file : snapshot_.manifest().files) {
      if (file.segment == segment) count += file.chunk_count;
    }
    return count;
  }

  base::Status Report() const {
    if (on_progress_ == nullptr || on_progress_(progress_)) return {};
    return base::Fail(base::Code::kCancelled, "embedding was cancelled; what is done is kept");
  }

  base::Status BuildSegment(graph::SegmentEntry& segment) {
    VectorIndexBuilder builder(model_, embedder_.identity().dims);
    builder.Reserve(LiveDocuments(segment.id));
    size_t count = 0;
    const auto add = [&](std::span<const DocumentText> batch) {
      count += batch.size();
      return AddBatch(batch, builder);
    };
    FANIN_RETURN_IF_ERROR(ForEachDocumentText(snapshot_, segment.id, model_, add));
    segment.vectors.reset();
    if (count == 0) return {};
    FANIN_ASSIGN_OR_RETURN(auto index, std::move(builder).Build());
    graph::VectorFile file;
    file.name = VectorFileName(segment.id, model_);
    file.model = model_;
    std::error_code ignored;  // Save says what is wrong with the folder
    std::filesystem::create_directories(vectors_dir_, ignored);
    FANIN_ASSIGN_OR_RETURN(const VectorFileInfo info, index->Save(vectors_dir_ / file.name));
    file.size_bytes = info.size_bytes;
    file.content = info.content;
    file.count = info.count;
    segment.vectors = std::move(file);
    return {};
  }

  // Stores the vectors of single elements of segments that had none: a search for such elements compares those of the
  // best passages one by one, so they are in no index.
  base::Status EmbedElements() {
    std::map<base::Digest, std::string> texts;
    for (graph::FileRef file = 0; file < snapshot_.file_count(); ++file) {
      const auto segment =
          std::ranges::find(snapshot_.manifest().segments, snapshot_.file(file).segment, &graph::SegmentEntry::id);
      if (segment == snapshot_.manifest().segments.end() || IsCurrent(*segment)) continue;
      FANIN_ASSIGN_OR_RETURN(const auto shard, snapshot_.GetShard(file));
      FANIN_ASSIGN_OR_RETURN(const std::string file_text, snapshot_.GetText(file));
      for (graph::LocalNode node : EmbeddedElements(*shard)) {
        std::string text = ElementText(*shard, node, file_text);
        const base::Digest key = VectorKey(model_, text);
        texts.try_emplace(key, std::move(text));
      }
    }
    std::vector<base::Digest> keys;
    for (const auto& [key, text] : texts) keys.push_back(key);
    FANIN_ASSIGN_OR_RETURN(const std::vector<bool> stored, snapshot_.store().HasBlobs(BlobKind::kVector, keys));
    std::vector<DocumentText> missing;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!stored[i]) missing.push_back({0, std::move(texts[keys[i]]), keys[i]});
    }
    std::ranges::stable_sort(missing, {}, [](const DocumentText& one) { return one.text.size(); });
    progress_.total += missing.size();
    const size_t dims = embedder_.identity().dims;
    std::vector<float> vectors(kBatchTexts * dims);
    std::vector<const DocumentText*> entries;
    for (const DocumentText& one : missing) entries.push_back(&one);
    std::vector<size_t> order(missing.size());
    std::iota(order.begin(), order.end(), size_t{0});
    for (size_t begin = 0; begin < missing.size(); begin += kBatchTexts) {
      const auto part = std::span(order).subspan(begin, std::min(kBatchTexts, missing.size() - begin));
      FANIN_RETURN_IF_ERROR(
          Embed(part, entries, [&](size_t entry) { return std::span(vectors).subspan((entry - begin) * dims, dims); }));
      progress_.done += part.size();
      progress_.embedded += part.size();
      FANIN_RETURN_IF_ERROR(Report());
    }
    return {};
  }

  base::Status AddBatch(std::span<const DocumentText> batch, VectorIndexBuilder& builder) {
    // Equal texts are one entry.
    std::unordered_map<base::Digest, size_t> entry_of_key;
    std::vector<const DocumentText*> entries;
    std::vector<base::Digest> keys;
    for (const DocumentText& document : batch) {
      if (entry_of_key.try_emplace(document.key, entries.size()).second) {
        entries.push_back(&document);
        keys.push_back(document.key);
      }
    }
    const size_t dims = embedder_.identity().dims;
    std::vector<float> vectors(entries.size() * dims);
    const auto vector_of = [&](size_t entry) { return std::span(vectors).subspan(entry * dims, dims); };

    FANIN_ASSIGN_OR_RETURN(const auto stored, snapshot_.store().GetBlobs(BlobKind::kVector, keys));
    std::vector<size_t> missing;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (!stored[i].has_value() || !DecodeVector(*stored[i], vector_of(i)).has_value()) missing.push_back(i);
    }
    std::vector<uint32_t> documents_of_entry(entries.size());
    for (const DocumentText& document : batch) ++documents_of_entry[entry_of_key.at(document.key)];
    uint64_t to_embed = 0;
    for (size_t i : missing) to_embed += documents_of_entry[i];
    progress_.done += batch.size() - to_embed;
    FANIN_RETURN_IF_ERROR(Report());

    // By length, so that texts that are embedded together need the same number of steps.
    std::ranges::stable_sort(missing, {}, [&](size_t i) { return entries[i]->text.size(); });
    for (size_t begin = 0; begin < missing.size(); begin += kBatchTexts) {
      const auto part = std::span(missing).subspan(begin, std::min(kBatchTexts, missing.size() - begin));
      FANIN_RETURN_IF_ERROR(Embed(part, entries, vector_of));
      for (size_t i : part) progress_.done += documents_of_entry[i];
      progress_.embedded += part.size();
      FANIN_RETURN_IF_ERROR(Report());
    }
    for (const DocumentText& document : batch) {
      FANIN_RETURN_IF_ERROR(builder.Add(document.document, vector_of(entry_of_key.at(document.key))));
    }
    return {};
  }

  // Embeds the texts of some entries, stores their vectors, and sets them as stored, so that an index that is built now
  // and one rebuilt from the store are equal.
  template <typename VectorOf>
  base::Status Embed(std::span<const size_t> part, const std::vector<const DocumentText*>& entries,
                     const VectorOf& vector_of) {
    const size_t dims = embedder_.identity().dims;
    std::vector<std::string_view> texts;
    for (size_t i : part) texts.push_back(entries[i]->text);
    std::vector<float> embedded(texts.size() * dims);
    FANIN_RETURN_IF_ERROR(embedder_.EmbedPassages(texts, embedded));
    std::vector<graph::Blob> blobs;
    for (size_t row = 0; row < part.size(); ++row) {
      std::string bytes = EncodeVector(std::span(embedded).subspan(row * dims, dims));
      FANIN_RETURN_IF_ERROR(DecodeVector(bytes, vector_of(part[row])));
      blobs.push_back({entries[part[row]]->key, std::move(bytes)});
    }
    return snapshot_.store().PutBlobs(BlobKind::kVector, std::move(blobs));
  }

  const graph::Snapshot& snapshot_;
  Embedder& embedder_;
  const base::Digest model_;
  const std::filesystem::path& vectors_dir_;
  const std::function<bool(const VectorProgress&)>& on_progress_;
  VectorProgress progress_;
};

}  // namespace

std::string VectorFileName(graph::SegmentId segment, const base::Digest& model) {
  return std::to_string(segment) + "-" + model.ToHex().substr(0, 8) + ".fvi";
}

base::Status ForEachDocumentText(const graph::Snapshot& snapshot, graph::SegmentId segment, const base::Digest& model,
                                 const std::function<base::Status(std::span<const DocumentText> batch)>& visit) {
  std::vector<graph::FileRef> files;
  for (graph::FileRef file = 0; file < snapshot.file_count(); ++file) {
    if (snapshot.file(file).segment == segment) files.push_back(file);
  }
  std::ranges::sort(files, {}, [&](graph::FileRef file) { return snapshot.file(file).ordinal; });
  std::vector<DocumentText> batch;
  for (graph::FileRef file : files) {
    FANIN_ASSIGN_OR_RETURN(const auto shard, snapshot.GetShard(file));
    FANIN_ASSIGN_OR_RETURN(const std::string text, snapshot.GetText(file));
    for (uint32_t chunk = 0; chunk < shard->chunks().size(); ++chunk) {
      DocumentText document;
      document.document = snapshot.file(file).doc_base + chunk;
      document.text = ChunkText(*shard, shard->chunks()[chunk], text);
      document.key = VectorKey(model, document.text);
      batch.push_back(std::move(document));
    }
    if (batch.size() < kBatchDocuments) continue;
    FANIN_RETURN_IF_ERROR(visit(batch));
    batch.clear();
  }
  return batch.empty() ? base::Status() : visit(batch);
}

base::Result<std::unique_ptr<StorableVectorIndex>> IndexStoredVectors(const graph::Snapshot& snapshot,
                                                                      graph::SegmentId segment,
                                                                      const base::Digest& model) {
  std::optional<VectorIndexBuilder> builder;
  std::vector<float> vector;
  const auto add = [&](std::span<const DocumentText> batch) -> base::Status {
    std::vector<base::Digest> keys;
    for (const DocumentText& document : batch) keys.push_back(document.key);
    FANIN_ASSIGN_OR_RETURN(const auto stored, snapshot.store().GetBlobs(BlobKind::kVector, keys));
    for (size_t i = 0; i < batch.size(); ++i) {
      if (!stored[i].has_value() || stored[i]->size() < kBytesPerComponent) continue;
      if (!builder.has_value()) {
        vector.resize(stored[i]->size() / kBytesPerComponent);
        builder.emplace(model, static_cast<uint32_t>(vector.size()));
      }
      // One that does not decode is as good as missing.
      if (!DecodeVector(*stored[i], vector).has_value()) continue;
      FANIN_RETURN_IF_ERROR(builder->Add(batch[i].document, vector));
    }
    return {};
  };
  FANIN_RETURN_IF_ERROR(ForEachDocumentText(snapshot, segment, model, add));
  if (!builder.has_value()) return nullptr;
  return std::move(*builder).Build();
}

base::Result<std::vector<graph::SegmentEntry>> BuildVectors(
    const graph::Snapshot& snapshot, Embedder& embedder, const std::filesystem::path& vectors_dir,
    const std::function<bool(const VectorProgress&)>& on_progress) {
  return VectorsBuilder(snapshot, embedder, vectors_dir, on_progress).Run();
}

base::Result<std::vector<base::Digest>> VectorKeys(const graph::Snapshot& snapshot) {
  std::vector<base::Digest> keys;
  for (const graph::SegmentEntry& segment : snapshot.manifest().segments) {
    if (!segment.vectors) continue;
    const base::Digest& model = segment.vectors->model;
    FANIN_RETURN_IF_ERROR(ForEachDocumentText(snapshot, segment.id, model, [&](std::span<const DocumentText> batch) {
      for (const DocumentText& document : batch) keys.push_back(document.key);
      return base::Status();
    }));
    for (graph::FileRef file = 0; file < snapshot.file_count(); ++file) {
      if (snapshot.file(file).segment != segment.id) continue;
      FANIN_ASSIGN_OR_RETURN(const auto shard, snapshot.GetShard(file));
      FANIN_ASSIGN_OR_RETURN(const std::string text, snapshot.GetText(file));
      for (graph::LocalNode node : EmbeddedElements(*shard)) {
        keys.push_back(VectorKey(model, ElementText(*shard, node, text)));
      }
    }
  }
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  return keys;
}

}  // namespace fanin::retriever
