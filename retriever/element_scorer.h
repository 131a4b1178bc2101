// Words of single elements: how well the name, comment, type and drivers of a declaration answer the words of a query.
// A passage shows many declarations; this tells which of them is meant. Internal to search*.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graph/shard.h"
#include "retriever/query_terms.h"

namespace fanin::retriever {

// What is said of an element, in the order of RankingWeights::element_field_weight.
enum class ElementField : uint8_t {
  kName = 0,
  kComment = 1,  // its doc comment
  kType = 2,     // type, direction, and what it is used as: "clock", "reset"
  kDrivers = 3,  // comments of what drives it, names of what flows into it
  kBody = 4,     // its code, of what is no declaration
  kScope = 5,    // names around it
};
inline constexpr size_t kElementFieldCount = 6;

// BM25F over elements, with the frequencies of terms from the index. Not thread-safe; one per request.
class ElementScorer {
 public:
  // `idf` is that of each group. Both must outlive the scorer.
  ElementScorer(std::span<const TermGroup> groups, std::span<const double> idf);

  // Takes the element's words; `text` is that of its file, or empty to leave its code out. Elements are numbered as
  // they come. Cost: linear in what is said of it.
  void Add(const graph::Shard& shard, graph::LocalNode node, std::string_view text);

  // Scores in the order of Add, 0 or above, unbounded: comparable among these elements only, by whose mean lengths they
  // are normalised.
  std::vector<double> Score() const;

 private:
  // Frequencies of one element, of the groups that it has.
  struct Frequency {
    uint32_t group;
    std::array<float, kElementFieldCount> in_field;
  };
  struct Element {
    uint32_t first = 0;  // of frequencies_
    std::array<uint32_t, kElementFieldCount> lengths{};
  };
  // A word, looked up once: how many terms it has, and which groups it is of.
  struct Word {
    uint32_t terms = 0;
    std::vector<std::pair<uint32_t, float>> groups;  // group, weight of the alternative
  };

  void Count(std::string_view text, ElementField field);
  const Word& LookUp(std::string_view word);

  std::span<const TermGroup> groups_;
  std::span<const double> idf_;
  std::unordered_map<std::string_view, std::vector<std::pair<uint32_t, float>>> groups_of_term_;
  std::unordered_map<std::string, Word> words_;
  std::vector<std::array<float, kElementFieldCount>> pending_;  // by group, of the element that is added
  std::vector<Element> elements_;
  std::vector<Frequency> frequencies_;
  std::vector<std::string> scratch_;
};

}  // namespace fanin::retriever
