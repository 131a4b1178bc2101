#include "retriever/search_run.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "retriever/element_fit.h"
#include "retriever/query_parser.h"
#include "retriever/search_result.h"
#include "retriever/word_pairs.h"

namespace fanin::retriever {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kMaxLimit = 1000;
constexpr uint32_t kMaxOffset = 10000;
// Share of the time to the deadline after which nothing new is begun.
constexpr double kSoftShare = 0.8;

std::string Join(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

}  // namespace

SearchRun::SearchRun(std::span<const std::shared_ptr<const SearchIndex>> indexes, Embedder* embedder,
                     const SearchRequest& request)
    : indexes_(indexes), embedder_(embedder), request_(request), start_(Clock::now()), lap_(start_) {
  if (!request.deadline.has_value()) return;
  const auto time_left = std::max(*request.deadline - start_, Clock::duration::zero());
  soft_deadline_ = start_ + std::chrono::duration_cast<Clock::duration>(time_left * kSoftShare);
}

base::Result<SearchResponse> SearchRun::Run() && {
  FANIN_RETURN_IF_ERROR(Parse());
  response_.stats.parse_ms = LapMs();
  FANIN_RETURN_IF_ERROR(Filter());
  FANIN_RETURN_IF_ERROR(FindByWords());
  response_.stats.lexical_ms = LapMs();
  FANIN_RETURN_IF_ERROR(FindByMeaning());
  response_.stats.vector_ms = LapMs();
  FindByCondition();
  FANIN_RETURN_IF_ERROR(CompleteCosines());
  Fuse(pool_, level_);
  FANIN_RETURN_IF_ERROR(CompareWording());
  Normaliser normaliser = Fuse(pool_, level_);
  if (!groups_.empty() && (level_ == Level::kBlock || level_ == Level::kDeclaration)) {
    FANIN_ASSIGN_OR_RETURN(normaliser, FuseElements());
  }
  FANIN_RETURN_IF_ERROR(MakeResults(normaliser));
  response_.stats.rank_ms = LapMs();
  response_.stats.total_ms = std::chrono::duration<double, std::milli>(Clock::now() - start_).count();
  return std::move(response_);
}

base::Status SearchRun::Parse() {
  if (request_.limit < 1 || request_.limit > kMaxLimit) {
    return base::Fail(base::Code::kOutOfRange, "limit must be from 1 to " + std::to_string(kMaxLimit));
  }
  if (request_.offset > kMaxOffset) {
    return base::Fail(base::Code::kOutOfRange, "offset must be at most " + std::to_string(kMaxOffset));
  }
  wanted_ = size_t{request_.offset} + request_.limit;
  FANIN_ASSIGN_OR_RETURN(const QueryPtr parsed, ParseQuery(request_.query));
  words_ = RankingWords(*parsed);
  groups_ = MakeTermGroups(words_);
  compiled_ = std::make_unique<CompiledQuery>(parsed);
  query_ = Simplify(parsed);
  condition_ = Condition(query_);
  response_.plan = ToString(*query_);
  kinds_ = KindsAsked(*condition_, *compiled_);
  if (kinds_.has_value()) level_ = LevelOf(*kinds_);
  if (condition_->As<Everything>() == nullptr) {
    ForEachPositiveLeaf(*condition_, [this](const Query& leaf) { leaves_.push_back(&leaf); });
  }
  return {};
}

base::Status SearchRun::Filter() {
  for (uint32_t i = 0; i < indexes_.size(); ++i) {
    for (uint32_t s = 0; s < indexes_[i]->segment_count(); ++s) {
      SearchedSegment segment;
      segment.index = i;
      segment.segment = s;
      segment.owner = indexes_[i].get();
      segment.postings = &indexes_[i]->postings(s);
      FANIN_ASSIGN_OR_RETURN(segment.evaluation, Evaluate(condition_, *compiled_, indexes_[i]->snapshot(),
                                                          *segment.postings, soft_deadline_));
      segment.path_prior.assign(segment.postings->file_count(), -1);
      response_.stats.documents += segment.postings->live_documents().cardinality();
      response_.stats.files_verified += segment.evaluation.files_verified;
      response_.partial = response_.partial || !segment.evaluation.complete;
      segments_.push_back(std::move(segment));
    }
  }
  return {};
}

base::Status SearchRun::FindByWords() {
  if (groups_.empty()) return {};
  std::vector<const SegmentPostings*> postings;
  for (const SearchedSegment& segment : segments_) postings.push_back(segment.postings);
  FANIN_ASSIGN_OR_RETURN(Lexical lexical_scores, ScoreLexically(postings, groups_));
  idf_ = std::move(lexical_scores.idf);
  std::vector<Hit> hits;
  for (uint32_t s = 0; s < segments_.size(); ++s) {
    segments_[s].lexical = std::move(lexical_scores.segments[s]);
    const LexicalScores& lexical = segments_[s].lexical;
    const Bitmap& allowed = segments_[s].evaluation.documents;
    Bitmap heads;
    for (uint32_t document : lexical.matched) {
      if (level_ == Level::kDefinition) heads.add(segments_[s].postings->HeadOf(document));
      if (!allowed.contains(document)) continue;
      hits.push_back({s, document, lexical.bm25[document] + DefinitionBm25(s, document)});
    }
    // A definition is found by the words of all of it.
    for (uint32_t head : heads& allowed) {
      if (lexical.bm25[head] == 0) hits.push_back({s, head, DefinitionBm25(s, head)});
    }
  }
  response_.stats.lexical_candidates = hits.size();
  for (const Hit& hit : SelectTop(hits, std::max(kLexicalCandidates, wanted_))) Pool(hit);
  return {};
}

base::Status SearchRun::FindByMeaning() {
  if (words_.empty()) return {};
  WarnOfMissingVectors();
  if (embedder_ == nullptr || std::ranges::none_of(segments_, [this](const auto& s) { return HasVectors(s); }))
    return {};
  if (DeadlinePassed()) {
    response_.partial = true;
    return {};
  }
  auto vector = embedder_->EmbedQuery(Join(words_));
  if (!vector.has_value()) {
    response_.warnings.push_back("the query could not be embedded: " + vector.error().message);
    return {};
  }
  query_vector_ = *std::move(vector);
  std::vector<Hit> hits;
  for (uint32_t s = 0; s < segments_.size(); ++s) {
    if (!HasVectors(segments_[s])) continue;
    const Bitmap& allowed = segments_[s].evaluation.documents;
    // A definition is found by the meaning of what is in it.
    const bool by_head = level_ == Level::kDefinition;
    const SegmentPostings& postings = *segments_[s].postings;
    FANIN_ASSIGN_OR_RETURN(const std::vector<Hit> nearest, Nearest(s, kVectorCandidates, [&](uint32_t document) {
                             return allowed.contains(document) ||
                                    (by_head && allowed.contains(postings.HeadOf(document)));
                           }));
    hits.insert(hits.end(), nearest.begin(), nearest.end());
  }
  const bool cut = pool_cut_;
  std::vector<Hit> best = SelectTop(hits, kVectorCandidates);
  // Everything is somewhat near in meaning: that there is more says nothing.
  pool_cut_ = cut;
  response_.stats.vector_candidates = best.size();
  for (const Hit& hit : best) {
    const bool allowed = segments_[hit.segment].evaluation.documents.contains(hit.document);
    if (allowed) Pool(hit).cosine = hit.score;
    const uint32_t head = segments_[hit.segment].postings->HeadOf(hit.document);
    const bool inside = level_ == Level::kDefinition && segments_[hit.segment].evaluation.documents.contains(head);
    if (!inside) continue;
    Candidate& definition = Pool({hit.segment, head, hit.score});
    definition.inside_cosine = std::max(definition.inside_cosine.value_or(hit.score), hit.score);
  }
  return {};
}

void SearchRun::FindByCondition() {
  if (condition_->As<Everything>() != nullptr) return;
  std::vector<Hit> hits;
  for (uint32_t s = 0; s < segments_.size(); ++s) {
    for (uint32_t document : segments_[s].evaluation.documents) {
      hits.push_back({s, document, StaticScore(Describe(s, document))});
    }
  }
  response_.stats.structural_candidates = hits.size();
  for (const Hit& hit : SelectTop(hits, std::max(kStructuralCandidates, wanted_))) Pool(hit);
}

base::Status SearchRun::CompleteCosines() {
  if (query_vector_.empty()) return {};
  std::vector<Bitmap> wanted(segments_.size());
  std::unordered_map<uint64_t, double> cosines;
  for (const auto& [key, position] : pool_position_) {
    const auto s = static_cast<uint32_t>(key >> 32);
    const std::optional<double>& known = pool_[position].cosine;
    if (known.has_value()) cosines[key] = *known;
    wanted[s].add(static_cast<uint32_t>(key));
    wanted[s].add(segments_[s].postings->HeadOf(static_cast<uint32_t>(key)));
  }
  for (uint32_t s = 0; s < segments_.size(); ++s) {
    const auto missing = [&](uint32_t document) {
      return wanted[s].contains(document) && !cosines.contains(KeyOf(s, document));
    };
    if (wanted[s].isEmpty() || !HasVectors(segments_[s])) continue;
    FANIN_ASSIGN_OR_RETURN(const std::vector<Hit> found, Nearest(s, wanted[s].cardinality(), missing));
    for (const Hit& hit : found) cosines[KeyOf(s, hit.document)] = hit.score;
  }
  const auto cosine_of = [&](uint64_t key) -> std::optional<double> {
    const auto found = cosines.find(key);
    return found == cosines.end() ? std::nullopt : std::optional(found->second);
  };
  for (const auto& [key, position] : pool_position_) {
    const auto s = static_cast<uint32_t>(key >> 32);
    const uint64_t head = KeyOf(s, segments_[s].postings->HeadOf(static_cast<uint32_t>(key)));
    Candidate& candidate = pool_[position];
    candidate.cosine = cosine_of(key);
    candidate.module_cosine = cosine_of(head);
    const auto definition = pool_position_.find(head);
    if (definition == pool_position_.end() || !candidate.cosine.has_value()) continue;
    std::optional<double>& inside = pool_[definition->second].inside_cosine;
    inside = std::max(inside.value_or(*candidate.cosine), *candidate.cosine);
  }
  return {};
}

base::Status SearchRun::CompareWording() {
  const double weight = kRankingWeights.addend[static_cast<size_t>(level_)][static_cast<size_t>(Addend::kPhrase)];
  const WordPairs pairs(Join(words_));
  if (weight == 0 || pairs.empty()) return {};
  RankPool();
  for (Candidate& candidate : std::span(pool_).first(std::min(kPhrasePassages, pool_.size()))) {
    if (DeadlinePassed()) {
      response_.partial = true;
      break;
    }
    FANIN_ASSIGN_OR_RETURN(const ShownFile* const file, Shown(candidate));
    const uint32_t chunk = candidate.document - indexes_[candidate.index]->snapshot().file(candidate.file).doc_base;
    if (chunk >= file->shard->chunks().size()) continue;
    const graph::Span span = file->shard->chunks()[chunk].span;
    const std::string_view text = file->text;
    const size_t begin = std::min<size_t>(span.begin_byte, text.size());
    candidate.phrase = pairs.ShareIn(text.substr(begin, std::max<size_t>(span.end_byte, begin) - begin));
  }
  return {};
}

void SearchRun::WarnOfMissingVectors() {
  if (embedder_ == nullptr) {
    response_.warnings.emplace_back("no embedding model: lexical and structural search only");
    return;
  }
  for (const auto& index : indexes_) {
    const double coverage = index->semantic_coverage();
    const std::string& repository = index->snapshot().manifest().repository;
    if (coverage == 0 && index->snapshot().file_count() > 0) {
      response_.warnings.push_back(repository + " has no embeddings: lexical and structural search only");
    } else if (coverage > 0 && coverage < 1) {
      response_.warnings.push_back("embeddings cover " + std::to_string(static_cast<int>(coverage * 100)) + " % of " +
                                   repository);
    }
  }
}

Candidate& SearchRun::Pool(const Hit& hit) {
  const auto [known, is_new] = pool_position_.try_emplace(KeyOf(hit.segment, hit.document), pool_.size());
  if (is_new) pool_.push_back(Describe(hit.segment, hit.document));
  return pool_[known->second];
}

Candidate SearchRun::Describe(uint32_t s, uint32_t document) {
  SearchedSegment& segment = segments_[s];
  const DocumentRecord& record = segment.postings->document(document);
  const uint32_t file = segment.postings->FileOfDocument(document);
  Candidate candidate;
  candidate.index = segment.index;
  candidate.segment = segment.segment;
  candidate.document = document;
  candidate.file = segment.postings->RefOfFile(file);
  candidate.begin_byte = record.begin_byte;
  candidate.text_hash = record.text_hash;
  const Evaluation& evaluation = segment.evaluation;
  if (!segment.lexical.bm25.empty()) {
    candidate.bm25 = segment.lexical.bm25[document];
    candidate.name = segment.lexical.name[document];
    candidate.module_bm25 = segment.lexical.definition[segment.postings->HeadOf(document)];
  }
  if (!evaluation.name.empty()) candidate.name = std::max<double>(candidate.name, evaluation.name[document]);
  candidate.structure = StructureOf(segment, document);
  const auto occurrences = evaluation.occurrences.find(document);
  if (occurrences != evaluation.occurrences.end()) candidate.occurrences = occurrences->second;
  float& path_prior = segment.path_prior[file];
  if (path_prior < 0) {
    path_prior = static_cast<float>(PathPrior(segment.owner->snapshot().file(candidate.file).path));
  }
  candidate.prior = KindPrior(record.chunk_kind) * path_prior;
  return candidate;
}

const SearchedSegment& SearchRun::SegmentOf(const Candidate& candidate) const {
  return *std::ranges::find_if(segments_, [&](const SearchedSegment& segment) {
    return segment.index == candidate.index && segment.segment == candidate.segment;
  });
}

double SearchRun::DefinitionBm25(uint32_t s, uint32_t document) const {
  return level_ == Level::kDefinition ? segments_[s].lexical.definition[document] : 0;
}

double SearchRun::StructureOf(const SearchedSegment& segment, uint32_t document) const {
  if (leaves_.empty()) return 0;
  size_t satisfied = 0;
  for (const Query* leaf : leaves_) {
    const auto found = segment.evaluation.leaves.find(leaf);
    if (found != segment.evaluation.leaves.end() && found->second.contains(document)) ++satisfied;
  }
  return static_cast<double>(satisfied) / static_cast<double>(leaves_.size());
}

std::vector<SearchRun::Hit> SearchRun::SelectTop(std::vector<Hit>& hits, size_t count) {
  const auto before = [this](const Hit& a, const Hit& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.segment != b.segment && segments_[a.segment].index != segments_[b.segment].index) {
      return segments_[a.segment].index < segments_[b.segment].index;
    }
    const auto place = [this](const Hit& hit) {
      const SegmentPostings& postings = *segments_[hit.segment].postings;
      return std::pair(postings.RefOfFile(postings.FileOfDocument(hit.document)), hit.document);
    };
    return place(a) < place(b);
  };
  std::vector<Hit> best;
  std::unordered_set<uint64_t> seen;
  // Sorts no more than it needs: first as many as are wanted, then more if copies were among them.
  for (size_t sorted = 0; sorted < hits.size() && best.size() < count;) {
    const size_t end = std::min(hits.size(), sorted + std::max(count, sorted));
    const auto begin = hits.begin() + static_cast<ptrdiff_t>(sorted);
    std::partial_sort(begin, hits.begin() + static_cast<ptrdiff_t>(end), hits.end(), before);
    for (; sorted < end && best.size() < count; ++sorted) {
      const Hit& hit = hits[sorted];
      if (seen.insert(segments_[hit.segment].postings->document(hit.document).text_hash).second) best.push_back(hit);
    }
    if (best.size() == count && sorted < hits.size()) pool_cut_ = true;
  }
  return best;
}

