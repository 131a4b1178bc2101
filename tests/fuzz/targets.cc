#include "tests/fuzz/targets.h"

#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/file.h"
#include "graph/cypher_parser.h"
#include "graph/elaborated.h"
#include "graph/link_set.h"
#include "graph/manifest.h"
#include "graph/sealed.h"
#include "graph/shard.h"
#include "indexer/indexer.h"
#include "retriever/diff_reader.h"
#include "retriever/log_reader.h"
#include "retriever/token_counter.h"
#include "retriever/vector_index_file.h"
#include "retriever/wave.h"
#include "service/validate.h"

namespace fanin::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> FilesBelow(const fs::path& folder, std::string_view suffix) {
  std::vector<std::string> contents;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().string().ends_with(suffix)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const fs::path& path : paths) contents.push_back(base::ReadFile(path).value_or(""));
  return contents;
}

std::vector<std::string> RtlSeeds() {
  std::vector<std::string> seeds = FilesBelow("tests/corpora", ".sv");
  std::ranges::copy(FilesBelow("tests/corpora", ".v"), std::back_inserter(seeds));
  seeds.push_back("`define M(a, b = 1) a``b\nmodule m; `M(x) `M(y, 2); wire `M(z,) = 1; endmodule\n");
  seeds.push_back("module m; `ifdef A\n wire a;\n`elsif B\n wire b;\n`else\n wire c;\n`endif\nendmodule\n");
  return seeds;
}

// Of a text that is laid over the fixture, whose macros it sees.
const indexer::IndexOptions& MailboxOptions() {
  static const indexer::IndexOptions options = [] {
    indexer::IndexOptions of_mailbox;
    of_mailbox.root = fs::canonical("tests/corpora/mailbox");
    of_mailbox.threads = 1;
    return of_mailbox;
  }();
  return options;
}

// --- sealed formats: what a reader sees when the checksum is right and the content is not

constexpr std::string_view kSealedMagics[] = {"FNSH", "FNLK", "FNMF", "FNRP", "FNEF", "FNDS"};
constexpr size_t kMagicBytes = 4;
constexpr size_t kHeaderBytes = 5;
constexpr size_t kChecksumBytes = 8;

void DecodeAll(const std::string& bytes) {
  if (auto shard = graph::Shard::Decode(bytes)) {
    const graph::Shard& read = **shard;
    for (graph::LocalNode node = 0; node < read.nodes().size(); ++node) {
      static_cast<void>(read.Children(node).size() + read.OutEdges(node).size() + read.InEdges(node).size());
      static_cast<void>(read.FindLocal(read.nodes()[node].local_id));
    }
  }
  if (auto links = graph::LinkSet::Decode(bytes)) {
    for (const graph::Link& link : (*links)->links()) static_cast<void>((*links)->LinksOf(link.local).size());
  }
  static_cast<void>(graph::DecodeManifest(bytes));
  static_cast<void>(graph::DecodeRepositoryRecord(bytes));
  static_cast<void>(graph::DecodeDesign(bytes));
  static_cast<void>(graph::DecodeElaboratedFacts(bytes));
}

void RunSealed(std::string_view input) {
  DecodeAll(std::string(input));
  if (input.size() < kHeaderBytes) return;
  const std::string_view body = input.substr(kHeaderBytes);
  DecodeAll(graph::Seal(input.substr(0, kMagicBytes), static_cast<uint8_t>(1 + static_cast<uint8_t>(input[4]) % 2),
                        body.substr(0, body.size() - std::min(body.size(), kChecksumBytes))));
}

std::vector<std::string> SealedSeeds() {
  std::vector<std::string> seeds;
  for (const std::string& text : RtlSeeds()) {
    if (auto shard = indexer::IndexText(MailboxOptions(), "rtl/seed.sv", text)) seeds.push_back(*std::move(shard));
  }
  graph::Manifest manifest;
  manifest.repository = "r";
  manifest.segments.push_back({1, 2, 3, graph::VectorFile{"f.fvi", {}, 4, {}, 5}});
  manifest.files.emplace_back().path = "a.sv";
  manifest.lost.push_back({"b.sv", "too large"});
  manifest.designs.emplace_back().name = "top";
  seeds.push_back(graph::EncodeManifest(manifest));
  graph::RepositoryRecord record;
  record.name = "r";
  record.named = {1, 2};
  seeds.push_back(graph::EncodeRepositoryRecord(record));
  graph::Design design;
  design.name = "top";
  design.definitions.emplace_back().name = "m";
  design.problems.push_back({"m", "a.sv", 1, "why"});
  seeds.push_back(graph::EncodeDesign(design));
  for (const std::string_view magic : kSealedMagics) seeds.push_back(graph::Seal(magic, 1, std::string(64, '\1')));
  return seeds;
}

