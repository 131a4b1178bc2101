#include "indexer/macro_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace fanin::indexer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Texts = std::vector<std::pair<std::string, std::string>>;  // path, text

class MacroEnvironmentTest : public testing::Test {
 protected:
  // The environment of `path` among the files, as name -> formals + body.
  std::map<std::string, std::string> Resolve(const std::string& path, const Texts& files,
                                             const std::vector<std::string>& defines = {}) {
    RepositoryMacros::Search search;
    for (const std::string& define : defines) search.defines.push_back(*ParseDefine(define));
    std::vector<RepositoryMacros::File> scanned;
    for (const auto& [name, text] : files)
      scanned.push_back({name, std::make_shared<const TextScan>(ScanText(text, 1000)), {}});
    macros_ = std::make_unique<RepositoryMacros>(std::move(scanned), std::move(search));
    const auto file = macros_->paths().Find(path);
    environment_ = macros_->Resolve(path, *macros_->files()[*file].scan);
    std::map<std::string, std::string> result;
    for (const MacroDefinition* definition : environment_.definitions) {
      result[definition->name] = definition->formals + definition->body;
    }
    return result;
  }
  std::map<std::string, std::string> ResolveText(const std::string& text,
                                                 const std::vector<std::string>& defines = {}) {
    return Resolve("a.sv", {{"a.sv", text}}, defines);
  }

  std::unique_ptr<RepositoryMacros> macros_;
  MacroEnvironment environment_;
};

TEST_F(MacroEnvironmentTest, OwnMacrosNeedNothing) {
  EXPECT_THAT(ResolveText("`define A `B\n`define B 1\nwire [`A:0] x;"), IsEmpty());
}

TEST_F(MacroEnvironmentTest, OptionsComeBeforeIncludesAndTheRepository) {
  const Texts files = {{"a.sv", "`include \"h.svh\"\nwire [`A+`B+`C:0] x;"},
                       {"h.svh", "`define B 20\n`ifndef A\n`define A 10\n`endif\n"},
                       {"other.sv", "`define A 100\n`define B 200\n`define C 300\n"}};
  EXPECT_THAT(Resolve("a.sv", files, {"A=1"}), UnorderedElementsAre(Pair("A", "1"), Pair("B", "20"), Pair("C", "300")));
}

TEST_F(MacroEnvironmentTest, IncludeChainsFollowConditionals) {
  const Texts files = {{"rtl/a.sv", "`include \"assert.sv\"\n`CHECK(x)\n`ifdef HAVE_CHECK\nwire y;\n`endif\n"},
                       {"lib/assert.sv",
                        "`ifndef ASSERT_SV\n`define ASSERT_SV\n`ifdef SYNTHESIS\n`include \"dummy.svh\"\n"
                        "`else\n`include \"real.svh\"\n`define HAVE_CHECK\n`endif\n`endif\n"},
                       {"lib/dummy.svh", "`define CHECK(p)\n"},
                       {"lib/real.svh", "`define CHECK(p) assert(p) `FAIL\n`define FAIL else $error;\n"}};
  EXPECT_THAT(Resolve("rtl/a.sv", files), UnorderedElementsAre(Pair("CHECK", "(p)assert(p) `FAIL"),
                                                               Pair("FAIL", "else $error;"), Pair("HAVE_CHECK", "")));
  EXPECT_THAT(Resolve("rtl/a.sv", files, {"SYNTHESIS"}), UnorderedElementsAre(Pair("CHECK", "(p)")));
}

TEST_F(MacroEnvironmentTest, IncludeLoopsEnd) {
  const Texts files = {{"a.sv", "`include \"b.svh\"\nwire [`B+`C:0] x;"},
                       {"b.svh", "`include \"c.svh\"\n`define B 1\n"},
                       {"c.svh", "`include \"b.svh\"\n`include \"a.sv\"\n`include \"c.svh\"\n`define C 2\n"}};
  EXPECT_THAT(Resolve("a.sv", files), UnorderedElementsAre(Pair("B", "1"), Pair("C", "2")));
}

