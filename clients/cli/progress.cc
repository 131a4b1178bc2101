#include "clients/cli/progress.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "clients/cli/terminal.h"

namespace fanin::cli {
namespace {

constexpr int kBarWidth = 30;
constexpr std::chrono::milliseconds kBarInterval{100};
// Plain lines are for logs.
constexpr std::chrono::seconds kLineInterval{10};

std::string_view UnitOf(v1::IndexProgress::Phase phase) {
  switch (phase) {
    case v1::IndexProgress::PHASE_EMBED: return "passage";
    case v1::IndexProgress::PHASE_ELABORATE: return "design";
    default: return "file";
  }
}

// "45 s", "12 min", "1 h 20 min".
std::string FormatDuration(double seconds) {
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  if (seconds < 2 * kMinute) return FormatDecimal(seconds, 0) + " s";
  if (seconds < kHour) return FormatDecimal(seconds / kMinute, 0) + " min";
  const double hours = std::floor(seconds / kHour);
  return FormatDecimal(hours, 0) + " h " + FormatDecimal((seconds - hours * kHour) / kMinute, 0) + " min";
}

}  // namespace

std::string PhaseName(v1::IndexProgress::Phase phase) {
  switch (phase) {
    case v1::IndexProgress::PHASE_DISCOVER: return "discover";
    case v1::IndexProgress::PHASE_SCAN: return "scan";
    case v1::IndexProgress::PHASE_PARSE: return "parse";
    case v1::IndexProgress::PHASE_LINK: return "link";
    case v1::IndexProgress::PHASE_POSTINGS: return "postings";
    case v1::IndexProgress::PHASE_EMBED: return "embed";
    case v1::IndexProgress::PHASE_ELABORATE: return "elaborate";
    default: return "wait";
  }
}

ProgressPrinter::ProgressPrinter(bool quiet) : quiet_(quiet), on_terminal_(IsTerminal(stderr)) {}

ProgressPrinter::~ProgressPrinter() { EndBar(); }

void ProgressPrinter::EndBar() {
  if (bar_open_) std::cerr << '\n';
  bar_open_ = false;
}

void ProgressPrinter::Show(const v1::Job& job) {
  if (quiet_ || !job.has_progress()) return;
  const v1::IndexProgress& progress = job.progress();
  const auto now = std::chrono::steady_clock::now();
  const bool is_new_phase = progress.phase() != phase_;
  if (is_new_phase) {
    EndBar();
    phase_ = progress.phase();
    phase_start_ = now;
  }
  const bool is_complete = progress.total() > 0 && progress.done() == progress.total();
  const bool is_due = now - last_shown_ >= (on_terminal_ ? std::chrono::milliseconds(kBarInterval) : kLineInterval);
  if (!is_new_phase && !is_due && !(is_complete && on_terminal_)) return;
  last_shown_ = now;
  on_terminal_ ? ShowBar(progress) : ShowLine(progress, is_new_phase);
}

void ProgressPrinter::ShowBar(const v1::IndexProgress& progress) {
  const double share =
      progress.total() == 0 ? 0 : static_cast<double>(progress.done()) / static_cast<double>(progress.total());
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * kBarWidth);
  std::string name = PhaseName(progress.phase());
  name.resize(9, ' ');
  std::string line = "\r" + name + "[" + std::string(static_cast<size_t>(filled), '#') +
                     std::string(static_cast<size_t>(kBarWidth - filled), ' ') + "] ";
  if (progress.total() > 0) line += WithCommas(progress.done()) + "/" + WithCommas(progress.total());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - phase_start_).count();
  if (seconds > 1 && progress.done() > 0) {
    const double rate = static_cast<double>(progress.done()) / seconds;
    line += "  " + (rate < 10 ? FormatDecimal(rate, 1) : WithCommas(static_cast<uint64_t>(rate))) + " " +
            std::string(UnitOf(progress.phase())) + "s/s";
    if (progress.total() > progress.done()) {
      line += ", " + FormatDuration(static_cast<double>(progress.total() - progress.done()) / rate) + " left";
    }
  }
  // Erases what a longer line left.
  std::cerr << line << "\x1b[K" << std::flush;
  bar_open_ = true;
}

void ProgressPrinter::ShowLine(const v1::IndexProgress& progress, bool is_new_phase) {
  std::cerr << PhaseName(progress.phase());
  if (!is_new_phase) {
    std::cerr << ": " << WithCommas(progress.done()) << " of " << Count(progress.total(), UnitOf(progress.phase()));
  }
  std::cerr << std::endl;
}

}  // namespace fanin::cli
