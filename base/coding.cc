#include "base/coding.h"

#include "base/error.h"

namespace fanin::base {
namespace {

constexpr int kMaxVarintBytes = 10;

template <typename T>
void AppendLittleEndian(std::string& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

template <typename T>
T ReadLittleEndian(std::string_view bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return value;
}

template <typename T>
void AppendBigEndian(std::string& out, T value) {
  for (size_t i = sizeof(T); i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i)));
}

template <typename T>
T ReadBigEndian(std::string_view bytes) {
  FANIN_CHECK(bytes.size() >= sizeof(T));
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value << 8 | static_cast<uint8_t>(bytes[i]));
  return value;
}

}  // namespace

void ByteWriter::Fixed32(uint32_t value) { AppendLittleEndian(out_, value); }
void ByteWriter::Fixed64(uint64_t value) { AppendLittleEndian(out_, value); }

void ByteWriter::Varint(uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

void ByteWriter::SignedVarint(int64_t value) {
  Varint(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
}

void ByteWriter::String(std::string_view text) {
  Varint(text.size());
  out_.append(text);
}

std::string_view ByteReader::Raw(size_t size) {
  if (size > remaining()) {
    MarkBad();
    return {};
  }
  std::string_view bytes = input_.substr(position_, size);
  position_ += size;
  return bytes;
}

uint8_t ByteReader::Fixed8() {
  std::string_view bytes = Raw(1);
  return bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]);
}

uint32_t ByteReader::Fixed32() {
  std::string_view bytes = Raw(4);
  return bytes.empty() ? 0 : ReadLittleEndian<uint32_t>(bytes);
}

uint64_t ByteReader::Fixed64() {
  std::string_view bytes = Raw(8);
  return bytes.empty() ? 0 : ReadLittleEndian<uint64_t>(bytes);
}

uint64_t ByteReader::Varint() {
  uint64_t value = 0;
  for (int i = 0; i < kMaxVarintBytes && position_ < input_.size(); ++i) {
    uint8_t byte = static_cast<uint8_t>(input_[position_++]);
    if (i == kMaxVarintBytes - 1 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value;
  }
  MarkBad();
  return 0;
}

uint32_t ByteReader::Varint32() {
  uint64_t value = Varint();
  if (value > UINT32_MAX) {
    MarkBad();
    return 0;
  }
  return static_cast<uint32_t>(value);
}

int64_t ByteReader::SignedVarint() {
  uint64_t value = Varint();
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

std::string_view ByteReader::String() { return Raw(Varint()); }

size_t ByteReader::Count(size_t min_item_bytes) {
  FANIN_CHECK(min_item_bytes > 0);
  uint64_t count = Varint();
  if (count > remaining() / min_item_bytes) {
    MarkBad();
    return 0;
  }
  return count;
}

void AppendKey32(std::string& key, uint32_t value) { AppendBigEndian(key, value); }
void AppendKey64(std::string& key, uint64_t value) { AppendBigEndian(key, value); }
uint32_t ReadKey32(std::string_view key) { return ReadBigEndian<uint32_t>(key); }
uint64_t ReadKey64(std::string_view key) { return ReadBigEndian<uint64_t>(key); }

}  // namespace fanin::base
