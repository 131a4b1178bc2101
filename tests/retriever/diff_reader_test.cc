// Lines that a unified diff touches.
#include "retriever/diff_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanin::retriever {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(DiffReader, TakesAddedLinesAndBothSidesOfRemovedOnes) {
  const ChangedLines changed = ReadUnifiedDiff(
      "diff --git a/rtl/a.v b/rtl/a.v\n"
      "--- a/rtl/a.v\n+++ b/rtl/a.v\n"
      "@@ -1,7 +1,6 @@ module a\n"
      " one\n-two\n+two changed\n three\n-four\n five\n six\n seven\n");
  EXPECT_THAT(changed.by_path, ElementsAre(Pair("rtl/a.v", ElementsAre(2, 3, 4))));
}

TEST(DiffReader, ReadsSeveralFilesAndHunksWithoutContext) {
  const ChangedLines changed = ReadUnifiedDiff(
      "--- a.v\t2026-01-01\n+++ a.v\t2026-01-02\n@@ -3 +3 @@\n-x\n+y\n@@ -9,0 +10,2 @@\n+p\n+q\n"
      "--- a/b.v\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n"
      "--- a/c.v\n+++ b/c.v\n@@ -4,2 +3,0 @@\n-p\n-q\n");
  EXPECT_THAT(changed.by_path, ElementsAre(Pair("a.v", ElementsAre(3, 10, 11)), Pair("c.v", ElementsAre(3, 4))));
}

TEST(DiffReader, TextThatIsNoDiffGivesNothing) {
  EXPECT_THAT(ReadUnifiedDiff("+++ \n@@ x @@\n@@ -1,99999999999 +1 @@\n+a\n@@ -+ @@").by_path, IsEmpty());
  EXPECT_THAT(ReadUnifiedDiff("just words\n+ and signs\n- of them\n").by_path, IsEmpty());
}

}  // namespace
}  // namespace fanin::retriever
