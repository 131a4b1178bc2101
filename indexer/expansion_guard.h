// Estimates how large the macro uses of a text become, before slang, which has no limit, expands them: a few lines of
// macros that double each other would otherwise fill the memory.
//
// The size of an expansion is linear in the sizes of its arguments, and so is that of its nested uses; each macro's
// coefficients are computed once. Recursion, which slang refuses, counts as nothing, except through a pasted name
// (`A``B), where slang cannot tell: there each step counts as half the limit, so that one may recurse but not branch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/macro_environment.h"
#include "indexer/text_scan.h"

namespace fanin::indexer {

struct ExpansionLimits {
  double max_statement_tokens = 50'000;  // of one use, and of uses with no `;` in or between them
  double max_file_tokens = 2'000'000;    // about 150 bytes each in slang; OpenTitan has files of 800,000
  uint32_t max_depth = 200;              // macros in macros
};

struct ExpansionEstimate {
  // Uses that would exceed a limit, outermost ones only; slang must not see them.
  struct Refused {
    ByteRange range;
    uint32_t line = 0;
    std::string message;
  };
  std::vector<Refused> refused;
  double tokens = 0;  // of what is not refused
};

// `scan` is that of `text`. All definitions of a name, whatever their conditions, are taken into account; the worst
// counts. Cost: linear in the text of the uses and of the macros they need.
ExpansionEstimate EstimateExpansions(std::string_view text, const TextScan& scan, const MacroEnvironment& environment,
                                     const ExpansionLimits& limits = {});

}  // namespace fanin::indexer
