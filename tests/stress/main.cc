// fanin_stress: tests/stress/commands.h, as commands. Exit code 0: every promise was held.
#include <glog/logging.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>

#include "tests/stress/commands.h"

namespace {

using namespace fanin::stress;  // NOLINT(google-build-using-namespace): the program is nothing else

}  // namespace

int main(int argc, char** argv) {
  FLAGS_minloglevel = google::GLOG_ERROR;
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  CLI::App app("Fanin under damage, kills, failing disks and load");
  app.require_subcommand(1);
  std::function<int()> run;

  DamageOptions damage;
  CLI::App* command = app.add_subcommand("damage", "Damage each file of a data directory in turn");
  command->add_option("--trials", damage.trials)->capture_default_str();
  command->add_option("--seed", damage.seed)->capture_default_str();
  command->add_option("--only", damage.only, "run one trial alone");
  command->callback([&] { run = [&] { return RunDamage(damage); }; });

  AskOptions ask;
  command = app.add_subcommand("ask", "Child of damage")->group("");
  command->add_option("data_dir", ask.data_dir)->required();
  command->add_option("mode", ask.mode)->required();
  command->add_option("--embeddings", ask.embedding_url);
  command->add_option("--root", ask.root);
  command->callback([&] { run = [&] { return RunAsk(ask); }; });

  CrashOptions crash;
  command =
      app.add_subcommand("crash", "Kill it at random moments and at write points, with and without loss of power");
  command->add_option("--kills", crash.kills)->capture_default_str();
  command->add_option("--seed", crash.seed)->capture_default_str();
  command->add_option("--max-seconds", crash.max_seconds)->capture_default_str();
  command->add_option("--preload", crash.preload, "libfault_preload.so")->required();
  command->callback([&] { run = [&] { return RunCrash(crash); }; });

  FaultOptions faults;
  command = app.add_subcommand("faults", "Fail each write of an index run");
  command->add_option("--trials", faults.trials, "about so many; 0: all")->capture_default_str();
  command->add_option("--seed", faults.seed)->capture_default_str();
  command->add_option("--preload", faults.preload, "libfault_preload.so")->required();
  command->callback([&] { run = [&] { return RunFaults(faults); }; });

  LoadOptions load;
  command = app.add_subcommand("load", "Ask a server from 1, 8, 32 and 64 clients while it indexes, then overload it");
  command->add_option("--program", load.program, "fanin")->required();
  command->add_option("--rtl", load.rtl, "a folder of RTL")->required();
  command->add_option("--seconds", load.seconds, "at each number of clients")->capture_default_str();
  command->add_option("--overload", load.overload)->capture_default_str();
  command->callback([&] { run = [&] { return RunLoad(load); }; });

  WorkOptions work;
  command = app.add_subcommand("work", "Child of crash and faults")->group("");
  command->add_option("data_dir", work.data_dir)->required();
  command->add_option("states_dir", work.states_dir)->required();
  command->add_option("operations", work.operations)->required();
  command->add_option("--state", work.state);
  command->add_option("--embeddings", work.embedding_url);
  command->callback([&] { run = [&] { return RunWork(work); }; });

  CLI11_PARSE(app, argc, argv);
  return std::min(run(), 100);
}
