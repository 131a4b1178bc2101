#include "service/convert.h"

#include <algorithm>

#include "service/resource_name.h"
#include "service/utf8.h"

namespace fanin::service {
namespace {

v1::PortDirection ToEnum(graph::PortDirection direction) {
  switch (direction) {
    case graph::PortDirection::kNone: return v1::PORT_DIRECTION_UNSPECIFIED;
    case graph::PortDirection::kInput: return v1::PORT_DIRECTION_INPUT;
    case graph::PortDirection::kOutput: return v1::PORT_DIRECTION_OUTPUT;
    case graph::PortDirection::kInout: return v1::PORT_DIRECTION_INOUT;
    case graph::PortDirection::kRef: return v1::PORT_DIRECTION_REF;
  }
  return v1::PORT_DIRECTION_UNSPECIFIED;
}

v1::Role ToEnum(graph::Role role) {
  switch (role) {
    case graph::Role::kData: return v1::ROLE_DATA;
    case graph::Role::kControl: return v1::ROLE_CONTROL;
    case graph::Role::kClock: return v1::ROLE_CLOCK;
    case graph::Role::kReset: return v1::ROLE_RESET;
    case graph::Role::kIndex: return v1::ROLE_INDEX;
  }
  return v1::ROLE_UNSPECIFIED;
}

v1::Assignment ToEnum(graph::Assignment assignment) {
  switch (assignment) {
    case graph::Assignment::kNone: return v1::ASSIGNMENT_UNSPECIFIED;
    case graph::Assignment::kContinuous: return v1::ASSIGNMENT_CONTINUOUS;
    case graph::Assignment::kBlocking: return v1::ASSIGNMENT_BLOCKING;
    case graph::Assignment::kNonblocking: return v1::ASSIGNMENT_NONBLOCKING;
    case graph::Assignment::kConnection: return v1::ASSIGNMENT_CONNECTION;
  }
  return v1::ASSIGNMENT_UNSPECIFIED;
}

v1::Provenance ToEnum(graph::Provenance provenance) {
  switch (provenance) {
    case graph::Provenance::kSyntax: return v1::PROVENANCE_SYNTAX;
    case graph::Provenance::kLinked: return v1::PROVENANCE_LINKED;
    case graph::Provenance::kElaborated: return v1::PROVENANCE_ELABORATED;
  }
  return v1::PROVENANCE_UNSPECIFIED;
}

void SetRange(const graph::BitRange& range, v1::BitRange* (v1::Edge::*mutable_range)(), v1::Edge& edge) {
  if (!range.known()) return;
  v1::BitRange& out = *(edge.*mutable_range)();
  out.set_msb(range.msb);
  out.set_lsb(range.lsb);
}

// Whether a flow's role means anything for an edge of this kind.
bool HasRole(graph::EdgeKind kind) {
  return kind == graph::EdgeKind::kFlows || kind == graph::EdgeKind::kReads || kind == graph::EdgeKind::kDrives;
}

}  // namespace

v1::ScoreSignal ToProto(const retriever::Signal& signal) {
  v1::ScoreSignal out;
  out.set_name(signal.name);
  out.set_value(signal.value);
  out.set_weight(signal.weight);
  out.set_contribution(signal.value * signal.weight);
  return out;
}

v1::SourceRange ToProto(const graph::Span& span) {
  v1::SourceRange range;
  range.set_start_line(span.begin_line);
  range.set_end_line(span.end_line);
  range.set_start_byte(span.begin_byte);
  range.set_end_byte(span.end_byte);
  return range;
}

v1::Node ToProto(const graph::Snapshot& snapshot, const graph::NodeHandle& node) {
  v1::Node out;
  const graph::Manifest& manifest = snapshot.manifest();
  out.set_resource_name(NodeName(manifest.repository, manifest.snapshot, snapshot.IdOf(node)));
  out.set_name(ToUtf8(node->name));
  out.set_kind(std::string(graph::NodeKindName(node->kind)));
  out.set_path(ToUtf8(snapshot.file(node.file).path));
  out.set_start_line(node->span.begin_line);
  out.set_end_line(node->span.end_line);
  out.set_start_byte(node->span.begin_byte);
  out.set_end_byte(node->span.end_byte);
  out.set_qualified_name(ToUtf8(node.shard->Path(node.local)));
  out.set_anonymous(node->anonymous);
  out.set_direction(ToEnum(node->direction));
  out.set_type(ToUtf8(node->type));
  out.set_width(ToUtf8(node->width));
  out.set_value(ToUtf8(node->value));
  out.set_condition(ToUtf8(node->condition));
  out.set_doc(ToUtf8(node->doc));
  return out;
}

google::protobuf::Timestamp TimestampOf(int64_t unix_ms) {
  google::protobuf::Timestamp time;
  time.set_seconds(unix_ms / 1000);
  time.set_nanos(static_cast<int32_t>(unix_ms % 1000) * 1'000'000);
  return time;
}

v1::Snapshot ToProto(const graph::Manifest& manifest) {
  v1::Snapshot out;
  out.set_name(SnapshotName(manifest.repository, manifest.snapshot));
  *out.mutable_create_time() = TimestampOf(manifest.created_unix_ms);
  out.set_revision(manifest.revision);
  out.set_files(static_cast<uint32_t>(manifest.files.size()));
  out.set_segments(static_cast<uint32_t>(manifest.segments.size()));
  for (const graph::FileEntry& file : manifest.files) {
    out.set_lines(out.lines() + file.line_count);
    out.set_nodes(out.nodes() + file.node_count);
    out.set_chunks(out.chunks() + file.chunk_count);
    out.set_source_bytes(out.source_bytes() + file.size_bytes);
    if (file.error_count > 0) out.set_files_with_errors(out.files_with_errors() + 1);
  }
  for (const graph::LostFile& lost : manifest.lost) {
    v1::LostFile& file = *out.add_lost_files();
    file.set_path(ToUtf8(lost.path));
    file.set_reason(ToUtf8(lost.reason));
  }
  for (const std::string& name : manifest.external_definitions) out.add_external_definitions(ToUtf8(name));
  return out;
}

base::Result<NodeTable> NodeTable::Load(const graph::Snapshot& snapshot, std::vector<graph::NodeRef> refs) {
  std::ranges::sort(refs);
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  if (!refs.empty() && refs.back() == graph::kNoRef) refs.pop_back();
  FANIN_ASSIGN_OR_RETURN(std::vector<graph::NodeHandle> nodes, snapshot.GetNodes(refs));
  NodeTable table(snapshot);
  table.nodes_.reserve(nodes.size());
  for (graph::NodeHandle& node : nodes) {
    const graph::NodeRef ref = node.ref;
    table.nodes_.emplace(ref, std::move(node));
  }
  return table;
}

v1::Node NodeTable::ToProto(graph::NodeRef ref) const { return service::ToProto(*snapshot_, nodes_.at(ref)); }

std::string NodeTable::NameOf(graph::NodeRef ref) const {
  const graph::Manifest& manifest = snapshot_->manifest();
  return NodeName(manifest.repository, manifest.snapshot, snapshot_->IdOf(nodes_.at(ref)));
}

v1::Edge NodeTable::ToProto(const graph::Edge& edge) const {
  v1::Edge out;
  out.set_kind(std::string(graph::EdgeKindName(edge.kind)));
  out.set_from_node(NameOf(edge.from));
  out.set_to_node(NameOf(edge.to));
  out.set_provenance(ToEnum(edge.provenance));
  out.set_confidence(edge.confidence);
  if (HasRole(edge.kind)) out.set_role(ToEnum(edge.role));
  out.set_assignment(ToEnum(edge.assignment));
  SetRange(edge.from_range, &v1::Edge::mutable_from_range, out);
  SetRange(edge.to_range, &v1::Edge::mutable_to_range, out);
  out.set_guard(ToUtf8(edge.guard));
  out.set_text(ToUtf8(edge.text));
  if (edge.statement != graph::kNoRef) *out.mutable_statement() = ToProto(edge.statement);
  return out;
}

LineTable::LineTable(std::string_view text) {
  begins_.push_back(0);
  for (size_t newline = text.find('\n'); newline != std::string_view::npos; newline = text.find('\n', newline + 1)) {
    begins_.push_back(static_cast<uint32_t>(newline + 1));
  }
  // A last line without its newline counts; after the last newline no line begins.
  if (begins_.back() < text.size()) begins_.push_back(static_cast<uint32_t>(text.size()));
}

base::Result<v1::SourceText> ReadSource(const graph::Snapshot& snapshot, graph::FileRef file, uint32_t first,
                                        uint32_t last, uint32_t max_lines, bool& truncated) {
  const graph::FileEntry& entry = snapshot.file(file);
  FANIN_ASSIGN_OR_RETURN(const std::string text, snapshot.GetText(file));
  FANIN_ASSIGN_OR_RETURN(const std::shared_ptr<const graph::Shard> shard, snapshot.GetShard(file));
  const LineTable lines(text);
  if (first > std::max(lines.line_count(), 1U)) {
    return base::Fail(base::Code::kOutOfRange, "line " + std::to_string(first) + " is past the end of " + entry.path +
                                                   ", which has " + std::to_string(lines.line_count()) + " lines");
  }
  last = std::min(last, lines.line_count());
  if (last >= first && last - first >= max_lines) {
    last = first + max_lines - 1;
    truncated = true;
  }
  v1::SourceText out;
  out.set_path(ToUtf8(entry.path));
  out.set_total_lines(lines.line_count());
  out.set_content_digest(entry.content.ToHex());
  out.set_license(ToUtf8(shard->license()));
  v1::SourceRange& range = *out.mutable_range();
  range.set_start_line(first);
  range.set_end_line(last);
  if (last >= first) {
    range.set_start_byte(lines.BeginOf(first));
    range.set_end_byte(lines.BeginOf(last + 1));
    out.set_text(ToUtf8(std::string_view(text).substr(range.start_byte(), range.end_byte() - range.start_byte())));
  }
  return out;
}

}  // namespace fanin::service
