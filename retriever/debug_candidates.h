// Lines that may be at fault, and what is known of each before it is scored.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"
#include "retriever/debug_cone.h"

namespace fanin::retriever {

// The part that a line had in a value of a wave (wave_slice.h). Of several the strongest, then the nearest.
struct Part {
  float strength = 0;  // 1: it was executed and decided; less: it might have
  uint32_t edges = 0;  // clock edges back from the symptom
  uint32_t steps = 0;  // flows
  friend bool operator==(const Part&, const Part&) = default;
};

enum class CandidateKind : uint8_t {
  kAssignment = 0,  // also a call
  kCondition = 1,   // head of an if
  kSelector = 2,    // head of a case or loop
  kEvent = 3,       // head of a procedure
  kConnection = 4,  // of a port
  kDeclaration = 5,
};

// How one failing symptom reaches a candidate.
struct Reach {
  uint32_t cone = 0;
  float steps = 0;
  uint32_t registers = 0;
  Part part = {};  // with a wave: in the symptom's value
};

struct Candidate {
  CandidateKind kind = CandidateKind::kAssignment;
  graph::NodeRef node = graph::kNoRef;
  graph::FileRef file = 0;
  uint32_t begin_line = 0;
  uint32_t end_line = 0;
  uint32_t cone = UINT32_MAX;  // index of the failing cone that is nearest; UINT32_MAX: none
  uint32_t step = 0;           // in it: the signal acted on
  float steps = 0;
  uint32_t registers = 0;
  uint32_t failing = 0;  // cones that hold it
  uint32_t passing = 0;
  double found = 0;  // by the search: score over the best score
  // All elements on these lines; of a connection with the signal of the cone, else with kNoRef.
  std::vector<std::pair<graph::NodeRef, graph::NodeRef>> elements = {};
  std::string odd_port = {};        // of a connection: the port that its actual is rather named like
  bool odd_width = false;           // a copy, or the declaration of one end, where the wave has two widths
  std::vector<Reach> reaches = {};  // one for each failing cone that holds it
  // With a wave: parts in the values of passing signals, and of the symptoms before; sums over slices.
  float passing_executed = 0;
  float early_executed = 0;

  // The strongest part of all; of equal ones the first.
  Part part() const;
};

// Texts of files by line; each file is read once. Not thread-safe.
class FileLines {
 public:
  explicit FileLines(const graph::Snapshot& snapshot) : snapshot_(snapshot) {}
  base::Result<std::string_view> Text(graph::FileRef file);
  // Bytes of whole lines. REQUIRES: 1 <= begin_line <= end_line; what is past the end is left out.
  base::Result<std::string_view> Lines(graph::FileRef file, uint32_t begin_line, uint32_t end_line);

 private:
  struct File {
    std::string text;
    std::vector<uint32_t> begins;  // of lines, and the end
  };
  base::Result<const File*> Load(graph::FileRef file);
  const graph::Snapshot& snapshot_;
  std::unordered_map<graph::FileRef, File> files_;
};

class Candidates {
 public:
  Candidates(const graph::Snapshot& snapshot, FileLines& lines) : snapshot_(snapshot), lines_(lines) {}

  // All statements that act on signals of the cone: what drives them, the heads they stand under, the events of their
  // procedures, connections, declarations. The same lines are one candidate. Of passing cones only what is a candidate
  // already is counted, so they come last.
  base::Status AddCone(const Cone& cone, uint32_t index, bool passing);
  // The statements within lines that a search found.
  base::Status AddFound(graph::FileRef file, uint32_t begin_line, uint32_t end_line, double score);

  std::vector<Candidate>& items() { return items_; }

 private:
  // What a driver of a signal points to, before its lines are known.
  struct Reached {
    uint32_t cone;
    uint32_t step;
    float steps;
    uint32_t registers;
    bool passing;
    graph::NodeRef signal;
  };
  base::Status AddStatement(const graph::NodeHandle& node, const Reached& reached);
  base::Status AddConnection(const graph::NodeHandle& instance, std::string_view port, const Reached& reached);
  base::Status AddHead(const graph::NodeHandle& node, graph::LocalNode local, CandidateKind kind,
                       const Reached& reached);
  void Add(const graph::NodeHandle& node, graph::LocalNode local, CandidateKind kind, uint32_t begin_line,
           uint32_t end_line, const Reached& reached);
  base::Result<uint32_t> EndOfHead(const graph::NodeHandle& node, graph::LocalNode local);

  const graph::Snapshot& snapshot_;
  FileLines& lines_;
  std::vector<Candidate> items_;
  std::map<std::tuple<graph::FileRef, uint32_t, uint32_t>, size_t> by_lines_;
  std::set<std::tuple<size_t, uint32_t, bool>> counted_;  // candidate, cone, whether it passes
};

}  // namespace fanin::retriever
