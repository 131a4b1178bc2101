// Messages of simulators and linters: what a log line says of severity, time, place in a file, instance, names.
//
// One reader for all: the marks that tools use for these things differ, but do not contradict each other. Known are
// those of Verilator, Icarus Verilog, Questa / ModelSim, VCS, Xcelium, UVM, slang; a line of any other tool is read by
// the same rules, and is text if none fits. Pure functions on hostile input; cost linear.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::retriever {

enum class LogSeverity : uint8_t { kNone = 0, kInfo = 1, kWarning = 2, kError = 3, kFatal = 4 };
std::string_view LogSeverityName(LogSeverity severity);

struct LogPlace {
  std::string path;  // as printed
  uint32_t line = 0;

  friend auto operator<=>(const LogPlace&, const LogPlace&) = default;
};

// A message with the lines that continue it.
struct LogMessage {
  LogSeverity severity = LogSeverity::kNone;
  std::string text;  // as printed, at most kMaxLogMessageBytes
  std::string time;  // "110ns", "12345"; empty: none printed
  std::vector<LogPlace> places;
  std::vector<std::string> paths;  // dotted names: instances, signals, assertions
  std::vector<std::string> names;  // plain names in quotes
};

inline constexpr size_t kMaxLogMessageBytes = 2000;
inline constexpr size_t kMaxLogMessages = 200;

struct Log {
  std::vector<LogMessage> messages;  // in the log's order
  bool truncated = false;            // messages left out: those of the least severity, then the latest
};

// Messages without severity are kept too: a failure may be told by a $display. Equal messages are told once, times and
// numbers aside.
Log ReadLog(std::string_view text);

// The words of a message that tell of the design: without places in files, numbers and what every failing run prints
// ("error", "expected", "got", "time").
std::string TellingWords(std::string_view message);

}  // namespace fanin::retriever
