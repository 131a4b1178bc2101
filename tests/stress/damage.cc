// Damage: a data directory is copied, one file of it is changed as broken disks, cut copies and stray tools change
// files, and the copy is opened by child processes. Each answer must be the undamaged one, an error, or said to be
// degraded; no child may crash; `doctor` must find what made an answer fail; and after a repair and an index run all
// answers are right again.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <random>

#include "base/file.h"
#include "service/data_repair.h"
#include "tests/stress/answers.h"
#include "tests/stress/commands.h"
#include "tests/stress/process.h"
#include "tests/stress/world.h"

namespace fanin::stress {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

// Changes one file; returns what was done.
std::string Damage(const fs::path& file, Random& random) {
  std::string content = base::ReadFile(file).value_or("");
  const size_t size = content.size();
  const auto position = [&] { return size == 0 ? 0 : random() % size; };
  std::string what;
  switch (random() % 8) {
    case 0:
    case 1:
    case 2: {
      if (size == 0) content.push_back('\0');
      const size_t at = position();
      const int bit = static_cast<int>(random() % 8);
      content[at] = static_cast<char>(content[at] ^ (1 << bit));
      what = "bit " + std::to_string(bit) + " of byte " + std::to_string(at) + " flipped";
      break;
    }
    case 3: {
      const size_t at = position();
      const size_t length = std::min<size_t>(size - at, 1 + random() % 4096);
      for (size_t i = at; i < at + length; ++i) content[i] = static_cast<char>(random());
      what = std::to_string(length) + " random bytes at " + std::to_string(at);
      break;
    }
    case 4: {
      const size_t at = position();
      const size_t length = std::min<size_t>(size - at, 1 + random() % 4096);
      std::fill_n(content.begin() + static_cast<ptrdiff_t>(at), length, '\0');
      what = std::to_string(length) + " zeros at " + std::to_string(at);
      break;
    }
    case 5:
      content.resize(position());
      what = "cut to " + std::to_string(content.size()) + " bytes";
      break;
    case 6:
      content.append(1 + random() % 100, static_cast<char>(random()));
      what = "bytes added at the end";
      break;
    default: fs::remove(file); return "removed";
  }
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
  return what + " of " + std::to_string(size);
}

class DamageRun {
 public:
  explicit DamageRun(const DamageOptions& options) : options_(options) {}

  int Run() {
    Prepare();
    for (uint64_t trial = 0; trial < options_.trials; ++trial) {
      if (options_.only >= 0 && static_cast<uint64_t>(options_.only) != trial) continue;
      Try(trial);
    }
    std::cout << "damage: " << trials_ << " trials (seed " << options_.seed << "), broken promises: " << broken_
              << '\n';
    for (const auto& [outcome, count] : outcomes_) std::cout << "  " << outcome << ": " << count << '\n';
    return broken_;
  }

 private:
  // Two directories: one that RocksDB holds in its log alone, and one with table files; both with vectors.
  void Prepare() {
    WriteRtl(rtl_, 1, 4, 2);
    for (const bool large : {false, true}) {
      const fs::path data = scratch_.path() / (large ? "large" : "small");
      auto api = OpenApi({data, embeddings_.url(), false});
      if (large) WriteRtl(rtl_large_, 1, 60, 150);
      for (uint64_t generation = 1; generation < 3; ++generation) {
        if (large) WriteRtl(rtl_large_, generation, 60, 150);
        const auto indexed = Index(**api, "demo", large ? rtl_large_ : rtl_, true);
        if (!indexed) std::cout << "cannot prepare: " << indexed.error() << '\n';
      }
      api->reset();
      const fs::path rtl = large ? rtl_large_ : rtl_;
      directories_.push_back({data, rtl, Ask(data, "read", "").answers, Ask(data.string() + "2", "mend", rtl).answers});
      const std::vector<Answer>& right = directories_.back().right;
      const auto failed = std::ranges::count_if(right, [](const Answer& one) { return !one.error.empty(); });
      std::cout << data.filename().string() << ": " << right.size() << " answers, of them errors: " << failed
                << ", degraded: " << std::ranges::count(right, true, &Answer::degraded) << std::endl;
    }
  }

  struct Directory {
    fs::path data;
    fs::path rtl;
    std::vector<Answer> right;
    std::vector<Answer> rebuilt;  // from scratch: near passages are looked for segment by segment, which shows in ranks
  };

  struct Asked {
    Ended ended;
    std::vector<Answer> answers;
  };

  Asked Ask(const fs::path& data, const std::string& mode, const fs::path& root) {
    Child child({"ask", data, mode, "--embeddings", embeddings_.url(), "--root", root});
    Asked asked;
    asked.ended = child.Wait(120);
    asked.answers = DecodeAnswers(asked.ended.out);
    return asked;
  }

  void Break(uint64_t trial, const std::string& what, const std::string& promise) {
    ++broken_;
    std::cout << "trial " << trial << " (" << what << "): " << promise << std::endl;
  }

  // The first question that is not answered as it should be; empty: none.
  static std::string FirstFailure(const Directory& directory, const Asked& asked) {
    if (asked.answers.size() < directory.right.size()) {
      return asked.answers.empty() ? "no answers" : asked.answers.front().question + ": " + asked.answers.front().error;
    }
    for (size_t i = 0; i < directory.right.size(); ++i) {
      if (asked.answers[i] != directory.right[i]) return asked.answers[i].question + ": " + asked.answers[i].error;
    }
    return "";
  }

