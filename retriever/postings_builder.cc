// PostingsBuilder: files in, rows out. Row formats: docs/postings_format.md.
#include <algorithm>
#include <utility>

#include "base/coding.h"
#include "base/error.h"
#include "retriever/postings_codec.h"
#include "retriever/postings_file.h"
#include "retriever/search_index.h"
#include "retriever/term_table.h"
#include "retriever/trigram.h"
#include "retriever/word_splits.h"

namespace fanin::retriever {
namespace {

// One row in the making: positions appended file by file.
struct Growing {
  uint32_t last = 0;
  uint32_t count = 0;
  std::string bytes;
};

void AppendNumber(uint32_t number, Growing& list) {
  AppendVarint(number - list.last, list.bytes);
  list.last = number;
  ++list.count;
}

// The row's value. Frees what the list holds.
std::string Finish(Growing& list) {
  std::string value;
  value.reserve(list.bytes.size() + 3);
  AppendVarint(list.count, value);
  value += list.bytes;
  list = {};
  return value;
}

}  // namespace

struct PostingsBuilder::State {
  WordSplits word_splits;
  TermTable keys;
  std::vector<Growing> lists;                                                  // by key
  std::vector<uint32_t> trigram_slots = std::vector<uint32_t>(kTrigramCount);  // 1 + index into trigrams; 0: none
  std::vector<std::pair<uint32_t, Growing>> trigrams;
  std::vector<graph::Row> documents;
  uint64_t document_count = 0;
  std::array<uint64_t, kFieldCount> total_lengths{};
};

PostingsBuilder::PostingsBuilder() : state_(std::make_unique<State>()) {}
PostingsBuilder::~PostingsBuilder() = default;

void PostingsBuilder::Add(const FilePostings& file, graph::SegmentBuilder::Position position) {
  State& state = *state_;
  FANIN_CHECK(position.ordinal == state.documents.size() && position.doc_base == state.document_count);
  for (uint32_t key = 0; key < file.keys().size(); ++key) {
    const FilePostings::List& added = file.lists()[key];
    const uint32_t id = state.keys.Intern(file.keys().Get(key), file.keys().hash(key));
    if (id == state.lists.size()) state.lists.emplace_back();
    Growing& list = state.lists[id];
    const uint64_t delta = position.doc_base + added.first - list.last;
    AppendVarint(delta << added.shift | added.flags, list.bytes);
    list.bytes += added.rest;
    list.last = position.doc_base + added.last;
    list.count += added.count;
  }
  for (uint32_t trigram : file.trigrams()) {
    uint32_t& slot = state.trigram_slots[trigram];
    if (slot == 0) {
      state.trigrams.emplace_back(trigram, Growing{});
      slot = static_cast<uint32_t>(state.trigrams.size());
    }
    AppendNumber(position.ordinal, state.trigrams[slot - 1].second);
  }
  const uint32_t license = state.keys.Intern(std::string(1, kLicenseRow) + file.license());
  if (license == state.lists.size()) state.lists.emplace_back();
  AppendNumber(position.ordinal, state.lists[license]);

  std::string key(1, kDocumentRow);
  base::AppendKey32(key, position.ordinal);
  base::ByteWriter value;
  value.Varint(position.doc_base);
  value.Raw(file.documents());
  state.documents.push_back({std::move(key), std::move(value).Take()});
  state.document_count += file.document_count();
  for (size_t field = 0; field < kFieldCount; ++field) state.total_lengths[field] += file.total_lengths()[field];
}

void PostingsBuilder::Add(const graph::Shard& shard, std::string_view path, std::string_view text,
                          graph::SegmentBuilder::Position position, const graph::LinkSet* links) {
  Add(*AnalyseFile(shard, links, path, text, state_->word_splits), position);
}

std::vector<graph::Row> PostingsBuilder::Build() && {
  State& state = *state_;
  std::vector<graph::Row> rows = std::move(state.documents);
  const uint64_t file_count = rows.size();
  rows.reserve(rows.size() + state.lists.size() + state.trigrams.size() + 1);
  for (uint32_t key = 0; key < state.lists.size(); ++key) {
    rows.push_back({std::string(state.keys.Get(key)), Finish(state.lists[key])});
  }
  for (auto& [trigram, list] : state.trigrams) rows.push_back({TrigramKey(trigram), Finish(list)});

  base::ByteWriter header;
  header.Varint(kPostingsVersion);
  header.Varint(file_count);
  header.Varint(state.document_count);
  for (uint64_t length : state.total_lengths) header.Varint(length);
  rows.push_back({std::string(1, kHeaderRow), std::move(header).Take()});
  graph::SortRows(rows);
  state_.reset();
  return rows;
}

}  // namespace fanin::retriever
