#include "retriever/debug_rank.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "graph/schema.h"
#include "retriever/code_tokens.h"

namespace fanin::retriever {
namespace {

// Lines beside a changed or named one.
constexpr uint32_t kNearLines = 3;
constexpr double kNear = 0.5;
constexpr double kSameFile = 0.15;
// Parts up to this come from conditions that did not hold (wave_slice.cc).
constexpr float kPreventedAtMost = 0.5F;
// Of what the search finds in a test bench: the fault is rather in the design.
constexpr double kBench = 0.4;
// Of a signal that is worth a word.
constexpr double kNotable = 0.5;

// Towards the symptoms, 0 for one that it does not reach; a mean, so that what they have in common comes first.
double DistanceOf(const Candidate& candidate, size_t failing) {
  double sum = 0;
  for (const Reach& reach : candidate.reaches) {
    const bool has_part = reach.part.strength > 0;
    const double steps = has_part ? reach.part.steps : static_cast<double>(reach.steps);
    const double registers = has_part ? reach.part.edges : reach.registers;
    sum += 1 / (1 + 0.12 * steps + 0.1 * registers);
  }
  return sum / static_cast<double>(failing);
}

double ExecutedOf(const Candidate& candidate, size_t failing) {
  double sum = 0;
  for (const Reach& reach : candidate.reaches) sum += reach.part.strength;
  return sum / static_cast<double>(failing);
}

// How often lines of the kind are at fault that is not in an operator: conditions often, mere copies hardly ever.
double LogicOfKind(const Candidate& candidate, std::string_view text) {
  switch (candidate.kind) {
    case CandidateKind::kAssignment: return LogicOf(text);
    case CandidateKind::kCondition: return 0.6 + 0.4 * LogicOf(text);
    case CandidateKind::kSelector: return 0.3 + 0.7 * LogicOf(text);
    case CandidateKind::kEvent: return 0.6;
    case CandidateKind::kConnection:
    case CandidateKind::kDeclaration: return 0.05;
  }
  return 0;
}

// Ochiai's coefficient over symptoms: failing cones that hold the line against all cones that do (Abreu, Zoeteweij, van
// Gemund, PRDC 2006).
double SharedOf(const Candidate& candidate, size_t failing) {
  return candidate.failing / std::sqrt(static_cast<double>(failing) * (candidate.failing + candidate.passing));
}

// Whether a path says that what is there tests the design.
bool IsBench(std::string_view path) {
  static constexpr std::string_view kFolders[] = {"tb",  "test",  "tests",        "testbench", "bench", "dv",
                                                  "sim", "verif", "verification", "formal",    "fpv"};
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (end < path.size() && std::ranges::find(kFolders, part) != std::end(kFolders)) return true;
    if (end == path.size()) {
      const std::string_view stem = part.substr(0, part.find('.'));
      return stem.starts_with("tb_") || stem.ends_with("_tb");
    }
    begin = end + 1;
  }
  return false;
}

std::string Plural(uint32_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

MessageWords::MessageWords(std::string_view message) {
  std::vector<std::string> terms;
  ScanWords(message, TextKind::kProse,
            [&](const WordSpan& word) { AppendTerms(message.substr(word.begin, word.end - word.begin), terms); });
  for (std::string& term : terms) {
    const bool is_number = std::ranges::all_of(term, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) terms_.emplace(std::move(term), 0);
  }
}

std::vector<std::string> MessageWords::TermsIn(std::string_view text) const {
  std::vector<std::string> terms;
  ScanWords(text, TextKind::kProse,
            [&](const WordSpan& word) { AppendTerms(text.substr(word.begin, word.end - word.begin), terms); });
  std::erase_if(terms, [&](const std::string& term) { return !terms_.contains(term); });
  std::ranges::sort(terms);
  terms.erase(std::ranges::unique(terms).begin(), terms.end());
  return terms;
}

void MessageWords::AddDocument(std::string_view text) {
  ++documents_;
  for (const std::string& term : TermsIn(text)) ++terms_.at(term);
}

double MessageWords::WeightOf(const std::string& term) const {
  const uint32_t count = terms_.at(term);
  return count == 0 ? 0 : std::log(1 + static_cast<double>(documents_) / count);
}

double MessageWords::ShareOf(std::string_view text) const {
  double all = 0;
  for (const auto& [term, count] : terms_) all += WeightOf(term);
  if (all == 0) return 0;
  double common = 0;
  for (const std::string& term : TermsIn(text)) common += WeightOf(term);
  return common / all;
}

std::vector<std::string> MessageWords::Common(std::string_view text, size_t count) const {
  std::vector<std::string> terms = TermsIn(text);
  std::ranges::stable_sort(terms, std::greater<>(), [&](const std::string& term) { return WeightOf(term); });
  terms.resize(std::min(terms.size(), count));
  return terms;
}

double LogicOf(std::string_view text) {
  double marks = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '<' && next == '=') continue;  // an assignment, most often
    if (std::string_view("+-*/%&|^~!?<>").find(c) != std::string_view::npos) marks += 1;
    if ((c == '=' || c == '&' || c == '|') && next == c) ++i;
    if (c == '\'') marks += 0.5;
    if (c == '[') marks += 0.5;
  }
  return marks / (marks + 2);
}

