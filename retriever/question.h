// Context for a question in free text: passages that answer it, and the neighbours that explain them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "retriever/retriever.h"

namespace fanin::retriever {

struct QuestionRequest {
  std::string text;
  uint32_t budget_tokens = 2000;  // >= 1
  Deadline deadline;
};

// Hits of the search by the question's words, kind "answer", in at most kAnswerShare of the budget; then of each hit in
// order what explains it: the head of its definition, the types, parameters and functions that it refers to, what
// drives the signals that it reads, an instance of its module. Errors: INVALID_ARGUMENT, those of reading. Cost: one
// search, and two batched edge reads for each of the first hits.
base::Result<ContextResponse> AnswerQuestion(const Retriever& retriever,
                                             std::span<const std::shared_ptr<const SearchIndex>> indexes,
                                             const QuestionRequest& request);

// Free text as words of the query language: no operators, no keys.
std::string PlainWords(std::string_view text);

}  // namespace fanin::retriever
