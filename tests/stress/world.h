// What the driver works on: a temporary folder, RTL in it that is a function of a generation's number, an embedding
// service in this process, and data directories opened as the service opens them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "service/local_api.h"

namespace fanin::stress {

class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Copies tests/corpora into `folder` and adds modules gen/m<i>.sv of the generation: some change with each, some come
// and go, most stay. `wires`: of each module, which makes them long.
void WriteRtl(const std::filesystem::path& folder, uint64_t generation, size_t modules, size_t wires);

// Serves POST /v1/embeddings on the loopback interface: a vector is a function of its text's words.
class EmbeddingService {
 public:
  EmbeddingService();
  ~EmbeddingService();
  // For EmbedderFor and for child processes.
  std::string url() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct OpenOptions {
  std::filesystem::path data_dir;
  std::string embedding_url;  // empty: no embeddings
  bool read_only = false;
};
base::Result<std::unique_ptr<service::LocalApi>> OpenApi(const OpenOptions& options);

// Creates the repository if there is none of the name, and indexes it.
base::Result<v1::IndexSummary> Index(service::Api& api, const std::string& name, const std::filesystem::path& root,
                                     bool embed);

}  // namespace fanin::stress
