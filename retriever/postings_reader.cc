#include "retriever/postings_reader.h"

#include <algorithm>
#include <utility>

namespace fanin::retriever {
namespace {

using graph::Table;

// A document and its row take at least this much of the store, so a damaged count cannot ask for much memory.
constexpr uint64_t kMaxFiles = uint64_t{1} << 31;

bool BeginsDefinition(graph::ChunkKind kind) {
  return kind == graph::ChunkKind::kModuleHeader || kind == graph::ChunkKind::kPackageHeader ||
         kind == graph::ChunkKind::kClass;
}

}  // namespace

base::Error SegmentPostings::Damaged(std::string_view what) const {
  return {base::Code::kDataLoss, "postings of segment " + std::to_string(segment_) + ": " + std::string(what)};
}

base::Result<std::unique_ptr<const SegmentPostings>> SegmentPostings::Open(const graph::Snapshot& snapshot,
                                                                           const graph::SegmentEntry& segment) {
  std::unique_ptr<SegmentPostings> postings(new SegmentPostings);
  postings->store_ = &snapshot.store();
  postings->segment_ = segment.id;
  FANIN_RETURN_IF_ERROR(postings->ReadHeader(segment.doc_count));
  FANIN_RETURN_IF_ERROR(postings->ReadDocuments());
  postings->FindDefinitions();
  postings->MarkLive(snapshot);
  return postings;
}

base::Status SegmentPostings::ReadHeader(uint32_t document_count) {
  const std::string key(1, kHeaderRow);
  FANIN_ASSIGN_OR_RETURN(auto rows, store_->GetRows(segment_, Table::kPostings, std::span(&key, 1)));
  if (!rows[0].has_value()) return std::unexpected(Damaged("no header"));
  base::ByteReader in(*rows[0]);
  const uint64_t version = in.Varint();
  if (in.ok() && version != kPostingsVersion) {
    return base::Fail(base::Code::kFailedPrecondition,
                      "postings of segment " + std::to_string(segment_) + " have version " + std::to_string(version) +
                          ", this program reads " + std::to_string(kPostingsVersion) + ": index the repository again");
  }
  const uint64_t files = in.Varint();
  const uint64_t documents = in.Varint();
  for (size_t field = 0; field < kFieldCount; ++field) in.Varint();  // the sums, dead documents included
  if (!in.ok() || !in.AtEnd() || files > kMaxFiles) return std::unexpected(Damaged("a damaged header"));
  if (documents != document_count) return std::unexpected(Damaged("not as many documents as the manifest says"));
  file_begin_.reserve(std::min<uint64_t>(files + 1, documents + 1));
  documents_.reserve(documents);
  file_refs_.assign(files, 0);
  return {};
}

base::Status SegmentPostings::ReadDocuments() {
  const size_t expected_documents = documents_.capacity();
  bool ok = true;
  FANIN_RETURN_IF_ERROR(store_->ScanRows(segment_, Table::kPostings, std::string_view(&kDocumentRow, 1),
                                         [&](std::string_view key, std::string_view value) {
                                           base::ByteReader in(value);
                                           ok = key.size() == 5 &&
                                                base::ReadKey32(key.substr(1)) == file_begin_.size() &&
                                                in.Varint() == documents_.size();
                                           file_begin_.push_back(static_cast<uint32_t>(documents_.size()));
                                           while (ok && !in.AtEnd()) {
                                             documents_.push_back(ReadDocument(in));
                                             ok = in.ok() && documents_.size() <= expected_documents;
                                           }
                                           return ok;
                                         }));
  if (!ok || file_begin_.size() != file_refs_.size()) return std::unexpected(Damaged("damaged documents"));
  file_begin_.push_back(static_cast<uint32_t>(documents_.size()));
  return {};
}

void SegmentPostings::FindDefinitions() {
  heads_.resize(documents_.size());
  definition_lengths_.resize(documents_.size());
  for (size_t file = 0; file + 1 < file_begin_.size(); ++file) {
    // Backwards: what stands above the first definition, and a comment that stands apart above another, is of it.
    uint32_t below = UINT32_MAX;
    for (uint32_t document = file_begin_[file + 1]; document-- > file_begin_[file];) {
      const graph::ChunkKind kind = documents_[document].chunk_kind;
      if (BeginsDefinition(kind)) below = document;
      if (kind != graph::ChunkKind::kOther && !BeginsDefinition(kind)) below = UINT32_MAX;
      heads_[document] = below;
    }
    uint32_t head = file_begin_[file];
    for (uint32_t document = file_begin_[file]; document < file_begin_[file + 1]; ++document) {
      if (heads_[document] != UINT32_MAX) head = heads_[document];
      heads_[document] = head;
      const FieldCounts& lengths = documents_[document].lengths;
      for (Field field : kDefinitionFields) definition_lengths_[head] += lengths[static_cast<size_t>(field)];
    }
  }
}

void SegmentPostings::MarkLive(const graph::Snapshot& snapshot) {
  for (graph::FileRef ref = 0; ref < snapshot.file_count(); ++ref) {
    const graph::FileEntry& file = snapshot.file(ref);
    if (file.segment != segment_ || file.ordinal >= file_count()) continue;
    file_refs_[file.ordinal] = ref;
    live_files_.add(file.ordinal);
    const auto [begin, end] = DocumentsOfFile(file.ordinal);
    live_documents_.addRange(begin, end);
    for (uint32_t document = begin; document < end; ++document) {
      for (size_t field = 0; field < kFieldCount; ++field) live_lengths_[field] += documents_[document].lengths[field];
      live_definitions_ += heads_[document] == document ? 1 : 0;
    }
  }
}

uint32_t SegmentPostings::FileOfDocument(uint32_t document) const {
  const auto after = std::ranges::upper_bound(file_begin_, document);
  return static_cast<uint32_t>(after - file_begin_.begin() - 1);
}

base::Result<std::vector<std::optional<std::string>>> SegmentPostings::GetTokens(
    std::span<const std::string> terms) const {
  std::vector<std::string> keys;
  for (const std::string& term : terms) keys.push_back(TokenKey(term));
  return store_->GetRows(segment_, Table::kPostings, keys);
}

base::Result<Bitmap> SegmentPostings::GetDocuments(StructureField field, std::span<const std::string> terms) const {
  std::vector<std::string> keys;
  for (const std::string& term : terms) keys.push_back(StructureKey(field, term));
  FANIN_ASSIGN_OR_RETURN(auto rows, store_->GetRows(segment_, Table::kPostings, keys));
  Bitmap documents;
  for (const auto& row : rows) {
    if (row.has_value()) FANIN_RETURN_IF_ERROR(AddDocuments(*row, documents));
  }
  return documents;
}

base::Status SegmentPostings::ScanTerms(
    StructureField field, std::string_view prefix,
    const std::function<bool(std::string_view term, std::string_view list)>& visit) const {
  return store_->ScanRows(segment_, Table::kPostings, StructureKey(field, prefix),
                          [&](std::string_view key, std::string_view value) { return visit(key.substr(2), value); });
}

base::Status SegmentPostings::ScanLicenses(
    const std::function<bool(std::string_view expression, std::string_view list)>& visit) const {
  return store_->ScanRows(segment_, Table::kPostings, std::string_view(&kLicenseRow, 1),
                          [&](std::string_view key, std::string_view value) { return visit(key.substr(1), value); });
}

base::Result<Bitmap> SegmentPostings::FilesWithTrigrams(std::span<const uint32_t> trigrams) const {
  Bitmap files;
  if (trigrams.empty()) {
    files.addRange(0, file_count());
    return files;
  }
  std::vector<std::string> keys;
  for (uint32_t trigram : trigrams) keys.push_back(TrigramKey(trigram));
  FANIN_ASSIGN_OR_RETURN(auto rows, store_->GetRows(segment_, Table::kPostings, keys));
  // The rarest first, so that most of the work is on small sets.
  if (std::ranges::any_of(rows, [](const auto& row) { return !row.has_value(); })) return files;
  std::ranges::sort(rows, {}, [](const auto& row) { return CountOf(*row); });
  for (size_t i = 0; i < rows.size(); ++i) {
    Bitmap one;
    FANIN_RETURN_IF_ERROR(AddFiles(*rows[i], one));
    files = i == 0 ? std::move(one) : files & one;
    if (files.isEmpty()) break;
  }
  return files;
}

}  // namespace fanin::retriever
