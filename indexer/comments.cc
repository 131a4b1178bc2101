#include "indexer/comments.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace fanin::indexer {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }
bool IsWordByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }

bool ContainsIgnoringCase(std::string_view text, std::string_view lower_case_word) {
  auto equal = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::ranges::search(text, lower_case_word, equal).begin() != text.end();
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// A line that says whose the text is: part of no documentation, whatever stands around it.
bool IsOwnerLine(std::string_view line) {
  return ContainsIgnoringCase(line, "copyright") || ContainsIgnoringCase(line, "spdx-");
}

// A paragraph of a licence header, which documents no element.
bool IsLicenseParagraph(std::string_view text) {
  static constexpr std::array<std::string_view, 7> kWords = {
      "licensed under", "permission is hereby", "redistribution", "warranties",
      "warranty",       "the license",          "see license"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return ContainsIgnoringCase(text, word); });
}

// "-----", "=====", "//////": a line that only decorates.
bool IsRuler(std::string_view line) {
  return line.size() >= 3 &&
         std::ranges::all_of(line, [](char c) { return IsBlank(c) || (!IsWordByte(c) && c > 0) || c == '_'; });
}

// One line of a comment without its markers.
std::string_view StripMarkers(std::string_view line, bool first, bool line_comment) {
  line = TrimBlanks(line);
  if (first) {
    if (line.starts_with(line_comment ? "//" : "/*")) line.remove_prefix(2);
    const char repeated = line_comment ? '/' : '*';
    while (!line.empty() && (line.front() == repeated || line.front() == '!' || line.front() == '<'))
      line.remove_prefix(1);
  } else if (line.starts_with('*') && !line.starts_with("*/")) {
    line.remove_prefix(1);
  }
  if (!line_comment && line.ends_with("*/")) {
    line.remove_suffix(2);
    while (line.ends_with('*')) line.remove_suffix(1);
  }
  if (line.starts_with(' ')) line.remove_prefix(1);
  while (!line.empty() && IsBlank(line.back())) line.remove_suffix(1);
  return line;
}

struct LicenseWording {
  std::string_view words;  // in lower case
  std::string_view spdx;
};
// More specific wordings first.
constexpr std::array<LicenseWording, 20> kLicenseWordings = {{
    {"solderpad hardware license v 2.1", "SHL-2.1"},
    {"solderpad hardware license v2.1", "SHL-2.1"},
    {"solderpad hardware license, version 2.1", "SHL-2.1"},
    {"solderpad hardware license, version 2.0", "SHL-2.0"},
    {"solderpad hardware license, version 0.51", "SHL-0.51"},
    {"solderpad hardware license, version 0.5", "SHL-0.5"},
    {"apache license, version 2.0", "Apache-2.0"},
    {"apache-2.0", "Apache-2.0"},
    {"mozilla public license, v. 2.0", "MPL-2.0"},
    {"cern open hardware licence version 2 - strongly", "CERN-OHL-S-2.0"},
    {"cern open hardware licence version 2 - weakly", "CERN-OHL-W-2.0"},
    {"cern open hardware licence version 2 - permissive", "CERN-OHL-P-2.0"},
    {"permission is hereby granted, free of charge", "MIT"},
    {"permission to use, copy, modify, and/or distribute this software", "ISC"},
    {"permission to use, copy, modify, and distribute this software", "ISC"},
    {"neither the name of", "BSD-3-Clause"},
    {"bsd 3-clause", "BSD-3-Clause"},
    {"redistribution and use in source and binary forms", "BSD-2-Clause"},
    {"this is free and unencumbered software released into the public domain", "Unlicense"},
    {"boost software license - version 1.0", "BSL-1.0"},
}};

