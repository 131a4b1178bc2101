#include "indexer/language.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include "indexer/path_index.h"

namespace fanin::indexer {

Language LanguageOf(std::string_view path) {
  constexpr auto kExtensions = std::to_array<std::pair<std::string_view, Language>>({{"v", Language::kVerilog},
                                                                                     {"vh", Language::kVerilog},
                                                                                     {"sv", Language::kSystemVerilog},
                                                                                     {"svh", Language::kSystemVerilog},
                                                                                     {"svi", Language::kSystemVerilog},
                                                                                     {"md", Language::kMarkdown},
                                                                                     {"rst", Language::kRestructured}});
  const std::string_view name = FileNameOf(path);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot > 5) return Language::kNone;
  std::string extension(name.substr(dot + 1));
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [known, language] : kExtensions) {
    if (extension == known) return language;
  }
  return Language::kNone;
}

}  // namespace fanin::indexer
