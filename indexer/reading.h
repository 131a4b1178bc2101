// One reading of a text by slang: a syntax tree and how good it is.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/text_scan.h"
#include "slang/syntax/SyntaxTree.h"
#include "slang/text/SourceManager.h"
#include "slang/util/LanguageVersion.h"

namespace fanin::indexer {

// What slang is asked to read. Views must live until the Reading is made.
struct ReadingRequest {
  std::string_view path;
  std::string_view text;
  std::string_view prelude;              // `define lines that hold before the text
  std::vector<ByteRange> hidden;         // blanked
  std::span<const std::string> modules;  // that the tree should have
  slang::LanguageVersion version = slang::LanguageVersion::v1800_2023;
  bool keywords_of_2005 = false;  // words that became keywords later are names
};

// Owns all that the tree points into. Not thread-safe. slang may throw from the constructor.
class Reading {
 public:
  explicit Reading(const ReadingRequest& request);
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  const slang::syntax::SyntaxTree& tree() const { return *tree_; }
  const slang::Diagnostics& diagnostics() const { return tree_->diagnostics(); }
  const slang::SourceManager& sources() const { return sources_; }
  slang::SourceManager& sources() { return sources_; }
  slang::BufferID buffer() const { return buffer_.id; }
  // The text that slang saw: the request's, blanked.
  std::string_view text() const { return buffer_.data.substr(0, buffer_.data.size() - 1); }

  // Smaller is better.
  struct Score {
    size_t missing_modules = 0;
    size_t errors = 0;
    size_t stray_members = 0;  // outside of any definition
    auto operator<=>(const Score&) const = default;
  };
  const Score& score() const { return score_; }

  // Whether a diagnostic only says that a member stands outside of any definition, as in a text made to be included.
  static bool IsOfFragment(const slang::Diagnostic& diagnostic);
  // Whether a diagnostic says something of the text itself.
  bool IsReported(const slang::Diagnostic& diagnostic) const;
  // Where it stands in the text; nullopt: elsewhere.
  std::optional<uint32_t> OffsetOf(const slang::Diagnostic& diagnostic) const;
  // 1-based; 0: elsewhere.
  uint32_t LineOf(const slang::Diagnostic& diagnostic) const;

 private:
  size_t CountMissing(std::span<const std::string> modules) const;

  slang::SourceManager sources_;
  slang::SourceBuffer buffer_;
  std::shared_ptr<slang::syntax::SyntaxTree> prelude_;
  std::shared_ptr<slang::syntax::SyntaxTree> tree_;
  Score score_;
};

}  // namespace fanin::indexer
