// Every number that ranking depends on, in one place. What each means: docs/ranking.md; they change only with
// tests/retriever/ranking_golden_test and that page.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "graph/shard.h"
#include "retriever/postings_codec.h"

namespace fanin::retriever {

struct RankingWeights {
  // BM25F (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.6).
  double k1 = 1.2;
  std::array<double, kFieldCount> field_weight = {2.5, 1.0, 1.5, 1.0, 1.0};  // name, scope, comment, ports, body
  std::array<double, kFieldCount> field_b = {0.5, 0.3, 0.6, 0.6, 0.6};
  // Of what a query word turns into, relative to the word itself.
  double part_of_identifier = 0.7;
  double synonym = 0.6;
  double joined_words = 0.6;

  // Addends of the score.
  double bm25 = 0.5;
  double cosine = 0.5;
  double name = 0.15;
  double structure = 0.10;
  double text = 0.10;
  double prior = 0.05;

  // Terms in the name field of a document that is named once: the name whole and three parts.
  double terms_of_one_name = 4;
  // Occurrences of exact text at which its signal is one half.
  double text_half = 1.0;

  // The prior of a passage: by its kind, times a factor for folders of tests and of copies.
  std::array<double, graph::kChunkKindCount> kind_prior = {
      1.0,  // module header
      0.7,  // block
      0.6,  // assigns
      0.6,  // instance
      0.8,  // function
      0.8,  // types
      0.5,  // declarations
      0.9,  // class
      0.9,  // package header
      0.5,  // macros
      0.6,  // document
      0.5,  // assertions
      0.6,  // generate
      0.6,  // register
      0.2,  // other
  };
  double test_folder = 0.6;
  double copy_folder = 0.8;
};
inline constexpr RankingWeights kRankingWeights;

// How much a name that a name: atom finds says, by what it names: a definition is more likely meant than a signal.
constexpr float NameRank(graph::NodeKind kind) {
  switch (kind) {
    case graph::NodeKind::kModule:
    case graph::NodeKind::kInterface:
    case graph::NodeKind::kProgram:
    case graph::NodeKind::kPrimitive:
    case graph::NodeKind::kChecker:
    case graph::NodeKind::kPackage:
    case graph::NodeKind::kClass: return 1.0F;
    case graph::NodeKind::kTypedef:
    case graph::NodeKind::kFunction:
    case graph::NodeKind::kTask:
    case graph::NodeKind::kMacro:
    case graph::NodeKind::kRegister: return 0.9F;
    case graph::NodeKind::kInstance: return 0.7F;
    case graph::NodeKind::kPort:
    case graph::NodeKind::kParameter:
    case graph::NodeKind::kSignal: return 0.6F;
    default: return 0.5F;
  }
}

// Names of folders of tests, and of copies of others' work.
inline constexpr std::array<std::string_view, 11> kTestFolders = {
    "dv", "tb", "test", "tests", "testbench", "bench", "sim", "verif", "verification", "uvm", "formal"};
inline constexpr std::array<std::string_view, 5> kCopyFolders = {"vendor", "vendored", "third_party", "external",
                                                                 "deps"};

// Candidates taken from each source.
inline constexpr size_t kLexicalCandidates = 400;
inline constexpr size_t kVectorCandidates = 200;
inline constexpr size_t kStructuralCandidates = 400;

}  // namespace fanin::retriever
