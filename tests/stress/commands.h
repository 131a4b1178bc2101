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

// A child of RunDamage: opens the directory and prints Encode(AskAll()), with `mend` after repairing and indexing it;
// with `check` what CheckData finds.
struct AskOptions {
  std::filesystem::path data_dir;
  std::string embedding_url;
  std::string mode;  // "read", "write", "check", "mend"
  std::filesystem::path root;
};
int RunAsk(const AskOptions& options);

// Kills at random moments and at write points, with and without a loss of power.
struct CrashOptions {
  uint64_t kills = 500;
  uint64_t seed = 1;
  double max_seconds = 2;  // of a random moment, after the start
  std::string preload;     // tests/cli/fault_preload.cc, built
};
int RunCrash(const CrashOptions& options);

// ENOSPC, EIO and EROFS at each write point of an index run: at that one alone, and from it on.
struct FaultOptions {
  uint64_t trials = 0;  // about so many of them; 0: all
  uint64_t seed = 1;
  std::string preload;
};
int RunFaults(const FaultOptions& options);

// A child of both.
struct WorkOptions {
  std::filesystem::path data_dir;
  std::filesystem::path states_dir;
  std::string operations;
  int state = 0;  // of the data directory before
  std::string embedding_url;
  bool ask = true;  // a thread asks meanwhile
};
int RunWork(const WorkOptions& options);

// Clients ask a server while its repository is indexed again.
struct LoadOptions {
  std::string program;        // fanin, built
  std::filesystem::path rtl;  // copied, then changed
  double seconds = 360;       // at each number of clients
  double overload = 4;        // times the rate that was carried
  unsigned overload_clients = 200;
};
int RunLoad(const LoadOptions& options);

}  // namespace fanin::stress
