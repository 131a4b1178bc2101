#include "retriever/debug.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "graph/expression_text.h"
#include "graph/flow_text.h"
#include "retriever/debug_candidates.h"
#include "retriever/debug_cone.h"
#include "retriever/debug_context.h"
#include "retriever/debug_rank.h"
#include "retriever/question.h"
#include "retriever/wave_scope.h"
#include "retriever/wave_slice.h"

namespace fanin::retriever {
namespace {

using Clock = std::chrono::steady_clock;

// Of a search by the message's words.
constexpr uint32_t kMaxPassages = 30;
constexpr size_t kMaxSuspectBytes = 200;
constexpr ConeLimits kPassingLimits{.max_signals = 600, .max_steps = 24};
constexpr uint32_t kMaxConeLines = 80;
// Of the symptom at times when it was right.
constexpr size_t kEarlyEdges = 6;
constexpr SliceLimits kEarlyLimits{.max_moments = 800, .max_edges = 16};

class DebugRun {
 public:
  DebugRun(const Retriever& retriever, std::span<const std::shared_ptr<const SearchIndex>> indexes,
           const DebugRequest& request)
      : retriever_(retriever),
        indexes_(indexes),
        snapshot_(indexes.front()->snapshot()),
        request_(request),
        message_(request.text),
        lines_(snapshot_),
        candidates_(snapshot_, lines_) {}

  base::Result<DebugResponse> Run() {
    const Clock::time_point start = Clock::now();
    FANIN_RETURN_IF_ERROR(AddCones());
    FANIN_RETURN_IF_ERROR(AddFound());
    FANIN_RETURN_IF_ERROR(AddNamed());
    FANIN_RETURN_IF_ERROR(Rank());
    FANIN_RETURN_IF_ERROR(WriteCone());
    FANIN_RETURN_IF_ERROR(AddDebugSnippets(snapshot_, lines_, request_.budget_tokens, response_));
    response_.total_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    return std::move(response_);
  }

 private:
  base::Status AddCones() {
    cones_.reserve(request_.failing.size());  // slicers keep pointers
    for (const DebugSymptom& symptom : request_.failing) {
      FANIN_ASSIGN_OR_RETURN(Cone cone,
                             Cone::Build(snapshot_, request_.elaboration, symptom.places, {}, request_.deadline));
      response_.truncated |= cone.truncated();
      FANIN_RETURN_IF_ERROR(candidates_.AddCone(cone, static_cast<uint32_t>(cones_.size()), /*passing=*/false));
      cones_.push_back(std::move(cone));
    }
    for (size_t i = 0; i < cones_.size(); ++i) {
      FANIN_RETURN_IF_ERROR(AddSlices(static_cast<uint32_t>(i), request_.failing[i]));
    }
    uint32_t index = 0;
    for (const DebugSymptom& symptom : request_.passing) {
      if (IsLate()) break;
      FANIN_ASSIGN_OR_RETURN(const Cone cone, Cone::Build(snapshot_, request_.elaboration, symptom.places,
                                                          kPassingLimits, request_.deadline));
      FANIN_RETURN_IF_ERROR(candidates_.AddCone(cone, index++, /*passing=*/true));
      FANIN_RETURN_IF_ERROR(AddPassingSlice(cone, symptom));
    }
    return {};
  }

  // Where the symptom is in the wave; nullopt: there is none, which the answer says.
  base::Result<std::optional<WaveScope>> FindInWave(const Cone& cone, const DebugSymptom& symptom) {
    if (request_.wave == nullptr) return std::optional<WaveScope>();
    FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                           graph::HierarchicalPaths(snapshot_, {&cone.steps().front().place, 1}));
    base::Result<WaveScope> scope =
        WaveScope::Find(snapshot_, *request_.wave, paths.front(), request_.wave_scope, symptom.name);
    if (scope) return std::optional<WaveScope>(*std::move(scope));
    response_.warnings.push_back(scope.error().message + "; its cone is ranked without values");
    return std::optional<WaveScope>();
  }

