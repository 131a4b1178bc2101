// Path templates of google.api.http: "/v1/{name=repositories/*}:index". A segment is a literal, "*" (one) or "**" (the
// rest, at least one); a variable binds the segments inside its braces to a field of the request.
//
// Source of the grammar: google/api/http.proto, "Path template syntax". Nested variables are not supported.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fanin::service {

class PathTemplate {
 public:
  // Requires: a well-formed template (they are written in proto/, so a wrong one aborts).
  explicit PathTemplate(std::string_view text);

  // Fields and their values, when the decoded path fits.
  using Bindings = std::vector<std::pair<std::string, std::string>>;
  std::optional<Bindings> Match(std::string_view path) const;

  // Of two templates that fit one path the greater is meant: with a verb before without, literal before wild.
  int rank() const;

 private:
  struct Variable {
    std::string field;
    size_t begin;  // segments [begin, end)
    size_t end;
  };
  std::vector<std::string> segments_;
  std::vector<Variable> variables_;
  std::string verb_;  // with its colon
};

}  // namespace fanin::service
