#include "indexer/reading.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "slang/diagnostics/ParserDiags.h"
#include "slang/diagnostics/PreprocessorDiags.h"
#include "slang/parsing/Lexer.h"
#include "slang/parsing/LexerFacts.h"
#include "slang/parsing/Parser.h"
#include "slang/parsing/Preprocessor.h"
#include "slang/syntax/AllSyntax.h"
#include "slang/syntax/SyntaxVisitor.h"
#include "slang/util/Bag.h"

namespace fanin::indexer {
namespace {

// How deep slang may recurse. The text's nesting was limited before, to less than slang counts for it.
constexpr uint32_t kMaxRecursion = 200'000;

slang::Bag MakeOptions(slang::LanguageVersion version, bool keywords_of_2005) {
  slang::parsing::PreprocessorOptions preprocessor;
  if (keywords_of_2005) preprocessor.keywordMapping.emplace_back("...", slang::parsing::KeywordVersion::v1800_2005);
  preprocessor.maxIncludeDepth = 0;
  preprocessor.languageVersion = version;
  for (std::string_view directive : VendorDirectives()) preprocessor.ignoreDirectives.emplace(directive);
  slang::parsing::LexerOptions lexer;
  lexer.maxErrors = UINT32_MAX;  // or the rest of the file would be skipped
  lexer.languageVersion = version;
  lexer.enableLegacyProtect = true;
  lexer.allowMacroTrailingSpace = true;
  slang::parsing::ParserOptions parser;
  parser.maxRecursionDepth = kMaxRecursion;
  parser.languageVersion = version;
  return slang::Bag(preprocessor, lexer, parser);
}

slang::SourceBuffer Assign(slang::SourceManager& sources, std::string_view path, std::string_view text,
                           std::span<const ByteRange> hidden) {
  slang::SmallVector<char> buffer;
  buffer.resize_for_overwrite(text.size() + 1);
  std::memcpy(buffer.data(), text.data(), text.size());
  buffer.back() = '\0';
  for (const ByteRange& range : hidden) Blank(buffer, range);
  return sources.assignBuffer(path, std::move(buffer));
}

// Collects the names of what TextScan::modules counts.
class ModuleNames : public slang::syntax::SyntaxVisitor<ModuleNames> {
 public:
  void handle(const slang::syntax::ModuleDeclarationSyntax& module) {
    names.insert(module.header->name.valueText());
    visitDefault(module);
  }
  void handle(const slang::syntax::UdpDeclarationSyntax& primitive) { names.insert(primitive.name.valueText()); }

  std::unordered_set<std::string_view> names;
};

}  // namespace

Reading::Reading(const ReadingRequest& request) {
  // Without these slang asks the file system.
  sources_.setDisableProximatePaths(true);
  sources_.setDisableLocalIncludes(true);
  const slang::Bag options = MakeOptions(request.version, request.keywords_of_2005);
  slang::syntax::SyntaxTree::MacroList macros;
  if (!request.prelude.empty()) {
    const auto prelude = Assign(sources_, "<macros>", request.prelude, {});
    prelude_ = slang::syntax::SyntaxTree::fromBuffer(prelude, sources_, options);
    macros = prelude_->getDefinedMacros();
  }
  buffer_ = Assign(sources_, request.path, request.text, request.hidden);
  tree_ = slang::syntax::SyntaxTree::fromBuffer(buffer_, sources_, options, macros);
  for (const slang::Diagnostic& diagnostic : tree_->diagnostics()) {
    if (!diagnostic.isError() || !IsReported(diagnostic)) continue;
    ++(IsOfFragment(diagnostic) ? score_.stray_members : score_.errors);
  }
  if (score_.errors > 0) score_.missing_modules = CountMissing(request.modules);
}

size_t Reading::CountMissing(std::span<const std::string> modules) const {
  if (modules.empty()) return 0;
  ModuleNames found;
  tree_->root().visit(found);
  return static_cast<size_t>(std::count_if(modules.begin(), modules.end(),
                                           [&](const std::string& name) { return !found.names.contains(name); }));
}

bool Reading::IsOfFragment(const slang::Diagnostic& diagnostic) {
  return diagnostic.code == slang::diag::NotAllowedInCU;
}

bool Reading::IsReported(const slang::Diagnostic& diagnostic) const {
  // Includes are not followed here, and a definition of the prelude may give way to the text's own.
  if (diagnostic.code == slang::diag::CouldNotOpenIncludeFile ||
      diagnostic.code == slang::diag::ExceededMaxIncludeDepth || diagnostic.code == slang::diag::RedefiningMacro) {
    return false;
  }
  // A warning about the body of another file's macro belongs to that file.
  return diagnostic.isError() || sources_.getFullyOriginalLoc(diagnostic.location).buffer() == buffer_.id;
}

std::optional<uint32_t> Reading::OffsetOf(const slang::Diagnostic& diagnostic) const {
  const auto location = sources_.getFullyExpandedLoc(diagnostic.location);
  if (location.buffer() != buffer_.id) return std::nullopt;
  return static_cast<uint32_t>(location.offset());
}

uint32_t Reading::LineOf(const slang::Diagnostic& diagnostic) const {
  const auto offset = OffsetOf(diagnostic);
  if (!offset) return 0;
  const std::string_view before = text().substr(0, *offset);
  return 1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace fanin::indexer