  // The part of each candidate in the symptom's value at its time, and before.
  base::Status AddSlices(uint32_t index, const DebugSymptom& symptom) {
    const Cone& cone = cones_[index];
    FANIN_ASSIGN_OR_RETURN(std::optional<WaveScope> scope, FindInWave(cone, symptom));
    FANIN_RETURN_IF_ERROR(AddWidths(cone, scope ? &*scope : nullptr));
    if (!scope) return {};
    has_slices_ = true;
    Slicer slicer(snapshot_, cone, *scope, lines_);
    FANIN_ASSIGN_OR_RETURN(const Slice slice, slicer.At(request_.time));
    response_.truncated |= slice.truncated;
    for (Candidate& item : candidates_.items()) {
      const auto reach = std::ranges::find(item.reaches, index, &Reach::cone);
      if (reach != item.reaches.end()) reach->part = PartOf(slice, item);
    }
    FANIN_ASSIGN_OR_RETURN(const std::vector<uint64_t> edges, slicer.EdgesBefore(request_.time, kEarlyEdges + 1));
    for (size_t i = 1; i < edges.size() && !IsLate(); ++i) {
      // Just before an edge the signals are settled; the last edge may be the one that made the symptom.
      FANIN_ASSIGN_OR_RETURN(const Slice early, slicer.At(edges[i - 1] - 1, kEarlyLimits));
      ++early_slices_;
      for (Candidate& item : candidates_.items()) item.early_executed += PartOf(early, item).strength;
    }
    return {};
  }

  // Copies between signals of two widths, with the declarations at both ends. The wave tells widths; without one the
  // declarations' texts do, of signals of one module: across a port they may differ and mean the same.
  base::Status AddWidths(const Cone& cone, WaveScope* scope) {
    std::map<std::pair<graph::NodeRef, graph::NodeRef>, size_t> by_element;
    std::vector<Candidate>& items = candidates_.items();
    for (size_t i = 0; i < items.size(); ++i) {
      for (const auto& element : items[i].elements) by_element.emplace(element, i);
    }
    FANIN_ASSIGN_OR_RETURN(const Widths widths, WidthsOf(cone, scope));
    for (uint32_t step = 0; step < cone.steps().size(); ++step) {
      for (const graph::Edge& edge : cone.DriversOf(step)) {
        if (edge.kind != graph::EdgeKind::kFlows || edge.role != graph::Role::kData) continue;
        const bool is_connection = edge.assignment == graph::Assignment::kConnection;
        const auto copy =
            by_element.find({edge.statement, is_connection ? cone.steps()[step].place.node : graph::kNoRef});
        const std::optional<uint32_t> source = cone.SourceOf(step, edge);
        if (copy == by_element.end() || !source || !widths.Differ(step, *source, is_connection)) continue;
        Candidate& item = items[copy->second];
        FANIN_ASSIGN_OR_RETURN(const std::string_view lines, lines_.Lines(item.file, item.begin_line, item.end_line));
        if (!IsCopy(graph::CollapseSource(lines, kMaxSuspectBytes))) continue;
        item.odd_width = true;
        for (const graph::NodeRef end : {edge.from, edge.to}) {
          const auto declaration = by_element.find({end, graph::kNoRef});
          if (declaration != by_element.end()) items[declaration->second].odd_width = true;
        }
      }
    }
    return {};
  }

  struct Widths {
    std::vector<uint32_t> in_wave;         // by step; 0: unknown
    std::vector<graph::NodeHandle> nodes;  // by step

    bool Differ(uint32_t a, uint32_t b, bool is_connection) const {
      if (in_wave[a] != 0 && in_wave[b] != 0) return in_wave[a] != in_wave[b];
      const auto is_told = [](const graph::NodeHandle& node) {
        return node->type.find("_t") == std::string_view::npos;
      };
      return !is_connection && nodes[a].file == nodes[b].file && is_told(nodes[a]) && is_told(nodes[b]) &&
             graph::CollapseSource(nodes[a]->width, kMaxSuspectBytes) !=
                 graph::CollapseSource(nodes[b]->width, kMaxSuspectBytes);
    }
  };

  base::Result<Widths> WidthsOf(const Cone& cone, WaveScope* scope) const {
    Widths widths;
    widths.in_wave.resize(cone.steps().size());
    std::vector<graph::Occurrence> places;
    std::vector<graph::NodeRef> refs;
    for (const graph::TraceStep& step : cone.steps()) {
      places.push_back(step.place);
      refs.push_back(step.place.node);
    }
    FANIN_ASSIGN_OR_RETURN(widths.nodes, snapshot_.GetNodes(refs));
    if (scope == nullptr) return widths;
    FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> paths, graph::HierarchicalPaths(snapshot_, places));
    for (size_t step = 0; step < paths.size(); ++step) {
      const std::optional<Wave::Variable> variable = scope->VariableOf(paths[step]);
      if (variable) widths.in_wave[step] = scope->wave().WidthOf(*variable);
    }
    return widths;
  }

