// The encodings of docs/postings_format.md that writer and readers share. Internal to postings*.
#pragma once

#include <array>
#include <cstdint>
#include <roaring/roaring.hh>
#include <string>
#include <string_view>

#include "base/coding.h"
#include "base/error.h"
#include "graph/schema.h"
#include "graph/shard.h"

namespace fanin::retriever {

// A set of document or file numbers of one segment.
using Bitmap = ::Roaring;

inline constexpr uint64_t kPostingsVersion = 1;
inline constexpr size_t kMaxTermBytes = 128;

// First bytes of the keys.
inline constexpr char kDocumentRow = 'd';
inline constexpr char kStructureRow = 'f';
inline constexpr char kTrigramRow = 'g';
inline constexpr char kHeaderRow = 'h';
inline constexpr char kLicenseRow = 'l';
inline constexpr char kTokenRow = 't';

// Fields of tokens, in the order of their bits.
enum class Field : uint8_t { kName = 0, kScope = 1, kComment = 2, kPorts = 3, kBody = 4 };
inline constexpr size_t kFieldCount = 5;
inline constexpr std::array<std::string_view, kFieldCount> kFieldNames = {"name", "scope", "comment", "ports", "body"};

// Structure fields, by the byte in their keys.
enum class StructureField : char {
  kKind = 'k',
  kName = 'n',
  kIn = 'i',
  kModule = 'm',
  kDrives = 'd',
  kReads = 'r',
  kClock = 'c',
  kReset = 'x',
  kInstanceOf = 'o',
  kInstantiates = 's',
};

using FieldCounts = std::array<uint32_t, kFieldCount>;

// What is known of a document without its shard.
struct DocumentRecord {
  graph::ChunkKind chunk_kind = graph::ChunkKind::kOther;
  graph::NodeKind node_kind = graph::NodeKind::kFile;
  uint32_t begin_byte = 0;
  uint32_t end_byte = 0;
  FieldCounts lengths{};
  uint64_t text_hash = 0;
};
void AppendDocument(const DocumentRecord& record, base::ByteWriter& out);
// Sets the reader bad on damage.
DocumentRecord ReadDocument(base::ByteReader& in);

// Positions in a list are `delta << shift | flags`.
inline constexpr int kTokenShift = 6;
inline constexpr uint8_t kAllOnes = 1U << kFieldCount;

std::string StructureKey(StructureField field, std::string_view lower_case_term);
std::string TokenKey(std::string_view term);
std::string TrigramKey(uint32_t trigram);

// Adds the numbers of a list. Errors: DATA_LOSS (not below `limit`, not ascending, truncated).
base::Status DecodeList(std::string_view bytes, uint32_t limit, Bitmap& out);

// The count at the head of a list or of postings; 0 when it is damaged.
uint64_t CountOf(std::string_view bytes);

// Calls visit(document, counts) for each posting, ascending. Errors: as DecodeList.
template <typename Visit>
base::Status ForEachPosting(std::string_view bytes, uint32_t limit, Visit&& visit) {
  base::ByteReader in(bytes);
  const size_t count = in.Count();
  uint64_t document = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t head = in.Varint();
    const uint64_t delta = head >> kTokenShift;
    document += delta;
    if (!in.ok() || document >= limit || (i > 0 && delta == 0)) break;
    FieldCounts counts{};
    for (size_t field = 0; field < kFieldCount; ++field) {
      if ((head >> field & 1) != 0) counts[field] = (head & kAllOnes) != 0 ? 1 : in.Varint32();
    }
    if (!in.ok()) break;
    visit(static_cast<uint32_t>(document), counts);
    if (i + 1 == count && in.AtEnd()) return {};
  }
  if (count == 0 && in.ok() && in.AtEnd()) return {};
  return base::Fail(base::Code::kDataLoss, "damaged postings");
}

}  // namespace fanin::retriever
