// Content digests: the identity of stored things (texts, shards, chunks, link sets).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fanin::base {

// The first 128 bits of a SHA-256. Content-addressed storage trusts it: hostile text must not be able to collide with
// another's, so this is a cryptographic hash; for mere hash tables use Hash64.
struct Digest {
  std::array<uint8_t, 16> bytes{};

  // 32 lower-case hexadecimal digits.
  std::string ToHex() const;
  static std::optional<Digest> FromHex(std::string_view hex);
  // The 16 bytes as a view, e.g. for a storage key. Valid while this object lives.
  std::string_view View() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  // REQUIRES: view.size() == 16.
  static Digest FromView(std::string_view view);

  friend auto operator<=>(const Digest&, const Digest&) = default;
};

// The digest of one text. Cost: about 1.5 GB/s with SHA instructions.
Digest DigestOf(std::string_view text);

// The digest of several parts; each part is length-prefixed, so ("ab","c") and ("a","bc") differ. Not thread-safe.
class Digester {
 public:
  Digester();
  ~Digester();
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;

  Digester& Add(std::string_view part);
  Digester& AddInt(uint64_t value);
  // REQUIRES: called once.
  Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// XXH3, 64 bits: fast, stable across runs and machines, not safe against an adversary. Used for checksums and ids.
uint64_t Hash64(std::string_view text, uint64_t seed = 0);

}  // namespace fanin::base

template <>
struct std::hash<fanin::base::Digest> {
  size_t operator()(const fanin::base::Digest& digest) const noexcept {
    uint64_t head;
    __builtin_memcpy(&head, digest.bytes.data(), sizeof head);
    return head;
  }
};
