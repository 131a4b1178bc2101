// Load: a server (`fanin serve`, a process of its own) is asked by many clients over gRPC while its repository changes
// and is indexed again without a pause. For each number of clients: answers a second, latencies, errors; the server's
// memory throughout. Then requests come at a multiple of the rate that was carried, and what is answered in time is
// counted.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "base/file.h"
#include "clients/cpp/remote_api.h"
#include "tests/stress/commands.h"
#include "tests/stress/world.h"

namespace fanin::stress {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Random = std::mt19937_64;

constexpr auto kDeadline = std::chrono::seconds(2);

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// `fanin serve` with a data directory.
class ServerProcess {
 public:
  ServerProcess(const std::string& program, const fs::path& data_dir) {
    const std::string command = "exec " + program + " serve --listen 127.0.0.1:0 --data-dir " + data_dir.string() +
                                " 2>" + (data_dir.parent_path() / "serve.log").string();
    int ends[2];
    FANIN_CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const char* argv[] = {"sh", "-c", command.c_str(), nullptr};
    FANIN_CHECK(::posix_spawn(&pid_, "/bin/sh", &actions, nullptr, const_cast<char**>(argv), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    std::string line;
    for (char c = 0; ::read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
    out_ = ends[0];
    constexpr std::string_view kSaid = "listening on ";
    if (line.starts_with(kSaid)) address_ = line.substr(kSaid.size());
  }
  ~ServerProcess() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    ::close(out_);
  }
  const std::string& address() const { return address_; }
  uint64_t ResidentKib() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
    }
    return 0;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string address_;
};

struct Measured {
  std::vector<double> milliseconds;  // of answers
  std::map<std::string, uint64_t> errors;
  double seconds = 0;
  uint64_t asked = 0;

  double PercentileMs(double share) {
    if (milliseconds.empty()) return 0;
    const auto at = milliseconds.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(milliseconds.size() - 1));
    std::ranges::nth_element(milliseconds, at);
    return *at;
  }
  void Add(const Measured& other) {
    milliseconds.insert(milliseconds.end(), other.milliseconds.begin(), other.milliseconds.end());
    for (const auto& [code, count] : other.errors) errors[code] += count;
    asked += other.asked;
  }
};

class LoadRun {
 public:
  explicit LoadRun(const LoadOptions& options) : options_(options) {}

  int Start() {
    fs::copy(options_.rtl, rtl_, fs::copy_options::recursive | fs::copy_options::skip_symlinks);
    for (const auto& entry : fs::recursive_directory_iterator(rtl_)) {
      const std::string extension = entry.path().extension();
      if (extension == ".sv" || extension == ".v") files_.push_back(entry.path());
    }
    fs::create_directories(data_);
    ServerProcess server(options_.program, data_);
    auto api = clients::RemoteApi::Connect(server.address());
    if (!api || files_.empty()) {
      std::cout << "cannot start\n";
      return 1;
    }
    api_ = std::move(*api);
    if (const auto indexed = Index(*api_, "load", rtl_, false); !indexed) {
      std::cout << "cannot index: " << indexed.error() << '\n';
      return 1;
    }
    std::thread indexer([&] { IndexForEver(); });
    double best_qps = 0;
    std::cout << "clients    QPS  p50 ms  p95 ms  p99 ms  errors  runs  RSS MiB begin..end (most)\n";
    for (const unsigned clients : {1U, 8U, 32U, 64U}) {
      const uint64_t runs_before = runs_;
      const uint64_t begin_kib = server.ResidentKib();
      uint64_t most_kib = begin_kib;
      Measured all = Run(clients, 0, options_.seconds, [&] { most_kib = std::max(most_kib, server.ResidentKib()); });
      best_qps = std::max(best_qps, static_cast<double>(all.milliseconds.size()) / all.seconds);
      std::printf("%7u %6.0f %7.1f %7.1f %7.1f %7zu %5llu %8.0f..%.0f (%.0f)\n", clients,
                  static_cast<double>(all.milliseconds.size()) / all.seconds, all.PercentileMs(0.5),
                  all.PercentileMs(0.95), all.PercentileMs(0.99), all.errors.size(),
                  static_cast<unsigned long long>(runs_ - runs_before), static_cast<double>(begin_kib) / 1024,
                  static_cast<double>(server.ResidentKib()) / 1024, static_cast<double>(most_kib) / 1024);
      Tell(all);
    }
    Measured over = Run(options_.overload_clients, options_.overload * best_qps, options_.seconds, [] {});
    std::printf("overload: %.0f a second asked (%.0f x %.0f), %.0f answered, p50 %.1f ms, p99 %.1f ms\n",
                static_cast<double>(over.asked) / over.seconds, options_.overload, best_qps,
                static_cast<double>(over.milliseconds.size()) / over.seconds, over.PercentileMs(0.5),
                over.PercentileMs(0.99));
    Tell(over);
    // Nothing is left hanging: one client is served as before.
    Measured after = Run(1, 0, std::min(options_.seconds, 10.0), [] {});
    std::printf("after it: 1 client, %.0f QPS, p99 %.1f ms\n",
                static_cast<double>(after.milliseconds.size()) / after.seconds, after.PercentileMs(0.99));
    Tell(after);
    stop_ = true;
    indexer.join();
    for (const auto& [error, count] : index_errors_) std::cout << "  indexing: " << error << ": " << count << '\n';
    return broken_ + static_cast<int>(index_errors_.size());
  }

