// From the words of a query to what is looked up in the lexical index.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace fanin::retriever {

// What one word (or part of an identifier, or two words joined) is looked up as: alternatives of one meaning, scored as
// one term.
struct TermGroup {
  struct Alternative {
    std::string term;
    double weight = 1;  // (0, 1]
  };
  std::string label;                      // as in the query
  double weight = 1;                      // (0, 1]
  bool is_name = false;                   // whole: may be the name of something
  std::vector<Alternative> alternatives;  // the word itself first
};

// The groups of the words, in their order: identifiers whole and in parts, neighbouring words joined ("async fifo" is
// also looked up as "asyncfifo", "write pointer" as "wrptr"), abbreviations bridged. Stop words are left out; a term is
// in one group only.
std::vector<TermGroup> MakeTermGroups(std::span<const std::string> words);

// Terms of a word for conditions: exact, the whole identifier where it is one.
std::vector<std::string> ConditionTerms(std::string_view word);

}  // namespace fanin::retriever
