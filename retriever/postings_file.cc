#include "retriever/postings_file.h"

#include <algorithm>
#include <span>
#include <utility>

#include "retriever/code_tokens.h"
#include "retriever/postings_structure.h"
#include "retriever/query_pattern.h"
#include "retriever/query_values.h"
#include "retriever/trigram.h"
#include "retriever/word_splits.h"

namespace fanin::retriever {
namespace {

using graph::ChunkKind;
using graph::EdgeKind;
using graph::kNoNode;
using graph::LocalNode;
using graph::Node;
using graph::NodeKind;
using graph::Shard;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

std::string_view TextOf(const graph::Chunk& chunk, std::string_view text) {
  const size_t begin = std::min<size_t>(chunk.span.begin_byte, text.size());
  const size_t end = std::clamp<size_t>(chunk.span.end_byte, begin, text.size());
  return text.substr(begin, end - begin);
}

// The last two components, without the extension.
std::string_view PathTail(std::string_view path) {
  size_t slash = path.rfind('/');
  slash = slash == std::string_view::npos || slash == 0 ? slash : path.rfind('/', slash - 1);
  std::string_view tail = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return tail.substr(0, tail.rfind('.'));
}

// Whether a chunk shows several elements on a par, so that its name is all their names.
bool IsRun(ChunkKind kind) {
  return kind == ChunkKind::kTypes || kind == ChunkKind::kDeclarations || kind == ChunkKind::kMacros ||
         kind == ChunkKind::kAssertions;
}

// Whether a chunk is named after what it drives.
bool IsNamedByDrives(ChunkKind kind) { return kind == ChunkKind::kBlock || kind == ChunkKind::kAssigns; }

}  // namespace

class FileAnalysis {
 public:
  FileAnalysis(const Shard& shard, const graph::LinkSet* links, std::string_view path, std::string_view text,
               WordSplits& word_splits)
      : shard_(shard),
        links_(links),
        path_(path),
        text_(text),
        word_splits_(word_splits),
        chunk_of_node_(ChunksOfNodes(shard)) {
    const std::string_view language = LanguageOfPath(path);
    is_code_ = language == "verilog" || language == "systemverilog";
  }

  FilePostings Run() && {
    CollectNames();
    AddKindsAndNames();
    ForEachStructureTerm(shard_, links_, chunk_of_node_,
                         [this](uint32_t chunk, StructureField field, std::string_view term) {
                           AddToSet(chunk, StructureKey(field, term));
                         });
    Reserve();
    for (uint32_t chunk = 0; chunk < shard_.chunks().size(); ++chunk) AddTokens(chunk);
    out_.document_count_ = static_cast<uint32_t>(shard_.chunks().size());
    out_.trigrams_ = TrigramsOf(text_);
    out_.license_ = LowerCase(shard_.license());
    return std::move(out_);
  }

 private:
  // Nodes whose names belong to a chunk's name and ports fields.
  struct ChunkNames {
    std::vector<std::string_view> names;
    std::vector<std::string_view> ports;
  };

  void CollectNames() {
    names_.resize(shard_.chunks().size());
    for (uint32_t chunk = 0; chunk < names_.size(); ++chunk) {
      const graph::Chunk& shown = shard_.chunks()[chunk];
      if (shown.node == kNoNode || shown.node == 0 || IsRun(shown.kind)) continue;
      const Node& node = shard_.nodes()[shown.node];
      if (!node.anonymous) names_[chunk].names.push_back(node.name);
      if (node.kind == NodeKind::kInstance) names_[chunk].names.push_back(node.value);
    }
    for (LocalNode i = 1; i < shard_.nodes().size(); ++i) {
      const uint32_t chunk = chunk_of_node_[i];
      const Node& node = shard_.nodes()[i];
      if (chunk == kNoChunk || node.anonymous) continue;
      const graph::Chunk& shown = shard_.chunks()[chunk];
      const bool on_a_par = shown.node != kNoNode && shard_.nodes()[shown.node].parent == node.parent;
      if (IsRun(shown.kind) && on_a_par) names_[chunk].names.push_back(node.name);
      if (node.kind == NodeKind::kPort || node.kind == NodeKind::kParameter) names_[chunk].ports.push_back(node.name);
    }
    for (const graph::LocalEdge& edge : shard_.edges()) {
      const uint32_t chunk = chunk_of_node_[edge.from];
      if (edge.kind != EdgeKind::kDrives || chunk == kNoChunk) continue;
      if (IsNamedByDrives(shard_.chunks()[chunk].kind)) names_[chunk].names.push_back(shard_.nodes()[edge.to].name);
    }
    for (ChunkNames& chunk : names_) {
      std::ranges::sort(chunk.names);
      chunk.names.erase(std::unique(chunk.names.begin(), chunk.names.end()), chunk.names.end());
    }
  }

