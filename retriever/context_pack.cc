#include "retriever/context_pack.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>

#include "base/digest.h"

namespace fanin::retriever {
namespace {

constexpr uint32_t kTokensOfLabel = 4;  // comment mark, line numbers
constexpr uint32_t kTokensOfGap = 11;   // "    // ... 34 lines"; at most
constexpr double kIndispensable = 2;    // from this score on, a passage may take the whole budget
constexpr double kMinShareLeft = 0.5;   // of a passage's lines, or it is dropped

using Shares = std::array<double, kContextNeedCount>;  // definitions, members, modules, copies

Shares SharesAt(CursorPlace place) {
  switch (place) {
    case CursorPlace::kConnection:
    case CursorPlace::kOverride: return {0.55, 0.05, 0.0, 0.40};
    case CursorPlace::kItem: return {0.28, 0.12, 0.22, 0.38};
    case CursorPlace::kExpression: return {0.40, 0.10, 0.10, 0.40};
    case CursorPlace::kFile:
    case CursorPlace::kMacroCall:
    case CursorPlace::kImport:
    case CursorPlace::kInclude: return {0.30, 0.30, 0.0, 0.40};
    default: return {0.40, 0.20, 0.0, 0.40};
  }
}

std::string GapLine(std::string_view indentation, uint32_t lines) {
  return std::string(indentation) + "// ... " + std::to_string(lines) + (lines == 1 ? " line\n" : " lines\n");
}

class Packer {
 public:
  Packer(const ContextView& view, const PackOptions& options, ContextResponse& response)
      : view_(view), counter_(options.counter), budget_(options.budget_tokens), response_(response) {}

  base::Status Run(const Shares& shares, std::vector<ContextCandidate> candidates) {
    std::ranges::stable_sort(candidates, [](const ContextCandidate& a, const ContextCandidate& b) {
      return std::tie(b.score, a.index, a.path, a.lines.front().begin) <
             std::tie(a.score, b.index, b.path, b.lines.front().begin);
    });
    std::array<uint32_t, kContextNeedCount> room{};
    for (size_t need = 0; need < kContextNeedCount; ++need) {
      room[need] = static_cast<uint32_t>(shares[need] * static_cast<double>(budget_));
    }
    std::vector<bool> done(candidates.size());
    for (size_t i = 0; i < candidates.size(); ++i) {
      const uint32_t before = used_;
      uint32_t& left = room[static_cast<size_t>(candidates[i].need)];
      const bool first = candidates[i].score >= kIndispensable;
      FANIN_ASSIGN_OR_RETURN(bool added, Add(candidates[i], first ? budget_ : left));
      if (!added && first && !candidates[i].essential.empty()) {
        candidates[i].lines = candidates[i].essential;
        FANIN_ASSIGN_OR_RETURN(added, Add(candidates[i], budget_));
        response_.truncated = true;
      }
      left -= std::min(left, used_ - before);
      done[i] = added;
    }
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (done[i]) continue;
      FANIN_ASSIGN_OR_RETURN(const bool added, Add(candidates[i], budget_));
      response_.truncated = response_.truncated || !added;
    }
    Finish();
    return {};
  }

 private:
  struct Taken {
    ContextCandidate candidate;  // of the joined, the best
    std::shared_ptr<const CachedFile> file;
    size_t joined = 1;
  };
  using FileKey = std::pair<size_t, std::string>;

  // False: it does not fit into `room`. True as well for what need not be shown.
  base::Result<bool> Add(ContextCandidate candidate, uint32_t room) {
    FANIN_ASSIGN_OR_RETURN(const auto file, view_.Text(candidate.index, candidate.path));
    if (!Trim(*file, candidate)) return true;
    std::string text;
    for (const LineRange& range : candidate.lines) text += TextOf(*file, range);
    const base::Digest digest = base::DigestOf(text);
    if (digests_.contains(digest)) return true;
    const FileKey key{candidate.index, candidate.path};
    const auto joined = candidate.joins ? joined_.find({key, candidate.kind}) : joined_.end();
    // Not less than the snippet will take.
    const size_t gaps = candidate.lines.size() - (candidate.joins ? 0 : 1);
    uint32_t tokens = counter_.Count(text) + kTokensOfGap * static_cast<uint32_t>(gaps);
    if (joined == joined_.end()) tokens += counter_.Count(candidate.path) + kTokensOfLabel;
    if (tokens > room || used_ + tokens > budget_) return false;
    used_ += tokens;
    digests_.insert(digest);
    std::vector<LineRange>& lines = lines_[key];
    lines.insert(lines.end(), candidate.lines.begin(), candidate.lines.end());
    if (joined != joined_.end()) {
      Taken& with = taken_[joined->second];
      with.candidate.lines.insert(with.candidate.lines.end(), candidate.lines.begin(), candidate.lines.end());
      ++with.joined;
      return true;
    }
    if (candidate.joins) joined_[{key, candidate.kind}] = taken_.size();
    taken_.push_back({std::move(candidate), file});
    return true;
  }

