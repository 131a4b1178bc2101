#include "retriever/line_sketch.h"

#include <algorithm>
#include <bit>

#include "base/digest.h"

namespace fanin::retriever {
namespace {

// Weights of the lines before a place, from the nearest.
constexpr std::array<double, 6> kWeights = {1.0, 0.6, 0.4, 0.25, 0.15, 0.1};

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

class Sketcher {
 public:
  explicit Sketcher(std::string_view line) : line_(line) {}

  std::array<uint64_t, 2> Run() {
    for (size_t i = 0; i < line_.size();) {
      const char c = line_[i];
      if (IsWord(c)) {
        size_t end = i + 1;
        while (end < line_.size() && IsWord(line_[end])) ++end;
        Word(line_.substr(i, end - i));
        i = end;
      } else {
        if (c > ' ') Set(line_.substr(i, 1));
        ++i;
      }
    }
    return bits_;
  }

 private:
  void Set(std::string_view feature) {
    const uint64_t hash = base::Hash64(feature);
    bits_[hash >> 6 & 1] |= uint64_t{1} << (hash & 63);
  }
  // A word whole, and its parts at underscores.
  void Word(std::string_view word) {
    Set(word);
    for (size_t begin = 0; word.contains('_') && begin < word.size();) {
      const size_t end = std::min(word.find('_', begin), word.size());
      if (end > begin) Set(word.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  std::string_view line_;
  std::array<uint64_t, 2> bits_{};
};

}  // namespace

std::vector<LineSketch> SketchLines(std::string_view text) {
  std::vector<LineSketch> sketches;
  uint32_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line.substr(first).starts_with("//")) continue;
    line = line.substr(first);
    const size_t comment = line.find("//");
    sketches.push_back({number, Sketcher(line.substr(0, comment)).Run()});
  }
  return sketches;
}

double Likeness(const LineSketch& a, const LineSketch& b) {
  const int both = std::popcount(a.bits[0] & b.bits[0]) + std::popcount(a.bits[1] & b.bits[1]);
  const int either = std::popcount(a.bits[0] | b.bits[0]) + std::popcount(a.bits[1] | b.bits[1]);
  return either == 0 ? 0 : static_cast<double>(both) / either;
}

double LikenessBefore(std::span<const LineSketch> lines, size_t i, std::span<const LineSketch> before) {
  double sum = 0;
  double total = 0;
  for (size_t back = 0; back < kWeights.size() && back < before.size(); ++back) {
    total += kWeights[back];
    if (back < i) sum += kWeights[back] * Likeness(lines[i - 1 - back], before[before.size() - 1 - back]);
  }
  return total == 0 ? 0 : sum / total;
}

}  // namespace fanin::retriever
