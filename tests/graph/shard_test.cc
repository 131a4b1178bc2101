#include "graph/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/coding.h"
#include "tests/graph/test_repository.h"

namespace fanin::graph {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;

// A module with a port, a block and an instance; every section of the format has something in it.
struct Sample {
  LocalNode file, module, port, block, instance;
  std::string bytes;

  Sample() {
    ShardBuilder builder;
    file = builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "", 0, 400));
    Node m = MakeNode(NodeKind::kModule, file, "fifo", 20, 390);
    m.name_span = {27, 31, 3, 3};
    m.doc = "A queue.";
    m.condition = "!SYNTHESIS";
    module = builder.AddNode(m);
    Node p = MakeNode(NodeKind::kPort, module, "clk_i", 40, 60);
    p.direction = PortDirection::kInput;
    p.type = "logic";
    p.width = "[31:0]";
    p.value = "4";
    port = builder.AddNode(p);
    Node b = MakeNode(NodeKind::kAlwaysFf, module, "always_ff#0", 100, 200);
    b.anonymous = true;
    block = builder.AddNode(b);
    instance = builder.AddNode(MakeNode(NodeKind::kInstance, module, "u_ram", 210, 300));

    LocalEdge reads{EdgeKind::kReads, port, block, {}};
    reads.attributes.role = Role::kClock;
    LocalEdge flows{EdgeKind::kFlows, port, port, {}};
    flows.attributes = {Role::kControl, Assignment::kNonblocking, {31, 0}, {-1, -8}, block, "en_i && !stall", "x"};
    builder.AddEdge(reads);
    builder.AddEdge(flows);
    builder.AddEdge(reads);

    const Operand operands[] = {{port, {7, 4}, Role::kIndex}, {port, {}, Role::kData}};
    Reference reference;
    reference.kind = EdgeKind::kConnects;
    reference.look_up = LookUp::kInstancePort;
    reference.far_is_source = true;
    reference.from = instance;
    reference.name = "addr_i";
    reference.scope = "ram_pkg";
    reference.span = {220, 230, 23, 24};
    reference.attributes.text = "addr[7:4]";
    reference.operands = operands;
    builder.AddReference(reference);
    builder.AddReference({EdgeKind::kInstantiates, LookUp::kDefinition, false, instance, "ram", "", {}, {}, {}});

    builder.AddChunk({ChunkKind::kModuleHeader, module, {20, 99, 3, 9}});
    builder.AddChunk({ChunkKind::kOther, kNoNode, {0, 19, 1, 2}});
    builder.AddDiagnostic({Severity::kError, 12, "unknown macro"});
    builder.SetLicense("Apache-2.0");
    builder.SetLineCount(41);
    bytes = std::move(builder).Build();
  }
};

std::shared_ptr<const Shard> DecodeOrDie(std::string bytes) {
  auto shard = Shard::Decode(std::move(bytes));
  EXPECT_TRUE(shard.has_value()) << (shard ? base::Error{} : shard.error());
  return shard.value_or(nullptr);
}

// The same content under a checksum that is right again.
std::string Reseal(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  base::ByteWriter seal;
  seal.Fixed64(base::Hash64(bytes));
  return bytes + seal.bytes();
}