double NearnessOf(const ChangedLines& lines, std::string_view path, uint32_t begin_line, uint32_t end_line) {
  const auto file = lines.by_path.find(path);
  if (file == lines.by_path.end()) return 0;
  const auto from = file->second.lower_bound(begin_line > kNearLines ? begin_line - kNearLines : 0);
  if (from == file->second.end() || *from > end_line + kNearLines) return kSameFile;
  const auto inside = file->second.lower_bound(begin_line);
  return inside != file->second.end() && *inside <= end_line ? 1 : kNear;
}

std::vector<Signal> ScoreCandidate(const Candidate& candidate, const CandidateTexts& texts,
                                   const RankContext& context) {
  const DebugRequest& request = context.request;
  std::vector<Signal> signals;
  const bool in_cone = candidate.cone != UINT32_MAX;
  if (context.has_cones) {
    signals.push_back(
        {"distance", in_cone ? DistanceOf(candidate, request.failing.size()) : 0, kDebugWeights.distance});
    if (request.failing.size() + request.passing.size() > 1) {
      signals.push_back({"shared", in_cone ? SharedOf(candidate, request.failing.size()) : 0, kDebugWeights.shared});
    }
  }
  if (context.has_slices) {
    const double executed = ExecutedOf(candidate, request.failing.size());
    signals.push_back({"executed", executed, kDebugWeights.executed});
    if (context.early_slices > 0) {
      const double early = candidate.early_executed / static_cast<double>(context.early_slices);
      signals.push_back({"fresh", executed * (1 - std::min(early, 1.0)), kDebugWeights.fresh});
    }
    if (context.passing_slices > 0) {
      const double passing = candidate.passing_executed / static_cast<double>(context.passing_slices);
      signals.push_back({"spared", executed * (1 - std::min(passing, 1.0)), kDebugWeights.spared});
    }
  }
  signals.push_back({"logic", LogicOfKind(candidate, texts.collapsed), kDebugWeights.logic});
  signals.push_back({"odd", candidate.odd_width || !candidate.odd_port.empty() ? 1.0 : 0.0, kDebugWeights.odd});
  if (!context.message.empty()) {
    signals.push_back({"text", context.message.ShareOf(texts.words), kDebugWeights.text});
    signals.push_back({"found", candidate.found * (IsBench(texts.path) ? kBench : 1), kDebugWeights.found});
  }
  const auto nearness = [&](const ChangedLines& lines) {
    return NearnessOf(lines, texts.path, candidate.begin_line, candidate.end_line);
  };
  if (!request.named.empty()) signals.push_back({"named", nearness(request.named), kDebugWeights.named});
  if (!request.changed.empty()) signals.push_back({"changed", nearness(request.changed), kDebugWeights.changed});
  return signals;
}

double SumOf(const std::vector<Signal>& signals) {
  double sum = 0;
  double weights = 0;
  for (const Signal& signal : signals) {
    sum += signal.value * signal.weight;
    weights += signal.weight;
  }
  return weights > 0 ? sum / weights : 0;
}

std::vector<std::string> ReasonsOf(const Candidate& candidate, const CandidateTexts& texts,
                                   const std::vector<Signal>& signals, const RankContext& context) {
  const DebugRequest& request = context.request;
  std::vector<std::pair<double, std::string>> reasons;
  for (const Signal& signal : signals) {
    if (signal.value <= 0) continue;
    std::string reason;
    if (signal.name == "distance") {
      const auto steps = static_cast<uint32_t>(candidate.steps);
      reason = steps == 0 ? "acts on the symptom itself" : Plural(steps, "step") + " from the symptom";
      if (candidate.registers > 0) reason += ", across " + Plural(candidate.registers, "register");
    } else if (signal.name == "shared") {
      reason = "in the cones of " + std::to_string(candidate.failing) + " of " +
               Plural(static_cast<uint32_t>(request.failing.size()), "failing signal");
      if (!request.passing.empty()) {
        reason += " and of " + std::to_string(candidate.passing) + " of " + std::to_string(request.passing.size()) +
                  " passing";
      }
    } else if (signal.name == "executed") {
      const Part part = candidate.part();
      reason = part.strength >= 1                 ? "decided the value at that time"
               : part.strength > kPreventedAtMost ? "may have decided the value at that time"
                                                  : "kept another value from arriving";
      if (part.edges > 0) reason += ", " + Plural(part.edges, "clock edge") + " before";
    } else if (signal.name == "fresh" && signal.value >= kNotable) {
      reason = "had less part in the values before";
    } else if (signal.name == "spared" && signal.value >= kNotable) {
      reason = "has no part in most signals that are right";
    } else if (signal.name == "odd") {
      reason = candidate.odd_port.empty() ? "two widths meet here"
                                          : "its actual is rather named like port " + candidate.odd_port;
    } else if (signal.name == "text") {
      for (const std::string& term : context.message.Common(texts.words, 4))
        reason += (reason.empty() ? "words: " : ", ") + term;
    } else if (signal.name == "found") {
      reason = "found by the message's words";
    } else if (signal.name == "named" || signal.name == "changed") {
      const std::string by = signal.name == "named" ? "named by a message" : "changed by the diff";
      reason = signal.value == 1 ? by : (signal.value == kNear ? "beside a line " : "in a file ") + by;
    }
    if (!reason.empty()) reasons.emplace_back(-signal.value * signal.weight, std::move(reason));
  }
  std::ranges::stable_sort(reasons, {}, &std::pair<double, std::string>::first);
  std::vector<std::string> texts_only;
  for (auto& [weight, reason] : reasons) texts_only.push_back(std::move(reason));
  return texts_only;
}

}  // namespace fanin::retriever
