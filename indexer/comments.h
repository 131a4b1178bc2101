// Comments of an HDL text: where they are, which one documents an element, and which licence the file's header names.
//
// Found by one lexical pass that knows comments, strings, escaped identifiers and compiler directives, independent of
// the parser, so that it sees both arms of every `ifdef.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/line_index.h"

namespace fanin::indexer {

// One "//" comment without its line end, or one "/* */" comment.
struct Comment {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t begin_line = 0;
  uint32_t end_line = 0;
  bool own_line = false;  // nothing but blanks before it on its line
};

// A backtick and the identifier after it: a compiler directive or the use of a macro, in code or in a macro's body.
struct BacktickWord {
  uint32_t begin = 0;  // of the backtick
  uint32_t end = 0;
};

// Immutable once made. Keeps views: text and lines must outlive it.
class Comments {
 public:
  // Cost: one pass over the text.
  Comments(std::string_view text, const LineIndex& lines);

  std::span<const Comment> comments() const { return comments_; }          // ascending
  std::span<const BacktickWord> backtick_words() const { return words_; }  // ascending

  // First line of the run of own-line comments that ends on the line before `line`, without a blank line between and
  // without licence headers; `line` itself when there is none. Cost: logarithmic, and linear in the run.
  uint32_t FirstLineWithDoc(uint32_t line) const;
  // What the comments say of an element at `span`: of the run directly above it when it begins its line, and, where
  // `trailing`, of a comment that follows on its last line after punctuation only (which is preferred). Markers, rulers
  // and licence paragraphs are stripped; at most kMaxDocBytes.
  std::string DocOf(const graph::Span& span, bool trailing) const;
  // The comments before the first code, likewise stripped.
  std::string HeaderDoc() const;
  // SPDX id of the licence that those comments name by tag or by the licence's own words; empty: none known.
  std::string_view License() const;

  // Whether the text speaks of a copyright or licence.
  static bool NamesLicense(std::string_view text);

  static constexpr size_t kMaxDocBytes = 2000;

 private:
  std::string_view TextOf(const Comment& comment) const {
    return text_.substr(comment.begin, comment.end - comment.begin);
  }
  bool IsFirstOnLine(uint32_t byte) const;
  size_t CountHeader() const;
  std::string Strip(std::span<const Comment> run) const;

  std::string_view text_;
  const LineIndex& lines_;
  std::vector<Comment> comments_;
  std::vector<BacktickWord> words_;
  size_t header_count_ = 0;  // comments before the first code
};

}  // namespace fanin::indexer
