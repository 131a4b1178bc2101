#include "indexer/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanin::indexer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Manifests, AreKnownByName) {
  EXPECT_TRUE(IsManifest("hw/uart.core"));
  EXPECT_TRUE(IsManifest("vendor/x/Bender.yml"));
  EXPECT_FALSE(IsManifest("bender.sv"));
  EXPECT_FALSE(IsManifest("MyBender.yml"));
}

TEST(Manifests, BenderGivesIncludeFoldersAndUnconditionalDefines) {
  ManifestFacts facts;
  ASSERT_TRUE(ReadManifest("ip/Bender.yml", R"(
package: {name: ip}
export_include_dirs: [include, ../shared]
sources:
  - src/plain.sv
  - defines: {DEPTH: 4, FAST: }
    include_dirs: [src/inc]
    files:
      - src/a.sv
      - files: [src/b.sv]
  - target: simulation
    defines: {SIM: 1}
    files: [tb/tb.sv]
)",
                           facts));
  EXPECT_THAT(facts.include_dirs, ElementsAre("ip/include", "shared", "ip/src/inc"));
  EXPECT_THAT(facts.defines, UnorderedElementsAre(Pair("ip/src/a.sv", ElementsAre("DEPTH=4", "FAST")),
                                                  Pair("ip/src/b.sv", ElementsAre("DEPTH=4", "FAST"))));
}

TEST(Manifests, BenderSourcesMayBeOneGroup) {
  ManifestFacts facts;
  ASSERT_TRUE(ReadManifest("Bender.yml", "sources:\n  defines: {A: 1}\n  files: [a.sv]\n", facts));
  EXPECT_THAT(facts.defines, UnorderedElementsAre(Pair("a.sv", ElementsAre("A=1"))));
}

TEST(Manifests, CoreGivesIncludeFoldersAndDefinesOfItsDefaultTarget) {
  ManifestFacts facts;
  ASSERT_TRUE(ReadManifest("uart/uart.core", R"(CAPI=2:
name: "x:ip:uart"
filesets:
  rtl:
    files:
      - rtl/uart.sv
      - rtl/uart.svh : {is_include_file: true}
      - other/defs.svh : {is_include_file: true, include_path: other}
  dv:
    files: [dv/tb.sv]
parameters:
  WIDTH: {datatype: int, paramtype: vlogdefine, default: 8}
  TRACE: {datatype: bool, paramtype: vlogdefine}
  Depth: {datatype: int, paramtype: vlogparam, default: 2}
  UNUSED: {datatype: int, paramtype: vlogdefine, default: 1}
targets:
  default:
    filesets: [rtl]
    parameters: [WIDTH, TRACE=true, Depth]
)",
                           facts));
  EXPECT_THAT(facts.include_dirs, ElementsAre("uart/rtl", "uart/other"));
  EXPECT_THAT(facts.defines["uart/rtl/uart.sv"], ElementsAre("WIDTH=8", "TRACE"));
  EXPECT_FALSE(facts.defines.contains("uart/dv/tb.sv"));
}

TEST(Manifests, BadOnesAreErrors) {
  ManifestFacts facts;
  EXPECT_EQ(ReadManifest("Bender.yml", "include_dirs: [", facts).error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(ReadManifest("Bender.yml", "just text on defines", facts).error().code, base::Code::kInvalidArgument);
  EXPECT_FALSE(ReadManifest("x.core", "CAPI=2:\n\t- is_include_file:", facts));
}

TEST(Manifests, FilesWithoutFactsArePassedOver) {
  ManifestFacts facts;
  EXPECT_TRUE(ReadManifest("x.core",
                           "\x7f"
                           "ELF",
                           facts));
  EXPECT_TRUE(ReadManifest("x.core", "CAPI=2:\nname: vlogdefine\n", facts));
  EXPECT_TRUE(ReadManifest("Bender.yml", "package: {name: defines}\nsources:\n", facts));
  EXPECT_TRUE(ReadManifest("Bender.yml", "sources: [\n", facts));
  EXPECT_THAT(facts.include_dirs, IsEmpty());
}

TEST(Manifests, PathsOutOfTheRepositoryAreLeftOut) {
  ManifestFacts facts;
  ASSERT_TRUE(ReadManifest("Bender.yml", "export_include_dirs: [../up, /abs, in]\n", facts));
  EXPECT_THAT(facts.include_dirs, ElementsAre("in"));
}

TEST(Manifests, DeeplyNestedYamlIsAnErrorNotACrash) {
  ManifestFacts facts;
  EXPECT_FALSE(ReadManifest("Bender.yml", "include_dirs: " + std::string(100'000, '['), facts));
}

}  // namespace
}  // namespace fanin::indexer
