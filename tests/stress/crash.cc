// Crashes and failing disks. A child process does a list of operations on a data directory, saying when each begins and
// is done, while a thread of it asks; it is killed at a random moment or at a write point, with or without a loss of
// power, or its disk fails (tests/cli/fault_preload.cc). Then the directory is opened again and compared with the
// model: an operation that was done is there, one that was begun is there whole or not at all.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "base/file.h"
#include "service/folder_watcher.h"
#include "tests/stress/commands.h"
#include "tests/stress/process.h"
#include "tests/stress/states.h"

namespace fanin::stress {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

// An operation: "index:G" and "embed:G" index generation G, without and with embeddings; "watch:G" does so when a
// watcher tells of the change; "delete".
struct Operation {
  std::string name;
  int generation = 0;

  static Operation Parse(const std::string& text) {
    const size_t colon = text.find(':');
    return {text.substr(0, colon), colon == std::string::npos ? kAbsent : std::atoi(text.c_str() + colon + 1)};
  }
  std::string ToString() const { return generation == kAbsent ? name : name + ":" + std::to_string(generation); }
};

std::vector<Operation> RandomOperations(Random& random) {
  std::vector<Operation> operations;
  for (uint64_t i = 2 + random() % 4; i > 0; --i) {
    const int generation = static_cast<int>(random() % kGenerations);
    constexpr const char* kNames[] = {"index", "index", "embed", "embed", "watch", "delete"};
    const std::string name = kNames[random() % std::size(kNames)];
    operations.push_back({name, name == "delete" ? kAbsent : generation});
  }
  return operations;
}

base::Status Watched(service::Api& api, const States& states, int generation) {
  service::WatchTiming timing;
  timing.quiet = std::chrono::milliseconds(20);
  FANIN_ASSIGN_OR_RETURN(auto watcher, service::FolderWatcher::Open(states.demo_rtl(), timing));
  states.WriteGeneration(generation);
  FANIN_RETURN_IF_ERROR(watcher->Wait(-1));
  FANIN_RETURN_IF_ERROR(Index(api, "demo", states.demo_rtl(), false));
  return {};
}

base::Status Do(service::Api& api, const States& states, const Operation& operation) {
  if (operation.name == "delete") {
    v1::DeleteRepositoryRequest request;
    request.set_name("repositories/demo");
    const auto deleted = api.DeleteRepository(request, {});
    if (!deleted && deleted.error().code != base::Code::kNotFound) return std::unexpected(deleted.error());
    return {};
  }
  if (operation.name == "watch") return Watched(api, states, operation.generation);
  states.WriteGeneration(operation.generation);
  FANIN_RETURN_IF_ERROR(Index(api, "demo", states.demo_rtl(), operation.name == "embed"));
  return {};
}

}  // namespace

int RunWork(const WorkOptions& options) {
  const States states(options.states_dir);
  const auto api = OpenApi({options.data_dir, options.embedding_url, false});
  if (!api) {
    std::cout << "error " << api.error() << std::endl;
    return 0;
  }
  std::cout << "open" << std::endl;
  std::mutex mutex;                        // protects the next
  std::vector<int> passed{options.state};  // the state before each operation begun, and after it
  // What is asked while operations run is of one of the states that there were meanwhile, whole.
  const auto ask = [&] {
    size_t first = 0;
    {
      std::lock_guard lock(mutex);
      first = passed.size() - std::min<size_t>(passed.size(), 2);
    }
    const std::vector<Answer> answers = AskAll(**api);
    std::lock_guard lock(mutex);
    const std::vector<int> allowed(passed.begin() + static_cast<ptrdiff_t>(first), passed.end());
    // A repository that is deleted or made while it is asked answers in part.
    if (std::ranges::find(allowed, kAbsent) != allowed.end()) return;
    std::string why;
    // Each answer is of one snapshot; a publication may come between two of them.
    for (const Answer& answer : answers) {
      if (!states.MatchOne(answer, allowed, why)) std::cout << "broken while asked: " << why << std::endl;
    }
  };
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (options.ask && !stop) ask();
  });
  std::istringstream list(options.operations);
  std::string text;
  for (int i = 0; std::getline(list, text, ','); ++i) {
    const Operation operation = Operation::Parse(text);
    {
      std::lock_guard lock(mutex);
      passed.push_back(operation.generation);
    }
    std::cout << "begin " << i << std::endl;
    const base::Status done = Do(**api, states, operation);
    if (!done) {
      std::cout << "error " << done.error() << std::endl;
      break;
    }
    std::cout << "done " << i << std::endl;
  }
  stop = true;
  reader.join();
  if (options.ask) ask();
  return 0;
}

