// Which files are indexed, and as what.
#pragma once

#include <cstdint>
#include <string_view>

namespace fanin::indexer {

enum class Language : uint8_t {
  kNone = 0,           // not indexed
  kVerilog = 1,        // .v .vh
  kSystemVerilog = 2,  // .sv .svh .svi
  kMarkdown = 3,       // .md
  kRestructured = 4,   // .rst
};

// By the extension, whatever its case. A file that HDL includes under another name counts as SystemVerilog; the caller
// knows. Encrypted sources (.vp, .svp) are not indexed.
Language LanguageOf(std::string_view path);

inline bool IsHdl(Language language) { return language == Language::kVerilog || language == Language::kSystemVerilog; }

// The extensions of all HDL files, for messages: ".v .sv .vh .svh .svi".
inline constexpr std::string_view kHdlExtensions = ".v .sv .vh .svh .svi";

}  // namespace fanin::indexer
