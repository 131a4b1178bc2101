#include "graph/linker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/graph/graph_fixture.h"

namespace fanin::graph {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

// "module name;" in a file of its own.
TestFile ModuleFile(std::string path, std::string_view name) {
  TestFile file(std::move(path));
  file.Module(name);
  return file;
}

TestFile InstanceFile(std::string path, std::string_view module) {
  TestFile file(std::move(path));
  file.Instance(file.Module("top"), module, "u");
  return file;
}

// --- definitions and candidates

TEST(Linker, InstanceIsBoundToTheModuleOfAnotherFile) {
  LinkedRepository repository;
  repository.Add(InstanceFile("rtl/top.sv", "core"));
  repository.Add(ModuleFile("rtl/core.sv", "core"));
  const LinkResult& result = repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kInstantiates), ElementsAre("rtl/top.sv:top.u -> rtl/core.sv:core"));
  EXPECT_THAT(result.unresolved, IsEmpty());
  EXPECT_EQ(result.references, 1U);
  EXPECT_EQ(result.resolved, 1U);
}

TEST(Linker, DuplicatedModuleKeepsAllCandidatesNearestFirst) {
  LinkedRepository repository;
  repository.Add(InstanceFile("ip/uart/rtl/top.sv", "fifo"));
  repository.Add(ModuleFile("ip/uart/rtl/fifo.sv", "fifo"));
  repository.Add(ModuleFile("ip/spi/rtl/fifo.sv", "fifo"));     // 4 folder steps away
  repository.Add(ModuleFile("ip/uart/model/fifo.sv", "fifo"));  // 2
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kInstantiates),
              ElementsAre("ip/uart/rtl/top.sv:top.u -> ip/spi/rtl/fifo.sv:fifo 0.05",
                          "ip/uart/rtl/top.sv:top.u -> ip/uart/model/fifo.sv:fifo 0.19",
                          "ip/uart/rtl/top.sv:top.u -> ip/uart/rtl/fifo.sv:fifo 0.76"));
}

TEST(Linker, DefinitionInTheSameFileWinsOutright) {
  LinkedRepository repository;
  TestFile file = InstanceFile("a/top.v", "cell");
  file.Module("cell");
  repository.Add(std::move(file));
  repository.Add(ModuleFile("a/cell.v", "cell"));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kInstantiates), ElementsAre("a/top.v:top.u -> a/top.v:cell"));
}

TEST(Linker, CandidateThatLacksAConnectedPortIsLessLikely) {
  LinkedRepository repository;
  TestFile top("a/top.v");
  const LocalNode instance = top.Instance(top.Module("top"), "cell", "u");
  top.Connect(instance, "d", {});
  top.Connect(instance, "q", {});
  repository.Add(std::move(top));
  TestFile near("a/near.v");
  near.Input(near.Module("cell"), "d");
  repository.Add(std::move(near));
  TestFile same("a/whole.v");
  const LocalNode whole = same.Module("cell");
  same.Input(whole, "d");
  same.Output(whole, "q");
  repository.Add(std::move(same));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kInstantiates),
              ElementsAre("a/top.v:top.u -> a/near.v:cell 0.33", "a/top.v:top.u -> a/whole.v:cell 0.67"));
}

TEST(Linker, OfManyCandidatesTheNearestAreKeptAndTheRestKeepsItsShare) {
  constexpr size_t kCopies = 1000;
  LinkedRepository repository;
  repository.Add(InstanceFile("m/top.v", "tb"));
  for (size_t i = 0; i < kCopies; ++i) repository.Add(ModuleFile("z/d" + std::to_string(i) + "/tb.v", "tb"));
  repository.Add(ModuleFile("m/tb.v", "tb"));
  repository.Link();
  const std::vector<std::string> links = repository.Links(EdgeKind::kInstantiates);
  EXPECT_EQ(links.size(), kMaxCandidates);
  EXPECT_THAT(links, Contains(testing::StartsWith("m/top.v:top.u -> m/tb.v:tb")));
  // The near one weighs 8 times as much as each of the 1,000 others.
  const LinkSet& set = repository.LinksOfFile(0);
  float sum = 0, greatest = 0;
  for (const Link& link : set.links()) {
    sum += link.confidence;
    greatest = std::max(greatest, link.confidence);
  }
  EXPECT_NEAR(greatest, 8.0 / 1008, 1e-4);
  EXPECT_NEAR(sum, (8.0 + 15) / 1008, 1e-4);
}