namespace {

// What one child did before it ended.
struct Worked {
  Ended ended;
  bool opened = false;
  std::vector<int> allowed;  // states that may be found
  std::string error;         // that it told
  std::vector<std::string> broken;
};

class Run {
 public:
  explicit Run(const std::string& preload) : preload_(fs::absolute(preload)) {}

 protected:
  void Reset() {
    fs::remove_all(data_);
    fs::copy(states_.start(), data_, fs::copy_options::recursive);
    state_ = 0;
  }

  // `kill_after_s`: negative: never.
  Worked Work(const std::vector<Operation>& operations, const std::string& fault, double kill_after_s) {
    std::string list;
    for (const Operation& operation : operations) list += (list.empty() ? "" : ",") + operation.ToString();
    std::vector<std::string> environment;
    if (!fault.empty()) environment = {"LD_PRELOAD=" + preload_.string(), "FANIN_FAULT=" + fault};
    Child child(
        {"work", data_, folder_.path(), list, "--state", std::to_string(state_), "--embeddings", embeddings_.url()},
        environment);
    std::thread killer;
    if (kill_after_s >= 0) {
      killer = std::thread([&] {
        std::this_thread::sleep_for(std::chrono::duration<double>(kill_after_s));
        child.Kill();
      });
    }
    Worked worked;
    worked.allowed = {state_};
    std::string line;
    while (child.ReadLine(line)) {
      if (line == "open") worked.opened = true;
      if (line.starts_with("begin ")) worked.allowed.push_back(operations[std::stoul(line.substr(6))].generation);
      if (line.starts_with("done ")) worked.allowed = {worked.allowed.back()};
      if (line.starts_with("error ")) worked.error = line.substr(6);
      if (line.starts_with("broken ")) worked.broken.push_back(line);
    }
    if (killer.joinable()) killer.join();
    worked.ended = child.Wait();
    return worked;
  }

  std::vector<Answer> Ask(const std::string& mode, const std::string& repository_rtl) {
    Child child({"ask", data_, mode, "--embeddings", embeddings_.url(), "--root", repository_rtl});
    const Ended ended = child.Wait();
    std::vector<Answer> answers = DecodeAnswers(ended.out);
    if (ended.exit_code != 0) answers = {{"ask", ended.Describe(), "", false}};
    return answers;
  }

  // Opens the directory again and finds the state that it is in.
  bool Reopen(const Worked& worked, const std::string& how) {
    for (const std::string& broken : worked.broken) Break(how, broken);
    std::string why;
    const std::optional<int> found = states_.Match(Ask("write", ""), worked.allowed, false, why);
    if (!found) {
      Break(how, "after it: " + why);
      return false;
    }
    state_ = *found;
    return true;
  }

  // Finds no damage, and an index run brings all of a generation, embeddings included.
  bool Finish(int generation, const std::string& how) {
    const std::vector<Answer> checked = Ask("check", "");
    if (checked.empty() || !checked.front().error.empty()) {
      Break(how, "doctor: " + (checked.empty() ? "no answer" : checked.front().error));
      return false;
    }
    states_.WriteGeneration(generation);
    std::string why;
    if (!states_.Match(Ask("mend", states_.demo_rtl()), {generation}, true, why)) {
      Break(how, "the next run does not complete it: " + why);
      return false;
    }
    state_ = generation;
    return true;
  }

  void Break(const std::string& how, const std::string& what) {
    ++broken_;
    std::cout << how << ": " << what << std::endl;
  }

  // How many write points an operation list has, and the names of those points.
  std::vector<std::string> CountPoints(const std::vector<Operation>& operations) {
    Reset();
    const fs::path file = folder_.path() / "points";
    fs::remove(file);
    const Worked worked = Work(operations, "count:" + file.string() + ":" + data_.string(), -1);
    if (worked.ended.exit_code != 0) Break("counting", worked.ended.Describe());
    std::vector<std::string> names;
    std::istringstream lines(base::ReadFile(file).value_or(""));
    for (std::string line; std::getline(lines, line);) names.push_back(line);
    return names;
  }