  void AddKindsAndNames() {
    for (LocalNode i = 1; i < shard_.nodes().size(); ++i) {
      const uint32_t chunk = chunk_of_node_[i];
      if (chunk == kNoChunk) continue;
      const Node& node = shard_.nodes()[i];
      std::string kind(1, static_cast<char>(node.kind));
      AddToSet(chunk, StructureKey(StructureField::kKind, kind));
      if (!node.anonymous) AddToSet(chunk, StructureKey(StructureField::kName, kind + LowerCase(node.name)));
    }
  }

  // Sets come in any order of chunks; they are kept as pairs and written when all are known.
  void AddToSet(uint32_t chunk, const std::string& key) { pairs_.push_back({out_.keys_.Intern(key), chunk}); }

  // Turns the pairs into lists.
  void Reserve() {
    std::ranges::sort(pairs_);
    pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
    out_.lists_.resize(out_.keys_.size());
    for (const auto& [key, chunk] : pairs_) {
      FilePostings::List& list = out_.lists_[key];
      if (list.count == 0) {
        list.first = chunk;
      } else {
        AppendVarint(chunk - list.last, list.rest);
      }
      list.last = chunk;
      ++list.count;
    }
  }

  void AddTokens(uint32_t chunk) {
    const graph::Chunk& shown = shard_.chunks()[chunk];
    const std::string_view text = TextOf(shown, text_);
    DocumentRecord record;
    record.chunk_kind = shown.kind;
    record.begin_byte = shown.span.begin_byte;
    record.end_byte = std::max(shown.span.begin_byte, shown.span.end_byte);
    record.text_hash = HashIgnoringSpace(text);

    const bool code = is_code_ && shown.kind != ChunkKind::kDocument && shown.kind != ChunkKind::kRegister;
    ScanWords(text, code ? TextKind::kCode : TextKind::kProse, [&](const WordSpan& word) {
      Count(text.substr(word.begin, word.end - word.begin), word.comment && code ? Field::kComment : Field::kBody);
    });
    for (std::string_view name : names_[chunk].names) CountAll(name, Field::kName);
    for (std::string_view port : names_[chunk].ports) CountAll(port, Field::kPorts);
    CountAll(PathTail(path_), Field::kScope);
    if (shown.node != kNoNode) {
      const Node& node = shard_.nodes()[shown.node];
      record.node_kind = node.kind;
      // A doc comment is above the element: often outside the chunk. That of a file is a passage itself, and no part of
      // the file's other passages that show no element.
      const std::string_view first_line = node.doc.substr(0, node.doc.find('\n'));
      if (shown.node != 0 && !first_line.empty() && text.find(first_line) == std::string_view::npos)
        CountAll(node.doc, Field::kComment);
      ForEachScope(shard_, shown.node, [&](LocalNode scope) {
        if (scope != shown.node) CountAll(shard_.nodes()[scope].name, Field::kScope);
      });
    }
    record.lengths = lengths_;
    FlushChunk(chunk);
    base::ByteWriter writer;
    AppendDocument(record, writer);
    out_.documents_ += writer.bytes();
  }

