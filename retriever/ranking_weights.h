// Every number that ranking depends on, in one place. What each means: docs/ranking.md; they change only with
// tests/retriever/ranking_golden_test and that page.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "graph/shard.h"
#include "retriever/postings_codec.h"

namespace fanin::retriever {

// What a query asks for, by its kind: atoms: whatever answers it, definitions, blocks (and all else), or declarations.
enum class Level : uint8_t { kAny = 0, kDefinition = 1, kBlock = 2, kDeclaration = 3 };
inline constexpr size_t kLevelCount = 4;

// The addends of a score, in the order of docs/ranking.md.
enum class Addend : uint8_t {
  kBm25 = 0,
  kCosine = 1,
  kPassageBm25 = 2,
  kPassageCosine = 3,
  kModuleBm25 = 4,
  kModuleCosine = 5,
  kInsideCosine = 6,
  kName = 7,
  kStructure = 8,
  kText = 9,
  kPrior = 10,
  kPhrase = 11,
};
inline constexpr size_t kAddendCount = 12;
inline constexpr std::array<std::string_view, kAddendCount> kAddendNames = {
    "bm25",          "cosine", "passage_bm25", "passage_cosine", "module_bm25", "module_cosine",
    "inside_cosine", "name",   "structure",    "text",           "prior",       "phrase"};

struct RankingWeights {
  // BM25F (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.6).
  double k1 = 1.2;
  std::array<double, kFieldCount> field_weight = {2.5, 1.0, 1.5, 1.0, 1.0};  // name, scope, comment, ports, body
  std::array<double, kFieldCount> field_b = {0.5, 0.3, 0.6, 0.6, 0.6};
  // Of what a query word turns into, relative to the word itself.
  double part_of_identifier = 0.7;
  double synonym = 0.4;
  double joined_words = 0.6;

  double definition_b = 0.6;  // of a definition as one document

  // BM25F over declarations: name, comment, type, drivers, body, scope (element_scorer.h).
  std::array<double, 6> element_field_weight = {2.0, 2.0, 0.5, 0.5, 1.0, 0.5};
  double element_b = 0.4;

  // Addends of the score, by level.
  // Picked by hand near what coordinate ascent over the features of `fanin-eval weights` found on serv, verilog-axi and
  // common_cells (2026-11): docs/results.md.
  // bm25, cosine, passage_bm25, passage_cosine, module_bm25, module_cosine, inside_cosine, name, structure, text,
  // prior, phrase
  std::array<std::array<double, kAddendCount>, kLevelCount> addend = {{
      {0.5, 0.25, 0, 0, 0.25, 0.15, 0.1, 0.15, 0.1, 0.1, 0.05, 0.2},  // any
      {0.35, 0.1, 0, 0, 0.4, 0, 0.5, 0.15, 0.1, 0.1, 0.05, 0.2},      // definition
      {0.5, 0.4, 0, 0, 0.5, 0.1, 0, 0.2, 0.1, 0.1, 0.05, 0},          // block
      {0.4, 0.35, 0, 0.2, 0.35, 0.2, 0, 0.05, 0.1, 0.1, 0.3, 0},      // declaration
  }};

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
// Best passages whose text is compared with the wording of the query.
inline constexpr size_t kPhrasePassages = 50;
// Best passages whose elements are ranked one by one.
inline constexpr size_t kElementPassages = 300;

}  // namespace fanin::retriever
