// AssembleContext as a client sees it.
#include <gmock/gmock.h>

#include "tests/service/server_fixture.h"

namespace fanin::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(IndexedServerTest, ContextOfADirtyBufferHasTheDefinitionInUse) {
  v1::AssembleContextRequest request;
  request.set_repository("repositories/mailbox");
  request.set_budget_tokens(2000);
  v1::Overlay& overlay = *request.add_overlays();
  overlay.set_path("rtl/new_user.sv");
  overlay.set_text("module new_user(input logic clk);\n  gray_fifo #(.WIDTH(4)) u_queue (\n    .wr_clk(clk),\n    \n");
  request.mutable_completion()->mutable_cursor()->set_path("rtl/new_user.sv");
  request.mutable_completion()->mutable_cursor()->set_line(4);
  request.set_template_(v1::PROMPT_TEMPLATE_PLAIN);
  v1::AssembleContextResponse response;
  const grpc::Status status = Call(*retrieval_, &v1::RetrievalService::Stub::AssembleContext, request, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_GT(response.snippets_size(), 0);
  std::string all;
  for (const v1::ContextSnippet& snippet : response.snippets()) all += snippet.text();
  EXPECT_THAT(all, HasSubstr("input  wire             rd_rst_n,"));
  EXPECT_LE(response.tokens(), 2000U);
  EXPECT_THAT(response.prompt().text(), testing::EndsWith("    .wr_clk(clk),\n"));
  EXPECT_THAT(response.prompt().text(), HasSubstr("// rtl/gray_fifo.v:"));
}

TEST_F(IndexedServerTest, AFillInTheMiddlePromptHoldsTheClientsTextAfterTheCursor) {
  v1::AssembleContextRequest request;
  request.set_repository("repositories/mailbox");
  request.set_budget_tokens(500);
  request.set_template_(v1::PROMPT_TEMPLATE_QWEN);
  v1::SourcePosition& cursor = *request.mutable_completion()->mutable_cursor();
  cursor.set_path("rtl/gray_fifo.v");
  cursor.set_line(2);
  v1::AssembleContextResponse response;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::AssembleContext, request, response).ok());
  EXPECT_THAT(response.prompt().text(),
              testing::EndsWith("<|fim_suffix|><|fim_middle|>"));  // a stored text's is not told
  v1::Overlay& overlay = *request.add_overlays();
  overlay.set_path("rtl/gray_fifo.v");
  overlay.set_text("module gray_fifo;\nendmodule\n");
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::AssembleContext, request, response).ok());
  EXPECT_THAT(response.prompt().text(), testing::EndsWith("<|fim_suffix|>endmodule\n<|fim_middle|>"));
}

TEST_F(IndexedServerTest, ContextErrorsNameTheirCause) {
  v1::AssembleContextRequest request;
  request.set_repository("repositories/mailbox");
  request.set_budget_tokens(100);
  v1::SourcePosition& cursor = *request.mutable_completion()->mutable_cursor();
  cursor.set_path("rtl/gray_fifo.v");
  cursor.set_line(100'000);
  v1::AssembleContextResponse response;
  const auto assemble = [&] {
    return Call(*retrieval_, &v1::RetrievalService::Stub::AssembleContext, request, response).error_code();
  };
  EXPECT_EQ(assemble(), grpc::StatusCode::OUT_OF_RANGE);
  cursor.set_path("rtl/unknown.v");
  EXPECT_EQ(assemble(), grpc::StatusCode::NOT_FOUND);
  cursor.set_path("rtl/gray_fifo.v");
  cursor.set_line(1);
  request.set_budget_tokens(0);
  EXPECT_EQ(assemble(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_budget_tokens(1);
  request.set_tokenizer("absent");
  EXPECT_EQ(assemble(), grpc::StatusCode::NOT_FOUND);
  request.set_tokenizer("../absent");
  EXPECT_EQ(assemble(), grpc::StatusCode::INVALID_ARGUMENT);
  request.clear_tokenizer();
  request.mutable_debug();
  EXPECT_EQ(assemble(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(IndexedServerTest, CompletionInANeverIndexedRepositoryIsPartialNotAnError) {
  Create("fresh");
  v1::AssembleContextRequest request;
  request.set_repository("repositories/fresh");
  request.set_budget_tokens(100);
  request.mutable_completion()->mutable_cursor()->set_path("rtl/gray_fifo.v");
  request.mutable_completion()->mutable_cursor()->set_line(1);
  v1::AssembleContextResponse response;
  ASSERT_TRUE(Call(*retrieval_, &v1::RetrievalService::Stub::AssembleContext, request, response).ok());
  EXPECT_TRUE(response.partial());
  EXPECT_THAT(response.warnings(), ElementsAre(HasSubstr("never been indexed")));
  EXPECT_THAT(response.snippets(), IsEmpty());
}

}  // namespace
}  // namespace fanin::service
