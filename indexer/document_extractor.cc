#include "indexer/document_extractor.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "indexer/line_index.h"

namespace fanin::indexer {
namespace {

using graph::LocalNode;
using graph::NodeKind;

// A longer section is cut at blank lines into chunks of at most so many lines.
constexpr uint32_t kMaxChunkLines = 80;
constexpr size_t kMaxDocBytes = 2000;

struct Heading {
  uint32_t first_line = 0;
  uint32_t last_line = 0;  // an underline's
  int level = 0;           // 1: the outermost
  std::string_view title;
};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text), index_(text) {}

  uint32_t count() const { return index_.line_count(); }
  const LineIndex& index() const { return index_; }
  // A 1-based line without its end; empty past the last.
  std::string_view At(uint32_t line) const {
    if (line == 0 || line > count()) return {};
    std::string_view text = text_.substr(index_.BeginOf(line), index_.BeginOf(line + 1) - index_.BeginOf(line));
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    return text;
  }
  bool IsBlank(uint32_t line) const { return Trim(At(line)).empty(); }

 private:
  std::string_view text_;
  LineIndex index_;
};

// The one character that a line repeats, e.g. of an underline; nullopt: it is no such line.
std::optional<char> RepeatedCharacter(std::string_view line, size_t at_least) {
  line = Trim(line);
  if (line.size() < at_least || line.empty()) return std::nullopt;
  if (std::ranges::any_of(line, [&](char c) { return c != line.front(); })) return std::nullopt;
  return line.front();
}

// --- Markdown: CommonMark 0.31, 4.2 (ATX headings), 4.3 (setext headings), 4.5 (fenced code)

std::optional<Heading> AtxHeading(std::string_view line, uint32_t number) {
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || begin > 3) return std::nullopt;
  line.remove_prefix(begin);
  const size_t level = std::min(line.find_first_not_of('#'), line.size());
  if (level == 0 || level > 6 || (level < line.size() && line[level] != ' ' && line[level] != '\t'))
    return std::nullopt;
  std::string_view title = Trim(line.substr(level));
  const size_t closing = title.find_last_not_of('#');
  if (closing == std::string_view::npos) title = {};
  if (closing + 1 < title.size() && title[closing] == ' ') title = Trim(title.substr(0, closing));
  return Heading{number, number, static_cast<int>(level), title};
}

// Whether a line belongs to a table, quote or list.
bool IsOfBlock(std::string_view line) {
  if (line.starts_with('|') || line.starts_with('>')) return true;
  return line.size() > 1 && line[1] == ' ' && (line[0] == '-' || line[0] == '*' || line[0] == '+');
}

bool IsFence(std::string_view line, char& fence) {
  line = Trim(line);
  if (!line.starts_with("```") && !line.starts_with("~~~")) return false;
  if (fence != '\0' && line.front() != fence) return false;
  fence = fence == '\0' ? line.front() : '\0';
  return true;
}

std::vector<Heading> MarkdownHeadings(const Lines& lines) {
  std::vector<Heading> headings;
  char fence = '\0';
  uint32_t line = 1;
  if (Trim(lines.At(1)) == "---") {  // front matter
    while (++line <= lines.count() && Trim(lines.At(line)) != "---") {
    }
    line = line > lines.count() ? 1 : line + 1;
  }
  for (; line <= lines.count(); ++line) {
    const std::string_view text = lines.At(line);
    if (IsFence(text, fence) || fence != '\0') continue;
    if (auto heading = AtxHeading(text, line)) {
      headings.push_back(*heading);
      continue;
    }
    // A paragraph of one line with an underline.
    const auto underline = RepeatedCharacter(lines.At(line + 1), 2);
    if (!underline || (*underline != '=' && *underline != '-')) continue;
    const std::string_view title = Trim(text);
    const bool is_title = !title.empty() && lines.IsBlank(line - 1) && text.find_first_not_of(' ') <= 3 &&
                          !IsOfBlock(title) && !RepeatedCharacter(title, 2);
    if (!is_title) continue;
    headings.push_back({line, line + 1, *underline == '=' ? 1 : 2, title});
    ++line;
  }
  return headings;
}

// --- reStructuredText: Docutils specification, "Sections": the levels are in the order in which their adornments are
// met

std::vector<Heading> RstHeadings(const Lines& lines) {
  constexpr std::string_view kAdornments = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  std::vector<Heading> headings;
  std::vector<std::pair<char, bool>> levels;  // adornment, and whether over the title too
  for (uint32_t line = 1; line < lines.count(); ++line) {
    const std::string_view title = Trim(lines.At(line));
    if (title.empty() || RepeatedCharacter(title, 4)) continue;
    const auto under = RepeatedCharacter(lines.At(line + 1), std::max<size_t>(2, title.size()));
    if (!under || kAdornments.find(*under) == std::string_view::npos) continue;
    const bool over = RepeatedCharacter(lines.At(line - 1), title.size()) == under;
    if (!over && (lines.At(line).starts_with(' ') || !lines.IsBlank(line - 1))) continue;
    const std::pair style(*under, over);
    auto level = std::ranges::find(levels, style);
    if (level == levels.end()) level = levels.insert(levels.end(), style);
    headings.push_back({over ? line - 1 : line, line + 1, static_cast<int>(level - levels.begin()) + 1, title});
    ++line;
  }
  return headings;
}

// --- sections

class SectionWriter {
 public:
  SectionWriter(std::string_view text, const Lines& lines, graph::ShardBuilder& builder)
      : text_(text), lines_(lines), builder_(builder) {}