 private:
  void Tell(const Measured& measured) {
    for (const auto& [code, count] : measured.errors) std::cout << "  " << code << ": " << count << std::endl;
    for (const auto& [code, count] : measured.errors) {
      const bool refused = code.starts_with("RESOURCE_EXHAUSTED") || code.starts_with("DEADLINE_EXCEEDED");
      if (!refused) ++broken_;
    }
  }

  // Changes a file and indexes, again and again.
  void IndexForEver() {
    Random random(1);
    while (!stop_) {
      const fs::path& file = files_[random() % files_.size()];
      std::ofstream(file, std::ios::app) << "// change " << runs_ << "\nmodule added_" << runs_ << "; endmodule\n";
      const auto indexed = Index(*api_, "load", rtl_, false);
      if (!indexed) ++index_errors_[indexed.error().ToString()];
      if (++runs_ % 50 == 0) {  // or the files grow for ever
        for (const fs::path& grown : files_) {
          fs::copy_file(options_.rtl / grown.lexically_relative(rtl_), grown, fs::copy_options::overwrite_existing);
        }
      }
    }
  }

  base::Status AskOne(uint64_t number) {
    service::CallContext context;
    context.deadline = Clock::now() + kDeadline;
    switch (number % 5) {
      case 0:
      case 1: {
        constexpr const char* kQueries[] = {"fifo pointer", "kind:module", "valid ready handshake",
                                            "/assign\\s+\\w+_o/", "clk reset"};
        v1::SearchRequest request;
        request.add_repositories("repositories/load");
        request.set_query(kQueries[number / 5 % std::size(kQueries)]);
        FANIN_RETURN_IF_ERROR(api_->Search(request, context));
        return {};
      }
      case 2: {
        v1::QueryRequest request;
        request.add_repositories("repositories/load");
        request.set_cypher("MATCH (m:Module)-[:CONTAINS]->(p:Port) RETURN m.name, p.name");
        FANIN_RETURN_IF_ERROR(api_->Query(request, context));
        return {};
      }
      case 3: {
        v1::GetSourceRequest request;
        request.set_repository("repositories/load");
        request.set_path(files_[number % files_.size()].lexically_relative(rtl_));
        FANIN_RETURN_IF_ERROR(api_->GetSource(request, context));
        return {};
      }
      default: {
        v1::AssembleContextRequest request;
        request.set_repository("repositories/load");
        request.set_budget_tokens(1000);
        request.mutable_completion()->mutable_cursor()->set_path(
            files_[number % files_.size()].lexically_relative(rtl_));
        request.mutable_completion()->mutable_cursor()->set_line(1);
        FANIN_RETURN_IF_ERROR(api_->AssembleContext(request, context));
        return {};
      }
    }
  }

  // `qps` 0: each client asks as soon as it was answered; else requests are due at that rate, and one whose time has
  // passed is asked at once.
  Measured Run(unsigned clients, double qps, double seconds, const std::function<void()>& each_second) {
    const Clock::time_point start = Clock::now();
    std::atomic<uint64_t> next = 0;
    std::vector<Measured> of(clients);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < clients; ++i) {
      threads.emplace_back([&, i] {
        while (SecondsSince(start) < seconds) {
          const uint64_t number = next++;
          if (qps > 0)
            std::this_thread::sleep_until(start +
                                          std::chrono::duration_cast<Clock::duration>(
                                              std::chrono::duration<double>(static_cast<double>(number) / qps)));
          const Clock::time_point asked = Clock::now();
          const base::Status answered = AskOne(number);
          ++of[i].asked;
          if (answered) of[i].milliseconds.push_back(SecondsSince(asked) * 1000);
          if (!answered)
            ++of[i].errors[std::string(base::CodeName(answered.error().code)) + ": " +
                           answered.error().message.substr(0, 80)];
        }
      });
    }
    while (SecondsSince(start) < seconds) {
      each_second();
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    for (std::thread& thread : threads) thread.join();
    Measured all;
    for (const Measured& one : of) all.Add(one);
    all.seconds = SecondsSince(start);
    return all;
  }

  const LoadOptions options_;
  ScratchFolder scratch_;
  const fs::path rtl_ = scratch_.path() / "rtl";
  const fs::path data_ = scratch_.path() / "data";
  std::vector<fs::path> files_;
  std::unique_ptr<service::Api> api_;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> runs_ = 0;
  std::map<std::string, uint64_t> index_errors_;
  int broken_ = 0;
};

}  // namespace

int RunLoad(const LoadOptions& options) { return LoadRun(options).Start(); }

}  // namespace fanin::stress
