// A shard: everything extracted from one file, immutable. It knows names, not other files: what a name in another file
// means is bound later by the linker (linker.h). It is stored under a key that digests all that determines it:
// extractor version, text, and the macro environment of the text (indexer/indexer.h), so that equal inputs are parsed
// once, ever.
//
// ShardBuilder (mutable, used by the indexer) -> Build() -> bytes -> Shard::Decode -> Shard (immutable, read by
// everyone). The byte format is docs/shard_format.md.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/schema.h"

namespace fanin::graph {

// One element of the design. Views point into the shard that it came from.
//
// `name` is as written, or a token made from the kind and position for what has no name ("always_ff#0"); `anonymous`
// says which. Qualified paths are composed from the parents' names (Shard::Path).
struct Node {
  NodeKind kind = NodeKind::kFile;
  PortDirection direction = PortDirection::kNone;
  bool anonymous = false;
  LocalNode parent = kNoNode;  // enclosing node; kNoNode only for node 0, the file
  uint32_t ordinal = 0;        // among siblings of equal kind and name (both arms of an `ifdef)
  Span span;                   // the whole element, doc comment excluded
  Span name_span;              // where the name is written; equal to span for anonymous elements
  std::string_view name;
  std::string_view doc;        // comment block directly above, or trailing on the line; markers stripped
  std::string_view type;       // "logic", "axi_req_t", "wire" ... as written, without dimensions
  std::string_view width;      // packed then unpacked dimensions as written: "[31:0] [4]"
  std::string_view value;      // parameter default, macro body, enum value, instance's module name: as written
  std::string_view condition;  // `ifdef condition under which it exists ("!SYNTHESIS && FOO"); empty: always
  uint64_t local_id = 0;       // NodeId::local; filled by Decode
};

// What an edge says besides its ends.
struct EdgeAttributes {
  Role role = Role::kData;
  Assignment assignment = Assignment::kNone;
  BitRange from_range;
  BitRange to_range;
  LocalNode statement = kNoNode;  // the statement, block or instance of the owning file that makes it
  std::string_view guard;         // condition under which it happens, as written ("en_i && !stall")
  std::string_view text;          // see EdgeKind
};

// An edge between two nodes of one shard.
struct LocalEdge {
  EdgeKind kind = EdgeKind::kRefersTo;
  LocalNode from = kNoNode;
  LocalNode to = kNoNode;
  EdgeAttributes attributes;
};

// How the linker looks a reference up.
enum class LookUp : uint8_t {
  kDefinition = 0,    // module, interface, program, primitive, checker, class by name
  kPackage = 1,       // package by name
  kMacro = 2,         // macro by name
  kFile = 3,          // file by the text of its `include
  kScoped = 4,        // scope::name, scope being a package or class
  kIdentifier = 5,    // plain name not found in this file's scopes: imports of the enclosing scopes, then $unit scopes
  kInstancePort = 6,  // port `name` (or "#3": by position, or "*": wildcard) of what the instance `from` instantiates
  kInstanceParameter = 7,  // the same for parameters
  kHierarchical = 8,       // dotted path from `from`'s scope: "u_core.u_alu.x", "bus.valid" with bus an interface port
};
inline constexpr int kLookUpCount = 9;

// One signal of an expression at the other end of a reference (a port connection's actual).
struct Operand {
  LocalNode node = kNoNode;
  BitRange range;
  Role role = Role::kData;
};

// An edge whose far end is known only by name. `from` is the near end; for kInstancePort the linker also makes `flows`,
// `drives` and `reads` edges between the port and each operand, in the direction of the port.
struct Reference {
  EdgeKind kind = EdgeKind::kRefersTo;
  LookUp look_up = LookUp::kIdentifier;
  bool far_is_source = false;  // the edge runs from the named thing to `from` (e.g. a read of an imported name)
  LocalNode from = kNoNode;
  std::string_view name;
  std::string_view scope;  // package or class of kScoped
  Span span;               // where it is written
  EdgeAttributes attributes;
  std::span<const Operand> operands;
};

enum class ChunkKind : uint8_t {
  kModuleHeader = 0,
  kBlock = 1,    // always / initial / final
  kAssigns = 2,  // a run of continuous assignments
  kInstance = 3,
  kFunction = 4,      // or task
  kTypes = 5,         // a run of typedefs, enums
  kDeclarations = 6,  // a run of parameters, signals
  kClass = 7,
  kPackageHeader = 8,
  kMacros = 9,
  kDocument = 10,
  kAssertions = 11,
  kGenerate = 12,  // generate heads whose bodies are chunks of their own
  kRegister = 13,
  kOther = 14,  // text that no element claims
};
inline constexpr int kChunkKindCount = 15;
std::string_view ChunkKindName(ChunkKind kind);

// A span that retrieval returns: whole lines. `node` is the element it shows (its first, for runs).
struct Chunk {
  ChunkKind kind = ChunkKind::kOther;
  LocalNode node = kNoNode;
  Span span;
};

enum class Severity : uint8_t { kNote = 0, kWarning = 1, kError = 2 };
inline constexpr int kSeverityCount = 3;

// What the parser or extractor had to say. Bad RTL is data.
struct Diagnostic {
  Severity severity = Severity::kNote;
  uint32_t line = 0;  // 1-based; 0: the whole file
  std::string_view message;
};

// Immutable and thread-safe. Owns its bytes; every view handed out lives as long as the shard.
class Shard {
 public:
  // Parses and checks the bytes of one shard. Errors: DATA_LOSS (checksum, truncation, out-of-range index);
  // FAILED_PRECONDITION (newer format version). Cost: linear in size.
  static base::Result<std::shared_ptr<const Shard>> Decode(std::string bytes);

