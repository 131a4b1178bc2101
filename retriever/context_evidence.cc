#include "retriever/context_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <unordered_set>

#include "retriever/bm25.h"
#include "retriever/code_tokens.h"
#include "retriever/postings_reader.h"
#include "retriever/query_terms.h"
#include "retriever/rtl_tokens.h"

namespace fanin::retriever {
namespace {

constexpr size_t kMaxFiles = 24;     // whose lines are compared with those before the cursor
constexpr size_t kPlacesOfFile = 3;  // passages that count for a file's likeness
constexpr size_t kMaxCopies = 16;
constexpr size_t kMaxCopiesOfFile = 3;
constexpr uint32_t kCopyDistance = 8;      // lines between two copies of one file
constexpr size_t kPrefixLines = 6;         // compared
constexpr size_t kPrefixBytes = 4096;      // in which they are looked for
constexpr double kMinFirstLikeness = 0.3;  // of the nearest line
constexpr double kMinLikeness = 0.25;
constexpr uint32_t kFollowingLines = 6;  // looked at for names
constexpr double kFollowingHalf = 2;     // lines in which a following name's weight halves
constexpr size_t kMaxFollowing = 24;
constexpr double kNearnessShare = 0.35;  // of a file's weight, the rest is likeness of text
constexpr double kRecentWeight = 0.5;
constexpr double kBaseWeight = 0.05;  // of a file that is neither like nor near

// Words of a name's file: "rtl/axi_to_mem.sv" -> "axi", "to", "mem".
std::vector<std::string> StemWords(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  name = name.substr(0, name.find('.'));
  std::vector<std::string> words;
  AppendTerms(name, words);
  return words;
}

double Overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return 0;
  const auto both =
      std::ranges::count_if(a, [&](const std::string& word) { return std::ranges::find(b, word) != b.end(); });
  return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - static_cast<size_t>(both));
}

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string WholeTerm(std::string_view name) {
  std::vector<std::string> terms;
  AppendTerms(name, terms);
  return terms.empty() ? std::string() : terms.front();
}

}  // namespace

base::Result<ContextEvidence> ContextEvidence::Collect(const ContextView& view, const CursorScan& scan,
                                                       std::string_view prefix,
                                                       std::span<const std::string> recent_paths) {
  ContextEvidence evidence(view);
  FANIN_RETURN_IF_ERROR(evidence.WeighFiles(scan, recent_paths));
  FANIN_RETURN_IF_ERROR(evidence.FindCopies(prefix));
  FANIN_RETURN_IF_ERROR(evidence.FindFollowing(scan));
  return evidence;
}

