#include "retriever/search_result.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "retriever/code_tokens.h"
#include "retriever/element_fit.h"
#include "retriever/postings_structure.h"

namespace fanin::retriever {
namespace {

using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::Node;
using graph::Shard;

// Values named in one reason; more are counted.
constexpr size_t kMaxValuesInReason = 3;

std::string Join(const std::vector<std::string>& parts) {
  std::string joined;
  for (size_t i = 0; i < std::min(parts.size(), kMaxValuesInReason); ++i) joined += (i > 0 ? ", " : "") + parts[i];
  if (parts.size() > kMaxValuesInReason)
    joined += " and " + std::to_string(parts.size() - kMaxValuesInReason) + " more";
  return joined;
}

std::string_view Verb(Key key) {
  switch (key) {
    case Key::kName: return "declares ";
    case Key::kIn: return "in ";
    case Key::kModule: return "in module ";
    case Key::kDrives: return "drives ";
    case Key::kReads: return "reads ";
    case Key::kClock: return "clocked by ";
    case Key::kReset: return "reset by ";
    case Key::kInstantiates: return "instantiates ";
    case Key::kInstanceOf: return "instance of ";
    case Key::kKind: return "kind ";
    case Key::kFile: return "file ";
    case Key::kLang: return "language ";
    case Key::kLicense: return "licence ";
    case Key::kRepo: return "repository ";
  }
  return "";
}

// The whole lines of a span.
graph::Span LinesOf(graph::Span span, std::string_view text) {
  const size_t begin = std::min<size_t>(span.begin_byte, text.size());
  const size_t last = std::clamp<size_t>(span.end_byte, begin, text.size());
  const size_t before = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
  const size_t end = last > begin && text[last - 1] == '\n' ? last - 1 : text.find('\n', last);
  span.begin_byte = static_cast<uint32_t>(before == std::string_view::npos ? 0 : before + 1);
  span.end_byte = static_cast<uint32_t>(end == std::string_view::npos ? text.size() : end + 1);
  return span;
}

class ResultMaker {
 public:
  ResultMaker(const ResultContext& context, const Candidate& candidate) : context_(context), candidate_(candidate) {
    for (const Query* leaf : context.leaves) {
      const auto found = context.evaluation.leaves.find(leaf);
      if (found != context.evaluation.leaves.end() && found->second.contains(candidate.document)) {
        satisfied_.push_back(leaf);
      }
    }
  }

  base::Result<SearchResult> Make() && {
    const graph::Snapshot& snapshot = context_.index.snapshot();
    shard_ = context_.file.shard;
    const std::string& file_text = context_.file.text;
    chunk_ = candidate_.document -
             context_.postings.DocumentsOfFile(context_.postings.FileOfDocument(candidate_.document)).first;
    if (chunk_ >= shard_->chunks().size()) {
      return base::Fail(base::Code::kDataLoss, snapshot.file(candidate_.file).path + ": postings and shard disagree");
    }
    const graph::Chunk& chunk = shard_->chunks()[chunk_];
    result_.chunk_kind = chunk.kind;
    result_.span =
        candidate_.element == kNoNode ? chunk.span : LinesOf(shard_->nodes()[candidate_.element].span, file_text);
    const size_t begin = std::min<size_t>(result_.span.begin_byte, file_text.size());
    result_.text = file_text.substr(begin, std::max(result_.span.end_byte, result_.span.begin_byte) - begin);
    for (uint32_t byte = 0; byte < result_.text.size(); ++byte) {
      if (result_.text[byte] == '\n') line_ends_.push_back(byte);
    }
    result_.index = candidate_.index;
    result_.score = candidate_.score;

    const LocalNode node = candidate_.element != kNoNode ? candidate_.element : ChooseNode(chunk);
    result_.node = {snapshot.RefOf(candidate_.file, node), candidate_.file, node, shard_};
    ExplainCondition();
    MatchWords();
    if (candidate_.cosine.has_value() && result_.reasons.empty()) result_.reasons.emplace_back("similar in meaning");
    SortMatches();
    return std::move(result_);
  }