  void CountAll(std::string_view text, Field field) {
    ScanWords(text, TextKind::kProse,
              [&](const WordSpan& word) { Count(text.substr(word.begin, word.end - word.begin), field); });
  }

  // Counts the terms of a word; the split of each distinct word is looked up once.
  void Count(std::string_view word, Field field) {
    const uint32_t id = words_.Intern(word);
    if (id == splits_.size()) {
      const std::span<const uint32_t> keys = word_splits_.KeysOf(word, words_.hash(id));
      splits_.push_back({static_cast<uint32_t>(split_terms_.size()), static_cast<uint32_t>(keys.size())});
      for (const uint32_t key : keys) {
        split_terms_.push_back(out_.keys_.Intern(word_splits_.keys().Get(key), word_splits_.keys().hash(key)));
      }
      pending_.resize(out_.keys_.size());
    }
    for (uint32_t i = 0; i < splits_[id].count; ++i) {
      const uint32_t key = split_terms_[splits_[id].begin + i];
      FieldCounts& counts = pending_[key];
      if (counts == FieldCounts{}) touched_.push_back(key);
      ++counts[static_cast<size_t>(field)];
    }
    lengths_[static_cast<size_t>(field)] += splits_[id].count;
  }

  // Writes the counts of a chunk as postings.
  void FlushChunk(uint32_t chunk) {
    out_.lists_.resize(out_.keys_.size());
    for (uint32_t key : touched_) {
      FieldCounts& counts = pending_[key];
      uint8_t flags = kAllOnes;
      for (size_t field = 0; field < kFieldCount; ++field) {
        if (counts[field] > 0) flags |= static_cast<uint8_t>(1U << field);
        if (counts[field] > 1) flags &= static_cast<uint8_t>(~kAllOnes);
      }
      FilePostings::List& list = out_.lists_[key];
      if (list.count == 0) {
        list.first = chunk;
        list.shift = kTokenShift;
        list.flags = flags;
      } else {
        AppendVarint(uint64_t{chunk - list.last} << kTokenShift | flags, list.rest);
      }
      if ((flags & kAllOnes) == 0) {
        for (uint32_t count : counts) {
          if (count > 0) AppendVarint(count, list.rest);
        }
      }
      list.last = chunk;
      ++list.count;
      counts = {};
    }
    touched_.clear();
    for (size_t field = 0; field < kFieldCount; ++field) out_.total_lengths_[field] += lengths_[field];
    lengths_ = {};
  }

  struct Split {
    uint32_t begin;  // in split_terms_
    uint32_t count;
  };

  const Shard& shard_;
  const graph::LinkSet* links_;
  std::string_view path_;
  std::string_view text_;
  WordSplits& word_splits_;
  bool is_code_ = false;
  std::vector<uint32_t> chunk_of_node_;
  std::vector<ChunkNames> names_;                     // by chunk
  std::vector<std::pair<uint32_t, uint32_t>> pairs_;  // key, chunk
  TermTable words_;
  std::vector<Split> splits_;  // by word
  std::vector<uint32_t> split_terms_;
  std::vector<FieldCounts> pending_;  // by key, of the current chunk
  std::vector<uint32_t> touched_;     // keys with counts
  FieldCounts lengths_{};
  FilePostings out_;
};

void AppendVarint(uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

uint64_t HashIgnoringSpace(std::string_view text) {
  std::string folded(text.size(), ' ');
  size_t size = 0;
  bool after_space = true;
  for (const char c : text) {
    const bool space = IsSpace(c);
    folded[size] = space ? ' ' : c;
    size += space && after_space ? 0 : 1;
    after_space = space;
  }
  if (size > 0 && after_space) --size;
  return base::Hash64(std::string_view(folded).substr(0, size));
}

std::shared_ptr<const FilePostings> AnalyseFile(const Shard& shard, const graph::LinkSet* links, std::string_view path,
                                                std::string_view text, WordSplits& word_splits) {
  return std::make_shared<const FilePostings>(FileAnalysis(shard, links, path, text, word_splits).Run());
}

}  // namespace fanin::retriever
