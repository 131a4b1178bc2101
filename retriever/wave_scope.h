// Where the signals of a cone are in a wave, and what names in its code are worth at a moment: signals from the wave,
// parameters and enum members from the wave or else the graph. Not thread-safe: look-ups are kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "graph/occurrence.h"
#include "graph/snapshot.h"
#include "retriever/wave.h"
#include "retriever/wave_expression.h"

namespace fanin::retriever {

class WaveScope {
 public:
  // `path_of_root`: hierarchical path of the symptom, "module.u_a.sig"; `scope`: path in the wave of that module;
  // empty: found by the path. `given`: the symptom as the caller named it, which may begin with the scope. Errors:
  // NOT_FOUND, saying what was looked for.
  static base::Result<WaveScope> Find(const graph::Snapshot& snapshot, const Wave& wave, std::string_view path_of_root,
                                      std::string_view scope, std::string_view given);

  const Wave& wave() const { return *wave_; }
  // Path in the wave of the module that hierarchical paths begin in.
  const std::string& prefix() const { return prefix_; }

  // The variable of a place with that hierarchical path; nullopt: the wave has none, or several (of a generate loop).
  std::optional<Wave::Variable> VariableOf(std::string_view hierarchical_path);

  // Values of names used in the module of an element at `moment`; `path` is the hierarchical path of a signal beside
  // it. The result must not outlive this or the arguments.
  std::optional<NamedValue> ValueOf(std::string_view name, std::string_view path, const graph::NodeHandle& near,
                                    Moment moment);

 private:
  WaveScope(const graph::Snapshot& snapshot, const Wave& wave) : snapshot_(&snapshot), wave_(&wave) {}
  std::optional<NamedValue> ConstantOf(std::string_view name, const graph::NodeHandle& near, int depth);

  const graph::Snapshot* snapshot_;
  const Wave* wave_;
  std::string prefix_;
  std::string root_module_;
  std::unordered_map<std::string, std::optional<Wave::Variable>> variables_;
  std::map<std::pair<graph::FileRef, std::string>, std::optional<NamedValue>> constants_;
};

}  // namespace fanin::retriever
