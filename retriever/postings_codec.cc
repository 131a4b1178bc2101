#include "retriever/postings_codec.h"

#include <vector>

namespace fanin::retriever {

void AppendDocument(const DocumentRecord& record, base::ByteWriter& out) {
  out.Fixed8(static_cast<uint8_t>(record.chunk_kind));
  out.Fixed8(static_cast<uint8_t>(record.node_kind));
  out.Varint(record.begin_byte);
  out.Varint(record.end_byte - record.begin_byte);
  for (uint32_t length : record.lengths) out.Varint(length);
  out.Fixed64(record.text_hash);
}

DocumentRecord ReadDocument(base::ByteReader& in) {
  DocumentRecord record;
  const uint8_t chunk_kind = in.Fixed8();
  const uint8_t node_kind = in.Fixed8();
  if (chunk_kind >= graph::kChunkKindCount || node_kind >= graph::kNodeKindCount) in.MarkBad();
  record.chunk_kind = static_cast<graph::ChunkKind>(chunk_kind);
  record.node_kind = static_cast<graph::NodeKind>(node_kind);
  record.begin_byte = in.Varint32();
  const uint32_t size = in.Varint32();
  if (size > UINT32_MAX - record.begin_byte) in.MarkBad();
  record.end_byte = record.begin_byte + size;
  for (uint32_t& length : record.lengths) length = in.Varint32();
  record.text_hash = in.Fixed64();
  return record;
}

std::string StructureKey(StructureField field, std::string_view lower_case_term) {
  std::string key = {kStructureRow, static_cast<char>(field)};
  key += lower_case_term.substr(0, kMaxTermBytes);
  return key;
}

std::string TokenKey(std::string_view term) {
  std::string key = {kTokenRow};
  key += term.substr(0, kMaxTermBytes);
  return key;
}

std::string TrigramKey(uint32_t trigram) {
  return {kTrigramRow, static_cast<char>(trigram >> 14 & 0x7f), static_cast<char>(trigram >> 7 & 0x7f),
          static_cast<char>(trigram & 0x7f)};
}

base::Status DecodeList(std::string_view bytes, uint32_t limit, Bitmap& out) {
  base::ByteReader in(bytes);
  std::vector<uint32_t> numbers(in.Count());
  uint64_t number = 0;
  bool ascending = true;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const uint64_t delta = in.Varint();
    number += delta;
    ascending = ascending && number < limit && (i == 0 || delta > 0);
    numbers[i] = static_cast<uint32_t>(number);
  }
  if (!ascending || !in.ok() || !in.AtEnd()) return base::Fail(base::Code::kDataLoss, "a damaged list of postings");
  out.addMany(numbers.size(), numbers.data());
  return {};
}

uint64_t CountOf(std::string_view bytes) { return base::ByteReader(bytes).Varint(); }

}  // namespace fanin::retriever