  const fs::path preload_;
  ScratchFolder folder_;
  EmbeddingService embeddings_;
  States states_{folder_.path(), embeddings_.url()};
  const fs::path data_ = folder_.path() / "data";
  int state_ = 0;
  int broken_ = 0;
};

class CrashRun : public Run {
 public:
  explicit CrashRun(const CrashOptions& options) : Run(options.preload), options_(options) {}

  int Start() {
    const size_t points = CountPoints({{"embed", 1}, {"delete", kAbsent}, {"index", 2}, {"watch", 3}}).size();
    Reset();
    std::map<std::string, uint64_t> kills;
    uint64_t killed = 0;
    for (uint64_t round = 0; killed < options_.kills && round < 20 * options_.kills + 20; ++round) {
      Random random(options_.seed * 1'000'003 + round);
      const std::vector<Operation> operations = RandomOperations(random);
      std::string fault;
      double after_s = -1;
      const std::string folder = ":" + data_.string();
      const std::string point = std::to_string(1 + random() % (points * 5 / 4));
      switch (random() % 3) {
        case 0: after_s = static_cast<double>(random() % 1000) / 1000 * options_.max_seconds; break;
        case 1: fault = "kill:" + point + folder; break;
        default: fault = "powercut:" + point + folder;
      }
      const std::string how = "round " + std::to_string(round) + " of seed " + std::to_string(options_.seed) + " (" +
                              (fault.empty() ? "killed after " + std::to_string(after_s) + " s" : fault) + ")";
      const Worked worked = Work(operations, fault, after_s);
      if (worked.ended.signal == SIGKILL) {
        ++killed;
        ++kills[fault.empty() ? "at a random moment" : fault.substr(0, fault.find(':')) + " at a write point"];
      } else if (worked.ended.exit_code != 0 || !worked.error.empty()) {
        Break(how, "ended by " + worked.ended.Describe() + " " + worked.error);
      }
      const bool whole =
          Reopen(worked, how) && (round % 4 != 0 || Finish(static_cast<int>(random() % kGenerations), how));
      if (!whole) Reset();
    }
    std::cout << "crash: " << killed << " kills (seed " << options_.seed << ", " << points
              << " write points in a work list), broken promises: " << broken_ << '\n';
    for (const auto& [how, count] : kills) std::cout << "  " << how << ": " << count << '\n';
    return broken_;
  }

 private:
  const CrashOptions options_;
};

class FaultRun : public Run {
 public:
  explicit FaultRun(const FaultOptions& options) : Run(options.preload), options_(options) {}

  int Start() {
    const std::vector<Operation> operations = {{"embed", 1}};
    const std::vector<std::string> points = CountPoints(operations);
    std::cout << points.size() << " write points\n";
    std::map<std::string, uint64_t> outcomes;
    Random random(options_.seed);
    uint64_t tried = 0;
    for (const int error : {ENOSPC, EIO, EROFS}) {
      for (const char* kind : {"fail", "failfrom"}) {
        for (size_t n = 1; n <= points.size(); ++n) {
          // A sample where not all are asked for; each point has the same chance.
          if (options_.trials != 0 && random() % (6 * points.size()) >= options_.trials) continue;
          ++tried;
          const std::string how =
              std::string(kind) + " " + std::to_string(n) + " (" + points[n - 1] + ") with " + ::strerror(error);
          Reset();
          const Worked worked = Work(
              operations,
              std::string(kind) + ":" + std::to_string(n) + ":" + std::to_string(error) + ":" + data_.string(), -1);
          if (worked.ended.exit_code != 0) Break(how, "ended by " + worked.ended.Describe());
          const bool named = worked.error.empty() || worked.error.contains(data_.string());
          if (!named) Break(how, "the error does not say where: " + worked.error);
          ++outcomes[worked.error.empty() ? "no error needed" : worked.opened ? "the run failed" : "it did not open"];
          if (Reopen(worked, how)) Finish(1, how);
        }
      }
    }
    std::cout << "faults: " << tried << " failing write points, broken promises: " << broken_ << '\n';
    for (const auto& [outcome, count] : outcomes) std::cout << "  " << outcome << ": " << count << '\n';
    return broken_;
  }

 private:
  const FaultOptions options_;
};

}  // namespace

int RunCrash(const CrashOptions& options) { return CrashRun(options).Start(); }
int RunFaults(const FaultOptions& options) { return FaultRun(options).Start(); }

}  // namespace fanin::stress
