#include "indexer/document_extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace fanin::indexer {
namespace {

using testing::ElementsAre;

std::shared_ptr<const graph::Shard> Extract(std::string_view path, std::string_view text) {
  graph::ShardBuilder builder;
  ExtractDocument(path, text, builder);
  return graph::Shard::Decode(std::move(builder).Build()).value();
}

std::string ReadCorpus(const std::string& name) {
  std::ifstream file(std::string(FANIN_SOURCE_DIR) + "/tests/corpora/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// "path first-last" of all sections.
std::vector<std::string> Sections(const graph::Shard& shard) {
  std::vector<std::string> sections;
  for (graph::LocalNode node = 1; node < shard.nodes().size(); ++node) {
    const graph::Span& span = shard.nodes()[node].span;
    sections.push_back(shard.Path(node) + " " + std::to_string(span.begin_line) + "-" + std::to_string(span.end_line));
  }
  return sections;
}

std::vector<std::string> Chunks(const graph::Shard& shard) {
  std::vector<std::string> chunks;
  for (const graph::Chunk& chunk : shard.chunks()) {
    const std::string name = chunk.node == 0 ? "file" : std::string(shard.nodes()[chunk.node].name);
    chunks.push_back(name + " " + std::to_string(chunk.span.begin_line) + "-" + std::to_string(chunk.span.end_line));
  }
  return chunks;
}

TEST(DocumentExtractor, MarkdownSectionsNestByLevel) {
  const auto shard = Extract("doc/fifo.md", ReadCorpus("doc/fifo.md"));
  EXPECT_THAT(Sections(*shard),
              ElementsAre("Asynchronous FIFO 1-21", "Asynchronous FIFO.Pointers 5-17",
                          "Asynchronous FIFO.Pointers.Full and empty 14-17", "Asynchronous FIFO.Limits 18-21"));
  EXPECT_THAT(Chunks(*shard),
              ElementsAre("Asynchronous FIFO 1-3", "Pointers 5-12", "Full and empty 14-16", "Limits 18-21"));
  EXPECT_EQ(shard->nodes()[1].kind, graph::NodeKind::kDocument);
  EXPECT_EQ(shard->nodes()[1].doc, "The FIFO `async_fifo` carries words between two clocks.");
}

TEST(DocumentExtractor, WhatBackticksNameIsDocumented) {
  const auto shard = Extract("doc/fifo.md", ReadCorpus("doc/fifo.md"));
  std::vector<std::string> names;
  for (const graph::Reference& reference : shard->references()) {
    EXPECT_EQ(reference.kind, graph::EdgeKind::kDocuments);
    names.push_back(shard->Path(reference.from) + ": " + std::string(reference.name));
  }
  EXPECT_THAT(names, ElementsAre("Asynchronous FIFO: async_fifo", "Asynchronous FIFO.Pointers: sync_2ff"));
}

TEST(DocumentExtractor, RstLevelsFollowTheOrderOfTheirAdornments) {
  const auto shard = Extract("doc/bus.rst", ReadCorpus("doc/bus.rst"));
  EXPECT_THAT(Sections(*shard), ElementsAre("The bus 1-20", "The bus.Requests 7-16", "The bus.Requests.Fields 12-16",
                                            "The bus.Responses 17-20"));
}

TEST(DocumentExtractor, ATextWithoutHeadingsIsTheFiles) {
  const auto shard = Extract("a.md", "just\ntext\n");
  EXPECT_EQ(shard->nodes().size(), 1U);
  EXPECT_THAT(Chunks(*shard), ElementsAre("file 1-2"));
  EXPECT_EQ(shard->line_count(), 2U);
}

TEST(DocumentExtractor, FrontMatterListsAndTablesAreNoHeadings) {
  const auto shard = Extract("a.md", "---\ntitle: x\n---\n\n- item\n---\n\n| a |\n|---|\n\n# Real #\n");
  EXPECT_THAT(Sections(*shard), ElementsAre("Real 11-11"));
}

TEST(DocumentExtractor, LongSectionsAreCutAtBlankLines) {
  std::string text = "# Long\n\n";
  for (int i = 0; i < 40; ++i) text += "a\nb\n\n";
  const auto shard = Extract("a.md", text);
  ASSERT_EQ(shard->chunks().size(), 2U);
  EXPECT_LE(shard->chunks()[0].span.end_line, 80U);
  EXPECT_EQ(shard->chunks()[1].span.end_line, 121U);
}

TEST(DocumentExtractor, AnEmptyTextIsAFile) {
  const auto shard = Extract("a.md", "");
  EXPECT_EQ(shard->nodes().size(), 1U);
  EXPECT_THAT(Chunks(*shard), ElementsAre());
}

}  // namespace
}  // namespace fanin::indexer
