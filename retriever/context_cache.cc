#include "retriever/context_cache.h"

#include <utility>

namespace fanin::retriever {

std::shared_ptr<const CachedFile> SketchFile(std::string text) {
  auto file = std::make_shared<CachedFile>();
  file->text = std::move(text);
  file->sketches = SketchLines(file->text);
  for (size_t begin = 0; begin < file->text.size();) {
    file->line_begins.push_back(static_cast<uint32_t>(begin));
    const size_t newline = file->text.find('\n', begin);
    begin = newline == std::string::npos ? file->text.size() : newline + 1;
  }
  file->line_begins.push_back(static_cast<uint32_t>(file->text.size()));
  return file;
}

base::Result<std::shared_ptr<const CachedFile>> ContextCache::Get(const graph::Snapshot& snapshot,
                                                                  graph::FileRef file) {
  const base::Digest& content = snapshot.file(file).content;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_content_.find(content);
    if (found != by_content_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->file;
    }
  }
  FANIN_ASSIGN_OR_RETURN(std::string text, snapshot.GetText(file));
  std::shared_ptr<const CachedFile> made = SketchFile(std::move(text));
  const size_t bytes = sizeof(Entry) + made->text.size() + made->sketches.size() * sizeof(LineSketch) +
                       made->line_begins.size() * sizeof(uint32_t);
  const std::lock_guard lock(mutex_);
  if (by_content_.contains(content)) return made;  // another thread was faster
  entries_.push_front({content, made, bytes});
  by_content_[content] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > capacity_bytes_ && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    by_content_.erase(entries_.back().content);
    entries_.pop_back();
  }
  return made;
}

}  // namespace fanin::retriever
