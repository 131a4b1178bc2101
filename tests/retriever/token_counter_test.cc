#include "retriever/token_counter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "retriever/token_estimate.h"
#include "tests/retriever/temporary_folder.h"

namespace fanin::retriever {
namespace {

using testing::HasSubstr;

class TokenCounterTest : public ::testing::Test {
 protected:
  base::Result<std::shared_ptr<const TokenCounter>> Read(const std::string& content) const {
    const std::filesystem::path file = folder_.path() / "tokenizer.json";
    std::ofstream(file) << content;
    return ReadTokenizer(file);
  }

 private:
  TemporaryFolder folder_;
};

TEST(TokenCounter, WithoutATokenizerCountsAreTheEstimate) {
  EXPECT_EQ(EstimatingCounter()->Count("assign a = b;\n"), EstimateTokens("assign a = b;\n"));
}

// Expected counts: data/make_tokenizer_cases.py.
TEST_F(TokenCounterTest, CountsWhatTheReferenceCounts) {
  const auto cases = base::ReadFile(FANIN_SOURCE_DIR "/tests/retriever/data/tokenizer_cases.json");
  ASSERT_TRUE(cases.has_value());
  const nlohmann::json made = nlohmann::json::parse(*cases);
  for (const nlohmann::json& one : made["cases"]) {
    const auto counter = Read(one["tokenizer"].dump());
    ASSERT_TRUE(counter.has_value()) << counter.error();
    for (size_t i = 0; i < made["texts"].size(); ++i) {
      const auto text = made["texts"][i].get<std::string>();
      EXPECT_EQ((*counter)->Count(text), one["counts"][i].get<uint32_t>()) << one["name"] << ": " << text;
      EXPECT_EQ((*counter)->Count(text), one["counts"][i].get<uint32_t>()) << "what is remembered counts the same";
    }
  }
}

TEST_F(TokenCounterTest, WhatIsNoBytePairTokenizerIsRefusedWithItsCause) {
  EXPECT_THAT(Read("{").error().message, HasSubstr("parse error"));
  EXPECT_THAT(Read("{}").error().message, HasSubstr("model"));
  EXPECT_THAT(Read(R"({"model": {"type": "WordPiece", "merges": []}})").error().message, HasSubstr("WordPiece"));
  EXPECT_THAT(Read(R"({"model": {"merges": []}, "pre_tokenizer": {"type": "BertPreTokenizer"}})").error().message,
              HasSubstr("BertPreTokenizer"));
  EXPECT_THAT(Read(R"({"model": {"merges": []}})").error().message, HasSubstr("byte-level"));
  EXPECT_EQ(Read("{}").error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(ReadTokenizer("/nowhere/tokenizer.json").error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace fanin::retriever
