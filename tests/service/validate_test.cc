#include "service/validate.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace fanin::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <typename Request>
std::vector<std::string> WrongFields(const std::string& text) {
  Request request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
  std::vector<std::string> fields;
  for (const FieldViolation& violation : Validate(request)) fields.push_back(violation.field);
  return fields;
}

TEST(ValidateSearch, NamesEveryWrongField) {
  EXPECT_THAT(WrongFields<v1::SearchRequest>("query: 'fifo'"), IsEmpty());
  EXPECT_THAT(WrongFields<v1::SearchRequest>("page_size: 1001 repositories: ['repositories/a', 'b']"),
              ElementsAre("repositories[1]", "query", "page_size"));
  EXPECT_THAT(WrongFields<v1::SearchRequest>("query: 'kind:'"), ElementsAre("query"));
}

TEST(ValidateTrace, NeedsADirectionAndASignal) {
  EXPECT_THAT(WrongFields<v1::TraceRequest>(
                  "repository: 'repositories/a' signals: 'x' direction: TRACE_DIRECTION_FANIN max_depth: 64"),
              IsEmpty());
  EXPECT_THAT(WrongFields<v1::TraceRequest>("repository: 'repositories/a'"), ElementsAre("signals", "direction"));
  EXPECT_THAT(WrongFields<v1::TraceRequest>("repository: 'repositories/a/jobs/1' signals: ['a', ''] direction: 2 "
                                            "max_depth: 65 max_nodes: 100001"),
              ElementsAre("repository", "signals[1]", "max_depth", "max_nodes"));
}

TEST(ValidateGetNode, NeedsOneTarget) {
  EXPECT_THAT(WrongFields<v1::GetNodeRequest>("node: 'repositories/a/nodes/0123456789abcdef0123456789abcdef'"),
              IsEmpty());
  EXPECT_THAT(WrongFields<v1::GetNodeRequest>("repository: 'repositories/a'"), ElementsAre("target"));
  EXPECT_THAT(WrongFields<v1::GetNodeRequest>("repository: 'repositories/a' position { path: '/etc/passwd' }"),
              ElementsAre("position.path", "position.line"));
}

TEST(ValidateContext, RefusesABudgetOfZeroAndPathsOutOfTheRoot) {
  EXPECT_THAT(WrongFields<v1::AssembleContextRequest>(
                  "repository: 'repositories/a' completion { cursor { path: 'a.v' line: 1 } } budget_tokens: 1"),
              IsEmpty());
  EXPECT_THAT(WrongFields<v1::AssembleContextRequest>("repository: 'repositories/a' overlays { path: '../b.v' } "
                                                      "completion { cursor { path: 'a/../../b.v' } }"),
              ElementsAre("budget_tokens", "overlays[0].path", "completion.cursor.path", "completion.cursor.line"));
  EXPECT_THAT(WrongFields<v1::AssembleContextRequest>("repository: 'repositories/a' budget_tokens: 9"),
              ElementsAre("task"));
}

TEST(ValidateCreate, NeedsANameAndAnAbsoluteFolder) {
  EXPECT_THAT(WrongFields<v1::CreateRepositoryRequest>("repository_id: 'a' repository { root: '/a' }"), IsEmpty());
  EXPECT_THAT(WrongFields<v1::CreateRepositoryRequest>("repository_id: 'A' repository { root: 'a' options { defines: "
                                                       "['X', 'Y=1 2', '=1', 'Z Z'] } }"),
              ElementsAre("repository_id", "repository.root", "repository.options.defines[2]",
                          "repository.options.defines[3]"));
}

TEST(ValidateSource, RefusesAnEndBeforeTheStart) {
  EXPECT_THAT(WrongFields<v1::GetSourceRequest>("repository: 'repositories/a' path: 'a.v' start_line: 5"), IsEmpty());
  EXPECT_THAT(WrongFields<v1::GetSourceRequest>("repository: 'repositories/a' path: 'a.v' start_line: 5 end_line: 4"),
              ElementsAre("end_line"));
}

TEST(Violations, BecomeOneInvalidArgumentThatNamesThem) {
  EXPECT_TRUE(ToStatus({}).has_value());
  const base::Status status = ToStatus({{"a", "must be x"}, {"b[0]", "must be y"}});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error(), (base::Error{base::Code::kInvalidArgument, "a: must be x; b[0]: must be y"}));
}

}  // namespace
}  // namespace fanin::service