TEST(Linker, UnresolvedNamesAreListedMostFrequentFirst) {
  LinkedRepository repository;
  TestFile file("top.sv");
  const LocalNode top = file.Module("top");
  file.Instance(top, "vendor_pll", "u0");
  file.Instance(top, "vendor_ram", "u1");
  file.Instance(top, "vendor_ram", "u2");
  file.Import(top, "uvm_pkg");
  file.Include("uvm_macros.svh");
  file.Refer(EdgeKind::kReads, LookUp::kIdentifier, top, "no_such_signal");
  repository.Add(std::move(file));
  const LinkResult& result = repository.Link();
  EXPECT_THAT(
      result.unresolved,
      ElementsAre(Unresolved{LookUp::kDefinition, "vendor_ram", 2}, Unresolved{LookUp::kDefinition, "vendor_pll", 1},
                  Unresolved{LookUp::kPackage, "uvm_pkg", 1}, Unresolved{LookUp::kFile, "uvm_macros.svh", 1}));
  EXPECT_EQ(result.references, 6U);
  EXPECT_EQ(result.resolved, 0U);
}

// --- packages

TEST(Linker, ScopedNameIsAMemberOfThePackage) {
  LinkedRepository repository;
  TestFile user("user.sv");
  const LocalNode module = user.Module("user");
  const LocalNode signal = user.Signal(module, "state");
  user.Refer(EdgeKind::kHasType, LookUp::kScoped, signal, "state_e", {.scope = "a_pkg"});
  user.Refer(EdgeKind::kRefersTo, LookUp::kScoped, signal, "IDLE", {.scope = "a_pkg"});
  repository.Add(std::move(user));
  TestFile package("a_pkg.sv");
  const LocalNode type = package.Add(package.Package("a_pkg"), NodeKind::kTypedef, "state_e");
  package.Add(type, NodeKind::kEnumMember, "IDLE");
  repository.Add(std::move(package));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kHasType), ElementsAre("user.sv:user.state -> a_pkg.sv:a_pkg::state_e"));
  EXPECT_EQ(repository.Links(EdgeKind::kRefersTo).size(), 1U);
}

// Two packages that both declare WIDTH, and a module that imports them.
void AddWidthPackages(LinkedRepository& repository) {
  for (std::string name : {"a_pkg", "b_pkg"}) {
    TestFile file(name + ".sv");
    file.Add(file.Package(name), NodeKind::kParameter, "WIDTH");
    repository.Add(std::move(file));
  }
}

TEST(Linker, ImportOfTheItemComesBeforeWildcardImport) {
  LinkedRepository repository;
  AddWidthPackages(repository);
  TestFile file("m.sv");
  const LocalNode module = file.Module("m");
  file.Import(module, "a_pkg");
  file.Import(module, "b_pkg", "WIDTH");
  file.Refer(EdgeKind::kRefersTo, LookUp::kIdentifier, module, "WIDTH");
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kRefersTo), ElementsAre("m.sv:m -> b_pkg.sv:b_pkg::WIDTH"));
  EXPECT_THAT(repository.Links(EdgeKind::kImports),
              ElementsAre("m.sv:m -> a_pkg.sv:a_pkg", "m.sv:m -> b_pkg.sv:b_pkg"));
}

TEST(Linker, DocumentsNameModulesAndPackagesOfAnyFile) {
  LinkedRepository repository;
  AddWidthPackages(repository);
  TestFile rtl("m.sv");
  rtl.Signal(rtl.Module("m"), "busy");
  repository.Add(std::move(rtl));
  TestFile manual("README.md");
  const LocalNode section = manual.Add(0, NodeKind::kDocument, "Cells");
  for (const char* name : {"m", "a_pkg", "busy", "clk"}) {
    manual.Refer(EdgeKind::kDocuments, LookUp::kIdentifier, section, name);
  }
  repository.Add(std::move(manual));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kDocuments),
              ElementsAre("README.md:Cells -> a_pkg.sv:a_pkg", "README.md:Cells -> m.sv:m"));
}

