// What a terminal can show: colours, width; and how numbers, paths and trees are written.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fanin/v1/repository.pb.h"

namespace fanin::cli {

// Colours for a stream, where it is a terminal that has them and NO_COLOR is not set; else the text unchanged.
class Style {
 public:
  explicit Style(std::FILE* stream);
  std::string Bold(std::string_view text) const { return Wrap("1", text); }
  std::string Dim(std::string_view text) const { return Wrap("2", text); }
  std::string Red(std::string_view text) const { return Wrap("31", text); }
  std::string Green(std::string_view text) const { return Wrap("32", text); }
  std::string Yellow(std::string_view text) const { return Wrap("33", text); }
  std::string Cyan(std::string_view text) const { return Wrap("36", text); }

 private:
  std::string Wrap(std::string_view code, std::string_view text) const;
  bool enabled_;
};

bool IsTerminal(std::FILE* stream);

// Columns of a terminal; 100 of another stream.
size_t TerminalWidth(std::FILE* stream);

// While it lives, what goes to stdout is shown by a pager: $FANIN_PAGER, else $PAGER, else less, which ends by itself
// where all fits on one screen. Nothing happens where stdout is no terminal or the pager is "" or cat.
class Pager {
 public:
  Pager();
  // Waits until the user has left it.
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

 private:
  std::FILE* pipe_ = nullptr;
  int terminal_ = -1;  // stdout as it was
};

// "12,345,678".
std::string WithCommas(uint64_t value);
// "12.3 MB".
std::string FormatBytes(uint64_t bytes);
// "0.81".
std::string FormatDecimal(double value, int digits);
// "1 file", "2 files".
std::string Count(uint64_t count, std::string_view noun);

// A string of Graphviz's dot language.
std::string DotQuote(std::string_view text);

// Writes paths of repositories so that a terminal can open them: relative to the working directory where the file is
// below it, else absolute; relative to the repository's root where that folder is not on this machine.
class PathPrinter {
 public:
  explicit PathPrinter(const std::vector<v1::Repository>& repositories);
  // `repository`: a resource name that begins with repositories/{repository}.
  std::string Path(std::string_view repository, const std::string& path) const;
  // "path:line".
  std::string Location(std::string_view repository, const std::string& path, uint32_t line) const;

 private:
  std::filesystem::path working_folder_;
  std::map<std::string, std::filesystem::path, std::less<>> roots_;  // of repositories whose folder is on this machine
};

// The lines in front of the items of a tree: "│  ├─ ".
class TreeLines {
 public:
  // For an item at a depth (0: none) that is, or is not, its parent's last child. Items come depth first.
  std::string Prefix(uint32_t depth, bool is_last);

 private:
  std::vector<bool> last_;
};

}  // namespace fanin::cli
