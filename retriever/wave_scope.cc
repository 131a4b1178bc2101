#include "retriever/wave_scope.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "graph/expression_text.h"

namespace fanin::retriever {
namespace {

constexpr int kMaxConstantDepth = 8;

// What follows the first component.
std::string_view RestOf(std::string_view path) {
  const size_t dot = path.find('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string_view WithoutLast(std::string_view path) {
  const size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

// Components that two paths share from their ends.
size_t SharedTail(std::string_view a, std::string_view b) {
  size_t shared = 0;
  while (!a.empty() && !b.empty()) {
    const size_t a_dot = a.rfind('.');
    const size_t b_dot = b.rfind('.');
    if (a.substr(a_dot + 1) != b.substr(b_dot + 1)) break;
    ++shared;
    a = WithoutLast(a);
    b = WithoutLast(b);
  }
  return shared;
}

}  // namespace

base::Result<WaveScope> WaveScope::Find(const graph::Snapshot& snapshot, const Wave& wave,
                                        std::string_view path_of_root, std::string_view scope, std::string_view given) {
  WaveScope found(snapshot, wave);
  const std::string_view rest = RestOf(path_of_root);
  found.root_module_ = path_of_root.substr(0, path_of_root.size() - rest.size() - (rest.size() < path_of_root.size()));
  if (!scope.empty()) {
    if (wave.Find(std::string(scope) + "." + std::string(rest)).empty()) {
      return base::Fail(base::Code::kNotFound, "the wave has no " + std::string(rest) + " in " + std::string(scope));
    }
    found.prefix_ = scope;
    return found;
  }
  const std::vector<std::string> paths = wave.FindByTail(rest);
  if (paths.empty()) return base::Fail(base::Code::kNotFound, "the wave has no signal " + std::string(rest));
  // The one most like what the caller wrote, else the outermost.
  const auto best = std::ranges::min_element(paths, {}, [&](const std::string& path) {
    return std::tuple(-static_cast<long>(SharedTail(path, given)), std::ranges::count(path, '.'),
                      std::string_view(path));
  });
  found.prefix_ = best->substr(0, best->size() - rest.size() - 1);
  return found;
}

std::optional<Wave::Variable> WaveScope::VariableOf(std::string_view path) {
  const auto [known, is_new] = variables_.try_emplace(std::string(path));
  if (!is_new) return known->second;
  const std::string_view rest = RestOf(path);
  const bool from_root = path.substr(0, path.size() - std::min(path.size(), rest.size() + 1)) == root_module_;
  // A walk that left the root's module begins in one of those around it.
  std::string_view prefix = from_root ? std::string_view(prefix_) : WithoutLast(prefix_);
  for (; !prefix.empty(); prefix = WithoutLast(prefix)) {
    const std::vector<Wave::Variable> variables = wave_->Find(std::string(prefix) + "." + std::string(rest));
    if (variables.size() == 1) known->second = variables.front();
    if (!variables.empty() || from_root) break;
  }
  return known->second;
}

std::optional<NamedValue> WaveScope::ValueOf(std::string_view name, std::string_view path,
                                             const graph::NodeHandle& near, Moment moment) {
  if (name.find("::") == std::string_view::npos) {
    // Beside the signal, or in a scope around it (generate blocks).
    for (std::string_view scope = WithoutLast(path); !scope.empty(); scope = WithoutLast(scope)) {
      const std::optional<Wave::Variable> variable = VariableOf(std::string(scope) + "." + std::string(name));
      if (variable) return NamedValue{wave_->ValueAt(*variable, moment), wave_->LsbOf(*variable), false};
    }
  }
  if (name.find('.') != std::string_view::npos) return std::nullopt;
  return ConstantOf(name, near, 0);
}

std::optional<NamedValue> WaveScope::ConstantOf(std::string_view name, const graph::NodeHandle& near, int depth) {
  const std::string_view last = graph::LastOfScoped(name);
  const auto [known, is_new] = constants_.try_emplace({near.file, std::string(last)});
  if (!is_new || depth > kMaxConstantDepth) return known->second;
  const auto hits = snapshot_->FindByName(last);
  if (!hits) return std::nullopt;  // a name that cannot be read is an unknown value
  std::vector<graph::NodeRef> refs;
  for (const graph::Snapshot::NameHit& hit : *hits) {
    if (hit.kind == graph::NodeKind::kParameter || hit.kind == graph::NodeKind::kEnumMember) refs.push_back(hit.ref);
  }
  const auto nodes = snapshot_->GetNodes(refs);
  if (!nodes || nodes->empty()) return std::nullopt;
  // Of the file, else the only one.
  const auto own = std::ranges::find(*nodes, near.file, &graph::NodeHandle::file);
  if (own == nodes->end() && nodes->size() > 1) return std::nullopt;
  const graph::NodeHandle& node = own == nodes->end() ? nodes->front() : *own;
  const NameLookUp names = [&](std::string_view other) { return ConstantOf(other, node, depth + 1); };
  std::optional<NamedValue> result;
  if (!node->value.empty()) {
    const std::optional<Expression> expression = Expression::Parse(node->value);
    if (expression) result = NamedValue{expression->Evaluate(names), 0, false};
  } else if (node->kind == graph::NodeKind::kEnumMember) {
    // One more than the member before it.
    uint64_t value = 0;
    bool is_known = true;
    for (const graph::LocalNode sibling : node.shard->Children(node->parent)) {
      const graph::Node& member = node.shard->nodes()[sibling];
      if (member.kind != graph::NodeKind::kEnumMember) continue;
      if (!member.value.empty()) {
        const std::optional<Expression> expression = Expression::Parse(member.value);
        const std::optional<uint64_t> written = expression ? expression->Evaluate(names).Value() : std::nullopt;
        is_known = written.has_value();
        value = written.value_or(0);
      }
      if (sibling == node.local) break;
      ++value;
    }
    if (is_known) result = NamedValue{Bits::Of(value, 32), 0, false};
  }
  constants_[{near.file, std::string(last)}] = result;
  return result;
}

}  // namespace fanin::retriever