TEST(Linker, InnerScopeComesBeforeOuterScopesImports) {
  LinkedRepository repository;
  AddWidthPackages(repository);
  TestFile file("m.sv");
  file.Import(0, "a_pkg");
  const LocalNode module = file.Module("m");
  file.Import(module, "b_pkg");
  file.Refer(EdgeKind::kRefersTo, LookUp::kIdentifier, module, "WIDTH");
  file.Refer(EdgeKind::kRefersTo, LookUp::kIdentifier, file.Module("n"), "WIDTH");
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kRefersTo),
              ElementsAre("m.sv:m -> b_pkg.sv:b_pkg::WIDTH", "m.sv:n -> a_pkg.sv:a_pkg::WIDTH"));
}

TEST(Linker, AmbiguousWildcardImportsKeepBoth) {
  LinkedRepository repository;
  AddWidthPackages(repository);
  TestFile file("m.sv");
  const LocalNode module = file.Module("m");
  file.Import(module, "a_pkg");
  file.Import(module, "b_pkg");
  file.Refer(EdgeKind::kRefersTo, LookUp::kIdentifier, module, "WIDTH");
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kRefersTo),
              ElementsAre("m.sv:m -> a_pkg.sv:a_pkg::WIDTH 0.50", "m.sv:m -> b_pkg.sv:b_pkg::WIDTH 0.50"));
}

TEST(Linker, OfDuplicatedPackagesTheOneThatHasTheMemberIsMeant) {
  LinkedRepository repository;
  for (std::string folder : {"near", "far"}) {
    TestFile file(folder + "/cfg_pkg.sv");
    const LocalNode package = file.Package("cfg_pkg");
    if (folder == "far") file.Add(package, NodeKind::kParameter, "DEPTH");
    repository.Add(std::move(file));
  }
  TestFile file("near/m.sv");
  const LocalNode module = file.Module("m");
  file.Import(module, "cfg_pkg");
  file.Refer(EdgeKind::kRefersTo, LookUp::kIdentifier, module, "DEPTH");
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kRefersTo), ElementsAre("near/m.sv:m -> far/cfg_pkg.sv:cfg_pkg::DEPTH"));
}

TEST(Linker, ReadOfAnImportedNameRunsFromIt) {
  LinkedRepository repository;
  TestFile package("a_pkg.sv");
  package.Signal(package.Package("a_pkg"), "shared");
  repository.Add(std::move(package));
  TestFile file("m.sv");
  const LocalNode module = file.Module("m");
  const LocalNode signal = file.Signal(module, "s");
  file.Refer(EdgeKind::kFlows, LookUp::kScoped, signal, "shared", {.scope = "a_pkg", .far_is_source = true});
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kFlows), ElementsAre("a_pkg.sv:a_pkg::shared -> m.sv:m.s"));
}

// --- includes and $unit

TEST(Linker, IncludeMeansTheFileBesideElseTheNearestOfThatPath) {
  LinkedRepository repository;
  TestFile file("ip/a/rtl/m.sv");
  file.Include("local.svh");
  file.Include("common/defs.svh");
  file.Include("../shared.svh");
  repository.Add(std::move(file));
  for (std::string path : {"ip/a/rtl/local.svh", "ip/b/rtl/local.svh", "ip/a/shared.svh", "lib/common/defs.svh",
                           "lib/uncommon/defs.svh", "ip/a/uncommon/defs.svh"}) {
    repository.Add(TestFile(path));
  }
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kIncludes),
              ElementsAre("ip/a/rtl/m.sv -> ip/a/rtl/local.svh", "ip/a/rtl/m.sv -> ip/a/shared.svh",
                          "ip/a/rtl/m.sv -> lib/common/defs.svh"));
}

TEST(Linker, NameDeclaredInAnIncludedFileIsFoundBeforeOthers) {
  LinkedRepository repository;
  for (std::string path : {"inc/types.svh", "m/types_too.svh"}) {
    TestFile file(path);
    file.Add(0, NodeKind::kTypedef, "byte_t");
    repository.Add(std::move(file));
  }
  TestFile through("inc/all.svh");
  through.Include("types.svh");
  repository.Add(std::move(through));
  TestFile file("m/m.sv");
  file.Include("inc/all.svh");
  const LocalNode signal = file.Signal(file.Module("m"), "s", "byte_t");
  file.Refer(EdgeKind::kHasType, LookUp::kIdentifier, signal, "byte_t");
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kHasType), ElementsAre("m/m.sv:m.s -> inc/types.svh:byte_t"));
}