  // "assign a = b;", "a <= b;", ".a(b),": one plain name to another.
  static bool IsCopy(std::string_view text) {
    while (!text.empty() && (text.back() == ';' || text.back() == ',' || text.back() == ' ')) text.remove_suffix(1);
    if (text.starts_with('.')) {
      const size_t open = text.find('(');
      return open != std::string_view::npos && text.ends_with(')') && graph::IsName(graph::Unwrap(text.substr(open)));
    }
    const auto assignment = graph::SplitAssignment(text);
    return assignment && graph::IsName(graph::Unwrap(assignment->left)) &&
           graph::IsName(graph::Unwrap(assignment->right));
  }

  base::Status AddPassingSlice(const Cone& cone, const DebugSymptom& symptom) {
    if (!has_slices_) return {};
    FANIN_ASSIGN_OR_RETURN(std::optional<WaveScope> scope, FindInWave(cone, symptom));
    if (!scope) return {};
    Slicer slicer(snapshot_, cone, *scope, lines_);
    FANIN_ASSIGN_OR_RETURN(const Slice slice, slicer.At(request_.time, kEarlyLimits));
    ++passing_slices_;
    for (Candidate& item : candidates_.items()) item.passing_executed += PartOf(slice, item).strength;
    return {};
  }

  static Part PartOf(const Slice& slice, const Candidate& item) {
    Part best;
    const auto keep = [&](const auto& parts, const auto& key) {
      const auto found = parts.find(key);
      if (found != parts.end() && found->second.strength > best.strength) best = found->second;
    };
    for (const auto& [element, signal] : item.elements) {
      if (signal != graph::kNoRef)
        keep(slice.connections, std::pair(element, signal));
      else if (item.kind == CandidateKind::kDeclaration)
        keep(slice.signals, element);
      else
        keep(slice.parts, element);
    }
    return best;
  }

  base::Status AddFound() {
    if (message_.empty() || IsLate()) return {};
    SearchRequest search;
    search.query = PlainWords(request_.text);
    if (search.query.empty()) return {};
    search.limit = kMaxPassages;
    search.deadline = request_.deadline;
    FANIN_ASSIGN_OR_RETURN(const SearchResponse found, retriever_.Search(indexes_.first(1), search));
    response_.partial |= found.partial;
    for (const SearchResult& result : found.results) {
      if (result.chunk_kind == graph::ChunkKind::kDocument || result.chunk_kind == graph::ChunkKind::kRegister)
        continue;
      const double score = result.score / found.results.front().score;
      FANIN_RETURN_IF_ERROR(
          candidates_.AddFound(result.node.file, result.span.begin_line, result.span.end_line, score));
    }
    return {};
  }

  // Places that messages name are suspects whether or not anything else finds them.
  base::Status AddNamed() {
    for (const auto& [path, lines] : request_.named.by_path) {
      const std::optional<graph::FileRef> file = snapshot_.FindFile(path);
      if (!file) continue;
      for (const uint32_t line : lines) FANIN_RETURN_IF_ERROR(candidates_.AddFound(*file, line, line, 0));
    }
    return {};
  }

  bool IsLate() {
    if (!request_.deadline || Clock::now() < *request_.deadline) return false;
    response_.partial = true;
    return true;
  }

  base::Result<CandidateTexts> TextsOf(const Candidate& candidate, const graph::NodeHandle& node) {
    CandidateTexts texts;
    texts.path = snapshot_.file(candidate.file).path;
    FANIN_ASSIGN_OR_RETURN(const std::string_view lines,
                           lines_.Lines(candidate.file, candidate.begin_line, candidate.end_line));
    texts.collapsed = graph::CollapseSource(lines, kMaxSuspectBytes);
    if (message_.empty()) return texts;
    texts.words = lines;
    for (graph::LocalNode local = node.local; local != graph::kNoNode;) {
      const graph::Node& around = node.shard->nodes()[local];
      if (graph::IsDefinition(around.kind) || around.kind == graph::NodeKind::kFile) break;
      texts.words.append("\n").append(around.doc);
      if (graph::IsBlock(around.kind)) break;
      local = around.parent;
    }
    return texts;
  }