// The GNU family: which of the three, then the version, "or later" where it says so.
std::string_view GnuLicense(std::string_view text) {
  const bool lesser =
      ContainsIgnoringCase(text, "gnu lesser general public") || ContainsIgnoringCase(text, "gnu library general");
  const bool affero = ContainsIgnoringCase(text, "gnu affero general public");
  if (!lesser && !affero && !ContainsIgnoringCase(text, "gnu general public license")) return {};
  const bool later = ContainsIgnoringCase(text, "any later version");
  if (affero) return later ? "AGPL-3.0-or-later" : "AGPL-3.0-only";
  if (lesser) {
    if (ContainsIgnoringCase(text, "version 3")) return later ? "LGPL-3.0-or-later" : "LGPL-3.0-only";
    if (ContainsIgnoringCase(text, "version 2.1")) return later ? "LGPL-2.1-or-later" : "LGPL-2.1-only";
    return later ? "LGPL-2.0-or-later" : "LGPL-2.0-only";
  }
  if (ContainsIgnoringCase(text, "version 3")) return later ? "GPL-3.0-or-later" : "GPL-3.0-only";
  return later ? "GPL-2.0-or-later" : "GPL-2.0-only";
}

// The expression after an SPDX tag, e.g. "MIT" or "Apache-2.0 WITH SHL-2.1".
std::string_view SpdxTag(std::string_view text) {
  static constexpr std::string_view kTag = "SPDX-License-Identifier:";
  const size_t at = text.find(kTag);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + kTag.size());
  text = text.substr(0, text.find('\n'));
  text = text.substr(0, text.find("*/"));
  return TrimBlanks(text);
}

