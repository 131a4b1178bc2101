#include "service/http_path.h"

#include "base/error.h"

namespace fanin::service {
namespace {

// "a/b" -> "a", "b". A leading slash is required and dropped by the callers.
std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t slash = text.find('/'); slash != std::string_view::npos; slash = text.find('/')) {
    parts.emplace_back(text.substr(0, slash));
    text.remove_prefix(slash + 1);
  }
  parts.emplace_back(text);
  return parts;
}

std::string Join(const std::vector<std::string>& parts, size_t begin, size_t end) {
  std::string joined;
  for (size_t i = begin; i < end; ++i) joined += (i == begin ? "" : "/") + parts[i];
  return joined;
}

}  // namespace

PathTemplate::PathTemplate(std::string_view text) {
  FANIN_CHECK(text.starts_with('/'));
  text.remove_prefix(1);
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find_first_of("/}", colon) == std::string_view::npos) {
    verb_ = text.substr(colon);
    text = text.substr(0, colon);
  }
  while (!text.empty()) {
    if (text.front() == '{') {
      const size_t close = text.find('}');
      FANIN_CHECK(close != std::string_view::npos);
      const std::string_view inside = text.substr(1, close - 1);
      const size_t equals = inside.find('=');
      const size_t begin = segments_.size();
      for (std::string& part : Split(equals == std::string_view::npos ? "*" : inside.substr(equals + 1))) {
        segments_.push_back(std::move(part));
      }
      variables_.push_back({std::string(inside.substr(0, equals)), begin, segments_.size()});
      text.remove_prefix(close + 1);
    } else {
      const size_t slash = text.find('/');
      segments_.emplace_back(text.substr(0, slash));
      text.remove_prefix(slash == std::string_view::npos ? text.size() : slash);
    }
    if (text.starts_with('/')) text.remove_prefix(1);
  }
}

std::optional<PathTemplate::Bindings> PathTemplate::Match(std::string_view path) const {
  if (!path.starts_with('/') || !path.ends_with(verb_)) return std::nullopt;
  const std::vector<std::string> parts = Split(path.substr(1, path.size() - 1 - verb_.size()));
  if (parts.size() < segments_.size()) return std::nullopt;
  // How many parts "**" takes; templates have one at most.
  const size_t wild = parts.size() - segments_.size() + 1;
  std::vector<size_t> first_part;  // of each segment, and one past the last
  size_t at = 0;
  for (const std::string& segment : segments_) {
    first_part.push_back(at);
    if (segment == "**") {
      at += wild;
    } else if (at < parts.size() && !parts[at].empty() && (segment == "*" || segment == parts[at])) {
      ++at;
    } else {
      return std::nullopt;
    }
  }
  if (at != parts.size()) return std::nullopt;
  first_part.push_back(at);
  Bindings bindings;
  for (const Variable& variable : variables_) {
    bindings.emplace_back(variable.field, Join(parts, first_part[variable.begin], first_part[variable.end]));
  }
  return bindings;
}

int PathTemplate::rank() const {
  constexpr int kVerb = 1000;
  int rank = verb_.empty() ? 0 : kVerb;
  for (const std::string& segment : segments_) rank += segment == "**" ? -1 : segment == "*" ? 0 : 1;
  return rank;
}

}  // namespace fanin::service
