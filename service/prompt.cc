#include "service/prompt.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "retriever/token_estimate.h"

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

std::string_view FirstLines(std::string_view text, uint32_t lines) {
  size_t end = 0;
  for (uint32_t line = 0; line < lines; ++line) {
    const size_t newline = text.find('\n', end);
    if (newline == std::string_view::npos) return text;
    end = newline + 1;
  }
  return text.substr(0, end);
}

std::string_view WithoutLastBreak(std::string_view text) {
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

// The text with a comment mark before each line.
std::string Commented(std::string_view text) {
  std::string commented;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    commented += begin == end ? "//" : "// ";
    commented += text.substr(begin, end - begin);
    commented += '\n';
    begin = end + 1;
  }
  return commented;
}

class Renderer {
 public:
  explicit Renderer(const PromptParts& parts)
      : parts_(parts),
        before_(LastLines(parts.before, kPromptPrefixLines)),
        after_(FirstLines(parts.after, kPromptSuffixLines)) {}

  // Fanin's own: what each snippet is stands above it.
  std::string Plain() const {
    std::string prompt = Each([](const v1::ContextSnippet& snippet) {
      return "// " + snippet.path() + ":" + std::to_string(snippet.range().start_line()) + "-" +
             std::to_string(snippet.range().end_line()) + " " + snippet.reason() + "\n" +
             std::string(WithoutLastBreak(snippet.text())) + "\n\n";
    });
    return prompt + "// " + std::string(parts_.path) + "\n" + std::string(before_);
  }

  // Qwen2.5-Coder, technical report, figures 3 and 4: repository-level text, then fill-in-the-middle of the last file.
  std::string Qwen() const {
    return "<|repo_name|>" + std::string(parts_.repository) + "\n" + Files("<|file_sep|>", "\n") + "<|file_sep|>" +
           std::string(parts_.path) + "\n<|fim_prefix|>" + std::string(before_) + "<|fim_suffix|>" +
           std::string(after_) + "<|fim_middle|>";
  }

  // "StarCoder 2 and The Stack v2", section 5.3: files of a repository behind separators.
  std::string StarCoder2() const {
    return "<repo_name>" + std::string(parts_.repository) + Files("<file_sep>", "\n") + "<file_sep>" +
           std::string(parts_.path) + "\n<fim_prefix>" + std::string(before_) + "<fim_suffix>" + std::string(after_) +
           "<fim_middle>";
  }

  // DeepSeek-Coder: files of a repository follow each other, each under `#path`.
  std::string DeepSeek() const {
    return "<｜fim▁begin｜>" + Files("#", "\n\n") + "#" + std::string(parts_.path) + "\n" + std::string(before_) +
           "<｜fim▁hole｜>" + std::string(after_) + "<｜fim▁end｜>";
  }

  // Code Llama: prefix, suffix, middle; it has no mark for files.
  std::string CodeLlama() const {
    return "<PRE> " + Files("// ", "\n\n") + "// " + std::string(parts_.path) + "\n" + std::string(before_) + " <SUF>" +
           std::string(after_) + " <MID>";
  }

  // Codestral: the suffix first; files under `+++++ path`.
  std::string Codestral() const {
    return "[SUFFIX]" + std::string(after_) + "[PREFIX]" + Files("+++++ ", "\n\n") + "+++++ " +
           std::string(parts_.path) + "\n" + std::string(before_);
  }

  // RTL-Repo (Allam and Shalan 2024): continuation only; runs of empty lines become one.
  std::string RtlRepo() const {
    std::string prompt = "// Repo Name: " + std::string(parts_.repository) + "\n" + Files("// Path: ", "\n\n") +
                         "// Path: " + std::string(parts_.path) + "\n" + std::string(before_);
    std::string joined;
    for (size_t i = 0; i < prompt.size();) {
      const size_t end = std::min(prompt.find_first_not_of('\n', i), prompt.size());
      if (end - i >= 4) joined += "\n\n";
      if (end - i < 4) joined.append(end - i, '\n');
      const size_t next = std::min(prompt.find('\n', end), prompt.size());
      joined += prompt.substr(end, next - end);
      i = next;
    }
    return joined;
  }

  // Tabby: snippets as comments before the text; its server adds the marks of the model.
  std::string Tabby() const { return CommentedFiles() + std::string(before_); }

  // Continue: the same, and the path of the file itself.
  std::string Continue() const {
    return CommentedFiles() + "// Path: " + std::string(parts_.path) + "\n" + std::string(before_);
  }

 private:
  template <typename Render>
  std::string Each(Render&& render) const {
    std::string text;
    for (auto snippet = parts_.snippets.rbegin(); snippet != parts_.snippets.rend(); ++snippet)
      text += render(*snippet);
    return text;
  }

  std::string Files(std::string_view mark, std::string_view end) const {
    return Each([&](const v1::ContextSnippet& snippet) {
      return std::string(mark) + snippet.path() + "\n" + std::string(WithoutLastBreak(snippet.text())) +
             std::string(end);
    });
  }

  std::string CommentedFiles() const {
    return Each([](const v1::ContextSnippet& snippet) {
      return "// Path: " + snippet.path() + "\n" + Commented(WithoutLastBreak(snippet.text()));
    });
  }

  const PromptParts& parts_;
  std::string_view before_;
  std::string_view after_;
};

}  // namespace

std::string RenderPrompt(v1::PromptTemplate prompt_template, const PromptParts& parts) {
  const Renderer renderer(parts);
  switch (prompt_template) {
    case v1::PROMPT_TEMPLATE_PLAIN: return renderer.Plain();
    case v1::PROMPT_TEMPLATE_QWEN: return renderer.Qwen();
    case v1::PROMPT_TEMPLATE_STARCODER2: return renderer.StarCoder2();
    case v1::PROMPT_TEMPLATE_DEEPSEEK: return renderer.DeepSeek();
    case v1::PROMPT_TEMPLATE_CODELLAMA: return renderer.CodeLlama();
    case v1::PROMPT_TEMPLATE_CODESTRAL: return renderer.Codestral();
    case v1::PROMPT_TEMPLATE_RTL_REPO: return renderer.RtlRepo();
    case v1::PROMPT_TEMPLATE_TABBY: return renderer.Tabby();
    case v1::PROMPT_TEMPLATE_CONTINUE: return renderer.Continue();
    default: FANIN_CHECK(false); return {};
  }
}

v1::Prompt PlainPrompt(std::string text) {
  v1::Prompt prompt;
  prompt.set_template_(v1::PROMPT_TEMPLATE_PLAIN);
  prompt.set_tokens(retriever::EstimateTokens(text));
  prompt.set_text(std::move(text));
  return prompt;
}

}  // namespace fanin::service
