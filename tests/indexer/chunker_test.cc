#include "indexer/chunker.h"

#include <set>

#include "tests/indexer/extraction.h"

namespace fanin::indexer {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

// Every line with text in exactly one chunk, which are whole lines in ascending order.
void ExpectCovered(const Extraction& x) {
  const LineIndex lines(x.text());
  uint32_t next_line = 1;
  auto expect_blank = [&](uint32_t first, uint32_t end) {
    for (uint32_t line = first; line < end; ++line) {
      const std::string_view text =
          std::string_view(x.text()).substr(lines.BeginOf(line), lines.BeginOf(line + 1) - lines.BeginOf(line));
      EXPECT_EQ(text.find_first_not_of(" \t\r\n"), std::string_view::npos) << "line " << line << ": " << text;
    }
  };
  for (const graph::Chunk& chunk : x.shard().chunks()) {
    ASSERT_GE(chunk.span.begin_line, next_line);
    ASSERT_LE(chunk.span.begin_line, chunk.span.end_line);
    EXPECT_EQ(chunk.span, lines.LinesSpan(chunk.span.begin_line, chunk.span.end_line));
    EXPECT_LE(chunk.span.end_line - chunk.span.begin_line + 1, kHugeLines);
    expect_blank(next_line, chunk.span.begin_line);
    next_line = chunk.span.end_line + 1;
  }
  expect_blank(next_line, lines.line_count() + 1);
}

std::string Lines(const std::string& line, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line + "\n";
  return text;
}

TEST(Chunker, ASmallModuleIsOneChunk) {
  const Extraction x("// About m.\nmodule m(input a, output b);\n  assign b = a;\nendmodule\n");
  EXPECT_THAT(x.Chunks(), ElementsAre("module_header 1-4 m"));
}

TEST(Chunker, ALargeModuleIsCutIntoItsElements) {
  const Extraction x = Extraction::OfFile("rtl/async_fifo.sv");
  EXPECT_THAT(x.Chunks(), ElementsAre("other 1-1 file", "module_header 3-24 async_fifo", "types 26-26 async_fifo.ptr_t",
                                      "declarations 28-33 async_fifo.mem_q", "function 35-37 async_fifo.bin_to_gray",
                                      "assigns 39-44 async_fifo.assign#0", "block 46-54 async_fifo.wr_ptr",
                                      "block 56-58 async_fifo.always_ff#0", "instance 60-65 async_fifo.u_sync_rd_ptr",
                                      "assigns 67-68 async_fifo.assign#2", "assigns 70-75 async_fifo.assign#3",
                                      "block 77-85 async_fifo.rd_ptr", "instance 87-92 async_fifo.u_sync_wr_ptr",
                                      "assigns 94-95 async_fifo.assign#5", "other 97-99 async_fifo"));
}

TEST(Chunker, EveryLineOfTheCorpusIsInOneChunk) {
  for (const char* name : {"rtl/async_fifo.sv", "rtl/fifo_macros.svh", "rtl/sync_2ff.sv", "rtl/bus_pkg.sv",
                           "rtl/bus_if.sv", "rtl/rr_arbiter.sv", "rtl/axil_regfile.sv", "rtl/uart_tx.v",
                           "rtl/soc_top.sv", "dv/fifo_env.sv", "dv/fifo_props.sv"}) {
    SCOPED_TRACE(name);
    ExpectCovered(Extraction::OfFile(name));
  }
}

TEST(Chunker, HeadersLicencesAndOddTextsAreCovered) {
  for (const char* text :
       {"", "\n\n", "// only a comment\n", "module m; endmodule", "module a; endmodule module b; endmodule\n",
        "`define X 1\n\n`define Y 2\nmodule m;\n`ifdef X\n`endif\nendmodule // m\n\n// end of file\n",
        "garbage ( here\n\nmodule m; wire w; endmodule\n"}) {
    SCOPED_TRACE(text);
    ExpectCovered(Extraction(text));
  }
}

TEST(Chunker, RunsJoinUntilTheyAreLongEnough) {
  std::string text = "module m(input a);\n" + Lines("  // padding\n  always_comb begin end", 20) + "\n";
  for (int i = 0; i < 60; ++i) text += "  wire w" + std::to_string(i) + ";\n";
  const Extraction x(text + "endmodule\n");
  ExpectCovered(x);
  size_t runs = 0;
  for (const graph::Chunk& chunk : x.shard().chunks()) {
    if (chunk.kind != graph::ChunkKind::kDeclarations) continue;
    ++runs;
    EXPECT_LE(chunk.span.end_line - chunk.span.begin_line + 1, kRunLines + 1);
  }
  EXPECT_EQ(runs, 2U);
}

TEST(Chunker, ACommentBelongsToTheElementBelowIt) {
  const std::string body = Lines("  initial begin end", 30);
  const Extraction x("module m;\n" + body +
                     "\n  // State.\n  logic s;\n\n  // Output.\n  // Always high.\n  assign o = 1;\nendmodule\n");
  ExpectCovered(x);
  EXPECT_THAT(x.Chunks(), testing::IsSupersetOf({"declarations 33-34 s", "assigns 36-39 assign#0"}));
}

TEST(Chunker, AHugeBlockIsCutAtItsStatements) {
  std::string text = "module m(input [7:0] s, output logic [7:0] q);\nalways_comb begin\n  case (s)\n";
  for (int i = 0; i < 60; ++i) {
    text += "    8'd" + std::to_string(i) + ": begin\n      // item " + std::to_string(i) +
            "\n      q = " + std::to_string(i) + ";\n      q[0] = 1;\n    end\n";
  }
  const Extraction x(text + "  endcase\nend\nendmodule\n");
  ExpectCovered(x);
  const LineIndex lines(x.text());
  size_t pieces = 0;
  for (const graph::Chunk& chunk : x.shard().chunks()) {
    if (chunk.kind != graph::ChunkKind::kBlock) continue;
    EXPECT_EQ(x.Name(chunk.node), "always_comb#0");
    EXPECT_LE(chunk.span.end_line - chunk.span.begin_line + 1, kPieceLines + 1);
    const std::string_view first = std::string_view(x.text()).substr(chunk.span.begin_byte, 12);
    if (pieces++ > 0) {
      EXPECT_THAT(std::string(first), StartsWith("    8'd")) << "a piece begins with a case item";
    }
  }
  EXPECT_GE(pieces, 4U);
}

TEST(Chunker, ALargeGenerateBlockIsCutIntoItsMembers) {
  std::string text = "module m;\n" + Lines("  initial begin end", 30) + "  if (1) begin : g\n";
  for (int i = 0; i < 10; ++i)
    text += "    sub u" + std::to_string(i) + " (\n      .a(1),\n      .b(2),\n      .c(3)\n    );\n";
  const Extraction x(text + "  end\nendmodule\n");
  ExpectCovered(x);
  EXPECT_THAT(x.Chunks(), testing::IsSupersetOf({"generate 32-32 g", "instance 33-37 g.u0", "instance 78-84 g.u9"}));
}

TEST(Chunker, ClassMethodsAreChunks) {
  const Extraction x = Extraction::OfFile("dv/fifo_env.sv");
  ExpectCovered(x);
  std::set<std::string> kinds;
  for (const graph::Chunk& chunk : x.shard().chunks()) kinds.insert(std::string(graph::ChunkKindName(chunk.kind)));
  EXPECT_THAT(kinds, testing::IsSupersetOf({"package_header", "class"}));
}

}  // namespace
}  // namespace fanin::indexer