TEST(ShardCodec, EveryFactReadsBack) {
  const Sample sample;
  const auto shard = DecodeOrDie(sample.bytes);
  ASSERT_EQ(shard->nodes().size(), 5U);
  const Node& module = shard->nodes()[sample.module];
  EXPECT_EQ(module.kind, NodeKind::kModule);
  EXPECT_EQ(module.name, "fifo");
  EXPECT_EQ(module.doc, "A queue.");
  EXPECT_EQ(module.condition, "!SYNTHESIS");
  EXPECT_EQ(module.span, (Span{20, 390, 3, 40}));
  EXPECT_EQ(module.name_span, (Span{27, 31, 3, 3}));
  const Node& port = shard->nodes()[sample.port];
  EXPECT_EQ(port.direction, PortDirection::kInput);
  EXPECT_EQ(port.type, "logic");
  EXPECT_EQ(port.width, "[31:0]");
  EXPECT_EQ(port.value, "4");
  EXPECT_EQ(port.name_span, port.span);
  EXPECT_FALSE(port.anonymous);
  EXPECT_TRUE(shard->nodes()[sample.block].anonymous);

  ASSERT_EQ(shard->edges().size(), 2U) << "the repeated edge is dropped";
  const LocalEdge& flows = shard->edges()[1];
  EXPECT_EQ(flows.kind, EdgeKind::kFlows);
  EXPECT_EQ(flows.attributes.role, Role::kControl);
  EXPECT_EQ(flows.attributes.assignment, Assignment::kNonblocking);
  EXPECT_EQ(flows.attributes.from_range, (BitRange{31, 0}));
  EXPECT_EQ(flows.attributes.to_range, (BitRange{-1, -8}));
  EXPECT_EQ(flows.attributes.statement, sample.block);
  EXPECT_EQ(flows.attributes.guard, "en_i && !stall");
  EXPECT_EQ(flows.attributes.text, "x");
  EXPECT_EQ(shard->edges()[0].attributes.statement, kNoNode);
  EXPECT_FALSE(shard->edges()[0].attributes.from_range.known());

  ASSERT_EQ(shard->references().size(), 2U);
  const Reference& reference = shard->references()[0];
  EXPECT_EQ(reference.kind, EdgeKind::kConnects);
  EXPECT_EQ(reference.look_up, LookUp::kInstancePort);
  EXPECT_TRUE(reference.far_is_source);
  EXPECT_EQ(reference.from, sample.instance);
  EXPECT_EQ(reference.name, "addr_i");
  EXPECT_EQ(reference.scope, "ram_pkg");
  EXPECT_EQ(reference.span, (Span{220, 230, 23, 24}));
  EXPECT_EQ(reference.attributes.text, "addr[7:4]");
  ASSERT_EQ(reference.operands.size(), 2U);
  EXPECT_EQ(reference.operands[0].node, sample.port);
  EXPECT_EQ(reference.operands[0].range, (BitRange{7, 4}));
  EXPECT_EQ(reference.operands[0].role, Role::kIndex);
  EXPECT_FALSE(reference.operands[1].range.known());
  EXPECT_THAT(shard->references()[1].operands, IsEmpty());
  EXPECT_FALSE(shard->references()[1].far_is_source);

  ASSERT_EQ(shard->chunks().size(), 2U);
  EXPECT_EQ(shard->chunks()[0].kind, ChunkKind::kModuleHeader);
  EXPECT_EQ(shard->chunks()[0].span, (Span{20, 99, 3, 9}));
  EXPECT_EQ(shard->chunks()[1].node, sample.file) << "a chunk of no node belongs to the file";
  ASSERT_EQ(shard->diagnostics().size(), 1U);
  EXPECT_EQ(shard->diagnostics()[0].severity, Severity::kError);
  EXPECT_EQ(shard->diagnostics()[0].line, 12U);
  EXPECT_EQ(shard->diagnostics()[0].message, "unknown macro");
  EXPECT_EQ(shard->license(), "Apache-2.0");
  EXPECT_EQ(shard->line_count(), 41U);
}

TEST(ShardCodec, EqualFactsInAnyEdgeOrderGiveEqualBytes) {
  auto build = [](bool reversed) {
    ShardBuilder builder;
    const LocalNode file = builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "", 0, 9));
    const LocalNode signal = builder.AddNode(MakeNode(NodeKind::kSignal, file, "a", 1, 2));
    std::vector<LocalEdge> edges;
    for (std::string_view text : {"p", "q", "r"}) {
      LocalEdge edge{EdgeKind::kRefersTo, file, signal, {}};
      edge.attributes.text = text;
      edges.push_back(edge);
    }
    if (reversed) std::ranges::reverse(edges);
    for (const LocalEdge& edge : edges) builder.AddEdge(edge);
    return std::move(builder).Build();
  };
  EXPECT_EQ(build(false), build(true));
}

TEST(ShardCodec, BuilderKeepsNoViewOfItsCallers) {
  ShardBuilder builder;
  std::string name = "one";
  const LocalNode file = builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "", 0, 9));
  const LocalNode signal = builder.AddNode(MakeNode(NodeKind::kSignal, file, name, 1, 2));
  name = "two";
  builder.MutableNode(signal).type = builder.Intern(std::string("wire"));
  builder.SetSpan(signal, {3, 5, 1, 1});
  const auto shard = DecodeOrDie(std::move(builder).Build());
  EXPECT_EQ(shard->nodes()[signal].name, "one");
  EXPECT_EQ(shard->nodes()[signal].type, "wire");
  EXPECT_EQ(shard->nodes()[signal].span, (Span{3, 5, 1, 1}));
}

TEST(ShardCodec, SpanThatEndsBeforeItBeginsIsStoredEmpty) {
  ShardBuilder builder;
  Node file = MakeNode(NodeKind::kFile, kNoNode, "", 0, 0);
  file.span = {7, 3, 2, 1};
  builder.AddNode(file);
  const auto shard = DecodeOrDie(std::move(builder).Build());
  EXPECT_EQ(shard->nodes()[0].span, (Span{7, 7, 2, 2}));
}

