// The module being instantiated, and its other instances.
#include <algorithm>

#include "retriever/context_source.h"
#include "retriever/postings_reader.h"

namespace fanin::retriever {
namespace {

constexpr uint32_t kMaxLines = 60;
constexpr size_t kMaxDefinitions = 2;
constexpr size_t kMaxSiblings = 4;
constexpr size_t kMaxSiblingsSeen = 200;  // the nearest are chosen among these

constexpr double kHeaderScore = 3.0;
constexpr double kSiblingScore = 1.2;
constexpr double kNextShare = 0.7;

class InstanceSource : public ContextSource {
 public:
  base::Status Collect(const ContextQuery& query, std::vector<ContextCandidate>& out) const override {
    if (query.scan.open_instances.empty()) return {};
    const OpenInstance& open = query.scan.open_instances.back();
    FANIN_ASSIGN_OR_RETURN(std::vector<FoundNode> found, query.view.FindByName(open.module));
    std::erase_if(found, [](const FoundNode& node) { return !graph::IsDefinition(node.node().kind); });
    SortByNearness(query.view, found);
    if (found.size() > kMaxDefinitions) found.resize(kMaxDefinitions);
    double share = 1;
    for (const FoundNode& definition : found) {
      out.push_back(ProposeHeader(definition, ContextNeed::kDefinition, kHeaderScore * share,
                                  open.module + " is being instantiated: its parameters and ports"));
      out.back().essential = NotNamedYet(definition, open);
      share /= 2;
    }
    return Siblings(query, open, out);
  }

 private:
  // The lines of the ports (or parameters) that the instance does not name yet, and the module's first.
  static std::vector<LineRange> NotNamedYet(const FoundNode& definition, const OpenInstance& open) {
    const graph::NodeKind wanted = open.in_parameters ? graph::NodeKind::kParameter : graph::NodeKind::kPort;
    std::vector<LineRange> lines = {{definition.node().span.begin_line, definition.node().name_span.begin_line}};
    for (const graph::LocalNode child : definition.shard->Children(definition.local)) {
      const graph::Node& node = definition.shard->nodes()[child];
      if (node.kind != wanted || std::ranges::find(open.connected, node.name) != open.connected.end()) continue;
      lines.push_back({node.name_span.begin_line, node.name_span.begin_line});
    }
    return JoinLines(std::move(lines));
  }

  // By the module's written name, so that instances of a module that no repository defines are found too.
  static base::Status Siblings(const ContextQuery& query, const OpenInstance& open,
                               std::vector<ContextCandidate>& out) {
    FANIN_ASSIGN_OR_RETURN(std::vector<FoundNode> siblings, FindInstances(query.view, open.module));
    SortByNearness(query.view, siblings);
    if (siblings.size() > kMaxSiblings) siblings.resize(kMaxSiblings);
    double score = kSiblingScore;
    for (const FoundNode& sibling : siblings) {
      out.push_back(
          Propose(sibling, kMaxLines, ContextNeed::kCopy, "instance", score, "another instance of " + open.module));
      score *= kNextShare;
    }
    return {};
  }

  static base::Result<std::vector<FoundNode>> FindInstances(const ContextView& view, const std::string& module) {
    std::vector<FoundNode> instances;
    std::string term = module;
    std::ranges::transform(term, term.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
    for (size_t i = 0; i < view.index_count(); ++i) {
      for (size_t s = 0; s < view.index(i).segment_count(); ++s) {
        const SegmentPostings& segment = view.index(i).postings(s);
        FANIN_ASSIGN_OR_RETURN(Bitmap documents, segment.GetDocuments(StructureField::kInstanceOf, {&term, 1}));
        documents &= segment.live_documents();
        for (const uint32_t document : documents) {
          if (instances.size() >= kMaxSiblingsSeen) break;
          FANIN_RETURN_IF_ERROR(AddInstances(view, i, segment, document, module, instances));
        }
      }
    }
    return instances;
  }

  // The instances of the module that begin in a document.
  static base::Status AddInstances(const ContextView& view, size_t index, const SegmentPostings& segment,
                                   uint32_t document, const std::string& module, std::vector<FoundNode>& out) {
    const graph::FileRef file = segment.RefOfFile(segment.FileOfDocument(document));
    FANIN_ASSIGN_OR_RETURN(const std::optional<FoundNode> root,
                           view.FindFile(index, view.snapshot(index).file(file).path));
    if (!root || root->ref == graph::kNoRef) return {};
    const DocumentRecord& record = segment.document(document);
    const std::span<const graph::Node> nodes = root->shard->nodes();
    for (graph::LocalNode local = 0; local < nodes.size(); ++local) {
      const graph::Node& node = nodes[local];
      if (node.kind == graph::NodeKind::kInstance && node.value == module &&
          node.span.begin_byte >= record.begin_byte && node.span.begin_byte < record.end_byte) {
        out.push_back(root->At(local));
      }
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<ContextSource> NewInstanceSource() { return std::make_unique<InstanceSource>(); }

}  // namespace fanin::retriever
