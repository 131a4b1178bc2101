// The stored form of a vector: IEEE 754 binary16, little-endian (docs/vector_format.md).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fanin::retriever {

// 2 bytes per component, rounded to nearest even. Exact for values that binary16 has; a component of a unit vector
// loses at most 2^-11 of itself (below 2^-14: at most 2^-25). Larger than 65,504 becomes infinite.
std::string EncodeVector(std::span<const float> vector);

// DATA_LOSS when the size is not that of out.size() components, or a component is not finite.
base::Status DecodeVector(std::string_view bytes, std::span<float> out);

}  // namespace fanin::retriever
