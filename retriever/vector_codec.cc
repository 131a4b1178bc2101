#include "retriever/vector_codec.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace fanin::retriever {

// The compiler's binary16, which rounds to nearest even.
using Half = _Float16;
static_assert(sizeof(Half) == 2 && std::endian::native == std::endian::little);

std::string EncodeVector(std::span<const float> vector) {
  std::string bytes(vector.size() * sizeof(Half), '\0');
  char* cell = bytes.data();
  for (float value : vector) {
    const auto half = static_cast<Half>(value);
    std::memcpy(cell, &half, sizeof half);
    cell += sizeof half;
  }
  return bytes;
}

base::Status DecodeVector(std::string_view bytes, std::span<float> out) {
  if (bytes.size() != out.size() * sizeof(Half)) {
    return base::Fail(base::Code::kDataLoss, "a stored vector has " + std::to_string(bytes.size()) +
                                                 " bytes, expected " + std::to_string(out.size() * sizeof(Half)));
  }
  for (float& value : out) {
    Half half;
    std::memcpy(&half, bytes.data(), sizeof half);
    bytes.remove_prefix(sizeof half);
    value = static_cast<float>(half);
    if (!std::isfinite(value))
      return base::Fail(base::Code::kDataLoss, "a stored vector has a component that is no number");
  }
  return {};
}

}  // namespace fanin::retriever
