#include "service/debug_prompt.h"

#include <algorithm>

namespace fanin::service {
namespace {

constexpr int kMaxSuspects = 10;

std::string Place(const std::string& path, const v1::SourceRange& range) {
  std::string place = path + ":" + std::to_string(range.start_line());
  if (range.end_line() > range.start_line()) place += "-" + std::to_string(range.end_line());
  return place;
}

}  // namespace

std::string RenderDebugPrompt(const v1::DebugTask& task, const v1::AssembleContextResponse& response) {
  std::string prompt = "A hardware design fails. Find the faulty lines and repair them.\n\n## What fails\n\n";
  for (const v1::Symptom& symptom : response.symptoms()) {
    prompt += "- " + (symptom.kind() == "message" ? "" : symptom.kind() + " ") + symptom.text();
    if (task.has_waveform() && symptom.kind() == "signal")
      prompt += ", at time " + std::to_string(task.waveform().time());
    prompt += "\n";
  }
  if (task.passing_signals_size() > 0) {
    prompt += "- right at that time:";
    for (const std::string& name : task.passing_signals()) prompt += " " + name;
    prompt += "\n";
  }
  prompt += "\n## Suspects, most likely first\n\n";
  for (int i = 0; i < std::min(response.suspects_size(), kMaxSuspects); ++i) {
    const v1::Suspect& suspect = response.suspects(i);
    prompt += std::to_string(i + 1) + ". " + Place(suspect.node().path(), suspect.range()) + " in " + suspect.module() +
              ": " + suspect.text() + "\n";
    for (const std::string& reason : suspect.reasons()) prompt += "   - " + reason + "\n";
  }
  if (!response.flow_text().empty()) prompt += "\n## What drives it\n\n" + response.flow_text();
  prompt += "\n## Code\n";
  for (const v1::ContextSnippet& snippet : response.snippets()) {
    prompt += "\n// " + Place(snippet.path(), snippet.range()) + " " + snippet.reason() + "\n" + snippet.text();
    if (!prompt.ends_with('\n')) prompt += '\n';
  }
  prompt += "\n## Answer\n\nSay in one sentence what is wrong, then give a unified diff against the files above.\n";
  return prompt;
}

}  // namespace fanin::service
