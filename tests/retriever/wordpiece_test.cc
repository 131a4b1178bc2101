#include "retriever/wordpiece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "retriever/embedder.h"

namespace fanin::retriever {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kTinyTokenizer = R"({
  "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                 "lowercase": true},
  "pre_tokenizer": {"type": "BertPreTokenizer"},
  "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 8,
            "vocab": {"[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "fi": 10, "##fo": 11, "fifo": 12, "##f": 13, "##o": 14,
                      "_": 15, "full": 16, "[": 17, "]": 18, "sep": 19, "e": 20, "\u4e2d": 21, "-": 22}}
})";

WordPieceTokenizer Tiny() { return WordPieceTokenizer::FromJson(kTinyTokenizer).value(); }

TEST(WordPiece, WordIsCoveredByItsLongestPiecesFromTheLeft) {
  EXPECT_THAT(Tiny().Encode("fifo fifoo", 16), ElementsAre(2, 12, 12, 14, 3));
}

TEST(WordPiece, WordWithAPartThatNoPieceCoversIsUnknownAsAWhole) {
  EXPECT_THAT(Tiny().Encode("fix fifo", 16), ElementsAre(2, 1, 12, 3));
}

TEST(WordPiece, PunctuationAndHanCharactersStandAlone) {
  EXPECT_THAT(Tiny().Encode("fifo_full", 16), ElementsAre(2, 12, 15, 16, 3));
  EXPECT_THAT(Tiny().Encode("fi\u4e2dfo", 16), ElementsAre(2, 10, 21, 1, 3));
}

TEST(WordPiece, CaseAndAccentsDoNotCount) {
  EXPECT_THAT(Tiny().Encode("FIFO \u00c9 e\u0301", 16), ElementsAre(2, 12, 20, 20, 3));
}

TEST(WordPiece, WordsOverTheLimitAreUnknown) {
  EXPECT_THAT(Tiny().Encode("fifofofo fifofofof", 16), ElementsAre(2, 12, 11, 11, 1, 3));
}

TEST(WordPiece, TextIsNeverASpecialToken) { EXPECT_THAT(Tiny().Encode("[SEP]", 16), ElementsAre(2, 17, 19, 18, 3)); }

TEST(WordPiece, ResultEndsAtTheTokenLimitWithItsEndMark) {
  const std::string text = "fifo_full fifo_full";
  EXPECT_THAT(Tiny().Encode(text, 5), ElementsAre(2, 12, 15, 16, 3));
  EXPECT_THAT(Tiny().Encode("fifoooo", 4), ElementsAre(2, 12, 14, 3)) << "cut inside a word";
  EXPECT_THAT(Tiny().Encode(text, 2), ElementsAre(2, 3));
}

TEST(WordPiece, BytesThatAreNoUtf8AreLeftOut) {
  EXPECT_THAT(Tiny().Encode("fi\xff\xfe"
                            "fo \xc3",
                            16),
              ElementsAre(2, 12, 3));
  EXPECT_THAT(Tiny().Encode(std::string_view("fi\0fo", 5), 16), ElementsAre(2, 12, 3));
}

TEST(WordPiece, OtherTokenizersAreRefused) {
  const auto refused = [](std::string_view from, std::string_view to) {
    std::string json(kTinyTokenizer);
    json.replace(json.find(from), from.size(), to);
    const auto tokenizer = WordPieceTokenizer::FromJson(json);
    return tokenizer ? base::Code::kUnknown : tokenizer.error().code;
  };
  EXPECT_EQ(refused("\"WordPiece\"", "\"BPE\""), base::Code::kInvalidArgument);
  EXPECT_EQ(refused("\"lowercase\": true", "\"lowercase\": false"), base::Code::kInvalidArgument);
  EXPECT_EQ(refused("[CLS]", "<s>"), base::Code::kInvalidArgument);
  EXPECT_EQ(refused("\"vocab\"", "\"words\""), base::Code::kInvalidArgument);
  EXPECT_EQ(refused("{", "["), base::Code::kDataLoss);
}

// Expected ids: made by data/make_wordpiece_cases.py from the tokenizers library.
TEST(WordPiece, AgreesWithTheReferenceLibraryOnTheModelsVocabulary) {
  const auto json = base::ReadFile(FindModelDir() / "tokenizer.json");
  ASSERT_TRUE(json.has_value()) << json.error();
  const auto tokenizer = WordPieceTokenizer::FromJson(*json);
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error();
  EXPECT_EQ(tokenizer->vocabulary_size(), 30522u);
  const auto file = base::ReadFile(FANIN_SOURCE_DIR "/tests/retriever/data/wordpiece_cases.json");
  ASSERT_TRUE(file.has_value()) << file.error();
  const auto cases = nlohmann::json::parse(*file);
  ASSERT_GE(cases.size(), 20u);
  for (const auto& item : cases) {
    const std::string text = item.at("text");
    EXPECT_EQ(tokenizer->Encode(text, 32), item.at("ids").get<TokenIds>()) << text;
  }
}

}  // namespace
}  // namespace fanin::retriever
