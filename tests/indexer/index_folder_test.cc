#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "graph/shard.h"
#include "indexer/indexer.h"
#include "tests/indexer/temp_tree.h"

namespace fanin::indexer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// Keeps what it is given.
class MemorySink : public ShardSink {
 public:
  base::Result<std::vector<bool>> HasShards(const std::vector<base::Digest>& keys) override {
    std::vector<bool> stored;
    for (const auto& key : keys) stored.push_back(shards.contains(key));
    return stored;
  }
  base::Status Put(std::vector<Item> items) override {
    if (fail_put) return base::Fail(base::Code::kResourceExhausted, "disk full");
    for (Item& item : items) {
      EXPECT_EQ(base::DigestOf(item.text), item.content);
      ++puts;
      shards[item.shard_key] = std::move(item.shard_bytes);
    }
    return {};
  }
  bool Cancelled() const override { return cancel_after >= 0 && asked++ >= cancel_after; }

  std::map<base::Digest, std::string> shards;
  int puts = 0;
  bool fail_put = false;
  int cancel_after = -1;
  mutable std::atomic<int> asked = 0;
};

class IndexFolderTest : public testing::Test {
 protected:
  void SetUp() override { options_.root = tree_.root().string(); }

  IndexResult Index() {
    sink_.puts = 0;
    auto result = IndexFolder(options_, sink_);
    EXPECT_TRUE(result.has_value()) << result.error();
    return result ? *std::move(result) : IndexResult();
  }

  static std::vector<std::string> Paths(const IndexResult& result) {
    std::vector<std::string> paths;
    for (const IndexedFile& file : result.files) paths.push_back(file.path);
    return paths;
  }

  static std::string ReasonOf(const IndexResult& result, const std::string& path) {
    for (const auto& lost : result.lost) {
      if (lost.path == path) return lost.reason;
    }
    return "not lost";
  }

  std::set<std::string> Modules(const IndexResult& result) const {
    std::set<std::string> names;
    for (const IndexedFile& file : result.files) {
      const auto shard = graph::Shard::Decode(sink_.shards.at(file.shard));
      EXPECT_TRUE(shard.has_value()) << file.path;
      for (const auto& node : (*shard)->nodes()) {
        if (node.kind == graph::NodeKind::kModule) names.emplace(node.name);
      }
    }
    return names;
  }

  TempTree tree_;
  IndexOptions options_;
  MemorySink sink_;
};

