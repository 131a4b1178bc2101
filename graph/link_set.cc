#include "graph/link_set.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/coding.h"
#include "base/sort_by_prefix.h"
#include "graph/sealed.h"

namespace fanin::graph {
namespace {

constexpr std::string_view kMagic = "FNLK";
constexpr uint8_t kVersion = 1;

// Bits of a link's flags byte.
constexpr uint8_t kRemoteIsSource = 1 << 0;
constexpr int kProvenanceShift = 1;  // two bits
constexpr uint8_t kHasConfidence = 1 << 3;
constexpr uint8_t kHasFromRange = 1 << 4;
constexpr uint8_t kHasToRange = 1 << 5;
constexpr uint8_t kHasGuard = 1 << 6;
constexpr uint8_t kHasText = 1 << 7;
constexpr int kAssignmentShift = 3;  // above the role, in the byte of both
// local, kind, flags, role and assignment, remote, statement: the least that a link takes.
constexpr size_t kMinLinkBytes = 6;

auto RangeKey(const BitRange& range) { return std::tuple(range.msb, range.lsb); }

auto SortKey(const Link& link) {
  const EdgeAttributes& attributes = link.attributes;
  return std::tuple(link.local, link.kind, link.remote_is_source, link.remote, attributes.statement, attributes.role,
                    attributes.assignment, RangeKey(attributes.from_range), RangeKey(attributes.to_range),
                    attributes.guard, attributes.text, link.provenance, link.confidence);
}

// The head of SortKey.
uint64_t LinkPrefix(const Link& link) {
  return uint64_t{link.local} << 32 | uint64_t{static_cast<uint8_t>(link.kind)} << 24 |
         uint64_t{link.remote_is_source} << 23 | link.remote.file >> 41;
}

// Numbers strings in the order they are first seen.
class StringTable {
 public:
  uint32_t Add(std::string_view text) {
    auto [entry, added] = numbers_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (added) texts_.push_back(text);
    return entry->second;
  }
  void Write(base::ByteWriter& out) const {
    out.Varint(texts_.size());
    for (std::string_view text : texts_) out.String(text);
  }