TEST_F(MacroEnvironmentTest, MissingIncludeIsANote) {
  ResolveText("\n`include \"nowhere.svh\"\n`ifdef X\n`include \"inactive.svh\"\n`endif\n");
  ASSERT_EQ(environment_.notes.size(), 1U);
  EXPECT_EQ(environment_.notes[0].line, 2U);
  EXPECT_EQ(environment_.notes[0].message, "`include \"nowhere.svh\" names no file of the repository");
}

TEST_F(MacroEnvironmentTest, UnrelatedFileSwitchesNoCode) {
  const Texts files = {{"a.sv", "`ifdef FPGA\nwire x = `FPGA;\n`endif\n`ifndef SIM\nwire y;\n`endif\n"},
                       {"b.sv", "`define FPGA 1\n`define SIM\n"}};
  EXPECT_THAT(Resolve("a.sv", files), IsEmpty());
}

TEST_F(MacroEnvironmentTest, NameTestedUndefinedStaysUndefinedThoughUsed) {
  const Texts files = {{"a.sv", "`ifdef FPGA\nwire x;\n`endif\nwire [`FPGA:0] y;"}, {"b.sv", "`define FPGA 1\n"}};
  EXPECT_THAT(Resolve("a.sv", files), IsEmpty());
}

TEST_F(MacroEnvironmentTest, TestedNamesOfOptionsAreGiven) {
  EXPECT_THAT(ResolveText("`ifdef FPGA\nwire x;\n`endif\n", {"FPGA", "UNUSED=3"}),
              UnorderedElementsAre(Pair("FPGA", "1")));
}

TEST_F(MacroEnvironmentTest, UsesInInactiveTextAreDefinedForItsOwnReading) {
  EXPECT_THAT(
      ResolveText("`ifdef X\n`A\n`elsif Y\n`B\n`else\n`ifdef Z\n`C\n`endif\n`endif\n`ifndef W\n`else\n`D\n`endif\n"),
      UnorderedElementsAre(Pair("A", ""), Pair("B", ""), Pair("C", ""), Pair("D", "")));
  EXPECT_THAT(ResolveText("`define A 1\n`ifdef X\nwire [`A:0] w;\n`endif\n"), IsEmpty());
}

TEST_F(MacroEnvironmentTest, UseBeforeTheOwnDefinitionIsLookedUpOutside) {
  const Texts files = {{"x/a.sv", "wire [`W:0] x;\n`undef W\n`define W 9\nwire [`W:0] y;"},
                       {"y/b.sv", "`define W 7\n"}};
  // The own definition is the nearest; what matters is that there is one before the first use.
  EXPECT_THAT(Resolve("x/a.sv", files), UnorderedElementsAre(Pair("W", "9")));
}

TEST_F(MacroEnvironmentTest, NearestFolderWinsThenThePath) {
  const Texts files = {{"ip/u/rtl/a.sv", "wire [`W+`V:0] x;"},
                       {"ip/u/inc/b.svh", "`define W 1\n"},
                       {"ip/v/b.svh", "`define W 2\n`define V 2\n"},
                       {"ip/x/b.svh", "`define V 3\n"}};
  EXPECT_THAT(Resolve("ip/u/rtl/a.sv", files), UnorderedElementsAre(Pair("W", "1"), Pair("V", "2")));
}

TEST_F(MacroEnvironmentTest, DefinitionWhoseConditionHoldsWins) {
  const Texts files = {{"a.sv", "wire [`W:0] x;"}, {"b.svh", "`ifdef ASIC\n`define W 1\n`else\n`define W 2\n`endif\n"}};
  EXPECT_THAT(Resolve("a.sv", files), UnorderedElementsAre(Pair("W", "2")));
  EXPECT_THAT(Resolve("a.sv", files, {"ASIC"}), UnorderedElementsAre(Pair("W", "1")));
}

TEST_F(MacroEnvironmentTest, BodiesAndDefaultsAreFollowed) {
  const Texts files = {{"a.sv", "`CHECK(x)\n"},
                       {"b.svh",
                        "`define CHECK(p, clk = `CLK) assert(@(`EDGE clk) p)\n`define CLK clk_i\n"
                        "`define EDGE posedge\n`define UNRELATED 1\n"}};
  const auto found = Resolve("a.sv", files);
  EXPECT_EQ(found.size(), 3U);
  EXPECT_EQ(found.at("CLK"), "clk_i");
  EXPECT_EQ(found.at("EDGE"), "posedge");
}

