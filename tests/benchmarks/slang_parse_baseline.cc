// The yardstick of indexing speed: slang's own parse of the HDL files of a folder, on one thread, with slang's defaults
// and nothing extracted. Prints wall seconds, the best of the rounds.
//
//   slang_parse_baseline FOLDER [ROUNDS]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "indexer/discovery.h"
#include "slang/syntax/SyntaxTree.h"
#include "slang/text/SourceManager.h"

namespace {

struct Round {
  double seconds = 0;
  size_t unreadable = 0;
};

// As a tool would: one source manager, includes next to their file followed, each tree dropped when it is made.
Round ParseAll(const std::vector<std::string>& paths) {
  Round round;
  const auto start = std::chrono::steady_clock::now();
  slang::SourceManager sources;
  for (const std::string& path : paths) {
    if (!slang::syntax::SyntaxTree::fromFile(path, sources)) ++round.unreadable;
  }
  round.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return round;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc == 3 ? std::atoi(argv[2]) : 3;
  if (argc < 2 || argc > 3 || rounds < 1) {
    std::cerr << "usage: slang_parse_baseline FOLDER [ROUNDS]\n";
    return 2;
  }
  const auto discovery = fanin::indexer::DiscoverFiles(argv[1]);
  if (!discovery) {
    std::cerr << discovery.error() << "\n";
    return 3;
  }
  std::vector<std::string> paths;
  uint64_t bytes = 0;
  for (const auto& file : discovery->files) {
    if (!fanin::indexer::IsHdl(file.language)) continue;
    const auto path = discovery->root / file.path;
    paths.push_back(path.string());
    std::error_code ignored;
    const uint64_t size = std::filesystem::file_size(path, ignored);
    if (!ignored) bytes += size;
  }
  Round best = ParseAll(paths);
  for (int i = 1; i < rounds; ++i) {
    const Round round = ParseAll(paths);
    if (round.seconds < best.seconds) best = round;
  }
  std::printf("files %zu  bytes %llu  unreadable %zu  seconds %.3f\n", paths.size(),
              static_cast<unsigned long long>(bytes), best.unreadable, best.seconds);
  return 0;
}
