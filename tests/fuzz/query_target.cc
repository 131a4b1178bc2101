#include "retriever/query_parser.h"
#include "tests/fuzz/targets.h"

namespace fanin::fuzz {

void RunQuery(std::string_view input) { static_cast<void>(retriever::ParseQuery(input)); }

}  // namespace fanin::fuzz
