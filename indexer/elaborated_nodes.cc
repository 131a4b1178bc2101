#include "indexer/elaborated_nodes.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "slang/ast/Scope.h"

namespace fanin::indexer {
namespace {

using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::Node;
using graph::NodeId;
using graph::NodeKind;

constexpr size_t kMaxTextBytes = 200;

bool IsUnit(NodeKind kind) {
  return graph::IsDefinition(kind) || kind == NodeKind::kPackage || kind == NodeKind::kClass;
}

// What a fact can be made by.
bool IsMaker(NodeKind kind) {
  return graph::IsBlock(kind) || kind == NodeKind::kStatement || kind == NodeKind::kInstance ||
         kind == NodeKind::kFunction || kind == NodeKind::kTask || kind == NodeKind::kAssertion;
}

// From here on a node's children are looked up rather than run through.
constexpr size_t kManyChildren = 32;

bool Holds(const Node& node, uint32_t byte) { return node.span.begin_byte <= byte && byte < node.span.end_byte; }

// An assignment, call or return: a statement without a body.
bool IsSimple(const Node& node) {
  return node.kind == NodeKind::kStatement &&
         (node.name.starts_with("assign#") || node.name.starts_with("call#") || node.name.starts_with("return#"));
}

bool IsOf(const Node& node, ElaboratedNodes::Wanted::Kind kind) {
  using Kind = ElaboratedNodes::Wanted::Kind;
  switch (kind) {
    case Kind::kAny: return true;
    case Kind::kAssignment: return IsSimple(node) || node.kind == NodeKind::kAssign;
    case Kind::kCondition: return node.kind == NodeKind::kStatement && !IsSimple(node);
    case Kind::kBlock: return graph::IsBlock(node.kind);
  }
  return false;
}

// The parts of macros that may be wanted, from and to.
std::pair<MacroPart, MacroPart> PartsOf(ElaboratedNodes::Wanted::Kind kind) {
  using Kind = ElaboratedNodes::Wanted::Kind;
  switch (kind) {
    case Kind::kAssignment: return {MacroPart::kContinuous, MacroPart::kReturn};
    case Kind::kCondition: return {MacroPart::kCondition, MacroPart::kCondition};
    default: return {MacroPart::kBlock, MacroPart::kBlock};
  }
}

bool IsPart(const Node& node, MacroPart part) {
  const bool is_statement = node.kind == NodeKind::kStatement;
  switch (part) {
    case MacroPart::kContinuous: return node.kind == NodeKind::kAssign;
    case MacroPart::kAssignment: return is_statement && node.name.starts_with("assign#");
    case MacroPart::kCall: return is_statement && node.name.starts_with("call#");
    case MacroPart::kReturn: return is_statement && node.name.starts_with("return#");
    case MacroPart::kCondition: return is_statement && !IsSimple(node);
    case MacroPart::kBlock: return graph::IsBlock(node.kind) && node.kind != NodeKind::kAssign;
  }
  return false;
}

}  // namespace

ElaboratedNodes::ElaboratedNodes(const graph::Snapshot& snapshot, const slang::SourceManager& sources,
                                 const FilesByName& files)
    : snapshot_(snapshot), sources_(sources), files_by_name_(files) {}

std::optional<graph::FileRef> ElaboratedNodes::FileOf(slang::BufferID buffer) {
  const auto [known, is_new] = file_of_buffer_.try_emplace(buffer.getId());
  if (is_new) {
    const auto file = files_by_name_.find(sources_.getFullPath(buffer).string());
    if (file != files_by_name_.end()) known->second = file->second;
  }
  return known->second;
}

ElaboratedNodes::File* ElaboratedNodes::Load(graph::FileRef ref) {
  const auto [known, is_new] = files_.try_emplace(ref);
  File& file = known->second;
  if (is_new) {
    auto shard = snapshot_.GetShard(ref);
    if (!shard) {
      if (status_) status_ = std::unexpected(shard.error());
      return nullptr;
    }
    file.shard = *std::move(shard);
    file.key = graph::FileKey(snapshot_.manifest().repository, snapshot_.file(ref).path);
    file_of_key_.emplace(file.key, ref);
    const auto nodes = file.shard->nodes();
    for (LocalNode i = 0; i < nodes.size(); ++i) {
      if (!nodes[i].anonymous) file.by_name_begin.emplace(nodes[i].name_span.begin_byte, i);
    }
  }
  return file.shard == nullptr ? nullptr : &file;
}

std::optional<TextPlace> ElaboratedNodes::PlaceOf(slang::SourceLocation location) {
  while (sources_.isMacroLoc(location)) {
    location =
        sources_.isMacroArgLoc(location) ? sources_.getOriginalLoc(location) : sources_.getExpansionLoc(location);
  }
  if (!location.valid()) return std::nullopt;
  const auto file = FileOf(location.buffer());
  if (!file) return std::nullopt;
  return TextPlace{*file, static_cast<uint32_t>(location.offset())};
}

void ElaboratedNodes::AddSyntax(const slang::syntax::SyntaxNode& root) {
  order_.Add(root, [this](slang::SourceLocation location) -> std::optional<std::pair<uint32_t, uint32_t>> {
    if (!sources_.isMacroLoc(location)) return std::nullopt;
    location = sources_.getFullyExpandedLoc(location);
    const auto file = FileOf(location.buffer());
    if (!file) return std::nullopt;
    return std::pair(*file, static_cast<uint32_t>(location.offset()));
  });
}

std::string ElaboratedNodes::TextOf(slang::SourceRange range) {
  const auto begin = range.start();
  const auto end = range.end();
  if (!sources_.isFileLoc(begin) || begin.buffer() != end.buffer() || end.offset() < begin.offset()) return "";
  const std::string_view all = sources_.getSourceText(begin.buffer());
  std::string text;
  for (char c : all.substr(begin.offset(), end.offset() - begin.offset())) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) text += c;
    if (blank && !text.empty() && text.back() != ' ') text += ' ';
  }
  return text.size() <= kMaxTextBytes ? text : "";
}

