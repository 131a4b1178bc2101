#include "indexer/hdl_extractor_arms.h"

#include <algorithm>
#include <string>

#include "indexer/hdl_extractor_declarations.h"
#include "indexer/hdl_extractor_members.h"
#include "indexer/hdl_extractor_sweep.h"
#include "slang/diagnostics/PreprocessorDiags.h"
#include "slang/parsing/ParserMetadata.h"
#include "slang/syntax/AllSyntax.h"
#include "slang/text/SourceManager.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::LocalNode;
using graph::NodeKind;

// What makes a text of its own of an arm.
struct Wrapping {
  std::string_view before;
  std::string_view after;
};

bool Holds(const Bytes& bytes, uint32_t byte) { return bytes.begin <= byte && byte < bytes.end; }

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The arm's text; in a list without the commas at its ends, which belong to the list. Comments stay where they are.
std::string TextOfArm(std::string_view text, const ConditionalArm& arm, const Comments& comments, bool in_list) {
  std::string copy(text.substr(arm.begin, arm.end - arm.begin));
  if (!in_list) return copy;
  std::string code = copy;  // comments blanked
  for (auto comment = std::ranges::lower_bound(comments.comments(), arm.begin, {}, &Comment::begin);
       comment != comments.comments().end() && comment->begin < arm.end; ++comment) {
    const uint32_t end = std::min(comment->end, arm.end);
    std::fill(code.begin() + (comment->begin - arm.begin), code.begin() + (end - arm.begin), ' ');
  }
  size_t first = 0;
  while (first < code.size() && IsBlank(code[first])) ++first;
  if (first < code.size() && code[first] == ',') copy[first] = ' ';
  size_t last = code.size();
  while (last > 0 && IsBlank(code[last - 1])) --last;
  if (last > 0 && code[last - 1] == ',') copy[last - 1] = ' ';
  return copy;
}

bool HasErrors(SyntaxTree& tree) {
  return std::ranges::any_of(tree.diagnostics(), [](const slang::Diagnostic& diagnostic) {
    return diagnostic.isError() && diagnostic.code != slang::diag::CouldNotOpenIncludeFile &&
           diagnostic.code != slang::diag::ExceededMaxIncludeDepth;
  });
}

// Such a text counts with its errors, as a file does: no definition is lost.
bool DeclaresDefinitions(const CompilationUnitSyntax& unit) {
  return std::ranges::any_of(unit.members, [](const MemberSyntax* member) {
    return ModuleDeclarationSyntax::isKind(member->kind) || member->kind == SyntaxKind::ClassDeclaration ||
           member->kind == SyntaxKind::UdpDeclaration;
  });
}

}  // namespace

// Tokens come in the order of the text, but for arguments of macros, whose use has been met before.
void ArmReader::Cover(const SyntaxNode& root, const ConditionalArm& bounds) {
  const std::span<const ConditionalArm> arms = context_.conditions.arms();
  std::vector<size_t> open;
  auto next =
      static_cast<size_t>(std::ranges::lower_bound(arms, bounds.begin, {}, &ConditionalArm::begin) - arms.begin());
  uint32_t reached = bounds.begin;
  for (auto at = root.tokens_begin(); at != root.tokens_end(); ++at) {
    const slang::parsing::Token token = *at;
    if (token.isMissing()) continue;
    const uint32_t byte = context_.source.PlaceOf(token).begin;
    if (byte < reached || byte >= bounds.end) continue;
    reached = byte;
    while (!open.empty() && arms[open.back()].end <= byte) open.pop_back();
    while (next < arms.size() && arms[next].begin <= byte) {
      if (arms[next].end > byte) open.push_back(next);
      ++next;
    }
    for (size_t i = open.size(); i-- > 0 && !covered_[open[i]];) covered_[open[i]] = true;
  }
}

LocalNode ArmReader::InnermostOf(const Fragment& fragment, uint32_t byte) const {
  LocalNode innermost = graph::kNoNode;
  for (LocalNode node = fragment.first_node; node < fragment.last_node; ++node) {
    const graph::Span& span = context_.builder.node(node).span;
    if (span.begin_byte <= byte && byte < span.end_byte) innermost = node;  // a parent precedes its children
  }
  return innermost;
}

