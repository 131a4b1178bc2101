// What one file adds to a segment's postings, independent of its place in the segment. Internal to postings*.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/linker.h"
#include "graph/shard.h"
#include "retriever/postings_codec.h"
#include "retriever/search_index.h"
#include "retriever/term_table.h"

namespace fanin::retriever {

// Immutable once built; owns its bytes.
class FilePostings {
 public:
  // One row in the making. Documents are counted from the file's first.
  struct List {
    uint32_t first = 0;  // document
    uint32_t last = 0;
    uint32_t count = 0;
    int shift = 0;      // kTokenShift for tokens, 0 for lists
    uint8_t flags = 0;  // of the first position
    std::string rest;   // what follows the first position's head, as in the row
  };

  const TermTable& keys() const { return keys_; }
  // By the number of the key.
  const std::vector<List>& lists() const { return lists_; }
  const std::vector<uint32_t>& trigrams() const { return trigrams_; }
  // Records of the documents, encoded one after the other.
  const std::string& documents() const { return documents_; }
  uint32_t document_count() const { return document_count_; }
  const FieldCounts& total_lengths() const { return total_lengths_; }
  const std::string& license() const { return license_; }  // lower case

 private:
  friend class FileAnalysis;
  TermTable keys_;
  std::vector<List> lists_;
  std::vector<uint32_t> trigrams_;
  std::string documents_;
  uint32_t document_count_ = 0;
  FieldCounts total_lengths_{};
  std::string license_;
};

// XXH3-64 of the text with each run of white space as one blank and none at its ends.
uint64_t HashIgnoringSpace(std::string_view text);

// LEB128, as ByteWriter writes it, to the end of a string that grows in place.
void AppendVarint(uint64_t value, std::string& out);

}  // namespace fanin::retriever
