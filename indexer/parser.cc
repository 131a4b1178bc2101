#include "indexer/parser.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "graph/shard.h"
#include "indexer/best_reading.h"
#include "indexer/deep_stack.h"
#include "indexer/expansion_guard.h"
#include "indexer/hdl_extractor.h"
#include "indexer/reading.h"
#include "slang/diagnostics/DiagnosticEngine.h"
#include "slang/diagnostics/ParserDiags.h"

namespace fanin::indexer {
namespace {

constexpr size_t kMaxDiagnostics = 50;  // per file, of slang, of macros and of includes each

// A text that nests or expands to more than this is parsed on a large stack: slang and the extractor recurse.
constexpr uint32_t kDeepNesting = 100;
constexpr uint32_t kLongRun = 2000;
constexpr double kLargeExpansion = 5000;

graph::Severity SeverityOf(const slang::Diagnostic& diagnostic, slang::DiagnosticSeverity severity) {
  if (Reading::IsOfFragment(diagnostic)) return graph::Severity::kNote;
  if (severity >= slang::DiagnosticSeverity::Error) return graph::Severity::kError;
  return severity == slang::DiagnosticSeverity::Warning ? graph::Severity::kWarning : graph::Severity::kNote;
}

// The first diagnostics, errors before warnings.
void AddSlangDiagnostics(const Reading& reading, graph::ShardBuilder& builder) {
  const slang::DiagnosticEngine engine(reading.sources());
  std::vector<std::pair<graph::Severity, const slang::Diagnostic*>> reported;
  for (const slang::Diagnostic& diagnostic : reading.diagnostics()) {
    const auto severity = engine.getSeverity(diagnostic.code, diagnostic.location);
    if (severity == slang::DiagnosticSeverity::Ignored || !reading.IsReported(diagnostic)) continue;
    reported.emplace_back(SeverityOf(diagnostic, severity), &diagnostic);
  }
  std::stable_partition(reported.begin(), reported.end(),
                        [](const auto& item) { return item.first == graph::Severity::kError; });
  const size_t shown = std::min(reported.size(), kMaxDiagnostics);
  for (size_t i = 0; i < shown; ++i) {
    const auto& [severity, diagnostic] = reported[i];
    const std::string message = engine.formatMessage(*diagnostic);
    builder.AddDiagnostic({.severity = severity, .line = reading.LineOf(*diagnostic), .message = message});
  }
  if (shown == reported.size()) return;
  const std::string message = std::to_string(reported.size() - shown) + " more diagnostics left out";
  builder.AddDiagnostic({.severity = graph::Severity::kNote, .line = 0, .message = message});
}

void AddOwnDiagnostics(const ParseInput& input, const ExpansionEstimate& expansions, const std::vector<Repair>& repairs,
                       graph::ShardBuilder& builder) {
  for (const auto& note :
       std::span(input.environment.notes).first(std::min(input.environment.notes.size(), kMaxDiagnostics))) {
    builder.AddDiagnostic({.severity = graph::Severity::kNote, .line = note.line, .message = note.message});
  }
  for (const auto& use : std::span(expansions.refused).first(std::min(expansions.refused.size(), kMaxDiagnostics))) {
    builder.AddDiagnostic({.severity = graph::Severity::kError, .line = use.line, .message = use.message});
  }
  for (const Repair& repair : repairs) {
    const std::string message = repair.message + "; the line is left out, or modules would be lost";
    builder.AddDiagnostic({.severity = graph::Severity::kError, .line = repair.line, .message = message});
  }
  if (!input.scan.unsafe_includes.empty()) {
    builder.AddDiagnostic({.severity = graph::Severity::kNote,
                           .line = 0,
                           .message = "an `include by an absolute or computed path is left out"});
  }
}

base::Result<std::string> ReadAndExtract(const ParseInput& input, const ExpansionEstimate& expansions) {
  const BestReading best = FindBestReading(input, expansions);
  const Reading& reading = *best.reading;
  for (const slang::Diagnostic& diagnostic : reading.diagnostics()) {
    if (diagnostic.code != slang::diag::ParseTreeTooDeep) continue;
    return base::Fail(base::Code::kResourceExhausted,
                      "nested too deeply for the parser, line " + std::to_string(reading.LineOf(diagnostic)));
  }
  graph::ShardBuilder builder;
  ExtractHdl(
      reading.tree(),
      {.path = input.path, .text = reading.text(), .buffer = reading.buffer(), .sources = &best.reading->sources()},
      builder);
  AddOwnDiagnostics(input, expansions, best.repairs, builder);
  if (!reading.diagnostics().empty()) AddSlangDiagnostics(reading, builder);
  return std::move(builder).Build();
}

}  // namespace

base::Result<std::string> BuildHdlShard(const ParseInput& input) {
  const ExpansionEstimate expansions = EstimateExpansions(input.text, input.scan, input.environment);
  base::Result<std::string> shard;
  const auto run = [&] {
    try {
      shard = ReadAndExtract(input, expansions);
    } catch (const std::exception& exception) {
      shard = base::Fail(base::Code::kInternal, std::string("the parser gave up: ") + exception.what());
    }
  };
  const bool deep =
      input.scan.max_nesting > kDeepNesting || input.scan.longest_run > kLongRun || expansions.tokens > kLargeExpansion;
  if (deep) {
    FANIN_RETURN_IF_ERROR(RunOnDeepStack(run));
  } else {
    run();
  }
  return shard;
}

}  // namespace fanin::indexer
