// From a failure to the statements that may cause it: suspects ranked by a sum of named signals, the cone they stand
// in, and the code that shows them within a budget of tokens. How: docs/debugging.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/elaboration.h"
#include "graph/occurrence.h"
#include "retriever/retriever.h"
#include "retriever/wave.h"

namespace fanin::retriever {

// Lines of files that a change touched: in a hunk's new text, or next to what it removed.
struct ChangedLines {
  std::map<std::string, std::set<uint32_t>, std::less<>> by_path;
  bool empty() const { return by_path.empty(); }
};

struct DebugSymptom {
  // The declarations of one signal, or what an assertion is about.
  std::vector<graph::Occurrence> places;
  std::string name;  // as given

  friend bool operator==(const DebugSymptom&, const DebugSymptom&) = default;
};

struct DebugRequest {
  std::vector<DebugSymptom> failing;
  std::vector<DebugSymptom> passing;
  std::string text;                                 // messages: words to compare code with
  ChangedLines named;                               // places that the messages name
  ChangedLines changed;                             // a change under suspicion
  const graph::Elaboration* elaboration = nullptr;  // of the snapshot of the first index, outliving the call
  // Values up to `time`, when the symptom shows; null: none. `wave_scope`: path in the wave of the module that the
  // symptoms' names begin in; empty: found by their names.
  std::shared_ptr<const Wave> wave;
  uint64_t time = 0;
  std::string wave_scope;
  uint32_t budget_tokens = 2000;  // of the snippets; >= 1
  uint32_t max_suspects = 50;
  Deadline deadline;
};

// Lines that may be the cause.
struct Suspect {
  graph::NodeRef node = graph::kNoRef;  // of the snapshot of the first index
  std::string path;
  uint32_t begin_line = 0;
  uint32_t end_line = 0;
  std::string text;     // those lines, collapsed
  std::string module;   // the definition around
  std::string acts_on;  // hierarchical path of the signal of the cone that it drives; empty: in no cone
  uint32_t steps = 0;   // from there to the symptom
  uint32_t registers = 0;
  double score = 0;             // [0, 1]
  std::vector<Signal> signals;  // the addends
  std::vector<std::string> reasons;
  std::vector<graph::Edge> way;  // flows from the suspect to the symptom
};

struct DebugResponse {
  std::vector<Suspect> suspects;  // most likely first
  std::string flow_text;          // the cone (docs/flow_text.md)
  std::vector<ContextSnippet> snippets;
  uint32_t tokens = 0;
  bool truncated = false;  // the cone, the suspects or the snippets are not all
  bool partial = false;
  std::vector<std::string> warnings;
  double total_ms = 0;
};

// With failing symptoms suspects come from their cones; without, from a search by the text. Errors: INVALID_ARGUMENT
// (neither; a budget of 0), those of reading. Cost: one cone of at most 1,000 signals for each symptom, failing or
// passing; one search where there is text.
base::Result<DebugResponse> Debug(const Retriever& retriever,
                                  std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                  const DebugRequest& request);

}  // namespace fanin::retriever