base::Status ContextEvidence::WeighFiles(const CursorScan& scan, std::span<const std::string> recent_paths) {
  std::vector<const SegmentPostings*> postings;
  for (size_t i = 0; i < view_->index_count(); ++i) {
    for (size_t s = 0; s < view_->index(i).segment_count(); ++s) {
      postings.push_back(&view_->index(i).postings(s));
      segments_.push_back({i, postings.back(), {}});
    }
  }
  std::vector<std::string> words;
  for (size_t begin = 0; begin < scan.nearby_words.size();) {
    const size_t end = std::min(scan.nearby_words.find(' ', begin), scan.nearby_words.size());
    words.push_back(scan.nearby_words.substr(begin, end - begin));
    begin = end + 1;
  }
  FANIN_ASSIGN_OR_RETURN(const Lexical lexical, ScoreLexically(postings, MakeTermGroups(words)));
  const std::vector<LexicalScores>& scores = lexical.segments;

  const std::vector<std::string> cursor_words = StemWords(view_->cursor_path());
  double best = 0;
  std::vector<std::vector<float>> likeness(segments_.size());
  for (size_t s = 0; s < segments_.size(); ++s) {
    const SegmentPostings& segment = *segments_[s].postings;
    // The best passages of each file.
    std::vector<std::array<float, kPlacesOfFile>> top(segment.file_count());
    for (const uint32_t document : scores[s].matched) {
      if (!segment.live_documents().contains(document)) continue;
      std::array<float, kPlacesOfFile>& of_file = top[segment.FileOfDocument(document)];
      const float score = scores[s].bm25[document];
      if (score > of_file.back()) {
        of_file.back() = score;
        std::ranges::sort(of_file, std::greater<>());
      }
    }
    likeness[s].resize(segment.file_count());
    for (size_t file = 0; file < top.size(); ++file) {
      float weight = 1;
      for (const float score : top[file]) {
        likeness[s][file] += weight * score;
        weight /= 2;
      }
      best = std::max<double>(best, likeness[s][file]);
    }
  }
  for (size_t s = 0; s < segments_.size(); ++s) {
    Segment& segment = segments_[s];
    const graph::Snapshot& snapshot = view_->snapshot(segment.index);
    segment.file_weight.resize(segment.postings->file_count());
    for (const uint32_t ordinal : segment.postings->live_files()) {
      const std::string& path = snapshot.file(segment.postings->RefOfFile(ordinal)).path;
      if (view_->Hidden(segment.index, path)) continue;
      const double like = best > 0 ? likeness[s][ordinal] / best : 0;
      const double folder = segment.index == 0 ? 1.0 / (1.0 - view_->Nearness(path)) : 0;
      double weight = (1 - kNearnessShare) * like * like + kNearnessShare * (0.5 * folder);
      if (like > 0.3 || folder > 0.3) weight += kNearnessShare * 0.5 * Overlap(StemWords(path), cursor_words);
      if (segment.index == 0 && std::ranges::find(recent_paths, path) != recent_paths.end()) weight += kRecentWeight;
      segment.file_weight[ordinal] = static_cast<float>(kBaseWeight + weight);
      files_.push_back({segment.index, path, kBaseWeight + weight});
    }
  }
  const auto order = [](const WeighedFile& a, const WeighedFile& b) {
    return std::tie(b.weight, a.index, a.path) < std::tie(a.weight, b.index, b.path);
  };
  const size_t kept = std::min(kMaxFiles, files_.size());
  std::partial_sort(files_.begin(), files_.begin() + static_cast<ptrdiff_t>(kept), files_.end(), order);
  files_.resize(kept);
  for (const Overlay& overlay : view_->overlays()) {  // edited now, so near in mind
    if (overlay.path != view_->cursor_path()) files_.push_back({0, overlay.path, kRecentWeight});
  }
  return {};
}

base::Status ContextEvidence::FindCopies(std::string_view prefix) {
  const std::string_view tail = prefix.substr(prefix.size() - std::min(prefix.size(), kPrefixBytes));
  std::vector<LineSketch> before = SketchLines(tail.substr(0, tail.rfind('\n') + 1));
  if (before.size() > kPrefixLines) before.erase(before.begin(), before.end() - kPrefixLines);
  if (before.empty()) return {};
  for (const WeighedFile& file : files_) {
    FANIN_ASSIGN_OR_RETURN(const auto text, view_->Text(file.index, file.path));
    const std::vector<LineSketch>& lines = text->sketches;
    std::vector<NearCopy> found;
    for (size_t i = 1; i < lines.size(); ++i) {
      if (Likeness(lines[i - 1], before.back()) < kMinFirstLikeness) continue;
      const double likeness = LikenessBefore(lines, i, before) * (0.8 + 0.2 * std::min(1.0, file.weight));
      if (likeness >= kMinLikeness) found.push_back({file.index, file.path, lines[i].line, likeness});
    }
    std::ranges::stable_sort(found, std::greater<>(), &NearCopy::likeness);
    std::vector<NearCopy> kept;
    for (const NearCopy& copy : found) {
      if (kept.size() >= kMaxCopiesOfFile) break;
      const bool apart = std::ranges::all_of(kept, [&](const NearCopy& other) {
        return std::max(copy.line, other.line) - std::min(copy.line, other.line) >= kCopyDistance;
      });
      if (apart) kept.push_back(copy);
    }
    copies_.insert(copies_.end(), kept.begin(), kept.end());
  }
  std::ranges::stable_sort(copies_, std::greater<>(), &NearCopy::likeness);
  if (copies_.size() > kMaxCopies) copies_.resize(kMaxCopies);
  return {};
}