base::Result<std::vector<SearchRun::Hit>> SearchRun::Nearest(uint32_t s, size_t count,
                                                             const DocumentFilter& filter) const {
  const SearchedSegment& segment = segments_[s];
  FANIN_ASSIGN_OR_RETURN(const VectorHits found,
                         segment.owner->vectors(segment.segment)->Search(query_vector_, count, filter));
  std::vector<Hit> hits;
  for (size_t i = 0; i < found.documents.size(); ++i) {
    // A vector file is checked, yet its documents are only numbers.
    const bool known = found.documents[i] < segment.postings->document_count();
    if (known) hits.push_back({s, found.documents[i], found.scores[i]});
  }
  return hits;
}

bool SearchRun::HasVectors(const SearchedSegment& segment) const {
  const VectorIndex* vectors = segment.owner->vectors(segment.segment);
  return embedder_ != nullptr && vectors != nullptr && vectors->model() == embedder_->identity().digest &&
         vectors->dims() == embedder_->identity().dims;
}

bool SearchRun::DeadlinePassed() const { return soft_deadline_.has_value() && Clock::now() > *soft_deadline_; }

double SearchRun::LapMs() {
  const Clock::time_point now = Clock::now();
  return std::chrono::duration<double, std::milli>(now - std::exchange(lap_, now)).count();
}

}  // namespace fanin::retriever
