#include "indexer/expression_flows.h"

#include <algorithm>
#include <string>

#include "indexer/expression_edges.h"
#include "indexer/expression_parts.h"
#include "indexer/expression_shape.h"

namespace fanin::indexer {
namespace {

using namespace slang::syntax;
using graph::Assignment;
using graph::BitRange;
using graph::EdgeAttributes;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::PortDirection;
using graph::Role;

// Whether a value comes out of the use: a signal's, or a local function's result.
bool IsSource(const Use& use) { return use.kind == UseKind::kValue || use.kind == UseKind::kCall; }

std::string WrittenText(HdlContext& context, const Use& use) {
  if (!use.written.empty()) return std::string(use.written);
  return std::string(use.node == kNoNode ? use.name : context.builder.node(use.node).name);
}

// "req_i.addr -> addr_q" where an end is a member, else empty.
std::string MemberText(HdlContext& context, const Use& from, const Use& to) {
  if (from.written.empty() && to.written.empty()) return {};
  return WrittenText(context, from) + " -> " + WrittenText(context, to);
}

// System tasks that write one of their arguments; which.
struct WritingTask {
  std::string_view name;
  size_t target;
};
constexpr WritingTask kWritingTasks[] = {{"$readmemh", 1}, {"$readmemb", 1},       {"$cast", 0},
                                         {"$fgets", 0},    {"$value$plusargs", 1}, {"$fread", 0}};

}  // namespace

void FlowWriter::SetClocks(std::vector<Use> clocks) {
  clocks_ = std::move(clocks);
  Read(block_, clocks_);
}

bool FlowWriter::OncePerBlock(EdgeKind kind, LocalNode node, Role role) {
  const uint64_t key = static_cast<uint64_t>(kind) << 40 | static_cast<uint64_t>(role) << 32 | node;
  return said_of_block_.insert(key).second;
}

std::span<const Use> FlowWriter::UsesOf(const SyntaxNode& expression, ScopeId scope, Role role) {
  scratch_.clear();
  collector_.Collect(expression, scope, role, scratch_);
  for (Use& use : scratch_) {
    if (use.role == Role::kControl && std::ranges::find(resets_, use.node) != resets_.end()) use.role = Role::kReset;
  }
  return scratch_;
}

void FlowWriter::Read(LocalNode statement, std::span<const Use> uses) {
  for (const Use& use : uses) {
    if (use.kind == UseKind::kIndex) continue;
    EdgeAttributes attributes;
    attributes.role = use.role;
    EdgeKind kind = EdgeKind::kReads;
    if (use.kind == UseKind::kCall) kind = EdgeKind::kCallsOut;
    if (use.kind == UseKind::kConstant) kind = EdgeKind::kRefersTo;
    const bool is_read = kind == EdgeKind::kReads;
    if (use.external) {
      graph::Reference reference = ReferenceOf(context_, use, kind, block_);
      reference.far_is_source = is_read;
      reference.attributes = attributes;
      context_.AddReference(reference);
    }
    if (use.node == kNoNode) continue;
    if (is_read) {
      if (OncePerBlock(kind, use.node, use.role)) context_.AddEdge(kind, use.node, block_, attributes);
      attributes.from_range = use.range;
      if (statement != block_) context_.AddEdge(kind, use.node, statement, attributes);
    } else if (OncePerBlock(kind, use.node, Role::kData)) {
      attributes.role = Role::kData;
      context_.AddEdge(kind, block_, use.node, attributes);
    }
  }
}

void FlowWriter::CollectTargets(const SyntaxNode& left, ScopeId scope) {
  targets_.clear();
  indexes_.clear();
  std::vector<const SyntaxNode*> leaves;
  const bool positional = SplitConcatenation(left, leaves);
  int32_t low = positional ? 0 : Part::kUnknown;
  for (size_t i = leaves.size(); i-- > 0;) {
    if (!UseCollector::IsDesignator(leaves[i]->kind)) {
      low = Part::kUnknown;
      continue;
    }
    Target target{.use = collector_.Resolve(*leaves[i], scope, indexes_), .part = {}};
    target.part.low = low;
    target.part.width_bits = target.use.width_bits;
    low = NextLow(low, target.part.width_bits);
    const bool assignable = target.use.kind == UseKind::kValue || target.use.kind == UseKind::kIndex ||
                            (target.use.external && target.use.node == kNoNode);
    if (assignable && (target.use.node != kNoNode || target.use.external)) targets_.push_back(target);
  }
}

FlowWriter::Part& FlowWriter::CollectPart(const SyntaxNode& value, ScopeId scope) {
  Part part;
  part.first_use = sources_.size();
  if (UseCollector::IsDesignator(value.kind)) {
    std::vector<Use> indexes;
    const Use use = collector_.Resolve(value, scope, indexes);
    part.designator = use.node != kNoNode || use.external;
    if (part.designator) sources_.push_back(use);
    sources_.insert(sources_.end(), indexes.begin(), indexes.end());
    part.width_bits = use.width_bits;
  } else {
    collector_.Collect(value, scope, Role::kData, sources_);
    part.width_bits = LiteralWidth(value);
  }
  part.last_use = sources_.size();
  return parts_.emplace_back(part);
}

void FlowWriter::CollectParts(const SyntaxNode& right, ScopeId scope) {
  for (const PatternPart& part : SplitStructurePattern(right)) CollectPart(*part.value, scope).member = part.member;
  if (!parts_.empty()) return;
  std::vector<const SyntaxNode*> leaves;
  const bool positional = SplitConcatenation(right, leaves);
  int32_t low = positional ? 0 : Part::kUnknown;
  for (size_t i = leaves.size(); i-- > 0;) {
    Part& part = CollectPart(*leaves[i], scope);
    part.low = low;
    low = NextLow(low, part.width_bits);
  }
}

void FlowWriter::Assign(const Assigned& assigned) {
  CollectTargets(*assigned.left, assigned.scope);
  parts_.clear();
  sources_.clear();
  if (assigned.right != nullptr) CollectParts(*assigned.right, assigned.scope);
  AssignCollected(assigned);
}

void FlowWriter::AssignName(const Assigned& assigned, const slang::parsing::Token& name, const SyntaxNode& value) {
  targets_.clear();
  indexes_.clear();
  parts_.clear();
  sources_.clear();
  Target target;
  target.use.node = context_.symbols.Find(assigned.scope, NameOf(name)).node;
  if (target.use.node != kNoNode) targets_.push_back(target);
  CollectParts(value, assigned.scope);
  AssignCollected(assigned);
}

void FlowWriter::AssignCollected(const Assigned& assigned) {
  Read(assigned.statement, indexes_);
  Read(assigned.statement, sources_);
  flows_of_statement_ = 0;
  for (const Target& target : targets_) {
    Drive(assigned, target);
    if (flows_of_statement_ == kMaxFlowsPerStatement) continue;
    if (target.use.kind == UseKind::kIndex) continue;
    if (assigned.reads_target) Read(assigned.statement, {&target.use, 1});
    FlowParts(assigned, target);
  }
  for (const Use& source : sources_) {
    if (source.call != nullptr && source.node != kNoNode) BindArguments(assigned.statement, assigned.scope, source);
  }
}

void FlowWriter::Drive(const Assigned& assigned, const Target& target) {
  EdgeAttributes attributes;
  attributes.assignment = assigned.assignment;
  if (target.use.external) {
    graph::Reference reference = ReferenceOf(context_, target.use, EdgeKind::kDrives, block_);
    reference.attributes = attributes;
    context_.AddReference(reference);
  }
  if (target.use.node == kNoNode) return;
  if (OncePerBlock(EdgeKind::kDrives, target.use.node, Role::kData)) {
    context_.AddEdge(EdgeKind::kDrives, block_, target.use.node, attributes);
  }
  if (assigned.statement == block_) return;
  attributes.to_range = target.use.range;
  attributes.guard = guards.Text();
  context_.AddEdge(EdgeKind::kDrives, assigned.statement, target.use.node, attributes);
}

BitRange FlowWriter::BitsOf(const Use& use, const Part& part, int32_t low, int32_t high) const {
  if (use.node == kNoNode) return {};
  if (part.low == Part::kUnknown || high <= low || (!use.whole && !use.range.known())) return use.range;
  const Shape& shape = context_.ShapeOf(use.node);
  const bool one_dimension = shape.packed_dimensions == 1 && shape.unpacked_dimensions == 0;
  const BitRange bounds = use.range.known() ? use.range : one_dimension ? shape.bounds : BitRange();
  const BitRange slice = SliceOf(bounds, low - part.low, high - low);
  if (!slice.known() || (use.whole && slice == shape.bounds)) return use.range;
  return slice;
}

void FlowWriter::FlowParts(const Assigned& assigned, const Target& target) {
  EdgeAttributes attributes;
  attributes.assignment = assigned.assignment;
  attributes.statement = assigned.statement;
  attributes.guard = guards.Text();
  const bool sliced = targets_.size() + parts_.size() > 2;
  // Parts ascend in their bits: those wholly below the target are skipped at once, those above end the walk.
  auto first = parts_.begin();
  if (target.part.low != Part::kUnknown) {
    first = std::ranges::partition_point(parts_, [&](const Part& part) {
      return part.low != Part::kUnknown && part.width_bits > 0 &&
             part.low + int64_t{part.width_bits} <= target.part.low;
    });
  }
  for (auto at = first; at != parts_.end() && flows_of_statement_ < kMaxFlowsPerStatement; ++at) {
    const Part& part = *at;
    if (target.part.low != Part::kUnknown && target.part.width_bits > 0 &&
        part.low >= target.part.low + int64_t{target.part.width_bits}) {
      break;
    }
    int32_t low = 0;
    int32_t high = 0;
    if (sliced && !Overlap(target.part.low, target.part.width_bits, part.low, part.width_bits, low, high)) continue;
    const BitRange to_range = BitsOf(target.use, target.part, low, high);
    Use to = target.use;
    std::string written;
    if (!part.member.empty()) {
      written = WrittenText(context_, to).append(".").append(part.member);
      to.written = written;
    }
    for (size_t i = part.first_use; i < part.last_use; ++i) {
      const Use& source = sources_[i];
      if (!IsSource(source)) continue;
      const bool is_part = part.designator && i == part.first_use;
      attributes.role = source.role;
      Flow(source, is_part ? BitsOf(source, part, low, high) : source.range, to, to_range, attributes);
    }
  }
  const BitRange whole_target = target.use.range;
  if (assigned.reads_target) {
    attributes.role = Role::kData;
    Flow(target.use, target.use.range, target.use, whole_target, attributes);
  }
  for (const std::span<const Use> others : {std::span<const Use>(indexes_), guards.uses()}) {
    for (const Use& source : others) {
      if (!IsSource(source)) continue;
      attributes.role = source.role;
      Flow(source, source.range, target.use, whole_target, attributes);
    }
  }
  if (clocks_.empty() || target.use.node == kNoNode || !OncePerBlock(EdgeKind::kFlows, target.use.node, Role::kClock)) {
    return;
  }
  attributes.statement = block_;
  attributes.role = Role::kClock;
  attributes.guard = {};
  for (const Use& clock : clocks_) {
    if (IsSource(clock) && clock.role == Role::kClock) Flow(clock, clock.range, target.use, {}, attributes);
  }
}

void FlowWriter::Flow(const Use& from, const BitRange& from_range, const Use& to, const BitRange& to_range,
                      EdgeAttributes attributes) {
  if (flows_of_statement_ == kMaxFlowsPerStatement) return;
  if (++flows_of_statement_ == kMaxFlowsPerStatement) {
    context_.NoteLimit(attributes.statement, "further flows of this statement are left out");
  }
  attributes.from_range = from_range;
  attributes.to_range = to_range;
  const std::string text = MemberText(context_, from, to);
  attributes.text = text;
  if (from.node != kNoNode && to.node != kNoNode) context_.AddEdge(EdgeKind::kFlows, from.node, to.node, attributes);
  const bool has_value = from.kind == UseKind::kValue || from.kind == UseKind::kCall;
  if (from.external && has_value && to.node != kNoNode) {
    graph::Reference reference = ReferenceOf(context_, from, EdgeKind::kFlows, to.node);
    reference.far_is_source = true;
    reference.attributes = attributes;
    context_.AddReference(reference);
  }
  if (to.external && from.node != kNoNode) {
    graph::Reference reference = ReferenceOf(context_, to, EdgeKind::kFlows, from.node);
    reference.attributes = attributes;
    context_.AddReference(reference);
  }
}

void FlowWriter::Return(LocalNode statement, ScopeId scope, const SyntaxNode& value) {
  std::vector<Use> uses;
  collector_.Collect(value, scope, Role::kData, uses);
  Read(statement, uses);
  EdgeAttributes attributes;
  attributes.assignment = Assignment::kBlocking;
  attributes.statement = statement;
  attributes.guard = guards.Text();
  Use result;
  result.node = block_;
  flows_of_statement_ = 0;
  for (const std::span<const Use> sources : {std::span<const Use>(uses), guards.uses()}) {
    for (const Use& source : sources) {
      if (!IsSource(source)) continue;
      attributes.role = source.role;
      Flow(source, source.range, result, {}, attributes);
    }
  }
  for (const Use& use : uses) {
    if (use.call != nullptr && use.node != kNoNode) BindArguments(statement, scope, use);
  }
}

void FlowWriter::Call(LocalNode statement, ScopeId scope, const InvocationExpressionSyntax& call) {
  if (call.left->kind == SyntaxKind::SystemName && call.arguments != nullptr) {
    const std::string_view name = call.left->as<SystemNameSyntax>().systemIdentifier.rawText();
    const auto& arguments = call.arguments->parameters;
    for (const WritingTask& task : kWritingTasks) {
      if (name != task.name || arguments.size() <= task.target) continue;
      const SyntaxNode* target = ArgumentExpression(*arguments[task.target]);
      const SyntaxNode* source = arguments.size() < 2 ? nullptr : ArgumentExpression(*arguments[1 - task.target]);
      if (target == nullptr) return;
      Assign({.statement = statement, .scope = scope, .left = target, .right = source});
      return;
    }
  }
  std::vector<Use> uses;
  collector_.Collect(call, scope, Role::kData, uses);
  Read(statement, uses);
  flows_of_statement_ = 0;
  for (const Use& use : uses) {
    if (use.call != nullptr && use.node != kNoNode) BindArguments(statement, scope, use);
  }
}

void FlowWriter::BindArguments(LocalNode statement, ScopeId scope, const Use& callee) {
  const auto formals = context_.formals.find(callee.node);
  if (formals == context_.formals.end() || callee.call->arguments == nullptr) return;
  size_t position = 0;
  for (const ArgumentSyntax* argument : callee.call->arguments->parameters) {
    LocalNode port = kNoNode;
    if (argument->kind == SyntaxKind::NamedArgument) {
      const std::string_view name = NameOf(argument->as<NamedArgumentSyntax>().name);
      const auto named =
          std::ranges::find(formals->second, name, [&](LocalNode node) { return context_.builder.node(node).name; });
      if (named != formals->second.end()) port = *named;
    } else if (position < formals->second.size()) {
      port = formals->second[position++];
    }
    const SyntaxNode* expression = ArgumentExpression(*argument);
    if (port != kNoNode && expression != nullptr) BindArgument(statement, scope, port, *expression);
  }
}

void FlowWriter::BindArgument(LocalNode statement, ScopeId scope, LocalNode port, const SyntaxNode& argument) {
  const PortDirection direction = context_.builder.node(port).direction;
  EdgeAttributes attributes;
  attributes.assignment = Assignment::kConnection;
  attributes.statement = statement;
  attributes.guard = guards.Text();
  Use formal;
  formal.node = port;
  if (direction != PortDirection::kOutput) {
    std::vector<Use> uses;
    collector_.Collect(argument, scope, Role::kData, uses);
    for (const Use& use : uses) {
      if (!IsSource(use)) continue;
      attributes.role = use.role;
      Flow(use, use.range, formal, {}, attributes);
    }
  }
  if (direction == PortDirection::kInput || direction == PortDirection::kNone) return;
  // The caller's variable takes the formal's value.
  std::vector<Use> indexes;
  if (!UseCollector::IsDesignator(argument.kind)) return;
  Target target{.use = collector_.Resolve(argument, scope, indexes), .part = {}};
  if (target.use.kind != UseKind::kValue) return;
  Drive({.statement = statement, .scope = scope, .assignment = Assignment::kConnection}, target);
  attributes.role = Role::kData;
  Flow(formal, {}, target.use, target.use.range, attributes);
}

}  // namespace fanin::indexer