TEST_F(IndexFolderTest, EveryFileBecomesAShard) {
  tree_.Write("rtl/a.sv", "module a; endmodule\n").Write("b.v", "module b; endmodule\n").Write("empty.sv", "");
  tree_.Write("README.md", "# Title\n");
  const IndexResult result = Index();
  EXPECT_THAT(Paths(result), ElementsAre("README.md", "b.v", "empty.sv", "rtl/a.sv"));
  EXPECT_THAT(result.lost, IsEmpty());
  EXPECT_THAT(Modules(result), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(result.revision, "");
}

TEST_F(IndexFolderTest, SecondRunParsesNothing) {
  tree_.Write("a.sv", "module a; endmodule\n").Write("b.sv", "`define W 1\nmodule b; endmodule\n");
  Index();
  const IndexResult again = Index();
  EXPECT_EQ(sink_.puts, 0);
  for (const IndexedFile& file : again.files) EXPECT_TRUE(file.reused) << file.path;
}

TEST_F(IndexFolderTest, ChangedMacroReparsesItsUsersOnly) {
  tree_.Write("defs.svh", "`define W 1\n`define UNUSED 1\n");
  tree_.Write("user.sv", "`include \"defs.svh\"\nwire [`W:0] a;\n").Write("other.sv", "module other; endmodule\n");
  Index();
  tree_.Write("defs.svh", "`define W 1\n`define UNUSED 2\n");
  Index();
  EXPECT_EQ(sink_.puts, 1);
  tree_.Write("defs.svh", "`define W 2\n`define UNUSED 2\n");
  Index();
  EXPECT_EQ(sink_.puts, 2);
}

TEST_F(IndexFolderTest, IncludeThatAppearsLaterReparsesItsUser) {
  tree_.Write("user.sv", "`include \"late.svh\"\nmodule user; endmodule\n");
  Index();
  tree_.Write("inc/late.svh", "// nothing\n");
  Index();
  EXPECT_EQ(sink_.puts, 2);
}

TEST_F(IndexFolderTest, FolderWithoutHdlSaysWhatWasLookedFor) {
  tree_.Write("README.md", "# x\n").Write("main.c", "");
  const auto result = IndexFolder(options_, sink_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kFailedPrecondition);
  EXPECT_THAT(result.error().message, HasSubstr(".sv"));
}

TEST_F(IndexFolderTest, MissingFolderIsNotFound) {
  options_.root = tree_ / "nowhere";
  EXPECT_EQ(IndexFolder(options_, sink_).error().code, base::Code::kNotFound);
}

TEST_F(IndexFolderTest, HostileFilesCostThemselvesOnly) {
  tree_.Write("good.sv", "module good; endmodule\n");
  tree_.Write("binary.sv", std::string_view("module \0 x", 10)).Write("utf16.sv", "\xff\xfem");
  tree_.Write("parens.sv",
              "module p; assign a = " + std::string(10'000, '(') + "b" + std::string(10'000, ')') + "; endmodule\n");
  std::string begins;
  for (int i = 0; i < 10'000; ++i) begins += "begin\n";
  tree_.Write("begins.sv", "module q; initial " + begins);
  std::string terms = "module r; assign x = a";
  for (int i = 0; i < 60'000; ++i) terms += "+a";
  tree_.Write("terms.sv", terms + "; endmodule\n");
  options_.max_file_bytes = 1 << 20;
  tree_.Write("huge.sv", std::string(2 << 20, 'x'));
  tree_.Write("unreadable.sv", "module u; endmodule\n");
  std::filesystem::permissions(tree_ / "unreadable.sv", std::filesystem::perms::none);
  const bool enforced = ::access((tree_ / "unreadable.sv").c_str(), R_OK) != 0;  // not for root

  const IndexResult result = Index();
  std::vector<std::string> expected = {"good.sv"};
  if (!enforced) expected.emplace_back("unreadable.sv");
  EXPECT_EQ(Paths(result), expected);
  EXPECT_THAT(ReasonOf(result, "binary.sv"), HasSubstr("not text"));
  EXPECT_THAT(ReasonOf(result, "utf16.sv"), HasSubstr("not text"));
  EXPECT_THAT(ReasonOf(result, "parens.sv"), HasSubstr("nested deeper than 1000 levels, line 1"));
  EXPECT_THAT(ReasonOf(result, "begins.sv"), HasSubstr("nested deeper than 1000 levels"));
  EXPECT_THAT(ReasonOf(result, "terms.sv"), HasSubstr("expression of more than"));
  EXPECT_THAT(ReasonOf(result, "huge.sv"), HasSubstr("larger than the limit of 1048576 bytes"));
}

TEST_F(IndexFolderTest, OneLongLineIsAFileLikeAnyOther) {
  std::string text = "module m;";
  while (text.size() < (4U << 20)) text += "wire w" + std::to_string(text.size()) + ";";
  tree_.Write("line.sv", text + "endmodule");
  EXPECT_THAT(Modules(Index()), UnorderedElementsAre("m"));
}

TEST_F(IndexFolderTest, MultilineAssertionMacrosLoseNoModule) {
  tree_.Write(
      "prim/assert.sv",
      "`ifndef A_SV\n`define A_SV\n`define DEFAULT_CLK clk_i\n"
      "`define ASSERT(__name, __prop, __clk = `DEFAULT_CLK) \\\n"
      "  __name: assert property (@(posedge __clk) (__prop)) \\\n    else begin \\\n      `ERR(__name) \\\n    end\n"
      "`define ERR(__name) $error(`\"__name`\");\n`endif\n");
  tree_.Write("rtl/core.sv",
              "`include \"assert.sv\"\nmodule core(input logic clk_i, input logic a);\n"
              "  `ASSERT(OneHot_A,\n          $onehot0(a))\n  `SOMEONE_ELSES(x,\n    y)\n  sub u_sub();\nendmodule\n"
              "module sub; endmodule\n");
  const IndexResult result = Index();
  EXPECT_THAT(Modules(result), UnorderedElementsAre("core", "sub"));
  for (const IndexedFile& file : result.files) {
    EXPECT_THAT((*graph::Shard::Decode(sink_.shards.at(file.shard)))->diagnostics(), IsEmpty()) << file.path;
  }
}

TEST_F(IndexFolderTest, IncludedFilesCountWhateverTheirName) {
  tree_.Write("a.sv", "`include \"params.inc\"\nmodule a; wire [`W:0] x; endmodule\n");
  tree_.Write("inc/params.inc", "`include \"more.h\"\n`define W `V\n").Write("inc/more.h", "`define V 1\n");
  tree_.Write("unrelated.h", "int main() {}\n");
  EXPECT_THAT(Paths(Index()), ElementsAre("a.sv", "inc/more.h", "inc/params.inc"));
}

TEST_F(IndexFolderTest, FileListsGiveDefinesAndFolders) {
  tree_.Write("x/inc/d.svh", "`define W 1\n").Write("y/d.svh", "`define W 2\n");
  tree_.Write("y/a.sv", "`include \"inc.svh\"\n`ifdef SPECIAL\nmodule special; endmodule\n`endif\nwire [`W:0] w;\n");
  tree_.Write("list.f", "+define+SPECIAL\n+incdir+x/inc\ny/a.sv\ny/missing.sv\n");
  options_.file_lists = {"list.f"};
  const IndexResult result = Index();
  EXPECT_THAT(Modules(result), UnorderedElementsAre("special"));
  EXPECT_THAT(ReasonOf(result, "y/missing.sv"), HasSubstr("list.f:4"));
}

TEST_F(IndexFolderTest, BadFileListAndDefineAreInvalidArguments) {
  tree_.Write("a.sv", "module a; endmodule\n").Write("list.f", "+define+1BAD\n");
  options_.file_lists = {"list.f"};
  auto result = IndexFolder(options_, sink_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kInvalidArgument);
  EXPECT_THAT(result.error().message, HasSubstr("list.f:1"));
  options_.file_lists = {"nowhere.f"};
  EXPECT_EQ(IndexFolder(options_, sink_).error().code, base::Code::kInvalidArgument);
  options_.file_lists.clear();
  options_.defines = {"=1"};
  EXPECT_EQ(IndexFolder(options_, sink_).error().code, base::Code::kInvalidArgument);
}

TEST_F(IndexFolderTest, BadManifestIsNamedAndCostsNothing) {
  tree_.Write("a.sv", "module a; endmodule\n").Write("Bender.yml", "export_include_dirs: [\n");
  const IndexResult result = Index();
  EXPECT_THAT(Paths(result), ElementsAre("a.sv"));
  EXPECT_THAT(ReasonOf(result, "Bender.yml"), HasSubstr("manifest cannot be read"));
}

TEST_F(IndexFolderTest, CancellationEndsTheRun) {
  for (int i = 0; i < 20; ++i) tree_.Write("m" + std::to_string(i) + ".sv", "module m; endmodule\n");
  options_.threads = 1;
  for (int after : {0, 5, 25}) {
    sink_.asked = 0;
    sink_.cancel_after = after;
    const auto result = IndexFolder(options_, sink_);
    ASSERT_FALSE(result) << after;
    EXPECT_EQ(result.error().code, base::Code::kCancelled);
  }
}

TEST_F(IndexFolderTest, SinkErrorsArePassedOn) {
  tree_.Write("a.sv", "module a; endmodule\n");
  sink_.fail_put = true;
  EXPECT_EQ(IndexFolder(options_, sink_).error(), (base::Error{base::Code::kResourceExhausted, "disk full"}));
}

TEST_F(IndexFolderTest, ProgressCountsUpToItsTotal) {
  for (int i = 0; i < 10; ++i) tree_.Write("m" + std::to_string(i) + ".sv", "module m; endmodule\n");
  std::map<Progress::Phase, std::vector<uint64_t>> seen;
  ASSERT_TRUE(IndexFolder(options_, sink_, [&](const Progress& progress) {
    if (progress.phase != Progress::Phase::kDiscover) {
      EXPECT_EQ(progress.total, 10U);
    }
    seen[progress.phase].push_back(progress.done);
  }));
  for (const auto phase : {Progress::Phase::kScan, Progress::Phase::kParse}) {
    EXPECT_THAT(seen[phase], ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  }
}

TEST_F(IndexFolderTest, ThreadsDoNotChangeTheResult) {
  for (int i = 0; i < 30; ++i) {
    const std::string name = "m" + std::to_string(i);
    tree_.Write(name + ".sv", "`define D" + name + " " + std::to_string(i) + "\nmodule " + name + "; wire [`Dm" +
                                  std::to_string((i + 1) % 30) + ":0] w; endmodule\n");
  }
  options_.threads = 1;
  Index();
  const auto one = sink_.shards;
  sink_.shards.clear();
  options_.threads = 4;
  Index();
  EXPECT_EQ(sink_.shards, one);
}

TEST_F(IndexFolderTest, TextIsIndexedAsIfItWereInTheFolder) {
  tree_.Write("defs.svh", "`define DECLARE(n) logic n;\n").Write("a.sv", "module a; endmodule\n");
  const auto first = IndexText(options_, "a.sv", "module a;\n`DECLARE(fresh)\nendmodule\n");
  ASSERT_TRUE(first.has_value()) << first.error();
  const auto shard = graph::Shard::Decode(*first);
  ASSERT_TRUE(shard.has_value());
  EXPECT_THAT((*shard)->diagnostics(), IsEmpty());
  const IndexResult result = Index();
  const auto same = IndexText(options_, "a.sv", "module a; endmodule\n");
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(*same, sink_.shards.at(result.files[0].shard));
}

TEST_F(IndexFolderTest, BadTextsAreErrors) {
  tree_.Write("a.sv", "module a; endmodule\n");
  EXPECT_EQ(IndexText(options_, "../a.sv", "").error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(IndexText(options_, "a.sv", std::string(1, '\0')).error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(IndexText(options_, "a.sv", std::string(20'000, '(')).error().code, base::Code::kResourceExhausted);
}

}  // namespace
}  // namespace fanin::indexer
