// Places in other files whose lines before them are like those before the cursor, and how they go on.
#include <algorithm>
#include <cmath>

#include "retriever/context_source.h"

namespace fanin::retriever {
namespace {

constexpr uint32_t kLinesBefore = 2;
constexpr uint32_t kLinesAfter = 10;
constexpr double kCopyScore = 0.9;
constexpr double kNextShare = 0.9;

class CopySource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    FANIN_ASSIGN_OR_RETURN(const ContextEvidence* evidence, query.Evidence());
    double share = kCopyScore;
    for (const NearCopy& copy : evidence->copies()) {
      FANIN_ASSIGN_OR_RETURN(const auto text, query.view.Text(copy.index, copy.path));
      FANIN_ASSIGN_OR_RETURN(const std::optional<FoundNode> file, query.view.FindFile(copy.index, copy.path));
      const auto line_count = static_cast<uint32_t>(text->line_begins.size() - 1);
      ContextCandidate candidate;
      candidate.index = copy.index;
      candidate.path = copy.path;
      candidate.lines = {
          {copy.line - std::min(copy.line - 1, kLinesBefore), std::min(line_count, copy.line + kLinesAfter)}};
      candidate.need = ContextNeed::kCopy;
      candidate.kind = "similar";
      if (file) Name(*file, text->line_begins[copy.line - 1], candidate);
      candidate.reason = "goes on after lines like these";
      candidate.score = share * copy.likeness;
      share *= kNextShare;
      out.push_back(std::move(candidate));
    }
    return {};
  }

 private:
  // Names the definition that the place is in.
  static void Name(const FoundNode& file, uint32_t byte, ContextCandidate& candidate) {
    graph::LocalNode local = file.shard->NodeAtByte(byte);
    const std::span<const graph::Node> nodes = file.shard->nodes();
    while (nodes[local].anonymous && nodes[local].parent != graph::kNoNode) local = nodes[local].parent;
    candidate.node_kind = graph::NodeKindName(nodes[local].kind);
    candidate.name = nodes[local].name;
  }
};

}  // namespace

std::unique_ptr<ContextSource> NewCopySource() { return std::make_unique<CopySource>(); }

}  // namespace fanin::retriever
