// Four-state values of signals, and the operators of Verilog on them.
//
// A bit is 0, 1 or unknown (x and z alike). Pure values; cost linear in the width.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::retriever {

class Bits {
 public:
  static constexpr uint32_t kMaxWidth = 1U << 16;

  // All bits unknown. REQUIRES: width <= kMaxWidth.
  explicit Bits(uint32_t width);
  static Bits Of(uint64_t value, uint32_t width);
  static Bits Bool(std::optional<bool> value) { return value ? Of(*value ? 1 : 0, 1) : Bits(1); }
  // "10xz", most significant first; shorter than the width: extended as VCD says (0, or x and z by themselves).
  static Bits Parse(std::string_view digits, uint32_t width);

  uint32_t width() const { return width_; }
  // nullopt: unknown, as bits past the end are.
  std::optional<bool> Bit(uint32_t index) const;
  void SetBit(uint32_t index, std::optional<bool> bit);
  bool IsKnown() const;
  // nullopt: unknown bits, or a value above 64 bits.
  std::optional<uint64_t> Value() const;
  std::string ToHex() const;  // "1f", with x for a digit that is not known

  Bits Resized(uint32_t width, bool is_signed = false) const;
  Bits Slice(uint32_t low, uint32_t width) const;

  // Truth of the whole: any bit 1; nullopt: it depends on unknown bits.
  std::optional<bool> IsTrue() const;
  std::optional<bool> AreAllOnes() const;
  std::optional<bool> Parity() const;

  friend bool operator==(const Bits&, const Bits&) = default;

 private:
  uint32_t width_;
  std::vector<uint64_t> value_;  // 0 where unknown
  std::vector<uint64_t> unknown_;
};

// Of equal widths.
Bits And(const Bits& a, const Bits& b);
Bits Or(const Bits& a, const Bits& b);
Bits Xor(const Bits& a, const Bits& b);
Bits Not(const Bits& a);
// Any unknown bit makes the result unknown.
Bits Add(const Bits& a, const Bits& b, bool subtract);
std::optional<bool> Less(const Bits& a, const Bits& b, bool is_signed);
// nullopt: they are equal where both are known, and there is more.
std::optional<bool> Equal(const Bits& a, const Bits& b);

}  // namespace fanin::retriever
