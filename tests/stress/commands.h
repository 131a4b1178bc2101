// The driver's commands. Each returns how many promises were broken, having printed what and how to do it again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace fanin::stress {

// Every kind of damage to every file of a data directory, one at a time.
struct DamageOptions {
  uint64_t trials = 2000;
  uint64_t seed = 1;
  int64_t only = -1;  // one trial alone
};
int RunDamage(const DamageOptions& options);

// A child of RunDamage: opens the directory, prints Encode(AskAll()), with `index` after indexing, and with `check`
// what CheckData finds.
struct AskOptions {
  std::filesystem::path data_dir;
  std::string embedding_url;
  std::string mode;  // "read", "write", "check", "index"
  std::filesystem::path root;
};
int RunAsk(const AskOptions& options);

}  // namespace fanin::stress
