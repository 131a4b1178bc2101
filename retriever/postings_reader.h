// SegmentPostings: the postings of one segment, opened for reading.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "graph/snapshot.h"
#include "retriever/postings_codec.h"

namespace fanin::retriever {

// What the text of a definition is made of: scopes are around it, ports are in its code already.
inline constexpr std::array kDefinitionFields = {Field::kName, Field::kComment, Field::kBody};

// Immutable, thread-safe. Keeps the records of all documents in memory (48 bytes each); lists stay in the store. The
// store must outlive it.
class SegmentPostings {
 public:
  // Reads the header and the documents; `snapshot` says which are live. Errors: DATA_LOSS, FAILED_PRECONDITION
  // (version).
  static base::Result<std::unique_ptr<const SegmentPostings>> Open(const graph::Snapshot& snapshot,
                                                                   const graph::SegmentEntry& segment);

  graph::SegmentId segment() const { return segment_; }
  uint32_t document_count() const { return static_cast<uint32_t>(documents_.size()); }
  uint32_t file_count() const { return static_cast<uint32_t>(file_begin_.size() - 1); }
  const DocumentRecord& document(uint32_t document) const { return documents_[document]; }
  // Terms in each field of the live documents.
  const std::array<uint64_t, kFieldCount>& live_lengths() const { return live_lengths_; }
  // The document that begins the definition, package or class that a document is of: itself if it begins one, the next
  // such of a comment that stands apart above it, else the nearest before it in its file; the file's first document
  // where there is none.
  uint32_t HeadOf(uint32_t document) const { return heads_[document]; }
  // Terms of a definition: those of all documents of one head, scopes and ports aside. 0 for what is no head.
  uint32_t DefinitionLength(uint32_t head) const { return definition_lengths_[head]; }
  uint64_t live_definitions() const { return live_definitions_; }
  const Bitmap& live_documents() const { return live_documents_; }
  const Bitmap& live_files() const { return live_files_; }

  // The file's documents [first, second). REQUIRES: ordinal < file_count().
  std::pair<uint32_t, uint32_t> DocumentsOfFile(uint32_t ordinal) const {
    return {file_begin_[ordinal], file_begin_[ordinal + 1]};
  }
  uint32_t FileOfDocument(uint32_t document) const;
  // The live file in this snapshot. REQUIRES: the file is live.
  graph::FileRef RefOfFile(uint32_t ordinal) const { return file_refs_[ordinal]; }

  // Values of token rows, in the order of the terms; nullopt: no document has it.
  base::Result<std::vector<std::optional<std::string>>> GetTokens(std::span<const std::string> terms) const;
  // Documents of exact structure terms, joined.
  base::Result<Bitmap> GetDocuments(StructureField field, std::span<const std::string> terms) const;
  // Calls visit(term, list) for each term of a field with the prefix until it returns false.
  base::Status ScanTerms(StructureField field, std::string_view prefix,
                         const std::function<bool(std::string_view term, std::string_view list)>& visit) const;
  // Files by licence expression.
  base::Status ScanLicenses(const std::function<bool(std::string_view expression, std::string_view list)>& visit) const;
  // Files that have all the trigrams (all files when there are none).
  base::Result<Bitmap> FilesWithTrigrams(std::span<const uint32_t> trigrams) const;

  base::Status AddDocuments(std::string_view list, Bitmap& out) const {
    return DecodeList(list, document_count(), out);
  }
  base::Status AddFiles(std::string_view list, Bitmap& out) const { return DecodeList(list, file_count(), out); }

 private:
  SegmentPostings() = default;
  base::Status ReadHeader(uint32_t document_count);
  base::Status ReadDocuments();
  void FindDefinitions();
  void MarkLive(const graph::Snapshot& snapshot);
  base::Error Damaged(std::string_view what) const;

  graph::GraphStore* store_ = nullptr;
  graph::SegmentId segment_ = 0;
  std::vector<DocumentRecord> documents_;
  std::vector<uint32_t> heads_;               // by document
  std::vector<uint32_t> definition_lengths_;  // by document
  uint64_t live_definitions_ = 0;
  std::vector<uint32_t> file_begin_;  // files + 1 entries
  std::vector<graph::FileRef> file_refs_;
  std::array<uint64_t, kFieldCount> live_lengths_{};
  Bitmap live_documents_;
  Bitmap live_files_;
};

}  // namespace fanin::retriever