 private:
  size_t FitOf(LocalNode node) const { return retriever::FitOf(satisfied_, context_.compiled, *shard_, node); }

  bool IsNamedInQuery(const Node& node) const {
    if (node.anonymous) return false;
    std::vector<std::string> terms;
    AppendTerms(node.name, terms);
    if (terms.empty()) return false;
    return std::ranges::any_of(context_.groups, [&](const TermGroup& group) {
      return group.is_name && group.alternatives[0].term == terms[0];
    });
  }

  LocalNode ChooseNode(const graph::Chunk& chunk) const {
    const LocalNode own = chunk.node == kNoNode ? 0 : chunk.node;
    const auto rank = [&](LocalNode node) {
      return std::tuple(FitOf(node), IsNamedInQuery(shard_->nodes()[node]), node == own);
    };
    LocalNode best = own;
    auto best_rank = rank(own);
    for (LocalNode node : context_.file.nodes_of_chunk[chunk_]) {
      // Statements are shown by their block.
      if (shard_->nodes()[node].kind == graph::NodeKind::kStatement && FitOf(own) >= FitOf(node)) continue;
      auto node_rank = rank(node);
      if (node_rank <= best_rank) continue;
      best = node;
      best_rank = node_rank;
    }
    return best;
  }

  void ExplainCondition() {
    for (const Query* leaf : satisfied_) {
      if (const auto* atom = leaf->As<Atom>()) {
        result_.reasons.push_back(std::string(Verb(atom->key)) + Join(ValuesOf(*leaf, *atom)));
        if (atom->key == Key::kName) HighlightNames(*context_.compiled.Of(*leaf).pattern);
      } else if (leaf->As<Word>() == nullptr) {
        Highlight(*context_.compiled.Of(*leaf).text, ToString(*leaf));
      }
    }
  }

  // What an atom's pattern matched here; its own text where it says it all.
  std::vector<std::string> ValuesOf(const Query& leaf, const Atom& atom) const {
    if (atom.key == Key::kFile) return {context_.index.snapshot().file(candidate_.file).path};
    if (atom.key == Key::kRepo) return {context_.index.snapshot().manifest().repository};
    if (atom.key == Key::kLicense && !shard_->license().empty()) return {std::string(shard_->license())};
    if (atom.key == Key::kKind) return {std::string(NodeKindName(result_.node->kind))};
    std::vector<std::string> values;
    const auto matched = context_.evaluation.matched_terms.find(&leaf);
    if (matched != context_.evaluation.matched_terms.end()) {
      for (const auto& [term, list] : matched->second) {
        Bitmap documents;
        const bool readable = context_.postings.AddDocuments(list, documents).has_value();
        if (readable && documents.contains(candidate_.document)) values.push_back(term);
      }
    }
    if (values.empty()) values.push_back(atom.value.ToString());
    return values;
  }

  void HighlightNames(const PatternMatcher& pattern) {
    for (const Node& node : shard_->nodes()) {
      const bool inside =
          node.name_span.begin_byte >= result_.span.begin_byte && node.name_span.end_byte <= result_.span.end_byte;
      if (inside && !node.anonymous && pattern.Matches(LowerCase(node.name))) result_.matches.push_back(node.name_span);
    }
  }

  void Highlight(const TextMatcher& matcher, const std::string& written) {
    std::set<uint32_t> lines;
    matcher.FindAll(result_.text, [&](TextSpan match) {
      lines.insert(AddMatch(match));
      return true;
    });
    std::vector<std::string> numbers;
    for (uint32_t line : lines) numbers.push_back(std::to_string(line));
    if (!numbers.empty()) result_.reasons.push_back("text " + written + " on line " + Join(numbers));
  }