TEST(ShardCodec, ExtremeValuesReadBack) {
  ShardBuilder builder;
  const std::string name(70000, 'n');
  Node file = MakeNode(NodeKind::kFile, kNoNode, name, 0, 0);
  file.span = {0, UINT32_MAX, 1, UINT32_MAX};
  file.name_span = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
  const LocalNode root = builder.AddNode(file);
  const LocalNode low = builder.AddNode(MakeNode(NodeKind::kSignal, root, "low", 0, 1));
  LocalEdge edge{EdgeKind::kFlows, low, root, {}};
  edge.attributes.from_range = {INT32_MAX, INT32_MIN + 1};
  builder.AddEdge(edge);
  const auto shard = DecodeOrDie(std::move(builder).Build());
  EXPECT_EQ(shard->nodes()[0].span, file.span);
  EXPECT_EQ(shard->nodes()[0].name_span, file.name_span);
  EXPECT_EQ(shard->nodes()[0].name.size(), 70000U);
  EXPECT_EQ(shard->edges()[0].attributes.from_range, edge.attributes.from_range);
}

TEST(ShardCodec, EveryTruncationIsDataLoss) {
  const Sample sample;
  for (size_t size = 0; size < sample.bytes.size(); ++size) {
    const auto shard = Shard::Decode(sample.bytes.substr(0, size));
    ASSERT_FALSE(shard.has_value()) << size;
    EXPECT_EQ(shard.error().code, Code::kDataLoss) << size;
  }
  EXPECT_FALSE(Shard::Decode(sample.bytes + '\0').has_value());
}

TEST(ShardCodec, EveryFlippedBitIsDataLoss) {
  const Sample sample;
  for (size_t bit = 0; bit < sample.bytes.size() * 8; ++bit) {
    std::string damaged = sample.bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    const auto shard = Shard::Decode(std::move(damaged));
    ASSERT_FALSE(shard.has_value()) << bit;
    EXPECT_EQ(shard.error().code, Code::kDataLoss) << bit;
  }
}

// Damage that the checksum does not show (a faulty writer): it may decode to other facts, but every index holds.
TEST(ShardCodec, DamageUnderARightChecksumNeverBreaksAnIndex) {
  const Sample sample;
  std::mt19937_64 random(20240607);
  int refused = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::string damaged = sample.bytes;
    for (uint64_t i = 0, n = 1 + random() % 4; i < n; ++i) {
      damaged[5 + random() % (damaged.size() - 13)] = static_cast<char>(random());
    }
    if (random() % 4 == 0) damaged.resize(14 + random() % (damaged.size() - 14));
    const auto shard = Shard::Decode(Reseal(std::move(damaged)));
    if (!shard) {
      ASSERT_EQ(shard.error().code, Code::kDataLoss);
      ++refused;
      continue;
    }
    const size_t count = (*shard)->nodes().size();
    ASSERT_GT(count, 0U);
    size_t text_bytes = 0;
    for (LocalNode i = 0; i < count; ++i) {
      const Node& node = (*shard)->nodes()[i];
      ASSERT_TRUE(i == 0 ? node.parent == kNoNode : node.parent < i);
      ASSERT_LE(node.span.begin_byte, node.span.end_byte);
      ASSERT_FALSE(NodeKindName(node.kind).empty());
      text_bytes += (*shard)->Path(i).size() + node.doc.size();
      for (uint32_t edge : (*shard)->OutEdges(i)) ASSERT_EQ((*shard)->edges()[edge].from, i);
      for (uint32_t edge : (*shard)->InEdges(i)) ASSERT_EQ((*shard)->edges()[edge].to, i);
    }
    EXPECT_LT(text_bytes, 1U << 20);
    for (const LocalEdge& edge : (*shard)->edges()) {
      ASSERT_TRUE(edge.attributes.statement == kNoNode || edge.attributes.statement < count);
    }
    for (const Reference& reference : (*shard)->references()) {
      ASSERT_LT(reference.from, count);
      for (const Operand& operand : reference.operands) ASSERT_LT(operand.node, count);
    }
    for (const Chunk& chunk : (*shard)->chunks()) ASSERT_LT(chunk.node, count);
  }
  EXPECT_GT(refused, 1000);
}

TEST(ShardCodec, NewerVersionIsRefusedAsSuch) {
  std::string bytes = Sample().bytes;
  bytes[4] = 2;
  const auto newer = Shard::Decode(Reseal(bytes));
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(newer.error().message, testing::HasSubstr("version 2"));
}

TEST(ShardGraph, LocalIdsAreChainedFromTheFile) {
  const Sample sample;
  const auto shard = DecodeOrDie(sample.bytes);
  const uint64_t file = LocalId(0, NodeKind::kFile, "", 0);
  const uint64_t module = LocalId(file, NodeKind::kModule, "fifo", 0);
  EXPECT_EQ(shard->nodes()[sample.file].local_id, file);
  EXPECT_EQ(shard->nodes()[sample.module].local_id, module);
  EXPECT_EQ(shard->nodes()[sample.port].local_id, LocalId(module, NodeKind::kPort, "clk_i", 0));
  for (LocalNode i = 0; i < shard->nodes().size(); ++i) EXPECT_EQ(shard->FindLocal(shard->nodes()[i].local_id), i);
  EXPECT_EQ(shard->FindLocal(12345), kNoNode);
}

