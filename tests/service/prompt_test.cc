// The layouts of prompts, byte for byte.
#include "service/prompt.h"

#include <gtest/gtest.h>

namespace fanin::service {
namespace {

class PromptTest : public ::testing::Test {
 protected:
  PromptTest() {
    Add("rtl/fifo.sv", 3, 4, "module fifo (\n  input logic d_i\n", "fifo is being instantiated");
    Add("rtl/other.sv", 9, 9, "fifo u_f (.d_i(a));\n", "another instance of fifo");
  }

  void Add(const std::string& path, uint32_t first, uint32_t last, const std::string& text, const std::string& reason) {
    v1::ContextSnippet& snippet = *snippets_.Add();
    snippet.set_path(path);
    snippet.mutable_range()->set_start_line(first);
    snippet.mutable_range()->set_end_line(last);
    snippet.set_text(text);
    snippet.set_reason(reason);
  }

  std::string Render(v1::PromptTemplate prompt_template) const {
    return RenderPrompt(prompt_template,
                        {snippets_, "soc", "rtl/top.sv", "module top;\n  fifo u_fifo (", "\nendmodule\n"});
  }

  google::protobuf::RepeatedPtrField<v1::ContextSnippet> snippets_;
};

TEST_F(PromptTest, PlainTellsPlaceAndReasonAndEndsAtTheCursor) {
  EXPECT_EQ(Render(v1::PROMPT_TEMPLATE_PLAIN),
            "// rtl/other.sv:9-9 another instance of fifo\nfifo u_f (.d_i(a));\n\n"
            "// rtl/fifo.sv:3-4 fifo is being instantiated\nmodule fifo (\n  input logic d_i\n\n"
            "// rtl/top.sv\nmodule top;\n  fifo u_fifo (");
}

TEST_F(PromptTest, QwenHasFilesOfARepositoryThenFillInTheMiddle) {
  EXPECT_EQ(
      Render(v1::PROMPT_TEMPLATE_QWEN),
      "<|repo_name|>soc\n<|file_sep|>rtl/other.sv\nfifo u_f (.d_i(a));\n"
      "<|file_sep|>rtl/fifo.sv\nmodule fifo (\n  input logic d_i\n"
      "<|file_sep|>rtl/top.sv\n<|fim_prefix|>module top;\n  fifo u_fifo (<|fim_suffix|>\nendmodule\n<|fim_middle|>");
}

TEST_F(PromptTest, StarCoder2HasFilesOfARepositoryThenFillInTheMiddle) {
  EXPECT_EQ(Render(v1::PROMPT_TEMPLATE_STARCODER2),
            "<repo_name>soc<file_sep>rtl/other.sv\nfifo u_f (.d_i(a));\n"
            "<file_sep>rtl/fifo.sv\nmodule fifo (\n  input logic d_i\n"
            "<file_sep>rtl/top.sv\n<fim_prefix>module top;\n  fifo u_fifo (<fim_suffix>\nendmodule\n<fim_middle>");
}

TEST_F(PromptTest, DeepSeekHasFilesUnderTheirPathsWithinThePrefix) {
  EXPECT_EQ(Render(v1::PROMPT_TEMPLATE_DEEPSEEK),
            "<｜fim▁begin｜>#rtl/other.sv\nfifo u_f (.d_i(a));\n\n#rtl/fifo.sv\nmodule fifo (\n  input logic d_i\n\n"
            "#rtl/top.sv\nmodule top;\n  fifo u_fifo (<｜fim▁hole｜>\nendmodule\n<｜fim▁end｜>");
}

TEST_F(PromptTest, CodeLlamaHasPathsAsComments) {
  EXPECT_EQ(Render(v1::PROMPT_TEMPLATE_CODELLAMA),
            "<PRE> // rtl/other.sv\nfifo u_f (.d_i(a));\n\n// rtl/fifo.sv\nmodule fifo (\n  input logic d_i\n\n"
            "// rtl/top.sv\nmodule top;\n  fifo u_fifo ( <SUF>\nendmodule\n <MID>");
}

TEST_F(PromptTest, CodestralHasTheSuffixFirst) {
  EXPECT_EQ(Render(v1::PROMPT_TEMPLATE_CODESTRAL),
            "[SUFFIX]\nendmodule\n[PREFIX]+++++ rtl/other.sv\nfifo u_f (.d_i(a));\n\n"
            "+++++ rtl/fifo.sv\nmodule fifo (\n  input logic d_i\n\n+++++ rtl/top.sv\nmodule top;\n  fifo u_fifo (");
}

TEST_F(PromptTest, RtlRepoIsContinuationOnly) {
  EXPECT_EQ(
      Render(v1::PROMPT_TEMPLATE_RTL_REPO),
      "// Repo Name: soc\n// Path: rtl/other.sv\nfifo u_f (.d_i(a));\n\n"
      "// Path: rtl/fifo.sv\nmodule fifo (\n  input logic d_i\n\n// Path: rtl/top.sv\nmodule top;\n  fifo u_fifo (");
}

TEST_F(PromptTest, RtlRepoJoinsFourAndMoreLineBreaks) {
  const PromptParts parts{snippets_, "soc", "rtl/top.sv", "a;\n\n\nb;\n\n\n\n\nc;", ""};
  EXPECT_TRUE(RenderPrompt(v1::PROMPT_TEMPLATE_RTL_REPO, parts).ends_with("a;\n\n\nb;\n\nc;"));
}

TEST_F(PromptTest, TabbyHasSnippetsAsComments) {
  EXPECT_EQ(
      Render(v1::PROMPT_TEMPLATE_TABBY),
      "// Path: rtl/other.sv\n// fifo u_f (.d_i(a));\n// Path: rtl/fifo.sv\n// module fifo (\n//   input logic d_i\n"
      "module top;\n  fifo u_fifo (");
}

TEST_F(PromptTest, ContinueNamesTheFileItselfToo) {
  EXPECT_EQ(
      Render(v1::PROMPT_TEMPLATE_CONTINUE),
      "// Path: rtl/other.sv\n// fifo u_f (.d_i(a));\n// Path: rtl/fifo.sv\n// module fifo (\n//   input logic d_i\n"
      "// Path: rtl/top.sv\nmodule top;\n  fifo u_fifo (");
}

TEST_F(PromptTest, OnlyLinesNearTheCursorOfALongFileAreKept) {
  std::string before = "far;\n";
  std::string after;
  for (uint32_t i = 0; i < kPromptPrefixLines; ++i) before += "near;\n";
  for (uint32_t i = 0; i < kPromptSuffixLines; ++i) after += "next;\n";
  after += "distant;\n";
  const std::string prompt = RenderPrompt(v1::PROMPT_TEMPLATE_QWEN, {snippets_, "soc", "rtl/top.sv", before, after});
  EXPECT_EQ(prompt.find("far;"), std::string::npos);
  EXPECT_EQ(prompt.find("distant;"), std::string::npos);
  EXPECT_NE(prompt.find("next;\n<|fim_middle|>"), std::string::npos);
}

}  // namespace
}  // namespace fanin::service
