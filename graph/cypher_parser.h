// Parser of the openCypher subset (grammar: docs/query_language.md; source: openCypher 9 specification).
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "graph/cypher_ast.h"

namespace fanin::graph::cypher {

// Errors: INVALID_ARGUMENT with line, column, a caret under the place and what was expected; a clause that would change
// the graph (CREATE, SET, DELETE ...) or lies outside the subset is named as such. Nesting is bounded.
base::Result<Query> Parse(std::string_view text);

// "message at line 1, column 7\n  the line\n      ^": how every error of a query points at its place.
base::Error ErrorAt(std::string_view text, size_t position, const std::string& message);

}  // namespace fanin::graph::cypher
