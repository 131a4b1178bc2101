#include "service/caller.h"

#include <algorithm>

namespace fanin::service {
namespace {

constexpr std::pair<std::string_view, Right> kNames[] = {
    {"read", Right::kRead}, {"index", Right::kIndex}, {"admin", Right::kAdmin}};

bool Covers(std::string_view pattern, std::string_view repository) {
  if (!pattern.ends_with('*')) return pattern == repository;
  return repository.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

std::string_view RightName(Right right) {
  for (const auto& [name, named] : kNames) {
    if (named == right) return name;
  }
  return "none";
}

Right ParseRight(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name, [](const auto& entry) { return entry.first; });
  return found == std::end(kNames) ? Right::kNone : found->second;
}

bool Caller::May(Right right, std::string_view repository) const {
  return std::ranges::any_of(
      grants_, [&](const Grant& grant) { return grant.right >= right && Covers(grant.repositories, repository); });
}

bool Caller::MayWithAll(Right right) const {
  return std::ranges::any_of(grants_,
                             [&](const Grant& grant) { return grant.right >= right && grant.repositories == "*"; });
}

}  // namespace fanin::service
