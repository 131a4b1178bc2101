// The closed vocabularies of atom values: kinds of elements, languages, licences.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "graph/schema.h"
#include "retriever/query_pattern.h"

namespace fanin::retriever {

using KindSet = std::bitset<graph::kNodeKindCount>;

// The kinds that a kind: value means; none: it names no kind. "definition" and "block" mean their members.
KindSet KindsOf(const Pattern& value);
// What may be written after "kind:".
std::vector<std::string_view> KindValueNames();

// The languages that a lang: value means, by name; empty: it names none.
std::vector<std::string_view> LanguagesOf(const Pattern& value);
std::vector<std::string_view> LanguageNames();
// By the path's extension; "" for others.
std::string_view LanguageOfPath(std::string_view path);

// Whether a license: value holds for a file's lower-case SPDX expression ("apache-2.0 or mit"; "" is unknown).
bool LicenseMatches(const Pattern& value, const PatternMatcher& matcher, std::string_view expression);

}  // namespace fanin::retriever
