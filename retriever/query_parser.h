// Parsing the query language of docs/query_syntax.md.
#pragma once

#include <string_view>

#include "base/error.h"
#include "retriever/query.h"

namespace fanin::retriever {

inline constexpr size_t kMaxQueryBytes = 8192;
inline constexpr size_t kMaxQueryDepth = 64;
inline constexpr size_t kMaxQueryItems = 256;

// The tree of a query string, as written (not simplified). Any bytes are allowed. Errors: INVALID_ARGUMENT; the message
// is valid UTF-8 and has the byte position, the query with a caret below the place, and a suggestion where one is near.
// Patterns are checked here, so that later compilation of them cannot fail.
base::Result<QueryPtr> ParseQuery(std::string_view query);

}  // namespace fanin::retriever