ArmReader::Around ArmReader::FindAround(LocalNode innermost, uint32_t byte) const {
  switch (context_.builder.node(innermost).kind) {
    case NodeKind::kFile: return {Context::kUnit, innermost};
    case NodeKind::kGenerate: return {Context::kMembers, innermost};
    case NodeKind::kModule:
    case NodeKind::kInterface:
    case NodeKind::kProgram:
    case NodeKind::kPackage: {
      const auto lists = std::ranges::lower_bound(context_.lists, innermost, {}, &HeadLists::node);
      if (lists == context_.lists.end() || lists->node != innermost) return {};
      if (Holds(lists->parameters, byte)) return {Context::kParameters, innermost};
      if (Holds(lists->ports, byte)) return {Context::kPorts, innermost};
      break;
    }
    case NodeKind::kClass: break;
    case NodeKind::kInstance: return {Context::kConnections, innermost};
    case NodeKind::kAlways:
    case NodeKind::kAlwaysFf:
    case NodeKind::kAlwaysComb:
    case NodeKind::kAlwaysLatch:
    case NodeKind::kInitial:
    case NodeKind::kFinal:
    case NodeKind::kFunction:
    case NodeKind::kTask: return {Context::kStatements, innermost};
    default: return {};
  }
  const auto head = std::ranges::lower_bound(context_.heads, innermost, {}, &HeadEnd::node);
  if (head == context_.heads.end() || head->node != innermost || byte < head->byte) return {};
  const bool is_class = context_.builder.node(innermost).kind == NodeKind::kClass;
  return {is_class ? Context::kClassItems : Context::kMembers, innermost};
}

std::shared_ptr<SyntaxTree> ArmReader::Parse(const ConditionalArm& arm, std::string_view before, std::string_view after,
                                             bool in_list, bool with_errors, slang::SourceManager& sources) {
  std::string text(before);
  text += TextOfArm(context_.source.text(), arm, context_.comments, in_list);
  text += after;
  const slang::SourceBuffer buffer = sources.assignText(text);
  context_.source.AddFragment(buffer.id, int64_t{arm.begin} - static_cast<int64_t>(before.size()));
  auto tree = SyntaxTree::fromBuffer(buffer, sources, tree_.options(), tree_.getDefinedMacros());
  const auto* unit = tree->root().as_if<CompilationUnitSyntax>();
  if (unit == nullptr) return nullptr;
  const bool counts = !HasErrors(*tree) || (with_errors && DeclaresDefinitions(*unit));
  return counts ? tree : nullptr;
}

// Statements are extracted with those around them, whose guards they share.
bool ArmReader::ReadStatements(const ConditionalArm& arm, slang::SourceManager& sources) {
  StatementArm found{.bytes = {arm.begin, arm.end}, .group_begin = arm.group_begin};
  const auto read = [&](std::string_view before, std::string_view after) -> const StatementSyntax* {
    auto tree = Parse(arm, before, after, /*in_list=*/false, /*with_errors=*/false, sources);
    if (tree == nullptr) return nullptr;
    const auto& unit = tree->root().as<CompilationUnitSyntax>();
    const auto* module = unit.members.empty() ? nullptr : unit.members[0]->as_if<ModuleDeclarationSyntax>();
    if (module == nullptr || module->members.size() != 1) return nullptr;
    const auto* block = module->members[0]->as_if<ProceduralBlockSyntax>();
    if (block == nullptr) return nullptr;
    Cover(unit, arm);
    const auto nodes = static_cast<LocalNode>(context_.builder.node_count());  // none is added yet
    fragments_.push_back({.tree = tree, .arm = arm, .first_node = nodes, .last_node = nodes});
    return block->statement;
  };
  if (const StatementSyntax* statement = read("module m;initial begin ", "\nend endmodule")) {
    if (const auto* block = statement->as_if<BlockStatementSyntax>()) found.items = &block->items;
  }
  const std::string_view text = context_.source.text().substr(arm.begin, arm.end - arm.begin);
  if (text.find(':') != std::string_view::npos) {
    if (const StatementSyntax* statement = read("module m;initial case(0)", "\nendcase endmodule")) {
      if (const auto* items = statement->as_if<CaseStatementSyntax>()) found.case_items = &items->items;
    }
  }
  if (found.items == nullptr && found.case_items == nullptr) return false;
  context_.statement_arms.push_back(found);
  return true;
}

