// AssembleContext for a question, as a client sees it.
#include <gmock/gmock.h>

#include "tests/service/fixture.h"

namespace fanin::service {
namespace {

class QuestionTest : public ServiceTest {
 protected:
  QuestionTest() {
    Create();
    Index();
    request_.set_repository("repositories/mailbox");
    request_.set_budget_tokens(1500);
    request_.mutable_question()->set_text("Which pointer crosses clock domains in Gray code?");
  }
  v1::AssembleContextResponse Ask() {
    const auto response = api().AssembleContext(request_, {});
    EXPECT_TRUE(response.has_value()) << response.error();
    return response.value_or(v1::AssembleContextResponse());
  }
  v1::AssembleContextRequest request_;
};

TEST_F(QuestionTest, PassagesAnswerAndNeighboursExplain) {
  const v1::AssembleContextResponse response = Ask();
  ASSERT_GT(response.snippets_size(), 1);
  EXPECT_EQ(response.snippets(0).kind(), "answer");
  bool has_answer = false;
  bool has_head = false;
  for (const v1::ContextSnippet& snippet : response.snippets()) {
    has_answer |= snippet.kind() == "answer" && snippet.text().find("wr_ptr_gray <=") != std::string::npos;
    has_head |= snippet.text().find("module gray_fifo") != std::string::npos;
  }
  EXPECT_TRUE(has_answer);
  EXPECT_TRUE(has_head);
  EXPECT_LE(response.tokens(), 1500U);
}

TEST_F(QuestionTest, ThePromptEndsWithTheQuestion) {
  request_.set_template_(v1::PROMPT_TEMPLATE_PLAIN);
  EXPECT_THAT(Ask().prompt().text(),
              testing::EndsWith("Question: Which pointer crosses clock domains in Gray code?\n"));
}

TEST_F(QuestionTest, NothingIsShownTwice) {
  request_.set_budget_tokens(20'000);
  const v1::AssembleContextResponse response = Ask();
  for (int i = 0; i < response.snippets_size(); ++i) {
    for (int j = 0; j < i; ++j) {
      const v1::ContextSnippet &a = response.snippets(i), &b = response.snippets(j);
      const bool overlap = a.path() == b.path() && a.range().start_line() <= b.range().end_line() &&
                           b.range().start_line() <= a.range().end_line();
      EXPECT_FALSE(overlap) << a.path() << ":" << a.range().start_line();
    }
  }
}

TEST_F(QuestionTest, WordsOnlyInMarksAreNoQuestion) {
  request_.mutable_question()->set_text("?!");
  const auto response = api().AssembleContext(request_, {});
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace fanin::service
