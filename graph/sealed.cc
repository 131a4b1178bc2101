#include "graph/sealed.h"

#include "base/coding.h"
#include "base/digest.h"

namespace fanin::graph {
namespace {

using base::Code;
using base::Fail;

constexpr size_t kMagicBytes = 4;
constexpr size_t kHeaderBytes = kMagicBytes + 1;
constexpr size_t kChecksumBytes = 8;

}  // namespace

std::string Seal(std::string_view magic, uint8_t version, std::string_view body) {
  FANIN_CHECK(magic.size() == kMagicBytes && version > 0);
  base::ByteWriter out;
  out.Raw(magic);
  out.Fixed8(version);
  out.Raw(body);
  out.Fixed64(base::Hash64(out.bytes()));
  return std::move(out).Take();
}

base::Result<std::string_view> Unseal(std::string_view bytes, std::string_view magic, uint8_t newest_version,
                                      std::string_view what) {
  const std::string name(what);
  if (bytes.size() < kHeaderBytes + kChecksumBytes || !bytes.starts_with(magic)) {
    return Fail(Code::kDataLoss, "not a " + name + ", or cut short: " + std::to_string(bytes.size()) + " bytes");
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (base::ByteReader(bytes.substr(content.size())).Fixed64() != base::Hash64(content)) {
    return Fail(Code::kDataLoss, name + " is damaged: its checksum does not match");
  }
  const auto version = static_cast<uint8_t>(content[kMagicBytes]);
  if (version > newest_version) {
    return Fail(Code::kFailedPrecondition, name + " has format version " + std::to_string(version) +
                                               ", this fanin reads up to " + std::to_string(newest_version) +
                                               "; use the fanin that wrote it, or index again");
  }
  if (version == 0) return FailMalformed(what);
  return content.substr(kHeaderBytes);
}

std::unexpected<base::Error> FailMalformed(std::string_view what) {
  return Fail(Code::kDataLoss, std::string(what) + " is damaged: its content is malformed");
}

}  // namespace fanin::graph