bool ArmReader::Read(const ConditionalArm& arm, const Around& around, slang::SourceManager& sources) {
  Wrapping wrapping;
  bool in_list = false;
  switch (around.context) {
    case Context::kUnit: break;
    case Context::kMembers: {
      wrapping = {"module m;", "\nendmodule"};
      const NodeKind kind = context_.builder.node(around.node).kind;
      if (kind == NodeKind::kInterface) wrapping = {"interface m;", "\nendinterface"};
      if (kind == NodeKind::kProgram) wrapping = {"program m;", "\nendprogram"};
      if (kind == NodeKind::kPackage) wrapping = {"package m;", "\nendpackage"};
      break;
    }
    case Context::kClassItems: wrapping = {"class m;", "\nendclass"}; break;
    case Context::kParameters:
      wrapping = {"module m #(", "\n)();endmodule"};
      in_list = true;
      break;
    case Context::kPorts:
      wrapping = {"module m (", "\n);endmodule"};
      in_list = true;
      break;
    case Context::kConnections:
      wrapping = {"module m;m m(", "\n);endmodule"};
      in_list = true;
      break;
    case Context::kStatements: return ReadStatements(arm, sources);
    case Context::kNone: return false;
  }
  auto tree = Parse(arm, wrapping.before, wrapping.after, in_list, around.context == Context::kUnit, sources);
  if (tree == nullptr) return false;
  const auto* unit = &tree->root().as<CompilationUnitSyntax>();
  Fragment fragment{
      .tree = tree, .arm = arm, .first_node = static_cast<LocalNode>(context_.builder.node_count()), .last_node = 0};
  Cover(*unit, arm);
  // What the directives before the arm say of nets holds in it, too.
  const bool forbidden = !context_.without_implicit_nets.empty();
  for (const auto& [definition, state] : tree->getMetadata().nodeMeta) {
    if (forbidden || state.defaultNetType == slang::parsing::TokenKind::Unknown) {
      context_.without_implicit_nets.insert(definition);
    }
  }
  Declare(*unit, around);
  fragment.last_node = static_cast<LocalNode>(context_.builder.node_count());
  fragments_.push_back(std::move(fragment));
  return true;
}

void ArmReader::Declare(const CompilationUnitSyntax& unit, const Around& around) {
  const Place file;
  if (around.context == Context::kUnit) return DeclareMembers(context_, file, unit.members);
  if (unit.members.empty()) return;
  const MemberSyntax& wrapper = *unit.members[0];
  const Place in{context_.ShapeOf(around.node).scope, around.node};
  if (around.context == Context::kClassItems)
    return DeclareMembers(context_, in, wrapper.as<ClassDeclarationSyntax>().items);
  const auto& module = wrapper.as<ModuleDeclarationSyntax>();
  switch (around.context) {
    case Context::kMembers: return DeclareMembers(context_, in, module.members);
    case Context::kParameters:
      if (module.header->parameters != nullptr) DeclareParameterList(context_, in, *module.header->parameters);
      return;
    case Context::kPorts:
      if (module.header->ports != nullptr) DeclarePortList(context_, in, *module.header->ports);
      return;
    default: break;
  }
  // The connections are looked up where the instance's own are.
  const auto own =
      std::ranges::find_if(context_.pending_bodies, [&](const PendingBody& body) { return body.node == around.node; });
  const auto* instantiation =
      module.members.empty() ? nullptr : module.members[0]->as_if<HierarchyInstantiationSyntax>();
  if (own == context_.pending_bodies.end() || instantiation == nullptr || instantiation->instances.empty()) return;
  PendingBody more = *own;
  more.syntax = instantiation->instances[0];
  more.more = true;
  context_.pending_bodies.push_back(more);
}

void ArmReader::DeclareInactive(slang::SourceManager& sources) {
  const std::span<const ConditionalArm> arms = context_.conditions.arms();
  if (arms.empty()) return;
  covered_.assign(arms.size(), false);
  Cover(tree_.root(), {0, static_cast<uint32_t>(context_.source.text().size())});
  ElementSweep sweep(context_);
  std::vector<size_t> within;  // fragments that hold the arm at hand, outermost first
  for (size_t i = 0; i < arms.size(); ++i) {
    const ConditionalArm& arm = arms[i];
    LocalNode innermost = sweep.At(arm.begin);
    if (covered_[i]) continue;
    while (!within.empty() && fragments_[within.back()].arm.end <= arm.begin) within.pop_back();
    for (size_t fragment : within) {
      const LocalNode node = InnermostOf(fragments_[fragment], arm.begin);
      if (node != graph::kNoNode) innermost = node;
    }
    if (Read(arm, FindAround(innermost, arm.begin), sources)) within.push_back(fragments_.size() - 1);
  }
}

}  // namespace fanin::indexer
