#include "service/prompt.h"

namespace fanin::service {
namespace {

// The last lines of a text.
std::string_view LastLines(std::string_view text, uint32_t lines) {
  size_t begin = text.size();
  for (uint32_t line = 0; line < lines; ++line) {
    const size_t newline = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
    if (newline == std::string_view::npos) return text;
    begin = newline;
  }
  return text.substr(begin + 1);
}

}  // namespace

std::string RenderPlainPrompt(const google::protobuf::RepeatedPtrField<v1::ContextSnippet>& snippets,
                              std::string_view path, std::string_view text_before_cursor) {
  std::string prompt;
  for (auto snippet = snippets.rbegin(); snippet != snippets.rend(); ++snippet) {
    prompt += "// " + snippet->path() + ":" + std::to_string(snippet->range().start_line()) + "-" +
              std::to_string(snippet->range().end_line()) + " " + snippet->reason() + "\n" + snippet->text();
    if (!prompt.ends_with('\n')) prompt += '\n';
    prompt += '\n';
  }
  prompt += "// " + std::string(path) + "\n";
  prompt += LastLines(text_before_cursor, kPromptPrefixLines);
  return prompt;
}

}  // namespace fanin::service