base::Status ContextEvidence::FindFollowing(const CursorScan& scan) {
  std::unordered_map<std::string, FollowingName> names;
  double total = 0;
  for (const NearCopy& copy : copies_) {
    const double trust = copy.likeness * copy.likeness;
    total += trust;
    FANIN_ASSIGN_OR_RETURN(const auto text, view_->Text(copy.index, copy.path));
    const size_t last = std::min<size_t>(copy.line - 1 + kFollowingLines, text->line_begins.size() - 1);
    const uint32_t begin = text->line_begins[copy.line - 1];
    uint32_t lines = 1;
    std::unordered_set<std::string_view> seen;
    for (const Token& token :
         Tokenize(std::string_view(text->text).substr(begin, text->line_begins[last] - begin), &lines)) {
      const bool macro = token.kind == Token::Kind::kMacro;
      if (token.kind != Token::Kind::kName && (!macro || Keywords().contains(token.text))) continue;
      if (scan.Has(token.text) || !seen.insert(token.text).second) continue;
      FollowingName& name = names[std::string(token.text)];
      name.text = token.text;
      name.macro = name.macro || macro;
      name.weight += trust * std::exp2(-static_cast<double>(token.line - 1) / kFollowingHalf);
    }
  }
  for (auto& [text, name] : names) {
    name.weight /= total;
    following_.push_back(std::move(name));
  }
  std::ranges::sort(following_, [](const FollowingName& a, const FollowingName& b) {
    return std::tie(b.weight, a.text) < std::tie(a.weight, b.text);
  });
  if (following_.size() > kMaxFollowing) following_.resize(kMaxFollowing);
  return {};
}

double ContextEvidence::Following(std::string_view name) const {
  const auto same = [name](const FollowingName& other) {
    return std::ranges::equal(name, other.text, {}, ToLower, ToLower);
  };
  const auto found = std::ranges::find_if(following_, same);
  return found == following_.end() ? 0 : found->weight;
}

base::Result<std::vector<double>> ContextEvidence::Support(std::span<const std::string> names) const {
  std::vector<double> support(names.size());
  std::vector<std::string> terms;
  for (const std::string& name : names) terms.push_back(WholeTerm(name));
  for (const Segment& segment : segments_) {
    FANIN_ASSIGN_OR_RETURN(const auto rows, segment.postings->GetTokens(terms));
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!rows[i].has_value() || terms[i].empty()) continue;
      uint32_t last = UINT32_MAX;
      const auto add = [&](uint32_t document, const FieldCounts& counts) {
        if (counts[static_cast<size_t>(Field::kBody)] == 0) return;  // where it is used, not where it is told of
        const uint32_t file = segment.postings->FileOfDocument(document);
        if (file != last) support[i] += segment.file_weight[file];
        last = file;
      };
      FANIN_RETURN_IF_ERROR(ForEachPosting(*rows[i], segment.postings->document_count(), add));
    }
  }
  return support;
}

template <typename Visit>
base::Status ContextEvidence::ForEachFile(const Segment& segment, std::string_view list, Visit&& visit) {
  Bitmap documents;
  FANIN_RETURN_IF_ERROR(segment.postings->AddDocuments(list, documents));
  uint32_t last = UINT32_MAX;
  for (const uint32_t document : documents) {
    const uint32_t file = segment.postings->FileOfDocument(document);
    if (file != last) visit(segment.file_weight[file]);
    last = file;
  }
  return {};
}

base::Result<std::vector<ContextEvidence::Module>> ContextEvidence::Modules() const {
  std::map<std::string, Module, std::less<>> modules;
  for (const Segment& segment : segments_) {
    base::Status status;
    for (const graph::NodeKind kind :
         {graph::NodeKind::kModule, graph::NodeKind::kInterface, graph::NodeKind::kProgram}) {
      const std::string prefix(1, static_cast<char>(kind));
      FANIN_RETURN_IF_ERROR(
          segment.postings->ScanTerms(StructureField::kName, prefix, [&](std::string_view term, std::string_view list) {
            double nearness = 0;
            status = ForEachFile(segment, list, [&](double weight) { nearness = std::max(nearness, weight); });
            if (nearness > 0) {
              Module& module = modules[std::string(term.substr(1))];
              module.nearness = std::max(module.nearness, nearness);
            }
            return status.has_value();
          }));
      FANIN_RETURN_IF_ERROR(status);
    }
  }
  for (const Segment& segment : segments_) {
    base::Status status;
    FANIN_RETURN_IF_ERROR(
        segment.postings->ScanTerms(StructureField::kInstanceOf, "", [&](std::string_view term, std::string_view list) {
          const auto module = modules.find(term);
          if (module == modules.end()) return true;
          status = ForEachFile(segment, list, [&](double weight) { module->second.support += weight; });
          return status.has_value();
        }));
    FANIN_RETURN_IF_ERROR(status);
  }
  std::vector<Module> all;
  for (auto& [name, module] : modules) {
    module.name = name;
    all.push_back(std::move(module));
  }
  return all;
}

}  // namespace fanin::retriever