  // Takes out lines that are shown already or not in the file. False: too little is left.
  bool Trim(const CachedFile& file, ContextCandidate& candidate) const {
    const auto last_line = static_cast<uint32_t>(file.line_begins.size() - 1);
    const auto taken = lines_.find({candidate.index, candidate.path});
    uint32_t wanted = 0;
    std::vector<LineRange> left;
    for (const LineRange& range : candidate.lines) {
      for (uint32_t line = range.begin; line <= std::min(range.end, last_line); ++line) {
        ++wanted;
        const auto covers = [line](const LineRange& other) { return other.begin <= line && line <= other.end; };
        if (taken != lines_.end() && std::ranges::any_of(taken->second, covers)) continue;
        if (!left.empty() && left.back().end + 1 == line) {
          left.back().end = line;
        } else {
          left.push_back({line, line});
        }
      }
    }
    uint32_t lines = 0;
    for (const LineRange& range : left) lines += range.end - range.begin + 1;
    candidate.lines = std::move(left);
    return lines > 0 && lines >= kMinShareLeft * wanted;
  }

  static std::string_view TextOf(const CachedFile& file, const LineRange& range) {
    const uint32_t begin = file.line_begins[range.begin - 1];
    return std::string_view(file.text).substr(begin, file.line_begins[range.end] - begin);
  }

  void Finish() {
    for (Taken& taken : taken_) {
      ContextCandidate& candidate = taken.candidate;
      std::ranges::sort(candidate.lines, {}, &LineRange::begin);
      ContextSnippet snippet;
      for (const LineRange& range : candidate.lines) {
        if (!snippet.shown.empty() && snippet.shown.back().end_line + 1 == range.begin) {
          graph::Span& last = snippet.shown.back();
          last.end_line = range.end;
          last.end_byte = taken.file->line_begins[range.end];
        } else {
          snippet.shown.push_back(
              {taken.file->line_begins[range.begin - 1], taken.file->line_begins[range.end], range.begin, range.end});
        }
      }
      for (const graph::Span& span : snippet.shown) {
        const std::string_view text =
            std::string_view(taken.file->text).substr(span.begin_byte, span.end_byte - span.begin_byte);
        if (!snippet.text.empty()) {
          if (!snippet.text.ends_with('\n')) snippet.text += '\n';
          snippet.text += GapLine(text.substr(0, std::min(text.find_first_not_of(" \t"), text.size())),
                                  span.begin_line - snippet.span.end_line - 1);
        }
        snippet.text += text;
        if (snippet.span.begin_line == 0) snippet.span = span;
        snippet.span.end_line = span.end_line;
        snippet.span.end_byte = span.end_byte;
      }
      snippet.repository = view_.snapshot(candidate.index).manifest().repository;
      snippet.kind = std::move(candidate.kind);
      snippet.node_kind = std::move(candidate.node_kind);
      snippet.name = std::move(candidate.name);
      snippet.score = candidate.score;
      snippet.reason = std::move(candidate.reason);
      // The place is shown to the model too, so it counts.
      snippet.tokens = counter_.Count(snippet.text) + counter_.Count(candidate.path) + kTokensOfLabel;
      snippet.path = std::move(candidate.path);
      response_.tokens += snippet.tokens;
      response_.snippets.push_back(std::move(snippet));
    }
    std::ranges::stable_sort(response_.snippets, std::greater<>(), &ContextSnippet::score);
    // A tokenizer may count more for joined texts than for each: the last snippets pay.
    while (response_.tokens > budget_) {
      response_.tokens -= response_.snippets.back().tokens;
      response_.snippets.pop_back();
      response_.truncated = true;
    }
  }

  const ContextView& view_;
  const TokenCounter& counter_;
  uint32_t budget_;
  ContextResponse& response_;
  uint32_t used_ = 0;  // never below what the snippets will take
  std::vector<Taken> taken_;
  std::unordered_set<base::Digest> digests_;
  std::map<FileKey, std::vector<LineRange>> lines_;
  std::map<std::pair<FileKey, std::string>, size_t> joined_;  // into taken_
};

}  // namespace

base::Status Pack(const ContextView& view, const PackOptions& options, std::vector<ContextCandidate> candidates,
                  ContextResponse& response) {
  return Packer(view, options, response).Run(SharesAt(options.place), std::move(candidates));
}

}  // namespace fanin::retriever
