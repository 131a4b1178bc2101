#include "service/tokens.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/hex.h"
#include "base/toml_reader.h"
#include "service/resource_name.h"

namespace fanin::service {
namespace {

constexpr size_t kDigestBytes = 32;
constexpr size_t kTokenBytes = 32;
// So that a token that leaks into a text is found by who looks for such.
constexpr std::string_view kPrefix = "fanin_";

std::string Sha256(std::string_view text) {
  std::string digest(kDigestBytes, '\0');
  unsigned int size = 0;
  FANIN_CHECK(EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(),
                         nullptr) == 1);
  return digest;
}

bool IsPattern(std::string_view text) {
  if (text == "*") return true;
  if (!text.ends_with('*')) return IsRepositoryId(text);
  // The beginning of a name may end with what a name may not.
  return IsRepositoryId(std::string(text.substr(0, text.size() - 1)) + "x");
}

base::Result<Grant> ReadGrant(const base::TomlReader& toml, const toml::node& node) {
  if (!node.is_table()) return toml.FailAt(node, "a grant is written { repositories = \"NAME*\", right = \"read\" }");
  Grant grant;
  std::string right;
  FANIN_RETURN_IF_ERROR(toml.ReadTable(
      *node.as_table(), "a grant", {{"repositories", toml.String(grant.repositories)}, {"right", toml.String(right)}}));
  if (!IsPattern(grant.repositories)) return toml.FailAt(node, "repositories is to be a name, or its beginning and *");
  grant.right = ParseRight(right);
  if (grant.right == Right::kNone) return toml.FailAt(node, "right is to be read, index or admin");
  return grant;
}

// Names stand in logs.
bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-") ==
             std::string_view::npos;
}

}  // namespace

base::Result<std::shared_ptr<const Tokens>> Tokens::Parse(std::string_view text, const std::string& file) {
  const base::TomlReader toml(file);
  FANIN_ASSIGN_OR_RETURN(const toml::table root, toml.Parse(text));
  const auto tokens = std::make_shared<Tokens>();
  std::set<std::string> names;
  const auto read = [&](const toml::node& node) -> base::Status {
    std::string name;
    std::string sha256;
    std::vector<Grant> grants;
    const auto read_grants = [&](const toml::node& list) -> base::Status {
      if (!list.is_array()) return toml.FailAt(list, "grants is to be an array");
      for (const toml::node& item : *list.as_array()) {
        FANIN_ASSIGN_OR_RETURN(grants.emplace_back(), ReadGrant(toml, item));
      }
      return {};
    };
    if (!node.is_table()) return toml.FailAt(node, "tokens are written as [[token]] tables");
    FANIN_RETURN_IF_ERROR(
        toml.ReadTable(*node.as_table(), "a token",
                       {{"name", toml.String(name)}, {"sha256", toml.String(sha256)}, {"grants", read_grants}}));
    if (!IsName(name)) return toml.FailAt(node, "a token needs a name of letters, digits, '.', '_', '@' and '-'");
    if (!names.insert(name).second) return toml.FailAt(node, "two tokens are named " + name);
    const std::optional<std::string> digest = base::FromHex(sha256);
    if (!digest || digest->size() != kDigestBytes) {
      return toml.FailAt(node, "sha256 is to be 64 hexadecimal digits in lower case");
    }
    tokens->entries_.push_back({*digest, Caller(name, std::move(grants))});
    return {};
  };
  const auto read_all = [&](const toml::node& list) -> base::Status {
    if (!list.is_array()) return toml.FailAt(list, "tokens are written as [[token]] tables");
    for (const toml::node& item : *list.as_array()) FANIN_RETURN_IF_ERROR(read(item));
    return {};
  };
  FANIN_RETURN_IF_ERROR(toml.ReadTable(root, "a file of tokens", {{"token", read_all}}));
  return tokens;
}

const Caller* Tokens::Find(std::string_view token) const {
  const std::string digest = Sha256(token);
  const Caller* found = nullptr;
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(entry.sha256.data(), digest.data(), kDigestBytes) == 0) found = &entry.caller;
  }
  return found;
}

NewToken MakeToken(std::string_view name, const std::vector<Grant>& grants) {
  std::array<unsigned char, kTokenBytes> random{};
  FANIN_CHECK(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1);
  NewToken made;
  made.token = std::string(kPrefix) + base::ToHex({reinterpret_cast<const char*>(random.data()), random.size()});
  made.lines = "[[token]]\nname = \"" + std::string(name) + "\"\nsha256 = \"" + base::ToHex(Sha256(made.token)) +
               "\"\ngrants = [";
  for (size_t i = 0; i < grants.size(); ++i) {
    made.lines += std::string(i == 0 ? "" : ", ") + "{ repositories = \"" + grants[i].repositories + "\", right = \"" +
                  std::string(RightName(grants[i].right)) + "\" }";
  }
  made.lines += "]\n";
  return made;
}

}  // namespace fanin::service
