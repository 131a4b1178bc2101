#include "base/digest.h"

#include <openssl/evp.h>

#define XXH_INLINE_ALL  // most texts are short words, for which the call itself weighs
#include <xxhash.h>

#include <cstring>

#include "base/error.h"

namespace fanin::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string Digest::ToHex() const {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (uint8_t byte : bytes) {
    hex.push_back(kHexDigits[byte >> 4]);
    hex.push_back(kHexDigits[byte & 15]);
  }
  return hex;
}

std::optional<Digest> Digest::FromHex(std::string_view hex) {
  Digest digest;
  if (hex.size() != digest.bytes.size() * 2) return std::nullopt;
  for (size_t i = 0; i < digest.bytes.size(); ++i) {
    int high = HexValue(hex[2 * i]), low = HexValue(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return digest;
}

Digest Digest::FromView(std::string_view view) {
  Digest digest;
  FANIN_CHECK(view.size() == digest.bytes.size());
  std::memcpy(digest.bytes.data(), view.data(), view.size());
  return digest;
}

struct Digester::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }

  void Update(const void* data, size_t size) { FANIN_CHECK(EVP_DigestUpdate(context, data, size) == 1); }
  Digest Final() {
    uint8_t full[EVP_MAX_MD_SIZE];
    FANIN_CHECK(EVP_DigestFinal_ex(context, full, nullptr) == 1);
    Digest digest;
    std::memcpy(digest.bytes.data(), full, digest.bytes.size());
    return digest;
  }
};

Digester::Digester() : state_(std::make_unique<State>()) {
  FANIN_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}
Digester::~Digester() = default;

Digester& Digester::Add(std::string_view part) {
  AddInt(part.size());
  state_->Update(part.data(), part.size());
  return *this;
}

Digester& Digester::AddInt(uint64_t value) {
  uint8_t little_endian[8];
  for (int i = 0; i < 8; ++i) little_endian[i] = static_cast<uint8_t>(value >> (8 * i));
  state_->Update(little_endian, sizeof little_endian);
  return *this;
}

Digest Digester::Finish() { return state_->Final(); }

Digest DigestOf(std::string_view text) { return Digester().Add(text).Finish(); }

uint64_t Hash64(std::string_view text, uint64_t seed) { return XXH3_64bits_withSeed(text.data(), text.size(), seed); }

}  // namespace fanin::base