NodeId ElaboratedNodes::FindNamed(const TextPlace& place, std::string_view name) {
  const File* file = Load(place.file);
  if (file == nullptr) return {};
  LocalNode best = kNoNode;
  const auto [begin, end] = file->by_name_begin.equal_range(place.byte);
  for (auto entry = begin; entry != end; ++entry) {
    // Of a port and a signal of one name the port stands for both.
    const Node& node = file->shard->nodes()[entry->second];
    if (node.name == name && (best == kNoNode || entry->second < best)) best = entry->second;
  }
  return best == kNoNode ? NodeId{} : IdOf(*file, best);
}

NodeId ElaboratedNodes::NodeOf(const slang::ast::Symbol& symbol) {
  const auto [known, is_new] = node_of_symbol_.try_emplace(&symbol);
  if (!is_new) return known->second;
  const auto place = PlaceOf(symbol.location);
  if (!place) return {};
  NodeId id = FindNamed(*place, symbol.name);
  if (id == NodeId{}) {
    // A port declared apart from its list, or a net that is not declared at all: a node of the unit by that name.
    if (const auto unit = UnitAt(*place)) {
      File* file = Load(unit->file);
      if (file->signals.empty()) {
        const auto nodes = file->shard->nodes();
        for (LocalNode node = 0; node < nodes.size(); ++node) {
          if (graph::IsSignalLike(nodes[node].kind))
            file->signals.try_emplace({nodes[node].parent, nodes[node].name}, node);
        }
      }
      const auto signal = file->signals.find({unit->local, symbol.name});
      if (signal != file->signals.end()) id = IdOf(*file, signal->second);
    }
  }
  node_of_symbol_[&symbol] = id;
  return id;
}