  base::Status Rank() {
    const std::vector<Candidate>& items = candidates_.items();
    std::vector<graph::NodeRef> refs;
    for (const Candidate& item : items) refs.push_back(item.node);
    FANIN_ASSIGN_OR_RETURN(const std::vector<graph::NodeHandle> nodes, snapshot_.GetNodes(refs));
    std::vector<CandidateTexts> texts;
    for (size_t i = 0; i < items.size(); ++i) {
      FANIN_ASSIGN_OR_RETURN(CandidateTexts one, TextsOf(items[i], nodes[i]));
      if (!message_.empty()) message_.AddDocument(one.words);
      texts.push_back(std::move(one));
    }
    struct Scored {
      double score;
      size_t item;
      std::vector<Signal> signals;
    };
    const RankContext context{request_, message_, !cones_.empty(), has_slices_, early_slices_, passing_slices_};
    std::vector<Scored> scored;
    for (size_t i = 0; i < items.size(); ++i) {
      std::vector<Signal> signals = ScoreCandidate(items[i], texts[i], context);
      scored.push_back({SumOf(signals), i, std::move(signals)});
    }
    std::ranges::sort(scored, {}, [&](const Scored& one) {
      const Candidate& item = items[one.item];
      return std::tuple(-one.score, item.steps, texts[one.item].path, item.begin_line, item.end_line);
    });
    if (scored.size() > request_.max_suspects) {
      response_.truncated = true;
      scored.resize(request_.max_suspects);
    }
    std::vector<graph::Occurrence> places;
    for (Scored& one : scored) {
      const Candidate& item = items[one.item];
      AddSuspect(item, nodes[one.item], texts[one.item], std::move(one.signals), context);
      if (item.cone != UINT32_MAX) places.push_back(cones_[item.cone].steps()[item.step].place);
    }
    FANIN_ASSIGN_OR_RETURN(std::vector<std::string> paths, graph::HierarchicalPaths(snapshot_, places));
    auto path = paths.begin();
    for (size_t i = 0; i < scored.size(); ++i) {
      if (items[scored[i].item].cone != UINT32_MAX) response_.suspects[i].acts_on = std::move(*path++);
    }
    return {};
  }

  void AddSuspect(const Candidate& item, const graph::NodeHandle& node, const CandidateTexts& texts,
                  std::vector<Signal> signals, const RankContext& context) {
    Suspect suspect;
    suspect.node = item.node;
    suspect.path = texts.path;
    suspect.begin_line = item.begin_line;
    suspect.end_line = item.end_line;
    suspect.text = texts.collapsed;
    suspect.module = node.shard->nodes()[graph::RegionOf(*node.shard, node.local)].name;
    suspect.score = SumOf(signals);
    suspect.reasons = ReasonsOf(item, texts, signals, context);
    suspect.signals = std::move(signals);
    if (item.cone != UINT32_MAX) {
      const std::vector<graph::TraceStep>& steps = cones_[item.cone].steps();
      suspect.steps = steps[item.step].depth;
      suspect.registers = item.registers;
      for (uint32_t step = item.step; steps[step].parent != UINT32_MAX; step = steps[step].parent) {
        suspect.way.push_back(steps[step].edge);
      }
    }
    response_.suspects.push_back(std::move(suspect));
  }

  base::Status WriteCone() {
    for (const Cone& cone : cones_) {
      FANIN_ASSIGN_OR_RETURN(
          const graph::FlowText text,
          graph::WriteCone(snapshot_, NearestSteps(cone.steps()), graph::TraceDirection::kFanIn, kMaxConeLines));
      response_.flow_text += text.text;
    }
    return {};
  }

  // As many steps as there will be lines, the nearest: a cone written depth first and cut would show one branch only.
  static std::vector<graph::TraceStep> NearestSteps(const std::vector<graph::TraceStep>& steps) {
    std::vector<graph::TraceStep> nearest(
        steps.begin(), steps.begin() + static_cast<long>(std::min<size_t>(steps.size(), kMaxConeLines - 1)));
    for (size_t i = nearest.size(); i < steps.size(); ++i) {
      if (steps[i].parent < nearest.size()) nearest[steps[i].parent].stopped = true;
    }
    return nearest;
  }

  const Retriever& retriever_;
  std::span<const std::shared_ptr<const SearchIndex>> indexes_;
  const graph::Snapshot& snapshot_;
  const DebugRequest& request_;
  MessageWords message_;
  FileLines lines_;
  Candidates candidates_;
  std::vector<Cone> cones_;  // of the failing symptoms
  bool has_slices_ = false;
  uint32_t early_slices_ = 0;
  uint32_t passing_slices_ = 0;
  DebugResponse response_;
};

}  // namespace

base::Result<DebugResponse> Debug(const Retriever& retriever,
                                  std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                  const DebugRequest& request) {
  FANIN_CHECK(!indexes.empty());
  if (request.budget_tokens == 0) {
    return base::Fail(base::Code::kInvalidArgument, "the budget must be at least 1 token");
  }
  if (request.failing.empty() && request.text.empty() && request.named.empty()) {
    return base::Fail(base::Code::kInvalidArgument, "nothing says what fails: give a signal, an assertion or a log");
  }
  return DebugRun(retriever, indexes, request).Run();
}

}  // namespace fanin::retriever
