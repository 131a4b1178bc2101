// Rendering of context as one prompt.
#pragma once

#include <string>
#include <string_view>

#include "fanin/v1/context.pb.h"

namespace fanin::service {

struct PromptParts {
  const google::protobuf::RepeatedPtrField<v1::ContextSnippet>& snippets;  // best first
  std::string_view repository;                                             // its bare name
  std::string_view path;                                                   // of the file under the cursor
  std::string_view before;                                                 // text before the cursor, and after it
  std::string_view after;
};

// Of the file under the cursor, a prompt holds the last lines before the cursor and the first after it.
inline constexpr uint32_t kPromptPrefixLines = 200;
inline constexpr uint32_t kPromptSuffixLines = 50;

// Snippets stand before the text of the file, least valuable first, so that the best is nearest to the cursor. How each
// template marks them: docs/context.md. Marks of a template that occur in texts are not escaped: models have no way to.
// REQUIRES: a template.
std::string RenderPrompt(v1::PromptTemplate prompt_template, const PromptParts& parts);

// A text for a chat model, with its tokens estimated.
v1::Prompt PlainPrompt(std::string text);

}  // namespace fanin::service
