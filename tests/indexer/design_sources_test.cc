#include "indexer/design_sources.h"

#include "tests/indexer/elaboration_fixture.h"

namespace fanin::indexer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class DesignSourcesTest : public ElaborationFixture {};

TEST_F(DesignSourcesTest, AreFoundFromTheTopAlongLinks) {
  tree_.Write("rtl/top.sv",
              "module top import top_pkg::*; (input t_word d);\n  leaf u ();\n  bus_if b ();\nendmodule\n");
  tree_.Write("rtl/top_pkg.sv", "package top_pkg;\n  typedef base_pkg::t_byte t_word;\nendpackage\n");
  tree_.Write("rtl/base_pkg.sv", "package base_pkg;\n  typedef logic [7:0] t_byte;\nendpackage\n");
  tree_.Write("rtl/leaf.sv", "`include \"defs.svh\"\nmodule leaf; wire [`N:0] x; endmodule\n");
  tree_.Write("rtl/bus_if.sv", "interface bus_if; endinterface\n");
  tree_.Write("rtl/defs.svh", "`define N 3\n");
  tree_.Write("rtl/unrelated.sv", "module unrelated; leaf u (); endmodule\n");
  Index();
  EXPECT_THAT(SourcePaths(DiscoveredDesign("top")),
              UnorderedElementsAre("rtl/top.sv", "rtl/top_pkg.sv", "rtl/base_pkg.sv", "rtl/leaf.sv", "rtl/bus_if.sv"));
}

TEST_F(DesignSourcesTest, OfDuplicatesTheNearestOrThePinnedCounts) {
  tree_.Write("chip/top.sv", "module top;\n  ram u ();\nendmodule\n");
  tree_.Write("chip/ram.sv", "module ram; endmodule\n");
  tree_.Write("vendor/a/ram.sv", "module ram; endmodule\n");
  Index();
  DesignSpec spec = DiscoveredDesign("top");
  EXPECT_THAT(SourcePaths(spec), ElementsAre("chip/top.sv", "chip/ram.sv"));
  spec.pins = {"vendor/a/ram.sv"};
  EXPECT_THAT(SourcePaths(spec), ElementsAre("chip/top.sv", "vendor/a/ram.sv"));
}

TEST_F(DesignSourcesTest, OfAFileListAreItsFilesInOrder) {
  tree_.Write("b.sv", "module top; leaf u (); endmodule\n").Write("a.sv", "module leaf; endmodule\n");
  tree_.Write("sub/c.sv", "module c; endmodule\n");
  tree_.Write("soc.f", "+incdir+inc\n+define+FAST=2\nb.sv\nsub/c.sv\nmissing.sv\n");
  Index();
  DesignSpec spec;
  spec.name = "soc";
  spec.tops = {"top"};
  spec.file_lists = {"soc.f"};
  const DesignSources sources = Sources(spec);
  EXPECT_THAT(SourcePaths(spec), ElementsAre("b.sv", "sub/c.sv"));
  EXPECT_THAT(sources.include_dirs, ElementsAre("inc"));
  EXPECT_THAT(sources.defines, ElementsAre("FAST=2"));
  ASSERT_EQ(sources.problems.size(), 1U);
  EXPECT_EQ(sources.problems[0].path, "missing.sv");
  EXPECT_THAT(sources.problems[0].reason, HasSubstr("soc.f:5"));
  spec.discover = true;
  EXPECT_THAT(SourcePaths(spec), ElementsAre("b.sv", "sub/c.sv", "a.sv"));
}

TEST_F(DesignSourcesTest, ComeFromManifests) {
  tree_.Write("Bender.yml", R"(
package: {name: ip}
export_include_dirs: [include]
sources:
  - a.sv
  - target: any(simulation, fpga)
    defines: {SIM: 1}
    files: [b.sv]
  - target: not(asic)
    files: [c.sv]
)");
  tree_.Write("ip.core", R"yaml(CAPI=2:
name: "x:y:ip:0.1"
filesets:
  rtl:
    files:
      - a.sv
      - inc.svh: {is_include_file: true, include_path: include}
    file_type: systemVerilogSource
  sim: {files: [b.sv]}
targets:
  default: {filesets: [rtl, "sim_tool ? (sim)"]}
)yaml");
  tree_.Write("a.sv", "module top; endmodule\n").Write("b.sv", "module b; endmodule\n");
  tree_.Write("c.sv", "module c; endmodule\n").Write("inc.svh", "");
  Index();
  DesignSpec spec;
  spec.name = "ip";
  spec.tops = {"top"};
  spec.manifests = {"Bender.yml"};
  EXPECT_THAT(SourcePaths(spec), ElementsAre("a.sv", "c.sv"));
  EXPECT_THAT(Sources(spec).defines, IsEmpty());
  spec.targets = {"simulation", "asic"};
  EXPECT_THAT(SourcePaths(spec), ElementsAre("a.sv", "b.sv"));
  EXPECT_THAT(Sources(spec).defines, ElementsAre("SIM=1"));
  spec.manifests = {"ip.core"};
  spec.targets = {};
  EXPECT_THAT(SourcePaths(spec), ElementsAre("a.sv"));
  EXPECT_THAT(Sources(spec).include_dirs, ElementsAre("include"));
  spec.targets = {"default", "sim_tool"};
  EXPECT_THAT(SourcePaths(spec), ElementsAre("a.sv", "b.sv"));
}

TEST_F(DesignSourcesTest, ATopThatNoFileDefinesIsNotFound) {
  tree_.Write("a.sv", "module a; endmodule\n");
  Index();
  const auto sources = FindDesignSources(*snapshot_, tree_.root(), DiscoveredDesign("b"), {});
  ASSERT_FALSE(sources.has_value());
  EXPECT_EQ(sources.error().code, base::Code::kNotFound);
}

TEST_F(DesignSourcesTest, WhatIsOutsideOfDefinitionsIsNoReasonToCompileItsFile) {
  tree_.Write("rtl/top.sv", "module top;\n  driver d;\n  word_t w;\n  leaf u_leaf ();\nendmodule\n");
  tree_.Write("rtl/leaf.sv", "module leaf;\nendmodule\n");
  tree_.Write("dv/driver.sv", "class driver;\n  pkg_of_dv::x y;\nendclass\n");
  tree_.Write("dv/types.sv", "typedef logic [3:0] word_t;\n");
  tree_.Write("dv/pkg_of_dv.sv", "package pkg_of_dv;\n  typedef int x;\nendpackage\n");
  Index();
  EXPECT_THAT(SourcePaths(DiscoveredDesign("top")), testing::ElementsAre("rtl/top.sv", "rtl/leaf.sv"));
}

}  // namespace
}  // namespace fanin::indexer
