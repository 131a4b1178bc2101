#include "retriever/vector_index_file.h"

#include <utility>

#include "base/coding.h"

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;

// file    := header payload
// header  := magic[8] version:u32 payload_bytes:u64 payload_digest[16] header_checksum:u64
// payload := model_digest[16] kind:u8 dims:u32 count:u32 ids:u32[count] blob
constexpr std::string_view kMagic = "FANINVEC";
constexpr uint32_t kVersion = 1;
constexpr size_t kDigestBytes = sizeof(base::Digest::bytes);
constexpr size_t kCheckedHeaderBytes = 8 + 4 + 8 + kDigestBytes;
constexpr size_t kHeaderBytes = kCheckedHeaderBytes + 8;
constexpr uint32_t kMaxDims = 65536;

}  // namespace

std::string EncodeVectorFile(const VectorPayload& payload, VectorFileInfo& info) {
  base::ByteWriter body;
  body.Raw(payload.model.View());
  body.Fixed8(static_cast<uint8_t>(payload.kind));
  body.Fixed32(payload.dims);
  body.Fixed32(static_cast<uint32_t>(payload.ids.size()));
  for (const uint32_t id : payload.ids) body.Fixed32(id);
  body.Raw(payload.blob);

  info.content = base::DigestOf(body.bytes());
  info.count = static_cast<uint32_t>(payload.ids.size());
  base::ByteWriter header;
  header.Raw(kMagic);
  header.Fixed32(kVersion);
  header.Fixed64(body.size());
  header.Raw(info.content.View());
  header.Fixed64(base::Hash64(header.bytes()));

  std::string file = std::move(body).Take();
  file.insert(0, header.bytes());
  info.size_bytes = file.size();
  return file;
}

base::Result<VectorPayload> DecodeVectorFile(std::string_view file, const base::Digest& model,
                                             const std::optional<base::Digest>& content) {
  if (file.size() < kHeaderBytes || !file.starts_with(kMagic)) return Fail(Code::kDataLoss, "not a vector file");
  base::ByteReader header(file.substr(kMagic.size(), kHeaderBytes - kMagic.size()));
  const uint32_t version = header.Fixed32();
  const uint64_t payload_bytes = header.Fixed64();
  const auto digest = base::Digest::FromView(header.Raw(kDigestBytes));
  if (header.Fixed64() != base::Hash64(file.substr(0, kCheckedHeaderBytes))) {
    return Fail(Code::kDataLoss, "the header's checksum is wrong");
  }
  if (version != kVersion) {
    return Fail(Code::kFailedPrecondition, "written as version " + std::to_string(version) + ", this program reads " +
                                               std::to_string(kVersion) + ": use a newer one, or index again");
  }
  const std::string_view body = file.substr(kHeaderBytes);
  if (body.size() != payload_bytes) return Fail(Code::kDataLoss, "the file is cut off or too long");
  if (base::DigestOf(body) != digest) return Fail(Code::kDataLoss, "the content's digest is wrong");
  if (content && *content != digest) return Fail(Code::kDataLoss, "not the file that the manifest names");

  base::ByteReader reader(body);
  VectorPayload payload;
  const std::string_view model_bytes = reader.Raw(kDigestBytes);
  const uint8_t kind = reader.Fixed8();
  payload.dims = reader.Fixed32();
  const uint32_t count = reader.Fixed32();
  const bool known =
      kind >= static_cast<uint8_t>(VectorIndexKind::kFlat) && kind <= static_cast<uint8_t>(VectorIndexKind::kIvfPq);
  if (!reader.ok() || !known || payload.dims == 0 || payload.dims > kMaxDims || count > reader.remaining() / 4) {
    return Fail(Code::kDataLoss, "a field is out of range");
  }
  payload.model = base::Digest::FromView(model_bytes);
  if (payload.model != model) {
    return Fail(Code::kFailedPrecondition, "vectors of another embedding model (" + payload.model.ToHex() + ")");
  }
  payload.kind = static_cast<VectorIndexKind>(kind);
  payload.ids.reserve(count);
  for (uint32_t i = 0; i < count; ++i) payload.ids.push_back(reader.Fixed32());
  payload.blob = reader.Raw(reader.remaining());
  return payload;
}

}  // namespace fanin::retriever
