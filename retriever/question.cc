#include "retriever/question.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "retriever/snippet_packer.h"

namespace fanin::retriever {
namespace {

using Clock = std::chrono::steady_clock;
using graph::EdgeKind;
using graph::NodeKind;

constexpr uint32_t kMaxHits = 12;
constexpr size_t kExplained = 5;  // hits whose neighbours are shown
constexpr size_t kMaxNeighbours = 6;
constexpr double kAnswerShare = 0.7;
constexpr size_t kMaxQueryWords = 60;

class Answer {
 public:
  Answer(std::span<const std::shared_ptr<const SearchIndex>> indexes, const QuestionRequest& request)
      : indexes_(indexes), request_(request), packer_(static_cast<uint32_t>(request.budget_tokens * kAnswerShare)) {
    for (const auto& index : indexes) lines_.emplace_back(index->snapshot());
  }

  base::Status AddHits(const SearchResponse& found) {
    for (const SearchResult& hit : found.results) {
      std::string reason = "answers the question";
      for (const std::string& one : hit.reasons) reason += (&one == &hit.reasons.front() ? ": " : "; ") + one;
      const size_t before = packer_.snippets().size();
      FANIN_RETURN_IF_ERROR(packer_.Add(SnapshotOf(hit), lines_[hit.index],
                                        {hit.node.file, hit.span.begin_line, hit.span.end_line, hit.node->kind,
                                         std::string(hit.node->name), "answer", hit.score, std::move(reason)}));
      if (packer_.snippets().size() > before) hits_.push_back(&hit);
    }
    packer_.RaiseBudget(request_.budget_tokens);
    return {};
  }

  base::Status Explain() {
    hits_.resize(std::min(hits_.size(), kExplained));
    for (const SearchResult* hit : hits_) FANIN_RETURN_IF_ERROR(AddHead(*hit));
    for (const SearchResult* hit : hits_) {
      if (request_.deadline && Clock::now() >= *request_.deadline) {
        partial_ = true;
        break;
      }
      FANIN_RETURN_IF_ERROR(AddNeighbours(*hit));
    }
    return {};
  }

  ContextResponse Take() && {
    ContextResponse response;
    response.snippets = std::move(packer_.snippets());
    response.tokens = packer_.tokens();
    response.truncated = packer_.truncated();
    response.partial = partial_;
    return response;
  }

 private:
  const graph::Snapshot& SnapshotOf(const SearchResult& hit) const { return indexes_[hit.index]->snapshot(); }

  base::Status AddHead(const SearchResult& hit) {
    std::optional<Passage> head = HeadAround(hit.node);
    if (!head) return {};
    head->score = hit.score / 2;
    head->reason = "holds " + std::string(hit.node->name);
    return packer_.Add(SnapshotOf(hit), lines_[hit.index], *std::move(head));
  }

  // One passage of what an edge leads to.
  base::Status AddNeighbour(const SearchResult& hit, graph::NodeRef ref, std::string kind, std::string reason) {
    FANIN_ASSIGN_OR_RETURN(const graph::NodeHandle node, SnapshotOf(hit).GetNode(ref));
    const auto [begin, end] = LinesAround(*node.shard, node->span.begin_line, node->span.begin_line);
    return packer_.Add(SnapshotOf(hit), lines_[hit.index],
                       {node.file, begin, end, node->kind, std::string(node->name), std::move(kind), hit.score / 3,
                        std::move(reason)});
  }

  base::Status AddNeighbours(const SearchResult& hit) {
    const graph::Snapshot& snapshot = SnapshotOf(hit);
    const std::string name(hit.node->name);
    FANIN_ASSIGN_OR_RETURN(const auto out,
                           snapshot.GetEdges({&hit.node.ref, 1}, graph::Direction::kOut,
                                             MaskOf(EdgeKind::kRefersTo, EdgeKind::kHasType, EdgeKind::kCallsOut,
                                                    EdgeKind::kInstantiates, EdgeKind::kDocuments)));
    size_t added = 0;
    for (const graph::Edge& edge : out.front()) {
      if (++added > kMaxNeighbours) break;
      FANIN_RETURN_IF_ERROR(AddNeighbour(hit, edge.to, "definition", name + " refers to it"));
    }
    FANIN_ASSIGN_OR_RETURN(const auto in, snapshot.GetEdges({&hit.node.ref, 1}, graph::Direction::kIn,
                                                            MaskOf(EdgeKind::kReads, EdgeKind::kInstantiates)));
    std::vector<graph::NodeRef> read;
    bool has_instance = false;
    for (const graph::Edge& edge : in.front()) {
      const bool is_data = edge.role != graph::Role::kClock && edge.role != graph::Role::kReset;
      if (edge.kind == EdgeKind::kReads && is_data && read.size() < kMaxNeighbours) read.push_back(edge.from);
      if (edge.kind == EdgeKind::kInstantiates && !std::exchange(has_instance, true)) {
        FANIN_RETURN_IF_ERROR(AddNeighbour(hit, edge.from, "instance", "instantiates " + name));
      }
    }
    FANIN_ASSIGN_OR_RETURN(const auto drivers,
                           snapshot.GetEdges(read, graph::Direction::kIn, MaskOf(EdgeKind::kDrives)));
    for (size_t i = 0; i < read.size(); ++i) {
      if (drivers[i].empty()) continue;
      FANIN_ASSIGN_OR_RETURN(const graph::NodeHandle signal, snapshot.GetNode(read[i]));
      FANIN_RETURN_IF_ERROR(AddNeighbour(hit, drivers[i].front().from, "driver",
                                         "drives " + std::string(signal->name) + ", which " + name + " reads"));
    }
    return {};
  }

  std::span<const std::shared_ptr<const SearchIndex>> indexes_;
  const QuestionRequest& request_;
  std::vector<FileLines> lines_;  // by index
  SnippetPacker packer_;
  std::vector<const SearchResult*> hits_;  // shown
  bool partial_ = false;
};

}  // namespace

std::string PlainWords(std::string_view text) {
  std::string query;
  std::string word;
  size_t words = 0;
  const auto flush = [&] {
    const bool is_number = std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number && word != "OR" && ++words <= kMaxQueryWords) query += (query.empty() ? "" : " ") + word;
    word.clear();
  };
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$') {
      word += c;
    } else {
      flush();
    }
  }
  flush();
  return query;
}

base::Result<ContextResponse> AnswerQuestion(const Retriever& retriever,
                                             std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                             const QuestionRequest& request) {
  FANIN_CHECK(!indexes.empty());
  const Clock::time_point start = Clock::now();
  if (request.budget_tokens == 0) {
    return base::Fail(base::Code::kInvalidArgument, "the budget must be at least 1 token");
  }
  SearchRequest search;
  search.query = PlainWords(request.text);
  search.limit = kMaxHits;
  search.deadline = request.deadline;
  if (search.query.empty()) return base::Fail(base::Code::kInvalidArgument, "the question has no words");
  FANIN_ASSIGN_OR_RETURN(const SearchResponse found, retriever.Search(indexes, search));
  Answer answer(indexes, request);
  FANIN_RETURN_IF_ERROR(answer.AddHits(found));
  FANIN_RETURN_IF_ERROR(answer.Explain());
  ContextResponse response = std::move(answer).Take();
  response.partial |= found.partial;
  response.warnings = found.warnings;
  response.total_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return response;
}

}  // namespace fanin::retriever