 private:
  std::unordered_map<std::string_view, uint32_t> numbers_;
  std::vector<std::string_view> texts_;
};

void WriteRange(base::ByteWriter& out, const BitRange& range) {
  out.SignedVarint(range.msb);
  out.SignedVarint(range.lsb);
}

void WriteLink(base::ByteWriter& out, const Link& link, uint32_t local_delta, size_t remote, StringTable& strings) {
  const EdgeAttributes& attributes = link.attributes;
  uint8_t flags = static_cast<uint8_t>(static_cast<int>(link.provenance) << kProvenanceShift);
  if (link.remote_is_source) flags |= kRemoteIsSource;
  if (link.confidence != 1.0F) flags |= kHasConfidence;
  if (attributes.from_range.known()) flags |= kHasFromRange;
  if (attributes.to_range.known()) flags |= kHasToRange;
  if (!attributes.guard.empty()) flags |= kHasGuard;
  if (!attributes.text.empty()) flags |= kHasText;
  out.Varint(local_delta);
  out.Fixed8(static_cast<uint8_t>(link.kind));
  out.Fixed8(flags);
  out.Fixed8(static_cast<uint8_t>(static_cast<int>(attributes.role) | static_cast<int>(attributes.assignment)
                                                                          << kAssignmentShift));
  out.Varint(remote);
  out.Varint(attributes.statement == kNoNode ? 0 : uint64_t{attributes.statement} + 1);
  if (flags & kHasConfidence) out.Fixed32(std::bit_cast<uint32_t>(link.confidence));
  if (flags & kHasFromRange) WriteRange(out, attributes.from_range);
  if (flags & kHasToRange) WriteRange(out, attributes.to_range);
  if (flags & kHasGuard) out.Varint(strings.Add(attributes.guard));
  if (flags & kHasText) out.Varint(strings.Add(attributes.text));
}

// Sorted and distinct.
std::vector<NodeId> RemotesOf(const std::vector<Link>& links) {
  std::vector<NodeId> remotes;
  remotes.reserve(links.size());
  for (const Link& link : links) remotes.push_back(link.remote);
  std::ranges::sort(remotes);
  remotes.erase(std::ranges::unique(remotes).begin(), remotes.end());
  return remotes;
}

// Remotes grouped by file: the file's key once, then the local ids.
void WriteRemotes(base::ByteWriter& out, const std::vector<NodeId>& remotes) {
  out.Varint(remotes.size());
  for (size_t i = 0; i < remotes.size();) {
    size_t end = i;
    while (end < remotes.size() && remotes[end].file == remotes[i].file) ++end;
    out.Fixed64(remotes[i].file);
    out.Varint(end - i);
    for (; i < end; ++i) out.Fixed64(remotes[i].local);
  }
}

std::vector<NodeId> ReadRemotes(base::ByteReader& in) {
  const size_t count = in.Count(8);
  std::vector<NodeId> remotes;
  remotes.reserve(count);
  while (in.ok() && remotes.size() < count) {
    const uint64_t file = in.Fixed64();
    const size_t of_file = in.Count(8);
    if (of_file == 0 || of_file > count - remotes.size()) in.MarkBad();
    for (size_t i = 0; in.ok() && i < of_file; ++i) remotes.push_back({file, in.Fixed64()});
  }
  return remotes;
}

BitRange ReadRange(base::ByteReader& in) {
  const int64_t msb = in.SignedVarint();
  const int64_t lsb = in.SignedVarint();
  // The least value means unknown, and an unknown range is not written.
  auto fits = [](int64_t value) { return value > BitRange::kUnknown && value <= std::numeric_limits<int32_t>::max(); };
  if (!fits(msb) || !fits(lsb)) in.MarkBad();
  return {static_cast<int32_t>(msb), static_cast<int32_t>(lsb)};
}

std::string_view ReadText(base::ByteReader& in, const std::vector<std::string_view>& strings) {
  const uint32_t index = in.Varint32();
  if (index < strings.size()) return strings[index];
  in.MarkBad();
  return {};
}

// One link; on malformed input the reader is marked bad.
Link ReadLink(base::ByteReader& in, uint64_t& local, const std::vector<NodeId>& remotes,
              const std::vector<std::string_view>& strings) {
  Link link;
  EdgeAttributes& attributes = link.attributes;
  local += in.Varint32();
  const uint8_t kind = in.Fixed8();
  const uint8_t flags = in.Fixed8();
  const uint8_t role_and_assignment = in.Fixed8();
  const uint32_t remote = in.Varint32();
  const uint32_t statement = in.Varint32();
  const int provenance = flags >> kProvenanceShift & 3;
  const int role = role_and_assignment & ((1 << kAssignmentShift) - 1);
  const int assignment = role_and_assignment >> kAssignmentShift;
  if (local >= kNoNode || kind >= kEdgeKindCount || provenance > static_cast<int>(Provenance::kElaborated) ||
      role > static_cast<int>(Role::kIndex) || assignment > static_cast<int>(Assignment::kConnection) ||
      remote >= remotes.size()) {
    in.MarkBad();
    return link;
  }
  link.kind = static_cast<EdgeKind>(kind);
  link.remote_is_source = flags & kRemoteIsSource;
  link.provenance = static_cast<Provenance>(provenance);
  link.local = static_cast<LocalNode>(local);
  link.remote = remotes[remote];
  attributes.role = static_cast<Role>(role);
  attributes.assignment = static_cast<Assignment>(assignment);
  attributes.statement = statement == 0 ? kNoNode : statement - 1;
  if (flags & kHasConfidence) link.confidence = std::bit_cast<float>(in.Fixed32());
  if (!(link.confidence >= 0.0F && link.confidence <= 1.0F)) in.MarkBad();
  if (flags & kHasFromRange) attributes.from_range = ReadRange(in);
  if (flags & kHasToRange) attributes.to_range = ReadRange(in);
  if (flags & kHasGuard) attributes.guard = ReadText(in, strings);
  if (flags & kHasText) attributes.text = ReadText(in, strings);
  return link;
}

}  // namespace

std::string EncodeLinkSet(std::vector<Link> links) {
  base::SortByPrefix(links, LinkPrefix, [](const Link& a, const Link& b) { return SortKey(a) <=> SortKey(b); });
  const auto duplicates = std::ranges::unique(links, {}, SortKey);
  links.erase(duplicates.begin(), duplicates.end());

  const std::vector<NodeId> remotes = RemotesOf(links);
  StringTable strings;
  base::ByteWriter body;
  body.Varint(links.size());
  uint32_t previous_local = 0;
  for (const Link& link : links) {
    FANIN_CHECK(link.local != kNoNode && link.confidence >= 0.0F && link.confidence <= 1.0F);
    const size_t remote = static_cast<size_t>(std::ranges::lower_bound(remotes, link.remote) - remotes.begin());
    WriteLink(body, link, link.local - previous_local, remote, strings);
    previous_local = link.local;
  }

  base::ByteWriter out;
  strings.Write(out);
  WriteRemotes(out, remotes);
  out.Raw(body.bytes());
  return Seal(kMagic, kVersion, out.bytes());
}

base::Result<std::shared_ptr<const LinkSet>> LinkSet::Decode(std::string bytes) {
  std::shared_ptr<LinkSet> set(new LinkSet());
  set->bytes_ = std::move(bytes);
  FANIN_RETURN_IF_ERROR(set->Parse());
  return set;
}

base::Status LinkSet::Parse() {
  FANIN_ASSIGN_OR_RETURN(const std::string_view body, Unseal(bytes_, kMagic, kVersion, "link set"));
  base::ByteReader in(body);
  std::vector<std::string_view> strings(in.Count());
  for (std::string_view& text : strings) text = in.String();
  const std::vector<NodeId> remotes = ReadRemotes(in);
  const size_t link_count = in.Count(kMinLinkBytes);
  links_.reserve(link_count);
  uint64_t local = 0;
  for (size_t i = 0; in.ok() && i < link_count; ++i) links_.push_back(ReadLink(in, local, remotes, strings));
  if (!in.ok() || !in.AtEnd()) return FailMalformed("link set");
  return {};
}

std::span<const Link> LinkSet::LinksOf(LocalNode node) const {
  const auto range = std::ranges::equal_range(links_, node, {}, &Link::local);
  return {range.begin(), range.end()};
}

size_t LinkSet::EstimateMemoryBytes() const {
  return sizeof(*this) + bytes_.capacity() + links_.capacity() * sizeof(Link);
}

}  // namespace fanin::graph
