#include "service/resource_name.h"

#include <gtest/gtest.h>

namespace fanin::service {
namespace {

TEST(ResourceName, ReadsWhatItWrites) {
  for (const char* text : {"repositories/ibex", "repositories/a", "repositories/a.b_c-9/snapshots/12",
                           "repositories/ibex/snapshots/3/nodes/0123456789abcdef0123456789abcdef",
                           "repositories/ibex/nodes/0123456789abcdef0123456789abcdef", "repositories/ibex/jobs/7"}) {
    const auto name = ResourceName::Parse(text);
    ASSERT_TRUE(name.has_value()) << name.error();
    EXPECT_EQ(name->ToString(), text);
  }
}

TEST(ResourceName, RefusesWhatIsNone) {
  for (const char* text :
       {"", "ibex", "repositories", "repositories/", "repositories/Ibex", "repositories/-a", "repositories/a/snapshots",
        "repositories/a/snapshots/", "repositories/a/snapshots/0", "repositories/a/snapshots/x",
        "repositories/a/snapshots/-1", "repositories/a/snapshots/1/snapshots/2", "repositories/a/nodes/12",
        "repositories/a/snapshots/1/jobs/2", "repositories/a/jobs/", "repositories/../x", "repositories/a/files/b",
        "snapshots/1"}) {
    const auto name = ResourceName::Parse(text);
    ASSERT_FALSE(name.has_value()) << text;
    EXPECT_EQ(name.error().code, base::Code::kInvalidArgument);
    EXPECT_NE(name.error().message.find("expected"), std::string::npos) << name.error();
  }
}

TEST(RepositoryId, HasAtMost63LowerCaseCharacters) {
  EXPECT_TRUE(IsRepositoryId(std::string(63, 'a')));
  EXPECT_FALSE(IsRepositoryId(std::string(64, 'a')));
  EXPECT_FALSE(IsRepositoryId("a."));
  EXPECT_FALSE(IsRepositoryId("a b"));
  EXPECT_FALSE(IsRepositoryId("\xc3\xa4"));
}

}  // namespace
}  // namespace fanin::service