TEST(Linker, NameDeclaredOutsideModulesOfAnyFileIsAGuess) {
  LinkedRepository repository;
  TestFile types("types.sv");
  types.Add(0, NodeKind::kTypedef, "byte_t");
  repository.Add(std::move(types));
  TestFile file("m.sv");
  const LocalNode signal = file.Signal(file.Module("m"), "s", "byte_t");
  file.Refer(EdgeKind::kHasType, LookUp::kIdentifier, signal, "byte_t");
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kHasType), ElementsAre("m.sv:m.s -> types.sv:byte_t 0.50"));
}

// A package whose body includes two class files, in the manner of UVM environments.
void AddEnvironment(LinkedRepository& repository) {
  TestFile package("env/env_pkg.sv");
  const LocalNode scope = package.Package("env_pkg");
  package.Import(scope, "base_pkg");
  package.Add(scope, NodeKind::kTypedef, "op_e");
  package.Include("cfg.svh");
  package.Include("scoreboard.svh");
  package.Add(scope, NodeKind::kParameter, "LAST");
  repository.Add(std::move(package));
  TestFile cfg("env/cfg.svh");
  cfg.Signal(cfg.Add(0, NodeKind::kClass, "env_cfg"), "depth", "int");
  repository.Add(std::move(cfg));
  TestFile base("base/base_pkg.sv");
  base.Add(base.Add(base.Package("base_pkg"), NodeKind::kClass, "base_scoreboard"), NodeKind::kFunction, "check");
  repository.Add(std::move(base));
  TestFile scoreboard("env/scoreboard.svh");
  const LocalNode scoreboard_class = scoreboard.Add(0, NodeKind::kClass, "scoreboard");
  scoreboard.Refer(EdgeKind::kExtends, LookUp::kIdentifier, scoreboard_class, "base_scoreboard");
  const LocalNode handle = scoreboard.Signal(scoreboard_class, "cfg", "env_cfg");
  scoreboard.Refer(EdgeKind::kHasType, LookUp::kIdentifier, handle, "env_cfg");
  scoreboard.Refer(EdgeKind::kHasType, LookUp::kIdentifier, handle, "op_e");
  const LocalNode run = scoreboard.Add(scoreboard_class, NodeKind::kTask, "run");
  scoreboard.Refer(EdgeKind::kCallsOut, LookUp::kIdentifier, run, "check");
  scoreboard.Refer(EdgeKind::kReads, LookUp::kHierarchical, run, "cfg.depth", {.far_is_source = true});
  repository.Add(std::move(scoreboard));
}

TEST(Linker, FileIncludedInAPackageSeesWhatThePackageSees) {
  LinkedRepository repository;
  AddEnvironment(repository);
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kHasType),
              ElementsAre("env/scoreboard.svh:scoreboard::cfg -> env/cfg.svh:env_cfg",
                          "env/scoreboard.svh:scoreboard::cfg -> env/env_pkg.sv:env_pkg::op_e"));
  EXPECT_THAT(repository.Links(EdgeKind::kExtends),
              ElementsAre("env/scoreboard.svh:scoreboard -> base/base_pkg.sv:base_pkg::base_scoreboard"));
}

TEST(Linker, InheritedNameIsFoundInTheBaseClass) {
  LinkedRepository repository;
  AddEnvironment(repository);
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kCallsOut),
              ElementsAre("env/scoreboard.svh:scoreboard::run -> base/base_pkg.sv:base_pkg::base_scoreboard::check"));
}

TEST(Linker, PathThroughAClassHandleReachesItsMember) {
  LinkedRepository repository;
  AddEnvironment(repository);
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kReads),
              ElementsAre("env/cfg.svh:env_cfg::depth -> env/scoreboard.svh:scoreboard::run"));
}

