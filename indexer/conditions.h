// The conditionals of the preprocessor.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace fanin::indexer {

// Evaluates a condition of TextScan::conditions. Every name in it is asked for. What is no condition, or nests too
// deep, is false. Cost: linear.
bool EvaluateCondition(std::string_view condition, const std::function<bool(std::string_view name)>& is_defined);

// The open conditionals of one text, as its directives are walked.
class ConditionStack {
 public:
  // Whether text here counts.
  bool active() const { return open_.empty() || open_.back().active; }

  // Whether the condition of an `elsif here matters.
  bool pending() const { return !open_.empty() && open_.back().outer && !open_.back().taken; }

  // `ifdef, `elsif (and `else, which holds), `endif. Stray ones are passed over.
  void If(bool holds);
  void Else(bool holds);
  void End();

 private:
  struct Branch {
    bool outer;   // the text around is active
    bool active;  // this arm is
    bool taken;   // this arm or one before it is
  };
  std::vector<Branch> open_;
};

}  // namespace fanin::indexer
