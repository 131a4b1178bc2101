#include "retriever/vector_codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace fanin::retriever {
namespace {

TEST(VectorCodec, FormIsLittleEndianBinary16) {
  EXPECT_EQ(EncodeVector(std::vector<float>{1, -2, 0.5F, 0}), std::string("\x00\x3c\x00\xc0\x00\x38\x00\x00", 8));
}

TEST(VectorCodec, RoundsToNearestEven) {
  const float step = 1.0F / 1024;  // between neighbours of 1
  std::vector<float> out(3);
  ASSERT_TRUE(DecodeVector(EncodeVector(std::vector<float>{1 + step / 2, 1 + step * 1.5F, 1 + step * 0.6F}), out));
  EXPECT_EQ(out, (std::vector<float>{1, 1 + 2 * step, 1 + step}));
}

TEST(VectorCodec, UnitVectorsKeepTheirDirection) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<float> vector(384);
    double norm = 0;
    for (float& value : vector) norm += std::pow(value = normal(random), 2);
    for (float& value : vector) value /= static_cast<float>(std::sqrt(norm));
    std::vector<float> out(vector.size());
    ASSERT_TRUE(DecodeVector(EncodeVector(vector), out));
    double dot = 0;
    double out_norm = 0;
    for (size_t i = 0; i < out.size(); ++i) {
      EXPECT_LE(std::abs(out[i] - vector[i]), std::max(std::abs(vector[i]) / 2048, std::ldexp(1.0F, -25)));
      dot += static_cast<double>(out[i]) * vector[i];
      out_norm += static_cast<double>(out[i]) * out[i];
    }
    EXPECT_GT(dot / std::sqrt(out_norm), 1 - 1e-6);
  }
}

TEST(VectorCodec, OtherSizesAndNonNumbersAreDataLoss) {
  std::vector<float> out(2);
  for (const std::string& bytes : {std::string(), std::string(3, '\0'), std::string(5, '\0'),
                                   std::string("\0\x7c\0\0", 4), std::string("\0\0\0\x7e", 4)}) {
    const auto status = DecodeVector(bytes, out);
    ASSERT_FALSE(status.has_value()) << bytes.size();
    EXPECT_EQ(status.error().code, base::Code::kDataLoss);
  }
  const float infinite = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(DecodeVector(EncodeVector(std::vector<float>{infinite, 0}), out));
}

}  // namespace
}  // namespace fanin::retriever