  void Try(uint64_t trial) {
    Random random(options_.seed * 1'000'003 + trial);
    const Directory& directory = directories_[trial % directories_.size()];
    const fs::path copy = scratch_.path() / "copy";
    fs::remove_all(copy);
    fs::copy(directory.data, copy, fs::copy_options::recursive);
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(copy)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    const fs::path file = files[random() % files.size()];
    const std::string what = file.lexically_relative(copy).string() + ": " + Damage(file, random);
    ++trials_;

    const Asked checked = Ask(copy, "check", directory.rtl);
    if (checked.ended.exit_code != 0) Break(trial, what, "doctor ended by " + checked.ended.Describe());
    const bool found = checked.answers.empty() || !checked.answers.front().error.empty();
    // As a command opens it, and as a server does.
    const std::string mode = trial / directories_.size() % 2 == 0 ? "read" : "write";
    const Asked asked = Ask(copy, mode, directory.rtl);
    if (asked.ended.exit_code != 0) Break(trial, what, mode + " ended by " + asked.ended.Describe());
    for (const std::string& difference : SilentDifferences(directory.right, asked.answers)) {
      Break(trial, what, mode + ": silently different: " + difference);
      break;
    }
    const std::string failure = FirstFailure(directory, asked);
    if (!failure.empty() && !found) Break(trial, what, "doctor finds nothing, but " + failure);
    if (!failure.empty()) {
      ++outcomes_["answers with errors or remarks, doctor finds it"];
    } else {
      ++outcomes_[found ? "answers right, doctor finds it" : "answers right, nothing to find"];
    }
    // Where nothing was noticed there is nothing to mend; looked at now and then.
    if (failure.empty() && !found && trial % 8 != 0) return;
    // Whatever was damaged: it can be had again from the source.
    const Asked mended = Ask(copy, "mend", directory.rtl);
    // Only a version that is not ours cannot be told from a newer one.
    const bool newer = !mended.answers.empty() && mended.answers.front().error.starts_with("FAILED_PRECONDITION") &&
                       file.filename() == "FORMAT";
    if (!newer &&
        (mended.ended.exit_code != 0 || (mended.answers != directory.right && mended.answers != directory.rebuilt))) {
      std::string reason = mended.ended.Describe();
      for (const Answer& one : mended.answers) {
        if (!one.error.empty() || one.degraded) reason += "; " + one.question + ": " + one.error;
      }
      for (const std::string& difference : SilentDifferences(directory.right, mended.answers))
        reason += "; " + difference;
      Break(trial, what, "not mended: " + reason.substr(0, 1000));
    }
  }

  const DamageOptions options_;
  ScratchFolder scratch_;
  EmbeddingService embeddings_;
  const fs::path rtl_ = scratch_.path() / "rtl";
  const fs::path rtl_large_ = scratch_.path() / "rtl_large";
  std::vector<Directory> directories_;
  std::map<std::string, uint64_t> outcomes_;
  uint64_t trials_ = 0;
  int broken_ = 0;
};

// What `fanin doctor --repair` does, then `fanin index`.
base::Status Mend(const AskOptions& options) {
  for (bool again : {false, true}) {
    if (service::FindDamage(options.data_dir)) FANIN_RETURN_IF_ERROR(service::RepairData(options.data_dir));
    FANIN_ASSIGN_OR_RETURN(const auto api, OpenApi({options.data_dir, options.embedding_url, false}));
    const auto indexed = Index(*api, "demo", options.root, true);
    if (indexed) {
      const auto checked = api->CheckData({}, {});
      const bool bad = !checked || std::ranges::any_of(checked->findings(), [](const v1::Finding& finding) {
        return finding.severity() == v1::Finding::SEVERITY_ERROR;
      });
      if (!bad) return {};
      if (again) return base::Fail(base::Code::kDataLoss, "still damaged: " + checked->findings(0).problem());
    } else if (indexed.error().code != base::Code::kDataLoss || again) {
      return std::unexpected(indexed.error());
    }
  }
  return {};
}

}  // namespace

int RunDamage(const DamageOptions& options) { return DamageRun(options).Run(); }

int RunAsk(const AskOptions& options) {
  const auto print = [](const std::vector<Answer>& answers) { std::cout << Encode(answers) << std::flush; };
  if (options.mode == "mend") {
    if (const base::Status mended = Mend(options); !mended) {
      print({{"mend", mended.error().ToString(), "", false}});
      return 0;
    }
  }
  const bool read_only = options.mode == "read" || options.mode == "check";
  const auto api = OpenApi({options.data_dir, options.embedding_url, read_only});
  if (!api) {
    print({{"open", api.error().ToString(), "", false}});
    return 0;
  }
  if (options.mode == "check") {
    const auto checked = (*api)->CheckData({}, {});
    Answer answer{"check", checked ? "" : checked.error().ToString(), "", false};
    if (checked) {
      for (const v1::Finding& finding : checked->findings()) answer.error += finding.problem() + "; ";
    }
    print({answer});
    return 0;
  }
  print(AskAll(**api));
  return 0;
}

}  // namespace fanin::stress
