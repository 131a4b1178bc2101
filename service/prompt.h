// Rendering of a completion's context as one prompt.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "fanin/v1/context.pb.h"

namespace fanin::service {

// The template PLAIN: each snippet, least valuable first so that the best is nearest to the cursor, under a comment
// line
// "// path:first-last reason"; then "// path" and the text before the cursor, its last kPromptPrefixLines lines.
inline constexpr uint32_t kPromptPrefixLines = 200;
std::string RenderPlainPrompt(const google::protobuf::RepeatedPtrField<v1::ContextSnippet>& snippets,
                              std::string_view path, std::string_view text_before_cursor);

}  // namespace fanin::service
