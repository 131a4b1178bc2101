#include "base/digest.h"

#include <openssl/evp.h>

#define XXH_INLINE_ALL  // most texts are short words, for which the call itself weighs
#include <xxhash.h>

#include <cstring>

#include "base/error.h"
#include "base/hex.h"

namespace fanin::base {
std::string Digest::ToHex() const { return base::ToHex(View()); }

std::optional<Digest> Digest::FromHex(std::string_view hex) {
  const std::optional<std::string> bytes = base::FromHex(hex);
  if (!bytes || bytes->size() != sizeof(Digest::bytes)) return std::nullopt;
  return FromView(*bytes);
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
