#include "graph/segment.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/coding.h"
#include "base/digest.h"
#include "base/sort_by_prefix.h"
#include "graph/segment_rows.h"

namespace fanin::graph {
namespace {

// The byte of a name entry: kind and flags.
constexpr uint8_t kKindMask = 0x3f;
constexpr uint8_t kMixedCase = 0x40;
constexpr uint8_t kTopLevel = 0x80;
static_assert(kNodeKindCount <= kKindMask + 1);

constexpr size_t kTargetBytes = 8 + 4;  // local id and end offset of a target in a reverse row

}  // namespace

void SortRows(std::vector<Row>& rows) {
  base::SortByPrefix(
      rows, [](const Row& row) { return base::PrefixOf(row.key); },
      [](const Row& a, const Row& b) { return a.key <=> b.key; });
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

void NameRowWriter::Add(const NameEntry& entry) {
  const bool same_file = entry.ordinal == last_ordinal_;
  base::ByteWriter out;
  out.Varint(entry.ordinal - last_ordinal_);
  out.Varint(same_file ? entry.local - last_local_ : entry.local);
  out.Fixed8(static_cast<uint8_t>(static_cast<int>(entry.kind) | (entry.mixed_case ? kMixedCase : 0) |
                                  (entry.top_level ? kTopLevel : 0)));
  value_ += out.bytes();
  last_ordinal_ = entry.ordinal;
  last_local_ = entry.local;
}

base::Result<std::vector<NameEntry>> DecodeNameRow(std::string_view value) {
  base::ByteReader in(value);
  std::vector<NameEntry> entries;
  uint64_t ordinal = 0, local = 0;
  while (in.ok() && !in.AtEnd()) {
    const uint32_t step = in.Varint32();
    ordinal += step;
    local = (step == 0 ? local : 0) + in.Varint32();
    const uint8_t bits = in.Fixed8();
    if (ordinal > UINT32_MAX || local >= kNoNode || (bits & kKindMask) >= kNodeKindCount) in.MarkBad();
    entries.push_back({static_cast<uint32_t>(ordinal), static_cast<LocalNode>(local),
                       static_cast<NodeKind>(bits & kKindMask), (bits & kTopLevel) != 0, (bits & kMixedCase) != 0});
  }
  if (!in.ok()) return base::Fail(base::Code::kDataLoss, "a row of the names table is malformed");
  return entries;
}

std::string InLinkKey(uint64_t file_key) {
  std::string key;
  base::AppendKey64(key, file_key);
  return key;
}

std::string EncodeInLinkRow(std::vector<InLink> links) {
  std::ranges::sort(links);
  base::ByteWriter targets, ends, entries;
  uint32_t count = 0;
  for (size_t i = 0; i < links.size();) {
    const uint64_t target = links[i].target;
    for (uint32_t last = 0; i < links.size() && links[i].target == target; ++i) {
      entries.Varint(links[i].ordinal - last);
      entries.Varint(links[i].link);
      entries.Fixed8(static_cast<uint8_t>(static_cast<int>(links[i].kind) << 1 | (links[i].remote_is_source ? 1 : 0)));
      last = links[i].ordinal;
    }
    ++count;
    targets.Fixed64(target);
    FANIN_CHECK(entries.size() <= UINT32_MAX);
    ends.Fixed32(static_cast<uint32_t>(entries.size()));
  }
  base::ByteWriter row;
  row.Fixed32(count);
  row.Raw(targets.bytes());
  row.Raw(ends.bytes());
  row.Raw(entries.bytes());
  return std::move(row).Take();
}

base::Result<std::vector<InLink>> FindInLinks(std::string_view row, uint64_t target) {
  const auto malformed = [] { return base::Fail(base::Code::kDataLoss, "a row of the reverse links is malformed"); };
  base::ByteReader head(row);
  const size_t count = head.Fixed32();
  if (!head.ok() || count > head.remaining() / kTargetBytes) return malformed();
  const std::string_view targets = head.Raw(count * 8), ends = head.Raw(count * 4),
                         entries = head.Raw(head.remaining());
  auto target_at = [&](size_t i) { return base::ByteReader(targets.substr(i * 8)).Fixed64(); };
  size_t low = 0;
  for (size_t high = count; low < high;) {
    const size_t middle = low + (high - low) / 2;
    if (target_at(middle) < target) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  std::vector<InLink> links;
  if (low == count || target_at(low) != target) return links;
  const size_t begin = low == 0 ? 0 : base::ByteReader(ends.substr((low - 1) * 4)).Fixed32();
  const size_t end = base::ByteReader(ends.substr(low * 4)).Fixed32();
  if (begin >= end || end > entries.size()) return malformed();
  base::ByteReader in(entries.substr(begin, end - begin));
  uint64_t ordinal = 0;
  while (in.ok() && !in.AtEnd()) {
    ordinal += in.Varint32();
    const uint32_t link = in.Varint32();
    const uint8_t bits = in.Fixed8();
    if (ordinal > UINT32_MAX || bits >> 1 >= kEdgeKindCount) in.MarkBad();
    links.push_back({target, static_cast<uint32_t>(ordinal), link, static_cast<EdgeKind>(bits >> 1), (bits & 1) != 0});
  }
  if (!in.ok()) return malformed();
  return links;
}

struct SegmentBuilder::State {
  Position next;
  std::unordered_map<std::string, NameRowWriter> names;
  std::unordered_map<uint64_t, std::vector<InLink>> in_links;  // by the target's file key

  void AddName(std::string_view name, NameEntry entry) {
    std::string key = LowerCase(name);
    entry.mixed_case = key != name;
    names[std::move(key)].Add(entry);
  }
};

SegmentBuilder::SegmentBuilder() : state_(std::make_unique<State>()) {}
SegmentBuilder::~SegmentBuilder() = default;

SegmentBuilder::Position SegmentBuilder::Add(const SegmentFile& file) {
  const Position position = state_->next;
  state_->AddName(file.path.substr(file.path.rfind('/') + 1), {position.ordinal, 0, NodeKind::kFile, false, false});
  const std::span<const Node> nodes = file.shard->nodes();
  for (LocalNode i = 1; i < nodes.size(); ++i) {
    if (nodes[i].anonymous || nodes[i].name.empty()) continue;
    state_->AddName(nodes[i].name, {position.ordinal, i, nodes[i].kind, nodes[i].parent == 0, false});
  }
  if (file.links != nullptr) {
    const std::span<const Link> links = file.links->links();
    for (uint32_t i = 0; i < links.size(); ++i) {
      const Link& link = links[i];
      state_->in_links[link.remote.file].push_back(
          {link.remote.local, position.ordinal, i, link.kind, link.remote_is_source});
    }
  }
  ++state_->next.ordinal;
  state_->next.doc_base += static_cast<uint32_t>(file.shard->chunks().size());
  return position;
}

SegmentRows SegmentBuilder::Build() && {
  SegmentRows rows;
  std::vector<Row> names, in_links;
  for (auto& [name, writer] : state_->names) names.push_back({name, std::move(writer).Take()});
  for (auto& [file_key, links] : state_->in_links) {
    in_links.push_back({InLinkKey(file_key), EncodeInLinkRow(std::move(links))});
  }
  SortRows(names);
  SortRows(in_links);
  rows.tables[static_cast<size_t>(Table::kNames)] = std::move(names);
  rows.tables[static_cast<size_t>(Table::kEdgesIn)] = std::move(in_links);
  return rows;
}

}  // namespace fanin::graph