// The next byte at which something other than plain code may begin.
size_t NextSpecial(std::string_view text, size_t at) {
  static constexpr auto kSpecial = [] {
    std::array<bool, 256> table{};
    for (const char c : {'/', '"', '\\', '`'}) table[static_cast<unsigned char>(c)] = true;
    return table;
  }();
  while (at < text.size() && !kSpecial[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

}  // namespace

Comments::Comments(std::string_view text, const LineIndex& lines) : text_(text), lines_(lines) {
  const size_t size = text.size();
  auto line_end = [&](size_t from) { return std::min(text.find('\n', from), size); };
  auto add_comment = [&](size_t begin, size_t end) {
    const graph::Span span = lines.SpanOf(static_cast<uint32_t>(begin), static_cast<uint32_t>(end));
    comments_.push_back(
        {span.begin_byte, span.end_byte, span.begin_line, span.end_line, IsFirstOnLine(span.begin_byte)});
  };
  for (size_t at = NextSpecial(text, 0); at < size; at = NextSpecial(text, at)) {
    const char next = at + 1 < size ? text[at + 1] : '\0';
    switch (text[at]) {
      case '/':
        if (next == '/') {
          size_t end = line_end(at);
          while (end > at && IsBlank(text[end - 1])) --end;
          add_comment(at, end);
          at = line_end(at);
        } else if (next == '*') {
          const size_t close = text.find("*/", at + 2);
          const size_t end = close == std::string_view::npos ? size : close + 2;
          add_comment(at, end);
          at = end;
        } else {
          ++at;
        }
        break;
      case '"':
        for (++at; at < size && text[at] != '"' && text[at] != '\n'; ++at) {
          if (text[at] == '\\') ++at;
        }
        ++at;
        break;
      case '\\':  // an escaped identifier, or a line continuation
        for (++at; at < size && !IsBlank(text[at]) && text[at] != '\n'; ++at) {
        }
        break;
      default: {  // a backtick
        size_t end = at + 1;
        while (end < size && IsWordByte(text[end])) ++end;
        if (end > at + 1) {
          words_.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
        } else {
          ++end;  // `" and `` of macro bodies
        }
        at = end;
      }
    }
  }
  header_count_ = CountHeader();
}

bool Comments::NamesLicense(std::string_view text) { return IsOwnerLine(text) || IsLicenseParagraph(text); }

bool Comments::IsFirstOnLine(uint32_t byte) const {
  while (byte > 0 && IsBlank(text_[byte - 1])) --byte;
  return byte == 0 || text_[byte - 1] == '\n';
}

size_t Comments::CountHeader() const {
  size_t count = 0;
  size_t code = 0;  // first byte not yet known to be blank, comment or directive
  while (count < comments_.size()) {
    while (code < comments_[count].begin && (IsBlank(text_[code]) || text_[code] == '\n')) ++code;
    if (code < comments_[count].begin) {
      if (text_[code] != '`') break;
      code = lines_.BeginOf(lines_.LineOf(static_cast<uint32_t>(code)) + 1);
      if (code > comments_[count].begin) code = comments_[count].begin;
      continue;
    }
    code = comments_[count++].end;
  }
  return count;
}

uint32_t Comments::FirstLineWithDoc(uint32_t line) const {
  auto after = std::ranges::lower_bound(comments_, lines_.BeginOf(line), {}, &Comment::begin);
  while (after != comments_.begin()) {
    const Comment& above = *std::prev(after);
    if (!above.own_line || above.end_line + 1 != line) break;
    if (above.begin_line == 1 && NamesLicense(TextOf(above))) break;
    line = above.begin_line;
    --after;
  }
  return line;
}

std::string Comments::Strip(std::span<const Comment> run) const {
  std::string doc;
  std::string paragraph;
  const bool header = !run.empty() && &run.front() < comments_.data() + header_count_;
  auto end_paragraph = [&] {
    if (!paragraph.empty() && !(header && IsLicenseParagraph(paragraph))) {
      if (!doc.empty()) doc += "\n\n";
      doc += paragraph;
    }
    paragraph.clear();
  };
  uint32_t last_line = run.empty() ? 0 : run.front().begin_line;
  for (const Comment& comment : run) {
    if (comment.begin_line > last_line + 1) end_paragraph();
    last_line = comment.end_line;
    std::string_view rest = TextOf(comment);
    const bool line_comment = rest.starts_with("//");
    for (bool first = true; !rest.empty(); first = false) {
      const size_t end = rest.find('\n');
      const std::string_view line = StripMarkers(rest.substr(0, end), first, line_comment);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (IsRuler(line) || (header && IsOwnerLine(line))) continue;
      if (line.empty()) {
        end_paragraph();
        continue;
      }
      if (!paragraph.empty()) paragraph += '\n';
      paragraph += line;
    }
    if (doc.size() > kMaxDocBytes) break;
  }
  end_paragraph();
  if (doc.size() > kMaxDocBytes) {
    size_t cut = kMaxDocBytes - 3;
    while (cut > 0 && (static_cast<unsigned char>(doc[cut]) & 0xC0U) == 0x80U) --cut;  // not within a character
    doc.resize(cut);
    doc += "...";
  }
  return doc;
}

std::string Comments::DocOf(const graph::Span& span, bool trailing) const {
  if (trailing) {
    auto next = std::ranges::lower_bound(comments_, span.end_byte, {}, &Comment::begin);
    if (next != comments_.end() && next->begin_line == span.end_line) {
      const std::string_view between = text_.substr(span.end_byte, next->begin - span.end_byte);
      if (between.find_first_not_of(" \t\r,;)") == std::string_view::npos) {
        // A comment that goes on below it, aligned or not, is a run of its own lines: only this line is surely meant.
        if (std::string doc = Strip({&*next, 1}); !doc.empty()) return doc;
      }
    }
  }
  if (!IsFirstOnLine(span.begin_byte)) return {};
  const uint32_t first_line = FirstLineWithDoc(span.begin_line);
  if (first_line == span.begin_line) return {};
  auto begin = std::ranges::lower_bound(comments_, lines_.BeginOf(first_line), {}, &Comment::begin);
  auto end = std::ranges::lower_bound(begin, comments_.end(), lines_.BeginOf(span.begin_line), {}, &Comment::begin);
  return Strip({begin, end});
}

std::string Comments::HeaderDoc() const { return Strip(std::span(comments_).first(header_count_)); }

std::string_view Comments::License() const {
  const size_t count = header_count_;
  if (count == 0) return {};
  const std::string_view header =
      text_.substr(comments_.front().begin, comments_[count - 1].end - comments_.front().begin);
  if (std::string_view tag = SpdxTag(header); !tag.empty()) return tag;
  // Wordings are matched across line breaks and comment markers.
  std::string words;
  bool space = false;
  for (char c : header) {
    if (IsBlank(c) || c == '\n' || c == '*' || c == '/' || c == '#') {
      space = true;
      continue;
    }
    if (space && !words.empty()) words += ' ';
    space = false;
    words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const LicenseWording& wording : kLicenseWordings) {
    if (words.find(wording.words) != std::string::npos) return wording.spdx;
  }
  return GnuLicense(words);
}

}  // namespace fanin::indexer