  void Write(const std::vector<Heading>& headings) {
    AddChunks(0, 1, headings.empty() ? lines_.count() : headings.front().first_line - 1);
    std::vector<std::pair<int, LocalNode>> open;  // level, section
    for (size_t i = 0; i < headings.size(); ++i) {
      const Heading& heading = headings[i];
      while (!open.empty() && open.back().first >= heading.level) open.pop_back();
      const uint32_t last = i + 1 < headings.size() ? headings[i + 1].first_line - 1 : lines_.count();
      const LocalNode parent = open.empty() ? 0 : open.back().second;
      const LocalNode section = AddSection(heading, parent, last, LastLine(headings, i));
      open.emplace_back(heading.level, section);
      AddChunks(section, heading.first_line, last);
    }
  }

 private:
  // Of a section with its subsections.
  uint32_t LastLine(const std::vector<Heading>& headings, size_t i) const {
    for (size_t next = i + 1; next < headings.size(); ++next) {
      if (headings[next].level <= headings[i].level) return headings[next].first_line - 1;
    }
    return lines_.count();
  }

  LocalNode AddSection(const Heading& heading, LocalNode parent, uint32_t own_last, uint32_t last) {
    graph::Node node;
    node.kind = NodeKind::kDocument;
    node.parent = parent;
    node.span = lines_.index().LinesSpan(heading.first_line, last);
    const auto begin = static_cast<uint32_t>(heading.title.data() - text_.data());
    node.name_span = lines_.index().SpanOf(begin, begin + static_cast<uint32_t>(heading.title.size()));
    const std::string anonymous = "document#" + std::to_string(builder_.node_count());
    node.name = heading.title;
    if (heading.title.empty()) {
      node.name = anonymous;
      node.anonymous = true;
      node.name_span = node.span;
    }
    const std::string doc = FirstParagraph(heading.last_line + 1, own_last);
    node.doc = doc;
    const LocalNode section = builder_.AddNode(node);
    Mention(section, heading.first_line, own_last);
    return section;
  }

  std::string FirstParagraph(uint32_t first, uint32_t last) const {
    std::string paragraph;
    while (first <= last && lines_.IsBlank(first)) ++first;
    for (; first <= last && !lines_.IsBlank(first) && paragraph.size() < kMaxDocBytes; ++first) {
      if (!paragraph.empty()) paragraph += '\n';
      paragraph += Trim(lines_.At(first));
    }
    if (paragraph.size() > kMaxDocBytes) {
      size_t end = kMaxDocBytes - 3;
      while (end > 0 && (static_cast<unsigned char>(paragraph[end]) & 0xC0U) == 0x80U) --end;
      paragraph.resize(end);
      paragraph += "...";
    }
    return paragraph;
  }

  // What a section names in backticks may be what it documents.
  void Mention(LocalNode section, uint32_t first, uint32_t last) {
    std::vector<std::string_view> names;
    for (uint32_t line = first; line <= last; ++line) {
      const std::string_view text = lines_.At(line);
      for (size_t open = text.find('`'); open != std::string_view::npos;) {
        const size_t begin = std::min(text.find_first_not_of('`', open), text.size());
        const size_t close = text.find('`', begin);
        if (close == std::string_view::npos) break;
        const std::string_view name = text.substr(begin, close - begin);
        if (IsIdentifier(name)) names.push_back(name);
        open = text.find('`', std::min(text.find_first_not_of('`', close), text.size()));
      }
    }
    std::ranges::sort(names, {}, [](std::string_view name) { return std::pair(name, name.data()); });
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    for (std::string_view name : names) {
      graph::Reference reference;
      reference.kind = graph::EdgeKind::kDocuments;
      reference.look_up = graph::LookUp::kIdentifier;
      reference.from = section;
      reference.name = name;
      const auto begin = static_cast<uint32_t>(name.data() - text_.data());
      reference.span = lines_.index().SpanOf(begin, begin + static_cast<uint32_t>(name.size()));
      builder_.AddReference(reference);
    }
  }

  static bool IsIdentifier(std::string_view name) {
    auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return name.size() > 2 && is_letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '$'; });
  }

  void AddChunks(LocalNode node, uint32_t first, uint32_t last) {
    while (first <= last) {
      while (first <= last && lines_.IsBlank(first)) ++first;
      if (first > last) return;
      uint32_t end = last;
      if (last - first + 1 > kMaxChunkLines) {
        end = first + kMaxChunkLines - 1;
        for (uint32_t line = end; line > first + kMaxChunkLines / 2; --line) {
          if (!lines_.IsBlank(line)) continue;
          end = line;
          break;
        }
      }
      uint32_t text_end = end;
      while (lines_.IsBlank(text_end)) --text_end;
      builder_.AddChunk({graph::ChunkKind::kDocument, node, lines_.index().LinesSpan(first, text_end)});
      first = end + 1;
    }
  }

  std::string_view text_;
  const Lines& lines_;
  graph::ShardBuilder& builder_;
};

}  // namespace

void ExtractDocument(std::string_view path, std::string_view text, graph::ShardBuilder& builder) {
  const Lines lines(text);
  graph::Node file;
  file.kind = NodeKind::kFile;
  file.name = path;
  file.span = lines.index().SpanOf(0, static_cast<uint32_t>(text.size()));
  file.name_span = file.span;
  builder.AddNode(file);
  builder.SetLineCount(lines.count());
  SectionWriter(text, lines, builder).Write(path.ends_with(".rst") ? RstHeadings(lines) : MarkdownHeadings(lines));
}

}  // namespace fanin::indexer