  // Words of the query, and what stands for them, in the passage; its name and scope count too.
  void MatchWords() {
    if (context_.groups.empty()) return;
    std::vector<bool> found(context_.groups.size());
    std::unordered_multimap<std::string_view, size_t> groups_of_term;
    for (size_t g = 0; g < context_.groups.size(); ++g) {
      for (const auto& alternative : context_.groups[g].alternatives) groups_of_term.emplace(alternative.term, g);
    }
    std::vector<std::string> terms;
    const auto match = [&](std::string_view word) {
      terms.clear();
      AppendTerms(word, terms);
      bool any = false;
      for (const std::string& term : terms) {
        const auto [begin, end] = groups_of_term.equal_range(term);
        for (auto it = begin; it != end; ++it) found[it->second] = true;
        any = any || begin != end;
      }
      return any;
    };
    ScanWords(result_.text, TextKind::kCode, [&](const WordSpan& span) {
      const std::string_view word = std::string_view(result_.text).substr(span.begin, span.end - span.begin);
      if (match(word)) AddMatch({span.begin, span.end});
    });
    const std::string path = shard_->Path(result_.node.local);
    ScanWords(path, TextKind::kProse,
              [&](const WordSpan& span) { match(std::string_view(path).substr(span.begin, span.end - span.begin)); });
    std::vector<std::string> labels;
    for (size_t g = 0; g < found.size(); ++g) {
      if (found[g] && context_.groups[g].weight == 1) labels.push_back(context_.groups[g].label);
    }
    if (!labels.empty()) result_.reasons.push_back("words: " + Join(labels));
    if (IsNamedInQuery(*result_.node)) result_.reasons.push_back("named " + std::string(result_.node->name));
  }

  // Adds a highlight; returns its first line in the file.
  uint32_t AddMatch(TextSpan match) {
    const auto lines_before = [&](uint32_t byte) {
      return static_cast<uint32_t>(std::ranges::lower_bound(line_ends_, byte) - line_ends_.begin());
    };
    graph::Span span;
    span.begin_byte = result_.span.begin_byte + match.begin;
    span.end_byte = result_.span.begin_byte + match.end;
    span.begin_line = result_.span.begin_line + lines_before(match.begin);
    span.end_line = result_.span.begin_line + lines_before(match.end - 1);
    result_.matches.push_back(span);
    return span.begin_line;
  }

  void SortMatches() {
    const auto key = [](const graph::Span& span) { return std::tuple(span.begin_byte, span.end_byte); };
    std::ranges::sort(result_.matches, {}, key);
    result_.matches.erase(std::unique(result_.matches.begin(), result_.matches.end()), result_.matches.end());
  }

  const ResultContext& context_;
  const Candidate& candidate_;
  std::vector<const Query*> satisfied_;
  std::shared_ptr<const Shard> shard_;
  uint32_t chunk_ = 0;
  std::vector<uint32_t> line_ends_;  // bytes of the line ends in the passage
  SearchResult result_;
};

}  // namespace

base::Result<ShownFile> ReadShownFile(const graph::Snapshot& snapshot, graph::FileRef ref) {
  ShownFile file;
  FANIN_ASSIGN_OR_RETURN(file.shard, snapshot.GetShard(ref));
  FANIN_ASSIGN_OR_RETURN(file.text, snapshot.GetText(ref));
  file.nodes_of_chunk.resize(file.shard->chunks().size());
  const std::vector<uint32_t> chunk_of_node = ChunksOfNodes(*file.shard);
  for (LocalNode node = 1; node < chunk_of_node.size(); ++node) {
    if (chunk_of_node[node] != kNoChunk) file.nodes_of_chunk[chunk_of_node[node]].push_back(node);
  }
  return file;
}

base::Result<SearchResult> MakeResult(const ResultContext& context, const Candidate& candidate) {
  return ResultMaker(context, candidate).Make();
}

}  // namespace fanin::retriever
