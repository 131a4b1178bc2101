// Exact text: phrases and regular expressions, found in file texts (RE2, or plain search).
//
// Two steps: `MayMatch` decides from trigrams which files can match at all (a superset), `FindAll` then reads the text.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "retriever/postings_reader.h"

namespace fanin::retriever {

// A regex of more bytes is refused; its automaton has at most this much memory, and slows down rather than take more.
inline constexpr size_t kMaxRegexBytes = 1000;
inline constexpr int64_t kMaxAutomatonBytes = 8 << 20;

struct TextSpan {
  uint32_t begin = 0;  // bytes
  uint32_t end = 0;
  friend bool operator==(const TextSpan&, const TextSpan&) = default;
};

// Immutable, thread-safe. Ignores case when what it looks for has no upper-case letter.
class TextMatcher {
 public:
  // REQUIRES: not empty.
  static std::shared_ptr<const TextMatcher> ForPhrase(std::string_view phrase);
  // Errors: INVALID_ARGUMENT (syntax, or too large), with RE2's reason.
  static base::Result<std::shared_ptr<const TextMatcher>> ForRegex(std::string_view pattern);
  virtual ~TextMatcher() = default;

  // Files of a segment whose trigrams allow a match.
  virtual base::Result<Bitmap> MayMatch(const SegmentPostings& postings) const = 0;
  // Calls visit for each non-overlapping match, from the left, until it returns false. Empty matches are left out.
  // Cost: linear in the text.
  virtual void FindAll(std::string_view text, const std::function<bool(TextSpan)>& visit) const = 0;
};

}  // namespace fanin::retriever
