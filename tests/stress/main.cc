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

  CLI11_PARSE(app, argc, argv);
  return std::min(run(), 100);
}
