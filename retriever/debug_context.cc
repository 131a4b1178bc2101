#include "retriever/debug_context.h"

#include <optional>
#include <utility>

#include "retriever/snippet_packer.h"

namespace fanin::retriever {

base::Status AddDebugSnippets(const graph::Snapshot& snapshot, FileLines& lines, uint32_t budget_tokens,
                              DebugResponse& response) {
  std::vector<graph::NodeRef> refs;
  for (const Suspect& suspect : response.suspects) refs.push_back(suspect.node);
  FANIN_ASSIGN_OR_RETURN(const std::vector<graph::NodeHandle> nodes, snapshot.GetNodes(refs));
  SnippetPacker packer(budget_tokens);
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Suspect& suspect = response.suspects[i];
    const auto [begin, end] = LinesAround(*nodes[i].shard, suspect.begin_line, suspect.end_line);
    std::string reason = "suspect " + std::to_string(i + 1) + " is on line " + std::to_string(suspect.begin_line);
    if (!suspect.reasons.empty()) reason += ": " + suspect.reasons.front();
    FANIN_RETURN_IF_ERROR(packer.Add(snapshot, lines,
                                     {nodes[i].file, begin, end, nodes[i]->kind, std::string(nodes[i]->name), "suspect",
                                      suspect.score, std::move(reason)}));
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    std::optional<Passage> head = HeadAround(nodes[i]);
    if (!head) continue;
    head->score = response.suspects[i].score / 2;
    head->reason = "holds suspect " + std::to_string(i + 1);
    FANIN_RETURN_IF_ERROR(packer.Add(snapshot, lines, *std::move(head)));
  }
  response.snippets = std::move(packer.snippets());
  response.tokens = packer.tokens();
  response.truncated |= packer.truncated();
  return {};
}

}  // namespace fanin::retriever