NodeId ElaboratedNodes::Named(slang::SourceLocation location, std::string_view name) {
  const auto place = PlaceOf(location);
  return place ? FindNamed(*place, name) : NodeId{};
}

void ElaboratedNodes::AppendChildrenAt(File& file, LocalNode node, uint32_t byte, std::vector<LocalNode>& out) const {
  const auto nodes = file.shard->nodes();
  const auto children = file.shard->Children(node);
  if (children.size() < kManyChildren) {
    for (LocalNode child : children) {
      if (Holds(nodes[child], byte)) out.push_back(child);
    }
    return;
  }
  std::vector<File::Child>& sorted = file.children[node];
  if (sorted.empty()) {
    for (LocalNode child : children)
      sorted.push_back({nodes[child].span.begin_byte, nodes[child].span.end_byte, child});
    std::ranges::stable_sort(sorted, {}, &File::Child::begin);
    for (size_t i = 1; i < sorted.size(); ++i) {
      sorted[i].furthest_end = std::max(sorted[i].furthest_end, sorted[i - 1].furthest_end);
    }
  }
  const size_t first = out.size();
  auto child = std::ranges::upper_bound(sorted, byte, {}, &File::Child::begin);
  while (child != sorted.begin() && std::prev(child)->furthest_end > byte) {
    --child;
    if (Holds(nodes[child->node], byte)) out.push_back(child->node);
  }
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
}

NodeId ElaboratedNodes::BlockAt(slang::SourceLocation location, std::string_view name) {
  if (const NodeId named = name.empty() ? NodeId{} : Named(location, name); named != NodeId{}) return named;
  const auto place = PlaceOf(location);
  File* file = place ? Load(place->file) : nullptr;
  if (file == nullptr) return {};
  LocalNode best = kNoNode;
  std::vector<LocalNode> open{0};
  while (!open.empty()) {
    const LocalNode node = open.back();
    open.pop_back();
    // Children come after their parents: the deepest is found last.
    if (file->shard->nodes()[node].kind == NodeKind::kGenerate) best = node;
    AppendChildrenAt(*file, node, place->byte, open);
  }
  return best == kNoNode ? NodeId{} : IdOf(*file, best);
}

bool ElaboratedNodes::Assigns(const File& file, LocalNode statement, const NodeId& target) const {
  if (target.file != file.key) return false;
  const LocalNode signal = file.shard->FindLocal(target.local);
  return std::ranges::any_of(file.shard->OutEdges(statement), [&](uint32_t i) {
    const graph::LocalEdge& edge = file.shard->edges()[i];
    return edge.kind == EdgeKind::kDrives && edge.to == signal;
  });
}

bool ElaboratedNodes::IsWithin(const File& file, LocalNode node, std::string_view generate) const {
  const auto nodes = file.shard->nodes();
  for (; node != kNoNode; node = nodes[node].parent) {
    if (nodes[node].kind == NodeKind::kGenerate) return nodes[node].name == generate;
  }
  return false;
}

NodeId ElaboratedNodes::StatementAt(slang::SourceLocation location, const Wanted& wanted) {
  const auto place = PlaceOf(location);
  File* file = place ? Load(place->file) : nullptr;
  if (file == nullptr) return {};
  const auto nodes = file->shard->nodes();
  // Down the tree, into every child that stands there.
  std::vector<LocalNode> open{0};
  std::vector<LocalNode> found;
  std::tuple<bool, uint32_t> best{true, UINT32_MAX};  // whether it is of another kind, size
  while (!open.empty()) {
    const LocalNode node = open.back();
    open.pop_back();
    if (IsMaker(nodes[node].kind)) {
      const std::tuple rank{!IsOf(nodes[node], wanted.kind), nodes[node].span.end_byte - nodes[node].span.begin_byte};
      if (rank < best) found.clear();
      if (rank <= best) {
        best = rank;
        found.push_back(node);
      }
    }
    AppendChildrenAt(*file, node, place->byte, open);
  }
  if (found.empty()) return {};
  if (found.size() > 1) {
    std::ranges::sort(found);
    const auto [first, last] = PartsOf(wanted.kind);
    const auto position = wanted.syntax != nullptr ? order_.Find(*wanted.syntax, first, last) : std::nullopt;
    if (position) {
      std::vector<LocalNode> alike;
      std::ranges::copy_if(found, std::back_inserter(alike),
                           [&](LocalNode node) { return IsPart(nodes[node], position->part); });
      if (position->count == alike.size()) return IdOf(*file, alike[position->index]);
    }
    const auto misfit = [&](LocalNode node) {
      return std::tuple(wanted.target != NodeId{} && !Assigns(*file, node, wanted.target),
                        !wanted.generate.empty() && !IsWithin(*file, node, wanted.generate), node);
    };
    return IdOf(*file, std::ranges::min(found, {}, misfit));
  }
  return IdOf(*file, found.front());
}

