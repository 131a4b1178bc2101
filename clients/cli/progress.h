// Progress of an indexing job on stderr: a bar on a terminal, plain lines otherwise.
#pragma once

#include <chrono>
#include <string>

#include "fanin/v1/repository.pb.h"

namespace fanin::cli {

// "parse", "embed" ...
std::string PhaseName(v1::IndexProgress::Phase phase);

class ProgressPrinter {
 public:
  explicit ProgressPrinter(bool quiet);
  // Ends the bar's line.
  ~ProgressPrinter();
  void Show(const v1::Job& job);

 private:
  void ShowBar(const v1::IndexProgress& progress);
  void ShowLine(const v1::IndexProgress& progress, bool is_new_phase);
  void EndBar();

  const bool quiet_;
  const bool on_terminal_;
  bool bar_open_ = false;
  v1::IndexProgress::Phase phase_ = v1::IndexProgress::PHASE_UNSPECIFIED;
  std::chrono::steady_clock::time_point phase_start_;
  std::chrono::steady_clock::time_point last_shown_;
};

}  // namespace fanin::cli