// --- queries

std::vector<std::string> QuerySeeds() {
  return {"write pointer gray code kind:always_ff in:async_fifo clock:wr_clk* drives:/wr_ptr.*/ -file:dv/ license:x",
          "\"a phrase\" (a OR b) -c /re[0-9]+(x|y)?/ name:/^u_.*$/", "instantiates:fifo reads:a,b reset:rst_n lang:sv"};
}

void RunCypher(std::string_view input) { static_cast<void>(graph::cypher::Parse(input)); }
std::vector<std::string> CypherSeeds() {
  return {
      "MATCH (b:Always)-[:DRIVES]->(s:Signal {name:'state_q'}) WHERE s.width > 3 AND NOT b.path =~ 'dv/.*' RETURN b",
      "MATCH p = (a)-[r:FLOWS*1..3 {role: 'data'}]->(c:Port) WHERE a.name STARTS WITH 'x' OPTIONAL MATCH (c)--(d) "
      "RETURN DISTINCT a.name AS n, count(*) ORDER BY n DESC SKIP 1 LIMIT 5",
      "UNWIND [1, 2.5, 'x', null] AS x WITH x WHERE x IN $list RETURN x, size([y IN [1] WHERE y > 0 | y])"};
}

// --- what logs, waves, patches and tokenizers hold

void RunLog(std::string_view input) {
  for (const retriever::LogMessage& message : retriever::ReadLog(input).messages) {
    static_cast<void>(retriever::TellingWords(message.text));
  }
}
std::vector<std::string> LogSeeds() {
  return {"%Error: rtl/a.sv:12: Assertion failed in top.u_a.check: 'req |-> gnt'\n[110] %Error: a.v:3: Verilog $stop\n",
          "UVM_ERROR dv/env.sv(42) @ 100ns: uvm_test_top.env [SCB] expected 3 got 4\n# ** Error: x\n#    Time: 10 ns\n",
          "** Error (suppressible): (vsim-3601) a.sv(7): xxx\nError-[NOA] Null\n  \"a.sv\", 9: tb.dut: at time 5\n"};
}

void RunVcd(std::string_view input) {
  std::istringstream in{std::string(input)};
  retriever::WaveLimits limits;
  const auto wave = retriever::Wave::ReadVcd(in, 1000, limits);
  if (!wave) return;
  for (const char* path : {"top.a", "top.u.b"}) {
    for (const retriever::Wave::Variable variable : wave->Find(path)) {
      static_cast<void>(wave->ValueAt(variable, retriever::After(wave->last_time())));
      static_cast<void>(wave->LastEdge(variable, retriever::After(wave->last_time()), true));
    }
  }
}
std::vector<std::string> VcdSeeds() {
  return {
      "$timescale 1ns $end\n$scope module top $end\n$var wire 1 ! a $end\n$scope module u $end\n$var reg 8 \" b [7:0] "
      "$end\n"
      "$upscope $end\n$upscope $end\n$enddefinitions $end\n$dumpvars\n0!\nbx \"\n$end\n#5\n1!\nb101 \"\n#10\n0!\nr1.5 "
      "\"\n"};
}

void RunDiff(std::string_view input) { static_cast<void>(retriever::ReadUnifiedDiff(input)); }
std::vector<std::string> DiffSeeds() {
  return {
      "diff --git a/x.sv b/x.sv\n--- a/x.sv\n+++ b/x.sv\n@@ -1,3 +1,4 @@\n a\n-b\n+c\n+d\n e\n@@ -9 +10,0 @@\n-z\n"};
}

void RunTokenizer(std::string_view input) {
  static const fs::path file = fs::temp_directory_path() / ("fanin_fuzz_tokenizer_" + std::to_string(::getpid()));
  std::ofstream(file, std::ios::binary | std::ios::trunc) << input;
  if (const auto counter = retriever::ReadTokenizer(file))
    static_cast<void>((*counter)->Count("module m; wire a_b; <|x|>"));
  fs::remove(file);
}
std::vector<std::string> TokenizerSeeds() {
  return {
      R"({"added_tokens":[{"id":9,"content":"<|x|>","special":true}],"pre_tokenizer":{"type":"Sequence","pretokenizers":[
{"type":"Split","pattern":{"Regex":"\\p{L}+|\\p{N}|\\s+"},"behavior":"Isolated","invert":false},{"type":"Digits",
"individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"model":{"type":"BPE",
"vocab":{"a":0,"b":1,"ab":2,"m":3,"o":4,"mo":5},"merges":["a b","m o"]}})"};
}

