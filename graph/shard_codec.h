// What ShardBuilder and Shard share of the byte format: docs/shard_format.md. Private to graph/.
#pragma once

#include <cstdint>
#include <string_view>

namespace fanin::graph::shard_codec {

inline constexpr std::string_view kMagic = "FNSH";
inline constexpr uint8_t kVersion = 1;

// Node flags.
inline constexpr uint8_t kDirectionMask = 0x07;
inline constexpr uint8_t kAnonymous = 0x08;
inline constexpr uint8_t kNameSpanIsSpan = 0x10;
// Attribute and operand flags.
inline constexpr uint8_t kRoleMask = 0x07;
inline constexpr int kAssignmentShift = 3;
inline constexpr uint8_t kAssignmentMask = 0x07;
inline constexpr uint8_t kFromRange = 0x40;
inline constexpr uint8_t kToRange = 0x80;
// Reference flags.
inline constexpr uint8_t kLookUpMask = 0x3f;
inline constexpr uint8_t kFarIsSource = 0x80;

}  // namespace fanin::graph::shard_codec
