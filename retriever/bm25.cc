#include "retriever/bm25.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "retriever/ranking_weights.h"

namespace fanin::retriever {
namespace {

using Rows = std::vector<std::optional<std::string>>;

constexpr size_t Index(Field field) { return static_cast<size_t>(field); }

// What is the same for all documents.
struct Collection {
  double documents = 0;
  std::array<double, kFieldCount> mean_length{};
  double mean_definition_length = 1;
};

Collection Describe(std::span<const SegmentPostings* const> segments) {
  Collection collection;
  for (const SegmentPostings* segment : segments) {
    collection.documents += static_cast<double>(segment->live_documents().cardinality());
    for (size_t field = 0; field < kFieldCount; ++field) {
      collection.mean_length[field] += static_cast<double>(segment->live_lengths()[field]);
    }
  }
  for (double& length : collection.mean_length) length = std::max(length / std::max(collection.documents, 1.0), 1e-9);
  double definitions = 0;
  double length = 0;
  for (const SegmentPostings* segment : segments) {
    definitions += static_cast<double>(segment->live_definitions());
    for (Field field : kDefinitionFields) length += static_cast<double>(segment->live_lengths()[Index(field)]);
  }
  collection.mean_definition_length = std::max(length / std::max(definitions, 1.0), 1.0);
  return collection;
}

// Frequency in a definition, of what one of its documents has; not yet normalised by length.
double DefinitionFrequency(const FieldCounts& counts) {
  double sum = 0;
  for (Field field : kDefinitionFields) sum += kRankingWeights.field_weight[Index(field)] * counts[Index(field)];
  return sum;
}

// A field's length for normalisation. Comments and code are one text: most documents have no comment, so that by the
// mean length of that field alone every one would be long.
double LengthOf(Field field, const auto& lengths) {
  const bool text = field == Field::kComment || field == Field::kBody;
  return text ? static_cast<double>(lengths[Index(Field::kComment)]) + static_cast<double>(lengths[Index(Field::kBody)])
              : static_cast<double>(lengths[Index(field)]);
}

// Frequency over the fields, weighted and normalised by their lengths.
double WeightedFrequency(const FieldCounts& counts, const FieldCounts& lengths, const Collection& collection) {
  double sum = 0;
  for (size_t field = 0; field < kFieldCount; ++field) {
    if (counts[field] == 0) continue;
    const double b = kRankingWeights.field_b[field];
    const double length = LengthOf(static_cast<Field>(field), lengths);
    sum += kRankingWeights.field_weight[field] * counts[field] /
           (1 - b + b * length / LengthOf(static_cast<Field>(field), collection.mean_length));
  }
  return sum;
}

// Always positive (the form of Lucene), so that a common term never counts against a document.
double InverseDocumentFrequency(double documents_with_term, double documents) {
  return std::log(1 + (documents - documents_with_term + 0.5) / (documents_with_term + 0.5));
}

// Live documents of a token row. Dead ones are not counted, so that scores do not depend on how an index came about.
base::Result<uint64_t> CountLive(const SegmentPostings& segment, std::string_view row) {
  if (segment.live_documents().cardinality() == segment.document_count()) return CountOf(row);
  uint64_t count = 0;
  FANIN_RETURN_IF_ERROR(ForEachPosting(row, segment.document_count(), [&](uint32_t document, const FieldCounts&) {
    count += segment.live_documents().contains(document) ? 1 : 0;
  }));
  return count;
}

// Scores one segment group by group.
class SegmentScorer {
 public:
  // `whole` is the sum of weight * idf of the groups that are whole words: the share of one of them in it is how much
  // of the query it is.
  SegmentScorer(const SegmentPostings& segment, const Collection& collection, double whole)
      : segment_(segment), collection_(collection), whole_(whole), frequency_(segment.document_count()) {
    scores_.bm25.resize(segment.document_count());
    scores_.name.resize(segment.document_count());
    scores_.definition.resize(segment.document_count());
    definition_frequency_.resize(segment.document_count());
  }

