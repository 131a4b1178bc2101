#include "retriever/search_index.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "retriever/postings_reader.h"
#include "retriever/vector_codec.h"
#include "retriever/vectors_builder.h"

namespace fanin::retriever {
namespace {

// Of a vector file that was rebuilt and is not the manifest's byte for byte.
constexpr size_t kSpotChecks = 8;
constexpr float kMinSelfCosine = 0.999F;
constexpr float kMinApproximateSelfCosine = 0.75F;  // of IVF-PQ

// Whether the index holds the stored vectors of this segment: a sample of documents finds itself.
bool HoldsStoredVectors(const StorableVectorIndex& index, const graph::Snapshot& snapshot, graph::SegmentId segment) {
  const float least = index.kind() == VectorIndexKind::kIvfPq ? kMinApproximateSelfCosine : kMinSelfCosine;
  size_t checked = 0;
  bool ok = true;
  const auto check = [&](std::span<const DocumentText> batch) -> base::Status {
    const size_t step = std::max<size_t>(1, batch.size() / kSpotChecks);
    for (size_t i = 0; i < batch.size() && checked < kSpotChecks; i += step) {
      FANIN_ASSIGN_OR_RETURN(const auto stored,
                             snapshot.store().GetBlobs(graph::BlobKind::kVector, std::span(&batch[i].key, 1)));
      std::vector<float> vector(index.dims());
      if (!stored[0].has_value()) continue;
      FANIN_RETURN_IF_ERROR(DecodeVector(*stored[0], vector));
      FANIN_ASSIGN_OR_RETURN(const VectorHits hits,
                             index.Search(vector, 1, [&](uint32_t document) { return document == batch[i].document; }));
      ok = ok && hits.documents[0] == batch[i].document && hits.scores[0] >= least;
      ++checked;
    }
    return ok && checked < kSpotChecks ? base::Status() : base::Fail(base::Code::kCancelled, "enough");
  };
  const base::Status status = ForEachDocumentText(snapshot, segment, index.model(), check);
  return ok && checked > 0 && (status.has_value() || status.error().code == base::Code::kCancelled);
}

}  // namespace

SearchIndex::SearchIndex() = default;
SearchIndex::~SearchIndex() = default;

base::Result<std::shared_ptr<const SearchIndex>> SearchIndex::Open(std::shared_ptr<const graph::Snapshot> snapshot,
                                                                   const Options& options, const SearchIndex* before) {
  std::shared_ptr<SearchIndex> index(new SearchIndex);
  index->snapshot_ = std::move(snapshot);
  for (const graph::SegmentEntry& segment : index->snapshot_->manifest().segments) {
    FANIN_ASSIGN_OR_RETURN(auto postings, SegmentPostings::Open(*index->snapshot_, segment));
    index->postings_.push_back(std::move(postings));
    index->vectors_.push_back(before == nullptr ? nullptr : before->FindVectors(segment, options));
    if (index->vectors_.back() == nullptr) index->OpenVectors(segment, options);
  }
  index->MeasureCoverage();
  return index;
}

std::shared_ptr<const VectorIndex> SearchIndex::FindVectors(const graph::SegmentEntry& segment,
                                                            const Options& options) const {
  const std::vector<graph::SegmentEntry>& segments = snapshot_->manifest().segments;
  const auto same = std::ranges::find(segments, segment.id, &graph::SegmentEntry::id);
  if (same == segments.end() || same->vectors != segment.vectors) return nullptr;
  const std::shared_ptr<const VectorIndex>& found = vectors_[static_cast<size_t>(same - segments.begin())];
  return found != nullptr && found->model() == options.model ? found : nullptr;
}

void SearchIndex::OpenVectors(const graph::SegmentEntry& segment, const Options& options) {
  if (options.vectors_dir.empty() || !segment.vectors.has_value() || segment.vectors->model != options.model) return;
  const std::filesystem::path path = options.vectors_dir / segment.vectors->name;
  auto loaded = LoadVectorIndex(path, options.model, segment.vectors->content);
  if (loaded.has_value()) {
    vectors_.back() = *std::move(loaded);
    return;
  }
  // A file that was rebuilt before is not the manifest's byte for byte: documents died since, and graphs are not built
  // twice alike. It is as good if it is this segment's and has all that is live.
  auto rebuilt = LoadVectorIndex(path, options.model);
  const uint64_t live = postings_.back()->live_documents().cardinality();
  if (rebuilt.has_value() && (*rebuilt)->size() >= live && HoldsStoredVectors(**rebuilt, *snapshot_, segment.id)) {
    vectors_.back() = *std::move(rebuilt);
    return;
  }
  vectors_.back() = RebuildVectors(segment, options, loaded.error().ToString());
}

std::unique_ptr<VectorIndex> SearchIndex::RebuildVectors(const graph::SegmentEntry& segment, const Options& options,
                                                         const std::string& reason) {
  const std::filesystem::path path = options.vectors_dir / segment.vectors->name;
  std::string report = "vector file " + path.filename().string() + ": " + reason;
  std::error_code error;
  if (options.writable && std::filesystem::exists(path, error)) {
    std::filesystem::path quarantine = path;
    quarantine += ".damaged";
    std::filesystem::rename(path, quarantine, error);
    report += error ? "; it could not be put aside (" + error.message() + ")"
                    : "; put aside as " + quarantine.filename().string();
  }
  auto index = IndexStoredVectors(*snapshot_, segment.id, options.model);
  if (!index.has_value() || *index == nullptr) {
    report += "; it cannot be rebuilt (" + (index.has_value() ? "no stored vectors" : index.error().ToString()) +
              "): search in this part is without embeddings, index the repository again";
    warnings_.push_back(std::move(report));
    return nullptr;
  }
  report += "; rebuilt from the stored vectors (" + std::to_string((*index)->size()) + ")";
  if (options.writable) {
    const auto saved = (*index)->Save(path);
    if (!saved.has_value()) report += ", but not written: " + saved.error().ToString();
  } else {
    report += " in memory";
  }
  warnings_.push_back(std::move(report));
  return *std::move(index);
}

void SearchIndex::MeasureCoverage() {
  uint64_t live = 0;
  uint64_t covered = 0;
  for (size_t i = 0; i < postings_.size(); ++i) {
    const uint64_t live_here = postings_[i]->live_documents().cardinality();
    live += live_here;
    if (vectors_[i] != nullptr) covered += std::min<uint64_t>(live_here, vectors_[i]->size());
  }
  semantic_coverage_ = live == 0 ? 0 : static_cast<double>(covered) / static_cast<double>(live);
}

}  // namespace fanin::retriever
