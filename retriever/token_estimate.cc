#include "retriever/token_estimate.h"

namespace fanin::retriever {
namespace {

constexpr uint32_t kLettersPerToken = 5;
constexpr uint32_t kDigitsPerToken = 3;

enum class Class : uint8_t { kLetter, kDigit, kBlank, kLineBreak, kMark };

Class ClassOf(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Class::kLetter;
  if (c >= '0' && c <= '9') return Class::kDigit;
  if (c == ' ' || c == '\t' || c == '\r') return Class::kBlank;
  return c == '\n' ? Class::kLineBreak : Class::kMark;
}

}  // namespace

uint32_t EstimateTokens(std::string_view text) {
  uint32_t tokens = 0;
  for (size_t i = 0; i < text.size();) {
    const Class kind = ClassOf(text[i]);
    size_t end = i + 1;
    while (kind != Class::kMark && kind != Class::kLineBreak && end < text.size() && ClassOf(text[end]) == kind) ++end;
    const auto length = static_cast<uint32_t>(end - i);
    switch (kind) {
      case Class::kLetter: tokens += (length + kLettersPerToken - 1) / kLettersPerToken; break;
      case Class::kDigit: tokens += (length + kDigitsPerToken - 1) / kDigitsPerToken; break;
      case Class::kBlank: tokens += length > 1 ? 1 : 0; break;  // a single blank joins the word after it
      case Class::kLineBreak:
        while (end < text.size() && ClassOf(text[end]) == Class::kBlank) ++end;  // its indentation
        ++tokens;
        break;
      case Class::kMark: ++tokens; break;
    }
    i = end;
  }
  return tokens;
}

}  // namespace fanin::retriever
