// The score of a suspect: a weighted sum of named signals, each in [0, 1], over the weights of the signals that the
// request has something to say about; so a score is in [0, 1]. What each means: docs/debugging.md.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retriever/debug.h"
#include "retriever/debug_candidates.h"

namespace fanin::retriever {

// Weights, set on the development designs of docs/results.md (Debugging), 2026-11.
struct DebugWeights {
  double distance = 1.2;
  double shared = 0.35;
  double executed = 0.1;
  double fresh = 0.2;
  double spared = 0.3;
  double logic = 0.7;
  double odd = 0.8;
  double text = 0.5;
  double found = 0.7;
  double named = 0.8;
  double changed = 1.5;
};
inline constexpr DebugWeights kDebugWeights;

// Words of a message, weighed against candidates by how few of them have each. Not thread-safe.
class MessageWords {
 public:
  explicit MessageWords(std::string_view message);
  bool empty() const { return terms_.empty(); }
  void AddDocument(std::string_view text);  // of each candidate, before the first ShareOf
  // Weight of the message's terms that the text has, of all that any candidate has: [0, 1].
  double ShareOf(std::string_view text) const;
  // Those terms as they are in the index, weightiest first, at most `count`.
  std::vector<std::string> Common(std::string_view text, size_t count) const;

 private:
  std::vector<std::string> TermsIn(std::string_view text) const;
  double WeightOf(const std::string& term) const;
  std::unordered_map<std::string, uint32_t> terms_;  // documents that have it
  uint32_t documents_ = 0;
};

// How much a line decides: 0 for a copy of one name to another, towards 1 with operators, literals and conditions.
double LogicOf(std::string_view collapsed_text);

// 1: the candidate's lines were changed or named; less, the farther the nearest such line of its file.
double NearnessOf(const ChangedLines& lines, std::string_view path, uint32_t begin_line, uint32_t end_line);

struct CandidateTexts {
  std::string_view path;
  std::string collapsed;  // its lines
  std::string words;      // its lines and comments
};
// What a score is made against.
struct RankContext {
  const DebugRequest& request;
  const MessageWords& message;
  bool has_cones = false;
  bool has_slices = false;
  uint32_t early_slices = 0;
  uint32_t passing_slices = 0;
};

std::vector<Signal> ScoreCandidate(const Candidate& candidate, const CandidateTexts& texts, const RankContext& context);

double SumOf(const std::vector<Signal>& signals);

// Sentences for people, the weightiest first.
std::vector<std::string> ReasonsOf(const Candidate& candidate, const CandidateTexts& texts,
                                   const std::vector<Signal>& signals, const RankContext& context);

}  // namespace fanin::retriever