  // Node 0 is the file; a parent precedes its children.
  std::span<const Node> nodes() const { return nodes_; }
  std::span<const LocalEdge> edges() const { return edges_; }
  std::span<const Reference> references() const { return references_; }
  std::span<const Chunk> chunks() const { return chunks_; }
  std::span<const Diagnostic> diagnostics() const { return diagnostics_; }
  std::string_view license() const { return license_; }  // SPDX id of the header comment; empty: unknown
  uint32_t line_count() const { return line_count_; }

  // Indexes into edges() by end; kContains is answered by Children.
  std::span<const uint32_t> OutEdges(LocalNode node) const;
  std::span<const uint32_t> InEdges(LocalNode node) const;
  // Nodes whose parent is `node`, in order of position.
  std::span<const LocalNode> Children(LocalNode node) const;

  // "ibex_core.u_alu" / "ibex_pkg::opcode_e": names from below the file down, joined by "::" below packages and
  // classes, else ".". The file's own path is its name.
  std::string Path(LocalNode node) const;
  // By NodeId::local; kNoNode when absent. Cost: logarithmic (first call linearithmic).
  LocalNode FindLocal(uint64_t local_id) const;
  // Innermost node whose span holds the 0-based byte; the file when none does. Cost: linear in the nodes.
  LocalNode NodeAtByte(uint32_t byte) const;

  size_t EstimateMemoryBytes() const;
  const std::string& bytes() const { return bytes_; }

 private:
  Shard() = default;
  class Parser;  // shard.cc
  void ChainLocalIds();
  void IndexAdjacency();

  std::string bytes_;
  std::vector<Node> nodes_;
  std::vector<LocalEdge> edges_;
  std::vector<Operand> operands_;
  std::vector<Reference> references_;
  std::vector<Chunk> chunks_;
  std::vector<Diagnostic> diagnostics_;
  std::string_view license_;
  uint32_t line_count_ = 0;
  // Compressed adjacency: list of node n is items[begin[n] .. begin[n + 1]).
  struct Adjacency {
    std::vector<uint32_t> begin;
    std::vector<uint32_t> items;
    // items = indexes into `list`, grouped by end_of(item), in order; kNoNode is left out.
    template <typename Items, typename EndOf>
    void Fill(size_t node_count, const Items& list, EndOf end_of);
    std::span<const uint32_t> Of(LocalNode node) const {
      return std::span(items).subspan(begin[node], begin[node + 1] - begin[node]);
    }
  };
  Adjacency out_, in_, children_;
  mutable std::once_flag by_id_once_;
  mutable std::vector<std::pair<uint64_t, LocalNode>> by_id_;
};

// Collects one file's facts. Not thread-safe. Strings passed in are copied (interned). Views in the structs given need
// to live only during the call. Every node that is named must have been added; a span that ends before it begins is
// stored as empty at its begin.
class ShardBuilder {
 public:
  ShardBuilder();

  // Adds a node and returns its index. The first must be the file (parent kNoNode); any other's parent must exist
  // already. `ordinal` is assigned here. The span may be completed later with SetSpan.
  LocalNode AddNode(const Node& node);
  void SetSpan(LocalNode node, const Span& span);
  Node& MutableNode(LocalNode node);  // its views must be replaced through Intern only

  void AddEdge(const LocalEdge& edge);  // REQUIRES: kind is not kContains
  void AddReference(const Reference& reference);
  void AddChunk(const Chunk& chunk);  // kNoNode is stored as the file
  void AddDiagnostic(const Diagnostic& diagnostic);
  void SetLicense(std::string_view spdx) { license_ = Intern(spdx); }
  void SetLineCount(uint32_t lines) { line_count_ = lines; }

  // A copy of the text that lives as long as the builder.
  std::string_view Intern(std::string_view text);
  size_t node_count() const { return nodes_.size(); }
  const Node& node(LocalNode node) const { return nodes_[node]; }

  // The encoded shard. Edges are sorted and duplicates dropped, so that equal facts give equal bytes.
  std::string Build() &&;

 private:
  struct StoredReference {
    Reference reference;
    std::vector<Operand> operands;
  };
  struct StringHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return base::Hash64(text); }
  };
  EdgeAttributes InternAttributes(EdgeAttributes attributes);

  std::unordered_set<std::string, StringHash, std::equal_to<>> strings_;
  std::vector<Node> nodes_;
  struct Namesakes {
    LocalNode parent;
    NodeKind kind;
    const char* name;  // interned
    friend bool operator==(const Namesakes&, const Namesakes&) = default;
  };
  struct NamesakesHash {
    size_t operator()(const Namesakes& of) const {
      const uint64_t place = uint64_t{of.parent} << 8 | static_cast<uint8_t>(of.kind);
      return std::hash<const char*>()(of.name) ^ place * 0x9e3779b97f4a7c15;
    }
  };
  std::unordered_map<Namesakes, uint32_t, NamesakesHash> ordinals_;  // how many there are
  std::vector<LocalEdge> edges_;
  std::vector<StoredReference> references_;
  std::vector<Chunk> chunks_;
  std::vector<Diagnostic> diagnostics_;
  std::string_view license_;
  uint32_t line_count_ = 0;
};

}  // namespace fanin::graph