TEST(ShardGraph, SiblingsOfOneNameDifferByOrdinal) {
  ShardBuilder builder;
  const LocalNode file = builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "", 0, 99));
  const LocalNode first = builder.AddNode(MakeNode(NodeKind::kModule, file, "m", 1, 9));
  const LocalNode second = builder.AddNode(MakeNode(NodeKind::kModule, file, "m", 10, 19));
  const LocalNode other_kind = builder.AddNode(MakeNode(NodeKind::kMacro, file, "m", 20, 29));
  const LocalNode inner = builder.AddNode(MakeNode(NodeKind::kModule, first, "m", 2, 3));
  const auto shard = DecodeOrDie(std::move(builder).Build());
  EXPECT_EQ(shard->nodes()[first].ordinal, 0U);
  EXPECT_EQ(shard->nodes()[second].ordinal, 1U);
  EXPECT_EQ(shard->nodes()[other_kind].ordinal, 0U);
  EXPECT_EQ(shard->nodes()[inner].ordinal, 0U);
  EXPECT_NE(shard->nodes()[first].local_id, shard->nodes()[second].local_id);
}

TEST(ShardGraph, ChildrenComeInOrderOfPosition) {
  ShardBuilder builder;
  const LocalNode file = builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "", 0, 99));
  const LocalNode late = builder.AddNode(MakeNode(NodeKind::kSignal, file, "late", 50, 60));
  const LocalNode early = builder.AddNode(MakeNode(NodeKind::kSignal, file, "early", 10, 20));
  const LocalNode leaf = builder.AddNode(MakeNode(NodeKind::kSignal, late, "leaf", 52, 53));
  const auto shard = DecodeOrDie(std::move(builder).Build());
  EXPECT_THAT(shard->Children(file), ElementsAre(early, late));
  EXPECT_THAT(shard->Children(late), ElementsAre(leaf));
  EXPECT_THAT(shard->Children(leaf), IsEmpty());
}

TEST(ShardGraph, EdgesAreFoundFromBothEnds) {
  const Sample sample;
  const auto shard = DecodeOrDie(sample.bytes);
  EXPECT_THAT(shard->OutEdges(sample.port), ElementsAre(0, 1));
  EXPECT_THAT(shard->InEdges(sample.block), ElementsAre(0));
  EXPECT_THAT(shard->InEdges(sample.port), ElementsAre(1));
  EXPECT_THAT(shard->OutEdges(sample.block), IsEmpty());
}

TEST(ShardGraph, PathsUseColonsBelowPackagesAndClasses) {
  ShardBuilder builder;
  const LocalNode file = builder.AddNode(MakeNode(NodeKind::kFile, kNoNode, "f", 0, 99));
  const LocalNode package = builder.AddNode(MakeNode(NodeKind::kPackage, file, "pkg", 1, 90));
  const LocalNode type = builder.AddNode(MakeNode(NodeKind::kTypedef, package, "state_e", 2, 9));
  const LocalNode member = builder.AddNode(MakeNode(NodeKind::kEnumMember, type, "IDLE", 3, 4));
  const LocalNode klass = builder.AddNode(MakeNode(NodeKind::kClass, package, "driver", 10, 50));
  const LocalNode task = builder.AddNode(MakeNode(NodeKind::kTask, klass, "run", 11, 20));
  const auto shard = DecodeOrDie(std::move(builder).Build());
  EXPECT_EQ(shard->Path(package), "pkg");
  EXPECT_EQ(shard->Path(type), "pkg::state_e");
  EXPECT_EQ(shard->Path(member), "pkg::state_e.IDLE");
  EXPECT_EQ(shard->Path(task), "pkg::driver::run");
  EXPECT_EQ(shard->Path(file), "f");
}

TEST(ShardGraph, InnermostNodeAtAByte) {
  const Sample sample;
  const auto shard = DecodeOrDie(sample.bytes);
  EXPECT_EQ(shard->NodeAtByte(0), sample.file);
  EXPECT_EQ(shard->NodeAtByte(20), sample.module);
  EXPECT_EQ(shard->NodeAtByte(59), sample.port);
  EXPECT_EQ(shard->NodeAtByte(60), sample.module);
  EXPECT_EQ(shard->NodeAtByte(150), sample.block);
  EXPECT_EQ(shard->NodeAtByte(399), sample.file);
  EXPECT_EQ(shard->NodeAtByte(100000), sample.file);
}

}  // namespace
}  // namespace fanin::graph
