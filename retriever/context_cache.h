// Texts and line sketches of files by content, kept between requests: what a keystroke reads, the next one reads again.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "graph/snapshot.h"
#include "retriever/line_sketch.h"

namespace fanin::retriever {

struct CachedFile {
  std::string text;
  std::vector<LineSketch> sketches;
  std::vector<uint32_t> line_begins;  // byte of each line's first; one more at the end of the text
};
std::shared_ptr<const CachedFile> SketchFile(std::string text);

// Thread-safe. Nothing is read or sketched under the lock. Least recently used out first.
class ContextCache {
 public:
  explicit ContextCache(size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}
  base::Result<std::shared_ptr<const CachedFile>> Get(const graph::Snapshot& snapshot, graph::FileRef file);

 private:
  struct Entry {
    base::Digest content;
    std::shared_ptr<const CachedFile> file;
    size_t bytes = 0;
  };
  const size_t capacity_bytes_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<base::Digest, std::list<Entry>::iterator> by_content_;
  size_t bytes_ = 0;
};

}  // namespace fanin::retriever