TEST_F(MacroEnvironmentTest, PastedNamesBringAllThatBeginSo) {
  const Texts files = {{"a.sv", "`LOG(fatal)\n"},
                       {"b.svh", "`define LOG(sev) `log_``sev\n`define log_info $info;\n`define log_fatal $fatal;\n"}};
  EXPECT_THAT(Resolve("a.sv", files), UnorderedElementsAre(Pair("LOG", "(sev)`log_``sev"), Pair("log_info", "$info;"),
                                                           Pair("log_fatal", "$fatal;")));
}

TEST_F(MacroEnvironmentTest, SelfReferencesEnd) {
  EXPECT_THAT(Resolve("a.sv", {{"a.sv", "`A\n"}, {"b.sv", "`define A `B `A\n`define B `A\n"}}),
              UnorderedElementsAre(Pair("A", "`B `A"), Pair("B", "`A")));
}

TEST_F(MacroEnvironmentTest, LongChainsOfMacrosAreFollowed) {
  std::string chain;
  for (int i = 0; i < 20'000; ++i) chain += "`define M" + std::to_string(i) + " `M" + std::to_string(i + 1) + "\n";
  EXPECT_EQ(Resolve("a.sv", {{"a.sv", "`M0\n"}, {"b.sv", chain}}).size(), 20'001U);
}

TEST_F(MacroEnvironmentTest, LibraryStandsInForUvmUnlessTheRepositoryHasIt) {
  const std::string text = "`uvm_info(\"id\", \"text\", UVM_LOW)\n";
  EXPECT_EQ(ResolveText(text).at("uvm_info").substr(0, 4), "(a0=");
  EXPECT_TRUE(ResolveText(text).at("uvm_info").ends_with("begin end"));
  EXPECT_THAT(Resolve("a.sv", {{"a.sv", text}, {"m.svh", "`define uvm_info(I, M, V) log(I, M);\n"}}),
              UnorderedElementsAre(Pair("uvm_info", "(I, M, V)log(I, M);")));
}

TEST_F(MacroEnvironmentTest, UnknownMacrosGetStubsThatFitTheirUse) {
  EXPECT_THAT(
      ResolveText("module m;\n`ITEM(a, b)\nassign x = `VALUE + 1;\n`TYPE t;\nalways_comb if (x) `LOG\nelse y = 1;\n"),
      UnorderedElementsAre(Pair("ITEM", "(a0=,a1=)"), Pair("VALUE", "1"), Pair("TYPE", "TYPE"),
                           Pair("LOG", "begin end")));
}

TEST_F(MacroEnvironmentTest, DigestDependsOnWhatTheParseSeesOnly) {
  const auto digest = [this](const std::string& header, const std::string& other) {
    Resolve("a.sv", {{"a.sv", "wire [`W:0] x;"}, {"h.svh", header}, {"o.sv", other}});
    base::Digester digester;
    environment_.AddTo(digester);
    return digester.Finish();
  };
  const auto before = digest("`define W 1\n", "");
  EXPECT_EQ(digest("// comment\n`define W 1\n`define OTHER 2\n", "wire w;"), before);
  EXPECT_NE(digest("`define W 2\n", ""), before);
}

TEST(ParseDefine, ReadsNamesValuesAndFormals) {
  EXPECT_EQ(ParseDefine("A")->Text(), "A 1");
  EXPECT_EQ(ParseDefine("A=")->Text(), "A ");
  EXPECT_EQ(ParseDefine("A=b=c")->Text(), "A b=c");
  EXPECT_EQ(ParseDefine("F(x)=x+1")->Text(), "F(x) x+1");
  for (const char* bad : {"", "=1", "1A", "a b=1", "A=1\nB"}) {
    const auto define = ParseDefine(bad);
    ASSERT_FALSE(define) << bad;
    EXPECT_EQ(define.error().code, base::Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace fanin::indexer
