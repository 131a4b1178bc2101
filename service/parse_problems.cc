#include "service/parse_problems.h"

#include "service/utf8.h"

namespace fanin::service {
namespace {

// By line; an error of the whole file comes last.
const graph::Diagnostic* FirstError(const graph::Shard& shard) {
  const graph::Diagnostic* first = nullptr;
  for (const graph::Diagnostic& diagnostic : shard.diagnostics()) {
    if (diagnostic.severity != graph::Severity::kError) continue;
    // Lines count from 1, so that 0 - 1 is the greatest.
    if (first == nullptr || diagnostic.line - 1 < first->line - 1) first = &diagnostic;
  }
  return first;
}

}  // namespace

base::Status DescribeParseProblems(graph::GraphStore& store, graph::ShardCache& cache, const graph::Manifest& manifest,
                                   size_t limit, google::protobuf::RepeatedPtrField<v1::ParseProblem>& problems) {
  size_t described = 0;
  for (const graph::FileEntry& file : manifest.files) {
    if (file.error_count == 0) continue;
    if (described++ == limit) break;
    FANIN_ASSIGN_OR_RETURN(const auto shard, cache.GetShard(store, file.shard));
    v1::ParseProblem& problem = *problems.Add();
    problem.set_path(ToUtf8(file.path));
    problem.set_errors(file.error_count);
    if (const graph::Diagnostic* error = FirstError(*shard)) {
      problem.set_line(error->line);
      problem.set_message(ToUtf8(error->message));
    }
  }
  return {};
}

}  // namespace fanin::service
