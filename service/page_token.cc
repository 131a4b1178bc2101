#include "service/page_token.h"

#include <cinttypes>
#include <cstdio>

#include "base/digest.h"

namespace fanin::service {
namespace {

constexpr uint64_t kSeed = 0x70616765;  // of the checksum

uint64_t Checksum(const PageToken& token) {
  const uint64_t fields[] = {token.offset, token.request_hash, token.data_hash};
  return base::Hash64({reinterpret_cast<const char*>(fields), sizeof fields}, kSeed);
}

}  // namespace

std::string PageToken::ToString() const {
  char text[80];
  std::snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, offset, request_hash,
                data_hash, Checksum(*this));
  return text;
}

base::Result<uint64_t> ReadPageToken(std::string_view text, uint64_t request_hash, uint64_t data_hash) {
  if (text.empty()) return 0;
  PageToken token;
  uint64_t checksum = 0;
  const std::string terminated(text);
  if (text.size() != 64 ||
      std::sscanf(terminated.c_str(), "%16" SCNx64 "%16" SCNx64 "%16" SCNx64 "%16" SCNx64, &token.offset,
                  &token.request_hash, &token.data_hash, &checksum) != 4 ||
      checksum != Checksum(token)) {
    return base::Fail(base::Code::kInvalidArgument, "page_token: is no token of this server");
  }
  if (token.request_hash != request_hash) {
    return base::Fail(base::Code::kInvalidArgument, "page_token: belongs to another request");
  }
  if (token.data_hash != data_hash) {
    return base::Fail(base::Code::kAborted,
                      "page_token: a repository was indexed since the first page; ask for it again");
  }
  return token.offset;
}

}  // namespace fanin::service