TEST(Linker, ClassIncludedInAPackageIsItsMember) {
  LinkedRepository repository;
  AddEnvironment(repository);
  TestFile test("test.sv");
  const LocalNode module = test.Module("test");
  test.Import(module, "env_pkg");
  test.Refer(EdgeKind::kHasType, LookUp::kIdentifier, test.Signal(module, "s"), "scoreboard");
  test.Refer(EdgeKind::kHasType, LookUp::kScoped, test.Signal(module, "t"), "env_cfg", {.scope = "env_pkg"});
  repository.Add(std::move(test));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kHasType),
              testing::IsSupersetOf(
                  {"test.sv:test.s -> env/scoreboard.svh:scoreboard", "test.sv:test.t -> env/cfg.svh:env_cfg"}));
}

TEST(Linker, FilesThatIncludeEachOtherAndClassesThatExtendEachOtherAreLinked) {
  LinkedRepository repository;
  for (auto [name, other] : {std::pair("a", "b"), std::pair("b", "a")}) {
    TestFile file(std::string(name) + ".svh");
    file.Include(std::string(other) + ".svh");
    const LocalNode scope = file.Add(0, NodeKind::kClass, name);
    file.Refer(EdgeKind::kExtends, LookUp::kIdentifier, scope, other);
    file.Refer(EdgeKind::kCallsOut, LookUp::kIdentifier, scope, "nowhere");
    file.Add(0, NodeKind::kTypedef, std::string(name) + "_t",
             {.type = std::string(other) + "_t::" + std::string(other) + "_t"});
    file.Refer(EdgeKind::kReads, LookUp::kHierarchical, scope, std::string(other) + "_t.x");
    repository.Add(std::move(file));
  }
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kExtends), ElementsAre("a.svh:a -> b.svh:b", "b.svh:b -> a.svh:a"));
  EXPECT_THAT(repository.Links(EdgeKind::kCallsOut), IsEmpty());
}

TEST(Linker, MacroOfAnIncludedFileComesBeforeNearerOnes) {
  LinkedRepository repository;
  for (std::string path : {"lib/assert.svh", "m/other.svh"}) {
    TestFile file(path);
    file.Add(0, NodeKind::kMacro, "ASSERT");
    repository.Add(std::move(file));
  }
  TestFile file("m/m.sv");
  file.Include("assert.svh");
  file.Refer(EdgeKind::kUsesMacro, LookUp::kMacro, file.Module("m"), "ASSERT");
  repository.Add(std::move(file));
  TestFile without("m/without.sv");
  without.Refer(EdgeKind::kUsesMacro, LookUp::kMacro, without.Module("n"), "ASSERT");
  repository.Add(std::move(without));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kUsesMacro),
              ElementsAre("m/m.sv:m -> lib/assert.svh:ASSERT", "m/without.sv:n -> lib/assert.svh:ASSERT 0.20",
                          "m/without.sv:n -> m/other.svh:ASSERT 0.80"));
}

// --- hierarchical names

// top -> u_core (core) -> g (generate) -> u_alu (alu), with a signal x in alu.
void AddHierarchy(LinkedRepository& repository) {
  TestFile core("core.sv");
  const LocalNode generate = core.Add(core.Module("core"), NodeKind::kGenerate, "g");
  core.Instance(generate, "alu", "u_alu");
  repository.Add(std::move(core));
  TestFile alu("alu.sv");
  alu.Signal(alu.Module("alu"), "x");
  repository.Add(std::move(alu));
}

TEST(Linker, DottedPathFollowsInstancesAndGenerateBlocks) {
  LinkedRepository repository;
  AddHierarchy(repository);
  TestFile top("top.sv");
  const LocalNode module = top.Module("top");
  top.Instance(module, "core", "u_core");
  for (std::string path : {"u_core.g[2].u_alu.x", "top.u_core.g[i+1].u_alu.x", "$root.top.u_core.g.u_alu.x"}) {
    const LocalNode block = top.Add(module, NodeKind::kAssign, "assign");
    top.Refer(EdgeKind::kReads, LookUp::kHierarchical, block, path, {.far_is_source = true});
  }
  top.Refer(EdgeKind::kReads, LookUp::kHierarchical, module, "u_core.h.u_alu.x", {.far_is_source = true});
  repository.Add(std::move(top));
  const LinkResult& result = repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kReads),
              ElementsAre("alu.sv:alu.x -> top.sv:top.assign", "alu.sv:alu.x -> top.sv:top.assign",
                          "alu.sv:alu.x -> top.sv:top.assign"));
  EXPECT_EQ(result.references - result.resolved, 1U);
}

