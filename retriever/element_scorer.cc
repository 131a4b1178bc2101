#include "retriever/element_scorer.h"

#include <algorithm>
#include <utility>

#include "retriever/code_tokens.h"
#include "retriever/postings_structure.h"
#include "retriever/ranking_weights.h"

namespace fanin::retriever {
namespace {

using graph::EdgeKind;
using graph::LocalNode;
using graph::Node;
using graph::Role;
using graph::Shard;

// Drivers whose names and comments count; a bus has hundreds.
constexpr size_t kMaxDrivers = 8;
// Bytes of code that count.
constexpr size_t kMaxBodyBytes = 4000;

}  // namespace

ElementScorer::ElementScorer(std::span<const TermGroup> groups, std::span<const double> idf)
    : groups_(groups), idf_(idf), pending_(groups.size()) {
  for (uint32_t g = 0; g < groups.size(); ++g) {
    for (const TermGroup::Alternative& alternative : groups[g].alternatives) {
      groups_of_term_[alternative.term].emplace_back(g, static_cast<float>(alternative.weight));
    }
  }
}

void ElementScorer::Add(const Shard& shard, LocalNode element, std::string_view text) {
  elements_.push_back({static_cast<uint32_t>(frequencies_.size()), {}});
  const Node& node = shard.nodes()[element];
  if (!node.anonymous) Count(node.name, ElementField::kName);
  Count(node.doc, ElementField::kComment);
  Count(node.type, ElementField::kType);
  if (node.direction != graph::PortDirection::kNone) {
    Count(graph::PortDirectionName(node.direction), ElementField::kType);
  }
  size_t drivers = 0;
  for (uint32_t edge_index : shard.InEdges(element)) {
    const graph::LocalEdge& edge = shard.edges()[edge_index];
    if (edge.kind != EdgeKind::kDrives && edge.kind != EdgeKind::kFlows) continue;
    if (++drivers > kMaxDrivers) break;
    const Node& driver = shard.nodes()[edge.from];
    Count(edge.kind == EdgeKind::kDrives ? driver.doc : driver.name, ElementField::kDrivers);
  }
  bool clock = false;
  bool reset = false;
  for (uint32_t edge_index : shard.OutEdges(element)) {
    const graph::LocalEdge& edge = shard.edges()[edge_index];
    clock = clock || edge.attributes.role == Role::kClock;
    reset = reset || edge.attributes.role == Role::kReset;
  }
  if (clock) Count("clock", ElementField::kType);
  if (reset) Count("reset", ElementField::kType);
  if (!text.empty()) {
    const size_t begin = std::min<size_t>(node.span.begin_byte, text.size());
    const size_t end = std::clamp<size_t>(node.span.end_byte, begin, text.size());
    Count(text.substr(begin, std::min(end - begin, kMaxBodyBytes)), ElementField::kBody);
  }
  ForEachScope(shard, node.parent, [&](LocalNode scope) { Count(shard.nodes()[scope].name, ElementField::kScope); });

  for (uint32_t g = 0; g < pending_.size(); ++g) {
    if (std::ranges::none_of(pending_[g], [](float count) { return count > 0; })) continue;
    frequencies_.push_back({g, pending_[g]});
    pending_[g] = {};
  }
}

void ElementScorer::Count(std::string_view text, ElementField field) {
  const auto index = static_cast<size_t>(field);
  ScanWords(text, TextKind::kProse, [&](const WordSpan& span) {
    const Word& word = LookUp(text.substr(span.begin, span.end - span.begin));
    elements_.back().lengths[index] += word.terms;
    for (const auto& [group, weight] : word.groups) pending_[group][index] += weight;
  });
}

const ElementScorer::Word& ElementScorer::LookUp(std::string_view text) {
  const auto [found, is_new] = words_.try_emplace(std::string(text));
  Word& word = found->second;
  if (!is_new) return word;
  scratch_.clear();
  AppendTerms(text, scratch_);
  word.terms = static_cast<uint32_t>(scratch_.size());
  for (const std::string& term : scratch_) {
    const auto groups = groups_of_term_.find(term);
    if (groups == groups_of_term_.end()) continue;
    word.groups.insert(word.groups.end(), groups->second.begin(), groups->second.end());
  }
  return word;
}

std::vector<double> ElementScorer::Score() const {
  std::array<double, kElementFieldCount> mean{};
  for (const Element& element : elements_) {
    for (size_t field = 0; field < kElementFieldCount; ++field) mean[field] += element.lengths[field];
  }
  for (double& length : mean)
    length = std::max(length / static_cast<double>(std::max<size_t>(elements_.size(), 1)), 1.0);

  const RankingWeights& weights = kRankingWeights;
  std::vector<double> scores;
  for (size_t i = 0; i < elements_.size(); ++i) {
    const size_t last = i + 1 < elements_.size() ? elements_[i + 1].first : frequencies_.size();
    double score = 0;
    for (size_t f = elements_[i].first; f < last; ++f) {
      double frequency = 0;
      for (size_t field = 0; field < kElementFieldCount; ++field) {
        const double length = elements_[i].lengths[field] / mean[field];
        frequency += weights.element_field_weight[field] * frequencies_[f].in_field[field] /
                     (1 - weights.element_b + weights.element_b * length);
      }
      score += groups_[frequencies_[f].group].weight * idf_[frequencies_[f].group] * frequency * (weights.k1 + 1) /
               (frequency + weights.k1);
    }
    scores.push_back(score);
  }
  return scores;
}

}  // namespace fanin::retriever