  // `rows` are those of the group's alternatives.
  base::Status Add(const TermGroup& group, std::span<const std::optional<std::string>> rows, double idf) {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].has_value())
        FANIN_RETURN_IF_ERROR(AddAlternative(group, group.alternatives[i].weight, idf, *rows[i]));
    }
    for (uint32_t document : in_group_) {
      float& score = scores_.bm25[document];
      if (score == 0) scores_.matched.push_back(document);
      const double frequency = frequency_[document];
      score += static_cast<float>(group.weight * idf * frequency * (kRankingWeights.k1 + 1) /
                                  (frequency + kRankingWeights.k1));
      frequency_[document] = 0;
    }
    in_group_.clear();
    for (uint32_t head : heads_in_group_) {
      const double length = segment_.DefinitionLength(head) / collection_.mean_definition_length;
      const double b = kRankingWeights.definition_b;
      const double frequency = definition_frequency_[head] / (1 - b + b * length);
      scores_.definition[head] += static_cast<float>(group.weight * idf * frequency * (kRankingWeights.k1 + 1) /
                                                     (frequency + kRankingWeights.k1));
      definition_frequency_[head] = 0;
    }
    heads_in_group_.clear();
    return {};
  }

  LexicalScores Take() && { return std::move(scores_); }

 private:
  base::Status AddAlternative(const TermGroup& group, double weight, double idf, std::string_view row) {
    return ForEachPosting(row, segment_.document_count(), [&](uint32_t document, const FieldCounts& counts) {
      const FieldCounts& lengths = segment_.document(document).lengths;
      if (frequency_[document] == 0) in_group_.push_back(document);
      frequency_[document] += static_cast<float>(weight * WeightedFrequency(counts, lengths, collection_));
      if (const double added = weight * DefinitionFrequency(counts); added > 0) {
        float& of_definition = definition_frequency_[segment_.HeadOf(document)];
        if (of_definition == 0) heads_in_group_.push_back(segment_.HeadOf(document));
        of_definition += static_cast<float>(added);
      }
      if (!group.is_name || counts[Index(Field::kName)] == 0) return;
      // A word that is the whole of a name of several parts counts once in the field, as its parts do.
      const double share = weight * NameShare(lengths[Index(Field::kName)]);
      const double part = std::min(group.weight * idf / whole_, 1.0);
      scores_.name[document] = std::max(scores_.name[document], static_cast<float>(share * part));
    });
  }

  // The only name of the document: 1. Of a run of names: less the longer the run.
  static double NameShare(uint32_t name_length) {
    return std::min(1.0, kRankingWeights.terms_of_one_name / std::max(name_length, 1U));
  }

  const SegmentPostings& segment_;
  const Collection& collection_;
  const double whole_;
  std::vector<float> frequency_;  // of the current group, by document
  std::vector<uint32_t> in_group_;
  std::vector<float> definition_frequency_;  // the same, by head
  std::vector<uint32_t> heads_in_group_;
  LexicalScores scores_;
};

}  // namespace

base::Result<Lexical> ScoreLexically(std::span<const SegmentPostings* const> segments,
                                     std::span<const TermGroup> groups) {
  std::vector<std::string> terms;
  for (const TermGroup& group : groups) {
    for (const TermGroup::Alternative& alternative : group.alternatives) terms.push_back(alternative.term);
  }
  std::vector<Rows> rows;
  for (const SegmentPostings* segment : segments) {
    FANIN_ASSIGN_OR_RETURN(Rows of_segment, segment->GetTokens(terms));
    rows.push_back(std::move(of_segment));
  }

  const Collection collection = Describe(segments);
  Lexical result;
  std::vector<double>& idf = result.idf;
  size_t first = 0;
  for (const TermGroup& group : groups) {
    uint64_t greatest = 0;
    for (size_t i = first; i < first + group.alternatives.size(); ++i) {
      uint64_t count = 0;
      for (size_t s = 0; s < segments.size(); ++s) {
        if (!rows[s][i].has_value()) continue;
        FANIN_ASSIGN_OR_RETURN(const uint64_t live, CountLive(*segments[s], *rows[s][i]));
        count += live;
      }
      greatest = std::max(greatest, count);
    }
    idf.push_back(InverseDocumentFrequency(static_cast<double>(greatest), collection.documents));
    first += group.alternatives.size();
  }

  double whole = 0;
  for (size_t g = 0; g < groups.size(); ++g) whole += groups[g].is_name && groups[g].weight == 1 ? idf[g] : 0;
  for (size_t s = 0; s < segments.size(); ++s) {
    SegmentScorer scorer(*segments[s], collection, whole);
    first = 0;
    for (size_t g = 0; g < groups.size(); ++g) {
      const size_t count = groups[g].alternatives.size();
      FANIN_RETURN_IF_ERROR(scorer.Add(groups[g], std::span(rows[s]).subspan(first, count), idf[g]));
      first += count;
    }
    result.segments.push_back(std::move(scorer).Take());
  }
  return result;
}

}  // namespace fanin::retriever
