// fanin_fuzz: runs a target on its seeds, on the finds that are kept (tests/fuzz/finds/<target>/), and on mutations of
// both, for a time or a number of runs. Blind: what an input reaches is not looked at; the preset `fuzz` builds the
// same targets for libFuzzer, which does. An input is written to a file before it is run, so that the one that ends the
// process is there.
//
//   fanin_fuzz TARGET [--runs N | --seconds S] [--seed N]     exit code 0, or the signal of the find; "all": one by one
//   fanin_fuzz TARGET FILE...                                 runs these inputs
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "tests/fuzz/targets.h"

namespace {

namespace fs = std::filesystem;
using fanin::fuzz::Target;
using Random = std::mt19937_64;

constexpr size_t kMaxInputBytes = 64 << 10;
constexpr unsigned kMaxSecondsOfOne = 20;  // then SIGALRM: a hang is a find
constexpr rlim_t kMaxMemoryBytes = rlim_t{4} << 30;

// A few changes, each small: bits, bytes, runs of one input put into another, numbers at their limits.
std::string Mutate(std::string text, const std::string& other, Random& random) {
  constexpr const char* kNumbers[] = {
      "0", "-1", "4294967295", "4294967296", "9223372036854775807", "99999999999999999999"};
  for (uint64_t change = 1 + random() % 4; change > 0; --change) {
    const size_t at = text.empty() ? 0 : random() % text.size();
    const size_t length = std::min<size_t>(text.size() - at, 1 + random() % (1 << (random() % 8)));
    switch (random() % 9) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << random() % 8));
        break;
      case 1:
        if (!text.empty()) text[at] = static_cast<char>(random());
        break;
      case 2: text.erase(at, length); break;
      case 3: text.insert(at, text.substr(at, length)); break;
      case 4: text.insert(at, length, static_cast<char>(random())); break;
      case 5:
      case 6: {
        const size_t from = other.empty() ? 0 : random() % other.size();
        const std::string piece = other.substr(from, 1 + random() % 64);
        if (random() % 2 == 0) {
          text.insert(at, piece);
        } else {
          text.replace(at, piece.size(), piece);
        }
        break;
      }
      case 7: text.replace(at, random() % 4, kNumbers[random() % std::size(kNumbers)]); break;
      default: text.resize(at); break;
    }
  }
  if (text.size() > kMaxInputBytes) text.resize(kMaxInputBytes);
  return text;
}

std::vector<std::string> Corpus(const Target& target) {
  std::vector<std::string> corpus = target.seeds();
  const fs::path finds = fs::path("tests/fuzz/finds") / target.name;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(finds, none)) {
    corpus.push_back(fanin::base::ReadFile(entry.path()).value_or(""));
  }
  return corpus;
}

class Runner {
 public:
  explicit Runner(const Target& target)
      : target_(target),
        last_(fs::temp_directory_path() /
              ("fanin_fuzz_" + std::string(target.name) + "_" + std::to_string(::getpid()))) {}
  ~Runner() { fs::remove(last_); }

  void Run(const std::string& input) {
    {
      std::FILE* const file = std::fopen(last_.c_str(), "wb");
      std::fwrite(input.data(), 1, input.size(), file);
      std::fclose(file);
    }
    ::alarm(kMaxSecondsOfOne);
    target_.run(input);
    ::alarm(0);
    ++runs_;
  }
  uint64_t runs() const { return runs_; }

 private:
  const Target& target_;
  const fs::path last_;  // stays when a find ends the process
  uint64_t runs_ = 0;
};

void Fuzz(const Target& target, uint64_t runs, double seconds, uint64_t seed) {
  std::vector<std::string> corpus = Corpus(target);
  Runner runner(target);
  for (const std::string& input : corpus) runner.Run(input);
  Random random(seed);
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  while (seconds > 0 ? elapsed() < seconds : runner.runs() < runs) {
    runner.Run(Mutate(corpus[random() % corpus.size()], corpus[random() % corpus.size()], random));
  }
  std::cout << target.name << ": " << runner.runs() << " runs in " << elapsed() << " s, no finds" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  std::string name;
  std::vector<std::string> files;
  uint64_t runs = 1000, seed = 1;
  double seconds = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (argument == "--runs") {
      runs = std::strtoull(value(), nullptr, 10);
    } else if (argument == "--seconds") {
      seconds = std::strtod(value(), nullptr);
    } else if (argument == "--seed") {
      seed = std::strtoull(value(), nullptr, 10);
    } else if (name.empty()) {
      name = argument;
    } else {
      files.push_back(argument);
    }
  }
#if !defined(__SANITIZE_ADDRESS__)  // which maps terabytes
  const rlimit limit{kMaxMemoryBytes, kMaxMemoryBytes};
  ::setrlimit(RLIMIT_AS, &limit);
#endif
  bool known = false;
  for (const Target& target : fanin::fuzz::Targets()) {
    if (name != "all" && name != target.name) continue;
    known = true;
    if (files.empty()) Fuzz(target, runs, seconds, seed);
    Runner runner(target);
    for (const std::string& file : files) runner.Run(fanin::base::ReadFile(file).value_or(""));
  }
  if (known) return 0;
  std::cerr << "usage: fanin_fuzz TARGET|all [--runs N | --seconds S] [--seed N] [FILE...]\ntargets:";
  for (const Target& target : fanin::fuzz::Targets()) std::cerr << ' ' << target.name;
  std::cerr << '\n';
  return 2;
}