std::optional<ElaboratedNodes::Unit> ElaboratedNodes::UnitAt(const TextPlace& place) {
  const File* file = Load(place.file);
  if (file == nullptr) return std::nullopt;
  const auto nodes = file->shard->nodes();
  std::optional<Unit> unit;
  std::vector<LocalNode> open{0};
  while (!open.empty()) {
    const LocalNode node = open.back();
    open.pop_back();
    if (IsUnit(nodes[node].kind)) unit = Unit{place.file, node};
    for (LocalNode child : file->shard->Children(node)) {
      if (IsUnit(nodes[child].kind) && Holds(nodes[child], place.byte)) open.push_back(child);
    }
  }
  return unit;
}

const Node& ElaboratedNodes::NodeAt(const Unit& unit) { return Load(unit.file)->shard->nodes()[unit.local]; }

uint32_t ElaboratedNodes::LineOf(const TextPlace& place) {
  const File* file = Load(place.file);
  if (file == nullptr) return 0;
  File& lines = files_[place.file];
  if (lines.line_begins.empty()) {
    lines.line_begins.push_back(0);
    const auto text = snapshot_.GetText(place.file);
    for (size_t i = 0; text && i < text->size(); ++i) {
      if ((*text)[i] == '\n') lines.line_begins.push_back(static_cast<uint32_t>(i + 1));
    }
  }
  return static_cast<uint32_t>(std::ranges::upper_bound(lines.line_begins, place.byte) - lines.line_begins.begin());
}

const Node* ElaboratedNodes::Find(const NodeId& id) {
  const auto ref = file_of_key_.find(id.file);
  const File* file = ref == file_of_key_.end() ? nullptr : Load(ref->second);
  if (file == nullptr) return nullptr;
  const LocalNode node = file->shard->FindLocal(id.local);
  return node == kNoNode ? nullptr : &file->shard->nodes()[node];
}

std::string ElaboratedNodes::GuardOf(const NodeId& statement) {
  const Node* node = Find(statement);
  if (node == nullptr) return "";
  const graph::Shard& shard = *files_[file_of_key_.at(statement.file)].shard;
  for (uint32_t i : shard.OutEdges(static_cast<LocalNode>(node - shard.nodes().data()))) {
    const graph::LocalEdge& edge = shard.edges()[i];
    if (edge.kind == EdgeKind::kDrives) return std::string(edge.attributes.guard);
  }
  return "";
}

bool ElaboratedNodes::IsLoop(const NodeId& statement) {
  static constexpr std::string_view kLoops[] = {"for#", "foreach#", "while#", "repeat#", "do#", "forever#"};
  const Node* node = Find(statement);
  return node != nullptr && node->kind == NodeKind::kStatement &&
         std::ranges::any_of(kLoops, [&](std::string_view word) { return node->name.starts_with(word); });
}

std::string_view ElaboratedNodes::PathOf(graph::FileRef file) const { return snapshot_.file(file).path; }

}  // namespace fanin::indexer
