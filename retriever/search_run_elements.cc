// SearchRun: the second step, where single elements are ranked in place of their passages.
#include <algorithm>
#include <numeric>

#include "retriever/chunk_text.h"
#include "retriever/element_fit.h"
#include "retriever/element_scorer.h"
#include "retriever/search_run.h"
#include "retriever/vector_codec.h"

namespace fanin::retriever {
namespace {

// Stored vectors read at once.
constexpr size_t kVectorsAtOnce = 1024;

}  // namespace

base::Result<Normaliser> SearchRun::FuseElements() {
  RankPool();
  pool_cut_ = pool_cut_ || pool_.size() > std::max(kElementPassages, wanted_);
  pool_.resize(std::min(pool_.size(), std::max(kElementPassages, wanted_)));
  ElementScorer scorer(groups_, idf_);
  std::vector<Candidate> elements;
  std::vector<std::string> texts;
  for (const Candidate& passage : pool_) {
    const graph::Snapshot& snapshot = indexes_[passage.index]->snapshot();
    FANIN_ASSIGN_OR_RETURN(const ShownFile* const file, Shown(passage));
    const uint32_t chunk = passage.document - snapshot.file(passage.file).doc_base;
    if (chunk >= file->nodes_of_chunk.size()) continue;
    const std::vector<graph::LocalNode> fitting = BestFitting(passage, *file->shard, file->nodes_of_chunk[chunk]);
    for (graph::LocalNode node : fitting) {
      scorer.Add(*file->shard, node, level_ == Level::kBlock ? std::string_view(file->text) : std::string_view());
      // A block that is alone in its passage has its vector.
      const bool alone = level_ == Level::kBlock && fitting.size() == 1;
      texts.push_back(alone ? "" : ElementText(*file->shard, node, file->text));
      Candidate element = passage;
      element.passage_bm25 = passage.bm25;
      element.passage_cosine = passage.cosine;
      element.element = node;
      element.begin_byte = file->shard->nodes()[node].span.begin_byte;
      elements.push_back(element);
    }
  }
  const std::vector<double> scores = scorer.Score();
  FANIN_RETURN_IF_ERROR(CompareElements(texts, elements));
  std::map<uint64_t, double> best_of_passage;
  for (size_t i = 0; i < elements.size(); ++i) {
    double& best = best_of_passage[KeyOf(elements[i].segment, elements[i].document)];
    best = std::max(best, scores[i]);
  }
  for (size_t i = 0; i < elements.size(); ++i) {
    if (level_ == Level::kDeclaration) {
      elements[i].bm25 = scores[i];
    } else {
      // Blocks are passages of their own, or share one by how much of its words they have.
      const double best = best_of_passage[KeyOf(elements[i].segment, elements[i].document)];
      if (best > 0) elements[i].bm25 *= (1 + scores[i] / best) / 2;
    }
  }
  pool_ = std::move(elements);
  return Fuse(pool_, level_);
}

base::Status SearchRun::CompareElements(std::span<const std::string> texts, std::span<Candidate> elements) {
  std::unordered_map<base::Digest, std::vector<size_t>> elements_of_key;
  std::vector<base::Digest> keys;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    if (query_vector_.empty()) continue;
    const base::Digest key = VectorKey(embedder_->identity().digest, texts[i]);
    std::vector<size_t>& same = elements_of_key[key];
    if (same.empty()) keys.push_back(key);
    same.push_back(i);
  }
  std::vector<float> vector(query_vector_.size());
  for (size_t begin = 0; begin < keys.size(); begin += kVectorsAtOnce) {
    const auto part = std::span(keys).subspan(begin, std::min(kVectorsAtOnce, keys.size() - begin));
    // One store holds the vectors of all repositories.
    FANIN_ASSIGN_OR_RETURN(const auto stored, indexes_[0]->snapshot().store().GetBlobs(graph::BlobKind::kVector, part));
    for (size_t i = 0; i < part.size(); ++i) {
      if (!stored[i].has_value() || !DecodeVector(*stored[i], vector).has_value()) continue;
      const double cosine = std::inner_product(vector.begin(), vector.end(), query_vector_.begin(), 0.0);
      for (size_t element : elements_of_key[part[i]]) elements[element].cosine = cosine;
    }
  }
  return {};
}

std::vector<graph::LocalNode> SearchRun::BestFitting(const Candidate& passage, const graph::Shard& shard,
                                                     std::span<const graph::LocalNode> nodes) const {
  const Evaluation& evaluation = SegmentOf(passage).evaluation;
  std::vector<const Query*> satisfied;
  for (const Query* leaf : leaves_) {
    const auto found = evaluation.leaves.find(leaf);
    if (found != evaluation.leaves.end() && found->second.contains(passage.document)) satisfied.push_back(leaf);
  }
  std::vector<graph::LocalNode> best;
  size_t best_fit = 0;
  for (graph::LocalNode node : nodes) {
    if (!kinds_->test(static_cast<size_t>(shard.nodes()[node].kind))) continue;
    const size_t fit = FitOf(satisfied, *compiled_, shard, node);
    if (fit < best_fit) continue;
    if (fit > best_fit) best.clear();
    best_fit = fit;
    best.push_back(node);
  }
  return best;
}

base::Result<const ShownFile*> SearchRun::Shown(const Candidate& candidate) {
  const auto [known, is_new] = shown_files_.try_emplace({candidate.index, candidate.file});
  if (is_new) {
    FANIN_ASSIGN_OR_RETURN(known->second, ReadShownFile(indexes_[candidate.index]->snapshot(), candidate.file));
  }
  return &known->second;
}

}  // namespace fanin::retriever