TEST(Linker, MemberOfAnInterfacePortIsTheInterfacesSignal) {
  LinkedRepository repository;
  TestFile interface("axi_if.sv");
  const LocalNode scope = interface.Add(0, NodeKind::kInterface, "axi_if");
  interface.Signal(scope, "valid");
  interface.Add(scope, NodeKind::kModport, "master");
  interface.Add(scope, NodeKind::kClocking, "cb");
  repository.Add(std::move(interface));
  TestFile file("m.sv");
  const LocalNode module = file.Module("m");
  file.Add(module, NodeKind::kPort, "bus", {.type = "axi_if.master"});
  file.Signal(module, "vif", "virtual axi_if");
  const LocalNode a = file.Add(module, NodeKind::kAssign, "a");
  file.Refer(EdgeKind::kDrives, LookUp::kHierarchical, a, "bus.valid");
  const LocalNode b = file.Add(module, NodeKind::kAssign, "b");
  file.Refer(EdgeKind::kDrives, LookUp::kHierarchical, b, "vif.cb.valid");
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kDrives),
              ElementsAre("m.sv:m.a -> axi_if.sv:axi_if.valid", "m.sv:m.b -> axi_if.sv:axi_if.valid"));
}

TEST(Linker, NameIsLookedUpOutwardInTheModulesThatInstantiateOrThatAreBoundTo) {
  LinkedRepository repository;
  AddHierarchy(repository);
  TestFile monitor("monitor.sv");
  const LocalNode block = monitor.Add(monitor.Module("monitor"), NodeKind::kAssign, "a");
  monitor.Refer(EdgeKind::kReads, LookUp::kHierarchical, block, "g.u_alu.x", {.far_is_source = true});
  repository.Add(std::move(monitor));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kReads), IsEmpty());
  TestFile bind("bind.sv");
  const LocalNode instance = bind.Instance(bind.Module("binds"), "monitor", "u_monitor");
  bind.Refer(EdgeKind::kRefersTo, LookUp::kDefinition, instance, "core", {.text = "bind"});
  repository.Add(std::move(bind));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kReads), ElementsAre("alu.sv:alu.x -> monitor.sv:monitor.a"));
  EXPECT_THAT(repository.Links(EdgeKind::kRefersTo), ElementsAre("bind.sv:binds.u_monitor -> core.sv:core"));
}

TEST(Linker, ModulesThatInstantiateEachOtherEndTheOutwardSearch) {
  LinkedRepository repository;
  for (auto [name, other] : {std::pair("a", "b"), std::pair("b", "a")}) {
    TestFile file(std::string(name) + ".v");
    const LocalNode module = file.Module(name);
    file.Instance(module, other, "u");
    file.Refer(EdgeKind::kReads, LookUp::kHierarchical, module, "nowhere.x", {.far_is_source = true});
    repository.Add(std::move(file));
  }
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kReads), IsEmpty());
}

TEST(Linker, PathThroughAFunctionsArgumentReachesItsClass) {
  LinkedRepository repository;
  AddEnvironment(repository);
  TestFile file("env/use.sv");
  const LocalNode module = file.Module("use");
  file.Import(module, "env_pkg");
  const LocalNode function = file.Add(module, NodeKind::kFunction, "f");
  file.Add(function, NodeKind::kPort, "item", {.type = "env_cfg"});
  const LocalNode statement = file.Add(function, NodeKind::kStatement, "if#0");
  file.Refer(EdgeKind::kReads, LookUp::kHierarchical, statement, "item.depth", {.far_is_source = true});
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kReads), Contains("env/cfg.svh:env_cfg::depth -> env/use.sv:use.f.if#0"));
}

TEST(Linker, MemberOfAStructIsItsSignal) {
  LinkedRepository repository;
  TestFile core("core.sv");
  const LocalNode scope = core.Module("core");
  core.Add(core.Add(scope, NodeKind::kTypedef, "cfg_t", {.type = "struct packed"}), NodeKind::kStructField, "lock");
  core.Signal(scope, "cfg", "cfg_t");
  repository.Add(std::move(core));
  TestFile top("top.sv");
  const LocalNode module = top.Module("top");
  top.Instance(module, "core", "u_core");
  top.Refer(EdgeKind::kReads, LookUp::kHierarchical, module, "u_core.cfg.lock", {.far_is_source = true});
  repository.Add(std::move(top));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kReads), ElementsAre("core.sv:core.cfg -> top.sv:top"));
}

