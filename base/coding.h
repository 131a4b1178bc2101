// Bounded binary encoding used by every stored format: little-endian fixed integers, LEB128 varints, length-prefixed
// strings. The reader never reads past its input and never throws: the first violation sets a sticky error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fanin::base {

// Appends encoded values to a string that it owns.
class ByteWriter {
 public:
  void Fixed8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void Fixed32(uint32_t value);
  void Fixed64(uint64_t value);
  void Varint(uint64_t value);
  // Signed values, zigzag coded, so that small magnitudes are short.
  void SignedVarint(int64_t value);
  // Varint length, then the bytes.
  void String(std::string_view text);
  // The bytes alone.
  void Raw(std::string_view bytes) { out_.append(bytes); }

  size_t size() const { return out_.size(); }
  const std::string& bytes() const { return out_; }
  std::string Take() && { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what ByteWriter wrote, from a view that must outlive the reader. After a read past the end or a malformed
// varint ok() is false for good and every further read returns 0 or an empty view.
class ByteReader {
 public:
  explicit ByteReader(std::string_view input) : input_(input) {}

  uint8_t Fixed8();
  uint32_t Fixed32();
  uint64_t Fixed64();
  uint64_t Varint();
  // A varint that must fit 32 bits; larger is an error.
  uint32_t Varint32();
  int64_t SignedVarint();
  // Views into the input.
  std::string_view String();
  std::string_view Raw(size_t size);
  // A count of items that each take at least `min_item_bytes` of the remaining input; larger is an error. Use it before
  // reserving memory, so that a damaged count cannot ask for more than the input could hold.
  size_t Count(size_t min_item_bytes = 1);

  bool ok() const { return ok_; }
  bool AtEnd() const { return position_ == input_.size(); }
  size_t remaining() const { return input_.size() - position_; }
  void MarkBad() {
    ok_ = false;
    position_ = input_.size();
  }

 private:
  std::string_view input_;
  size_t position_ = 0;
  bool ok_ = true;
};

// Big-endian fixed integers for storage keys: byte order equals numeric order.
void AppendKey32(std::string& key, uint32_t value);
void AppendKey64(std::string& key, uint64_t value);
// REQUIRES: key.size() >= 4 resp. 8.
uint32_t ReadKey32(std::string_view key);
uint64_t ReadKey64(std::string_view key);

}  // namespace fanin::base