void RunVectorFile(std::string_view input) {
  static_cast<void>(retriever::DecodeVectorFile(input, base::Digest(), std::nullopt));
}
std::vector<std::string> VectorFileSeeds() {
  retriever::VectorPayload payload;
  payload.kind = retriever::VectorIndexKind::kFlat;
  payload.dims = 4;
  payload.ids = {1, 2, 3};
  payload.blob = "not a FAISS index";
  retriever::VectorFileInfo info;
  return {retriever::EncodeVectorFile(payload, info)};
}

// --- requests: the first byte says of which method

template <typename Request>
void RunRequestAs(const std::string& text) {
  Request from_json, from_bytes;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  if (google::protobuf::util::JsonStringToMessage(text, &from_json, options).ok()) {
    static_cast<void>(service::Validate(from_json).size());
  }
  if (from_bytes.ParseFromString(text)) static_cast<void>(service::Validate(from_bytes).size());
}

void RunRequest(std::string_view input) {
  if (input.empty()) return;
  constexpr void (*kMethods[])(const std::string&) = {RunRequestAs<v1::SearchRequest>,
                                                      RunRequestAs<v1::QueryRequest>,
                                                      RunRequestAs<v1::TraceRequest>,
                                                      RunRequestAs<v1::GetHierarchyRequest>,
                                                      RunRequestAs<v1::GetNodeRequest>,
                                                      RunRequestAs<v1::AssembleContextRequest>,
                                                      RunRequestAs<v1::CreateRepositoryRequest>,
                                                      RunRequestAs<v1::IndexRepositoryRequest>};
  kMethods[static_cast<uint8_t>(input[0]) % std::size(kMethods)](std::string(input.substr(1)));
}
std::vector<std::string> RequestSeeds() {
  return {
      "0{\"repositories\":[\"repositories/"
      "a\"],\"query\":\"x\",\"pageSize\":5,\"overlays\":[{\"path\":\"a.sv\",\"text\":\"x\"}]}",
      "1{\"cypher\":\"MATCH (n) RETURN n\",\"parameters\":{\"p\":{\"stringValue\":\"v\"}}}",
      "2{\"repository\":\"repositories/a/snapshots/"
      "3\",\"signals\":[\"m.a\"],\"direction\":\"TRACE_DIRECTION_FANIN\",\"maxDepth\":64}",
      "3{\"repository\":\"repositories/a\",\"top\":\"m\",\"maxDepth\":3}",
      "4{\"node\":\"repositories/a/snapshots/1/nodes/00112233445566778899aabbccddeeff\",\"maxEdges\":10}",
      "5{\"repository\":\"repositories/"
      "a\",\"budgetTokens\":9,\"debug\":{\"signals\":[\"a\"],\"logs\":[\"x\"],\"diff\":\"--- a\"}}",
      "6{\"repositoryId\":\"a\",\"repository\":{\"root\":\"/x\",\"options\":{\"defines\":[\"A=1\"]}}}",
      "7{\"name\":\"repositories/a\",\"options\":{\"tops\":[\"m\"]},\"revision\":\"HEAD~1\"}"};
}

// --- the indexer on a text: scan, macro environment, parse, extract, encode; and its shard is readable

void RunIndex(std::string_view input) {
  const auto shard = indexer::IndexText(MailboxOptions(), "rtl/fuzz.sv", std::string(input));
  if (shard && !graph::Shard::Decode(*shard)) std::abort();
}

constexpr Target kTargets[] = {
    {"sealed", RunSealed, SealedSeeds},
    {"query", RunQuery, QuerySeeds},
    {"cypher", RunCypher, CypherSeeds},
    {"request", RunRequest, RequestSeeds},
    {"log", RunLog, LogSeeds},
    {"vcd", RunVcd, VcdSeeds},
    {"diff", RunDiff, DiffSeeds},
    {"tokenizer", RunTokenizer, TokenizerSeeds},
    {"vectors", RunVectorFile, VectorFileSeeds},
    {"index", RunIndex, RtlSeeds},
};

}  // namespace

std::span<const Target> Targets() { return kTargets; }

}  // namespace fanin::fuzz
