// Unsaved texts laid over a snapshot: each is parsed, linked with the rest of the repository and put in front of the
// stored facts of its file, so that everything that reads a snapshot sees it. Nothing of it is stored.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "fanin/v1/overlay.pb.h"
#include "graph/linker.h"
#include "service/engine.h"

namespace fanin::service {

using OverlayTexts = google::protobuf::RepeatedPtrField<v1::Overlay>;

// A snapshot with overlays, opened.
struct Overlaid {
  std::shared_ptr<const retriever::SearchIndex> index;
  std::vector<std::string> warnings;  // overlays that give no facts, and why: the stored file is hidden all the same
};

// Thread-safe. Keeps the last few answers, as an editor asks several things of one buffer, and of the last repository
// what the linker needs, so that the next keystroke links one file.
class Overlays {
 public:
  explicit Overlays(Engine& engine) : engine_(engine) {}

  // `record` is the index's repository. Errors: those of reading the snapshot. Cost: a parse of each text; linking it,
  // the whole repository when it is the first or declares other names than before.
  base::Result<Overlaid> Open(std::shared_ptr<const retriever::SearchIndex> below,
                              const graph::RepositoryRecord& record, const OverlayTexts& overlays);

 private:
  struct Key {
    uint64_t repository = 0;
    graph::SnapshotId snapshot = 0;
    base::Digest overlays;
    friend bool operator==(const Key&, const Key&) = default;
  };
  // Link sets of the files of one snapshot as they were linked last.
  struct Links {
    uint64_t repository = 0;
    graph::SnapshotId snapshot = 0;
    std::unique_ptr<graph::Linker> linker;
    std::map<std::string, std::string> bytes;  // by path; of those that are not the stored ones
  };
  class Builder;

  Engine& engine_;
  std::mutex mutex_;  // held while one is built: a second caller mostly wants the same
  // Guarded by mutex_.
  std::list<std::pair<Key, Overlaid>> recent_;
  Links links_;
};

}  // namespace fanin::service
