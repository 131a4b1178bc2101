#include "base/coding.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace fanin::base {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

constexpr uint64_t kMax64 = std::numeric_limits<uint64_t>::max();
const std::vector<uint64_t> kEdgeValues = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, 1ull << 32, 1ull << 63, kMax64};

// A record with every kind of field.
std::string Record() {
  ByteWriter writer;
  writer.Fixed8(7);
  writer.Fixed32(0x01020304);
  writer.Fixed64(0x0102030405060708);
  writer.Varint(300);
  writer.SignedVarint(-300);
  writer.String("u_core.u_alu");
  writer.Varint(2);
  writer.String("a");
  writer.String("b");
  return std::move(writer).Take();
}

// Whether the whole record was read without a violation.
bool ReadRecord(std::string_view bytes) {
  ByteReader reader(bytes);
  reader.Fixed8();
  reader.Fixed32();
  reader.Fixed64();
  reader.Varint();
  reader.SignedVarint();
  reader.String();
  for (size_t count = reader.Count(); count > 0; --count) reader.String();
  return reader.ok() && reader.AtEnd();
}

TEST(Coding, FixedIntegersAreLittleEndian) {
  ByteWriter writer;
  writer.Fixed32(0x01020304);
  writer.Fixed64(0x05);
  EXPECT_EQ(writer.bytes(), "\x04\x03\x02\x01\x05\0\0\0\0\0\0\0"s);
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.Fixed32(), 0x01020304u);
  EXPECT_EQ(reader.Fixed64(), 5u);
  EXPECT_TRUE(reader.AtEnd());
}

TEST(Coding, VarintsSurviveAtEveryEdge) {
  ByteWriter writer;
  for (uint64_t value : kEdgeValues) writer.Varint(value);
  ByteReader reader(writer.bytes());
  for (uint64_t value : kEdgeValues) EXPECT_EQ(reader.Varint(), value);
  EXPECT_TRUE(reader.ok() && reader.AtEnd());
}

TEST(Coding, VarintIsLeb128) {
  ByteWriter writer;
  writer.Varint(300);
  EXPECT_EQ(writer.bytes(), "\xac\x02"s);
}

TEST(Coding, SignedVarintsKeepSmallMagnitudesShort) {
  const std::vector<int64_t> values = {0, -1, 1, -64, 63, INT64_MIN, INT64_MAX};
  for (int64_t value : values) {
    ByteWriter writer;
    writer.SignedVarint(value);
    EXPECT_EQ(ByteReader(writer.bytes()).SignedVarint(), value);
    EXPECT_EQ(writer.size() == 1, value >= -64 && value <= 63) << value;
  }
}

TEST(Coding, StringsMayHoldAnyByte) {
  ByteWriter writer;
  writer.String("a\0b\xff"sv);
  writer.String("");
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.String(), "a\0b\xff"sv);
  EXPECT_EQ(reader.String(), "");
  EXPECT_TRUE(reader.ok() && reader.AtEnd());
}

TEST(Coding, RecordCutAnywhereIsAnError) {
  const std::string record = Record();
  ASSERT_TRUE(ReadRecord(record));
  for (size_t size = 0; size < record.size(); ++size) EXPECT_FALSE(ReadRecord(record.substr(0, size))) << size;
}

TEST(Coding, FlippedBytesNeverReadPastTheInput) {
  // With a sanitizer this finds reads out of bounds; without one, that what is read stays inside the input.
  const std::string record = Record();
  for (size_t i = 0; i < record.size(); ++i) {
    std::string damaged = record;
    damaged[i] = static_cast<char>(~damaged[i]);
    ByteReader reader(damaged);
    reader.Raw(1 + 4 + 8);
    reader.Varint();
    reader.SignedVarint();
    const std::string_view text = reader.String();
    if (!text.empty()) {
      EXPECT_GE(text.data(), damaged.data());
      EXPECT_LE(text.data() + text.size(), damaged.data() + damaged.size());
    }
    EXPECT_LE(reader.Count(), damaged.size());
  }
}

TEST(Coding, FirstViolationSticks) {
  ByteReader reader("\x05hi"sv);
  EXPECT_EQ(reader.String(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.Fixed8(), 0);
  EXPECT_EQ(reader.Varint(), 0u);
  EXPECT_EQ(reader.Raw(1), "");
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(Coding, VarintLongerThan64BitsIsAnError) {
  ByteReader overflowing("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv);
  EXPECT_EQ(overflowing.Varint(), 0u);
  EXPECT_FALSE(overflowing.ok());
  ByteReader endless("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"sv);
  EXPECT_EQ(endless.Varint(), 0u);
  EXPECT_FALSE(endless.ok());
}

TEST(Coding, Varint32RefusesLargerValues) {
  ByteWriter writer;
  writer.Varint(UINT32_MAX);
  writer.Varint(1ull << 32);
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.Varint32(), UINT32_MAX);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.Varint32(), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(Coding, CountCannotAskForMoreThanTheInputHolds) {
  ByteWriter writer;
  writer.Varint(3);
  writer.Raw("123456");
  EXPECT_EQ(ByteReader(writer.bytes()).Count(2), 3u);
  ByteReader short_of_bytes(writer.bytes());
  EXPECT_EQ(short_of_bytes.Count(3), 0u);
  EXPECT_FALSE(short_of_bytes.ok());

  ByteWriter huge;
  huge.Varint(kMax64);
  ByteReader reader(huge.bytes());
  EXPECT_EQ(reader.Count(8), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(Coding, KeysSortAsTheirNumbers) {
  for (size_t i = 1; i < kEdgeValues.size(); ++i) {
    std::string smaller, larger;
    AppendKey64(smaller, kEdgeValues[i - 1]);
    AppendKey64(larger, kEdgeValues[i]);
    EXPECT_LT(smaller, larger);
    EXPECT_EQ(ReadKey64(larger), kEdgeValues[i]);
  }
  std::string key;
  AppendKey32(key, 0x01020304);
  EXPECT_EQ(key, "\x01\x02\x03\x04"s);
  EXPECT_EQ(ReadKey32(key), 0x01020304u);
}

TEST(CodingDeathTest, ReadingAShortKeyIsTheCallersMistake) { EXPECT_DEATH(ReadKey32("abc"), "check failed"); }

}  // namespace
}  // namespace fanin::base
