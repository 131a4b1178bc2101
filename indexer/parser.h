// Parsing one text with slang and extracting its facts. slang's exceptions are caught here and nowhere else.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "indexer/language.h"
#include "indexer/macro_environment.h"
#include "indexer/text_scan.h"

namespace fanin::indexer {

// One HDL text with all that its shard depends on. Views and references must live during the call.
struct ParseInput {
  std::string_view path;  // relative to the repository's root
  std::string_view text;
  Language language = Language::kSystemVerilog;
  const TextScan& scan;  // of `text`
  const MacroEnvironment& environment;
};

// The encoded shard of the text: what ExtractHdl finds, with slang's and the environment's diagnostics.
//
// slang gets the text with the environment's definitions before it and follows no include. Where its reading is poor,
// others are tried (best_reading.h). A member outside of any definition is no error: such a text is made to be
// included. Errors: RESOURCE_EXHAUSTED (constructs too deep for slang), INTERNAL (slang gave up); either costs this
// file only. Thread-safe. Cost: dominated by slang.
base::Result<std::string> BuildHdlShard(const ParseInput& input);

}  // namespace fanin::indexer
