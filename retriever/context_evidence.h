// What the rest of the repository says about the line to come: files that are like the one under the cursor, the places
// in them that are like the lines before it, and the names that follow there. Made once for a request, shared by
// sources.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "retriever/context_view.h"
#include "retriever/cursor_scan.h"

namespace fanin::retriever {

// A place in another file whose lines before it are like those before the cursor: a near copy goes on there.
struct NearCopy {
  size_t index = 0;
  std::string path;
  uint32_t line = 0;    // 1-based: the line that corresponds to the cursor's
  double likeness = 0;  // (0, 1]
};

// A name that follows at near copies and that the text before the cursor does not have.
struct FollowingName {
  std::string text;
  bool macro = false;
  double weight = 0;  // (0, 1]: 1 where all copies agree that it is on the next line
};

class ContextEvidence {
 public:
  // Cost: one lexical scoring of the words near the cursor, and a look at the lines of at most kMaxFiles files.
  static base::Result<ContextEvidence> Collect(const ContextView& view, const CursorScan& scan, std::string_view prefix,
                                               std::span<const std::string> recent_paths);

  const std::vector<NearCopy>& copies() const { return copies_; }             // best first
  const std::vector<FollowingName>& following() const { return following_; }  // by weight, then text
  double Following(std::string_view name) const;  // its weight, whatever its case; 0: it does not

  // Per name, how much it is used in files that are like the one under the cursor: each file that has it counts by its
  // likeness and nearness. Unbounded; 0: nowhere else. `names` are matched whole, whatever their case.
  base::Result<std::vector<double>> Support(std::span<const std::string> names) const;
  struct Module {
    std::string name;     // lower case
    double support = 0;   // as above, of its instances
    double nearness = 0;  // likeness and nearness of the file that defines it
  };
  // Every visible module, interface and program. Cost: one scan over their names.
  base::Result<std::vector<Module>> Modules() const;

 private:
  struct Segment {
    size_t index = 0;
    const SegmentPostings* postings = nullptr;
    std::vector<float> file_weight;  // by ordinal; 0 for files that are hidden or dead
  };
  // Calls visit(weight) for each file that has a document of an encoded list.
  template <typename Visit>
  static base::Status ForEachFile(const Segment& segment, std::string_view list, Visit&& visit);

  explicit ContextEvidence(const ContextView& view) : view_(&view) {}
  base::Status WeighFiles(const CursorScan& scan, std::span<const std::string> recent_paths);
  base::Status FindCopies(std::string_view prefix);
  base::Status FindFollowing(const CursorScan& scan);

  const ContextView* view_;
  std::vector<Segment> segments_;
  struct WeighedFile {
    size_t index = 0;
    std::string path;
    double weight = 0;
  };
  std::vector<WeighedFile> files_;  // by weight; at most kMaxFiles
  std::vector<NearCopy> copies_;
  std::vector<FollowingName> following_;
};

}  // namespace fanin::retriever
