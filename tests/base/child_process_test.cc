#include "base/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <string>

namespace fanin::base {
namespace {

std::string OutputOf(const ChildProcess& child) {
  std::string text;
  char buffer[256];
  for (ssize_t got = 0; (got = ::read(child.output(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

TEST(ChildProcess, GivesOutputAndExitCodeAndKeepsToItsVariables) {
  ChildCommand command{"sh", {"sh", "-c", "echo $NAME; read LINE || exit 3"}, {{"NAME=value"}}};
  auto child = ChildProcess::Start(std::move(command));
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(OutputOf(*child), "value\n");
  const int status = child->Wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3) << "its input is empty";
}

TEST(ChildProcess, HasADescriptorThatIsPassed) {
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ChildCommand command{"readlink", {"readlink", "/proc/self/fd/" + std::to_string(kPassedDescriptor)}};
  command.passed = null.get();
  auto child = ChildProcess::Start(std::move(command));
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(OutputOf(*child), "/dev/null\n");
  child->Wait();
}

TEST(ChildProcess, OneThatHasMoreToWriteEndsWhenItsOutputIsClosed) {
  ::signal(SIGPIPE, SIG_IGN);
  auto child = ChildProcess::Start({"yes", {"yes"}});
  ASSERT_TRUE(child.has_value());
  const int status = child->Wait();
  ::signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGPIPE);
}

TEST(ChildProcess, AProgramThatIsMissingIsNotStarted) {
  EXPECT_FALSE(ChildProcess::Start({"fanin-no-such-program", {"x"}}).has_value());
}

}  // namespace
}  // namespace fanin::base
