#include "retriever/wave_bits.h"

#include <algorithm>

#include "base/error.h"

namespace fanin::retriever {
namespace {

size_t WordsOf(uint32_t width) { return (width + 63) / 64; }

template <typename Combine>
Bits ByBit(const Bits& a, const Bits& b, Combine&& combine) {
  FANIN_CHECK(a.width() == b.width());
  Bits result(a.width());
  for (uint32_t i = 0; i < a.width(); ++i) result.SetBit(i, combine(a.Bit(i), b.Bit(i)));
  return result;
}

}  // namespace

Bits::Bits(uint32_t width) : width_(width), value_(WordsOf(width), 0), unknown_(WordsOf(width), 0) {
  FANIN_CHECK(width <= kMaxWidth);
  for (uint32_t i = 0; i < width; ++i) unknown_[i / 64] |= uint64_t{1} << (i % 64);
}

Bits Bits::Of(uint64_t value, uint32_t width) {
  Bits bits(width);
  std::ranges::fill(bits.unknown_, 0);
  if (width > 0) bits.value_[0] = width >= 64 ? value : value & ((uint64_t{1} << width) - 1);
  return bits;
}

Bits Bits::Parse(std::string_view digits, uint32_t width) {
  Bits bits = Of(0, width);
  const auto bit_of = [](char c) { return c == '0' || c == '1' ? std::optional(c == '1') : std::nullopt; };
  for (uint32_t i = 0; i < width; ++i) {
    if (i < digits.size()) {
      bits.SetBit(i, bit_of(digits[digits.size() - 1 - i]));
    } else if (!digits.empty() && !bit_of(digits.front())) {
      bits.SetBit(i, std::nullopt);
    }
  }
  return bits;
}

std::optional<bool> Bits::Bit(uint32_t index) const {
  if (index >= width_ || (unknown_[index / 64] >> (index % 64) & 1) != 0) return std::nullopt;
  return (value_[index / 64] >> (index % 64) & 1) != 0;
}

void Bits::SetBit(uint32_t index, std::optional<bool> bit) {
  const uint64_t mask = uint64_t{1} << (index % 64);
  unknown_[index / 64] = bit ? unknown_[index / 64] & ~mask : unknown_[index / 64] | mask;
  value_[index / 64] = bit.value_or(false) ? value_[index / 64] | mask : value_[index / 64] & ~mask;
}

bool Bits::IsKnown() const {
  return std::ranges::all_of(unknown_, [](uint64_t word) { return word == 0; });
}

std::optional<uint64_t> Bits::Value() const {
  if (!IsKnown()) return std::nullopt;
  for (size_t i = 1; i < value_.size(); ++i) {
    if (value_[i] != 0) return std::nullopt;
  }
  return value_.empty() ? 0 : value_[0];
}

std::string Bits::ToHex() const {
  std::string text;
  for (uint32_t low = 0; low < std::max(width_, 1U); low += 4) {
    int digit = 0;
    for (uint32_t i = 0; i < 4 && low + i < width_; ++i) {
      const std::optional<bool> bit = Bit(low + i);
      digit = !bit || digit < 0 ? -1 : digit | (*bit ? 1 << i : 0);
    }
    text += digit < 0 ? 'x' : "0123456789abcdef"[digit];
  }
  std::ranges::reverse(text);
  return text;
}

Bits Bits::Resized(uint32_t width, bool is_signed) const {
  Bits result = Of(0, width);
  const std::optional<bool> fill = is_signed && width_ > 0 ? Bit(width_ - 1) : std::optional(false);
  for (uint32_t i = 0; i < width; ++i) result.SetBit(i, i < width_ ? Bit(i) : fill);
  return result;
}

Bits Bits::Slice(uint32_t low, uint32_t width) const {
  Bits result(width);
  for (uint32_t i = 0; i < width; ++i) result.SetBit(i, low + i < low ? std::nullopt : Bit(low + i));
  return result;
}

std::optional<bool> Bits::IsTrue() const {
  if (std::ranges::any_of(value_, [](uint64_t word) { return word != 0; })) return true;
  return IsKnown() ? std::optional(false) : std::nullopt;
}

std::optional<bool> Bits::AreAllOnes() const {
  const std::optional<bool> zeros = Not(*this).IsTrue();
  return zeros ? std::optional(!*zeros) : std::nullopt;
}

std::optional<bool> Bits::Parity() const {
  if (!IsKnown()) return std::nullopt;
  bool parity = false;
  for (const uint64_t word : value_) parity ^= __builtin_parityll(word) != 0;
  return parity;
}

Bits And(const Bits& a, const Bits& b) {
  return ByBit(a, b, [](auto x, auto y) -> std::optional<bool> {
    if (x == false || y == false) return false;
    return x && y ? std::optional(true) : std::nullopt;
  });
}

Bits Or(const Bits& a, const Bits& b) { return Not(And(Not(a), Not(b))); }

Bits Xor(const Bits& a, const Bits& b) {
  return ByBit(a, b,
               [](auto x, auto y) -> std::optional<bool> { return x && y ? std::optional(*x != *y) : std::nullopt; });
}

Bits Not(const Bits& a) {
  Bits result(a.width());
  for (uint32_t i = 0; i < a.width(); ++i) {
    const std::optional<bool> bit = a.Bit(i);
    result.SetBit(i, bit ? std::optional(!*bit) : std::nullopt);
  }
  return result;
}

Bits Add(const Bits& a, const Bits& b, bool subtract) {
  if (!a.IsKnown() || !b.IsKnown()) return Bits(a.width());
  bool carry = subtract;
  Bits result(a.width());
  for (uint32_t i = 0; i < a.width(); ++i) {
    const bool x = *a.Bit(i);
    const bool y = *b.Bit(i) != subtract;
    result.SetBit(i, (x != y) != carry);
    carry = (x && y) || (carry && (x || y));
  }
  return result;
}

std::optional<bool> Less(const Bits& a, const Bits& b, bool is_signed) {
  if (!a.IsKnown() || !b.IsKnown()) return std::nullopt;
  for (uint32_t i = a.width(); i-- > 0;) {
    const bool x = *a.Bit(i);
    const bool y = *b.Bit(i);
    if (x != y) return (is_signed && i + 1 == a.width()) ? x : y;
  }
  return false;
}

std::optional<bool> Equal(const Bits& a, const Bits& b) {
  bool all_known = true;
  for (uint32_t i = 0; i < a.width(); ++i) {
    const std::optional<bool> x = a.Bit(i);
    const std::optional<bool> y = b.Bit(i);
    if (!x || !y)
      all_known = false;
    else if (*x != *y)
      return false;
  }
  return all_known ? std::optional(true) : std::nullopt;
}

}  // namespace fanin::retriever
