#include "indexer/design_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanin::indexer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(DesignSpec, ReadsEveryKey) {
  const auto designs = ParseDesigns(R"(
[server]
listen = "x"

[[design]]
name = "soc"
top = ["soc_top", "tb"]
files = ["a.sv", "b.sv"]
filelist = "soc.f"
manifest = "soc.core"
targets = ["sim"]
include_dirs = ["inc"]
defines = { SYNTHESIS = true, DEPTH = 4, NAME = "x" }
parameters = { W = 8 }
pin = "rtl/ram.sv"
discover = true

[[design]]
top = "core"
)");
  ASSERT_TRUE(designs.has_value()) << designs.error();
  ASSERT_EQ(designs->size(), 2U);
  const DesignSpec& soc = (*designs)[0];
  EXPECT_EQ(soc.name, "soc");
  EXPECT_THAT(soc.tops, ElementsAre("soc_top", "tb"));
  EXPECT_THAT(soc.files, ElementsAre("a.sv", "b.sv"));
  EXPECT_THAT(soc.file_lists, ElementsAre("soc.f"));
  EXPECT_THAT(soc.manifests, ElementsAre("soc.core"));
  EXPECT_THAT(soc.targets, ElementsAre("sim"));
  EXPECT_THAT(soc.include_dirs, ElementsAre("inc"));
  EXPECT_THAT(soc.defines, UnorderedElementsAre("SYNTHESIS", "DEPTH=4", "NAME=x"));
  EXPECT_THAT(soc.parameters, ElementsAre("W=8"));
  EXPECT_THAT(soc.pins, ElementsAre("rtl/ram.sv"));
  EXPECT_TRUE(soc.discover);
  EXPECT_EQ((*designs)[1], DiscoveredDesign("core"));
}

TEST(DesignSpec, ListsAreExactUnlessToldOtherwise) {
  const auto designs =
      ParseDesigns("[[design]]\ntop = \"a\"\nfilelist = \"a.f\"\n[[design]]\ntop = \"b\"\nmanifest = \"b.core\"\n");
  ASSERT_TRUE(designs.has_value()) << designs.error();
  EXPECT_FALSE((*designs)[0].discover);
  EXPECT_TRUE((*designs)[1].discover);
}

TEST(DesignSpec, AFileWithoutDesignsHasNone) {
  const auto designs = ParseDesigns("[server]\nlisten = \"x\"\n");
  ASSERT_TRUE(designs.has_value());
  EXPECT_THAT(*designs, IsEmpty());
}

TEST(DesignSpec, SaysWhereItIsWrong) {
  const auto message = [](std::string_view text) {
    const auto designs = ParseDesigns(text);
    EXPECT_FALSE(designs.has_value()) << text;
    if (designs) return std::string();
    EXPECT_EQ(designs.error().code, base::Code::kInvalidArgument);
    return designs.error().message;
  };
  EXPECT_THAT(message("[[design]\n"), HasSubstr("fanin.toml:1"));
  EXPECT_THAT(message("[[design]]\ntop = \"a\"\nfile = \"b.sv\"\n"),
              HasSubstr("fanin.toml:3: a design has no key file"));
  EXPECT_THAT(message("[[design]]\ntop = 3\n"), HasSubstr("top is to be a string"));
  EXPECT_THAT(message("[[design]]\nname = \"a\"\n"), HasSubstr("needs a top"));
  EXPECT_THAT(message("[[design]]\ntop = \"a\"\n[[design]]\ntop = \"a\"\n"), HasSubstr("two designs are named a"));
  EXPECT_THAT(message("[[design]]\ntop = \"a\"\ndefines = { X = false }\n"), HasSubstr("defines.X"));
  EXPECT_THAT(message("design = 3\n"), HasSubstr("[[design]]"));
}

}  // namespace
}  // namespace fanin::indexer