TEST(Linker, TypeOfAPortMayBeAnInterfaceOfAnyFile) {
  LinkedRepository repository;
  TestFile interface("axi_if.sv");
  interface.Add(interface.Add(0, NodeKind::kInterface, "axi_if"), NodeKind::kModport, "master");
  repository.Add(std::move(interface));
  TestFile file("m.sv");
  const LocalNode port = file.Add(file.Module("m"), NodeKind::kPort, "bus", {.type = "axi_if.master"});
  file.Refer(EdgeKind::kHasType, LookUp::kIdentifier, port, "axi_if");
  file.Refer(EdgeKind::kHasType, LookUp::kDefinition, port, "axi_if");
  file.Refer(EdgeKind::kHasType, LookUp::kHierarchical, port, "axi_if.master");
  repository.Add(std::move(file));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kHasType),
              ElementsAre("m.sv:m.bus -> axi_if.sv:axi_if", "m.sv:m.bus -> axi_if.sv:axi_if.master"));
}

// --- results

TEST(Linker, ShardThatCannotBeReadIsNamed) {
  LinkedRepository repository;
  repository.Add(ModuleFile("a.v", "a"));
  repository.inputs().push_back(
      {"b.v",
       []() -> base::Result<std::shared_ptr<const Shard>> { return base::Fail(base::Code::kDataLoss, "torn"); },
       {}});
  auto result = LinkRepository(LinkedRepository::kName, repository.inputs(), 2);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, base::Code::kDataLoss);
  EXPECT_EQ(result.error().message, "b.v: torn");
}

TEST(Linker, NoFilesGiveNoLinks) {
  auto result = LinkRepository("empty", {}, 4);
  ASSERT_TRUE(result.has_value());
  EXPECT_THAT(result->link_sets, IsEmpty());
}

TEST(Linker, BytesDependNeitherOnThreadsNorOnTheOrderOfFiles) {
  LinkedRepository repository;
  AddEnvironment(repository);
  AddHierarchy(repository);
  AddWidthPackages(repository);
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    TestFile file("x" + std::to_string(i % 7) + "/m" + number + ".sv");
    const LocalNode module = file.Module("m" + std::to_string(i % 11));
    file.Input(module, "d");
    file.Import(module, i % 2 == 0 ? "a_pkg" : "b_pkg");
    const LocalNode signal = file.Signal(module, "s");
    file.Connect(file.Instance(module, "m" + std::to_string((i + 3) % 11), "u"), "d", {signal});
    file.Refer(EdgeKind::kRefersTo, LookUp::kIdentifier, signal, "WIDTH");
    repository.Add(std::move(file));
  }
  const std::vector<std::string> expected = repository.Link(1).link_sets;
  EXPECT_EQ(repository.Link(4).link_sets, expected);
  std::ranges::reverse(repository.inputs());
  auto reversed = LinkRepository(LinkedRepository::kName, repository.inputs(), 2);
  ASSERT_TRUE(reversed.has_value());
  std::ranges::reverse(reversed->link_sets);
  EXPECT_EQ(reversed->link_sets, expected);
}

TEST(Linker, AConstantThatLookedLikeASignalIsMentionedAndDoesNotFlow) {
  LinkedRepository repository;
  TestFile constants("p.sv");
  constants.Add(constants.Package("p"), NodeKind::kParameter, "C");
  TestFile user("m.sv");
  const LocalNode module = user.Module("m");
  user.Import(module, "p");
  const LocalNode q = user.Signal(module, "q");
  user.Refer(EdgeKind::kFlows, LookUp::kIdentifier, q, "C", {.far_is_source = true});
  repository.Add(std::move(constants));
  repository.Add(std::move(user));
  repository.Link();
  EXPECT_THAT(repository.Links(EdgeKind::kFlows), testing::IsEmpty());
  EXPECT_THAT(repository.Links(EdgeKind::kRefersTo), testing::ElementsAre("m.sv:m.q -> p.sv:p::C"));
}

}  // namespace
}  // namespace fanin::graph
