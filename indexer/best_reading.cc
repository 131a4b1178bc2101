#include "indexer/best_reading.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "slang/diagnostics/DiagnosticEngine.h"
#include "slang/diagnostics/ParserDiags.h"

namespace fanin::indexer {
namespace {

constexpr int kMaxRepairs = 8;  // readings with one more line left out

ByteRange LineAround(std::string_view text, uint32_t offset) {
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const size_t end = std::min(text.find('\n', offset), text.size());
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

// nullptr: none, or none that another reading could mend.
const slang::Diagnostic* FirstError(const Reading& reading) {
  for (const slang::Diagnostic& diagnostic : reading.diagnostics()) {
    if (diagnostic.code == slang::diag::ParseTreeTooDeep) return nullptr;
    if (!diagnostic.isError() || Reading::IsOfFragment(diagnostic) || !reading.IsReported(diagnostic)) continue;
    if (reading.OffsetOf(diagnostic)) return &diagnostic;
  }
  return nullptr;
}

class ReadingSearch {
 public:
  ReadingSearch(const ParseInput& input, const ExpansionEstimate& expansions) : input_(input) {
    request_ = {.path = input.path, .text = input.text, .prelude = {}, .hidden = {}, .modules = input.scan.modules};
    request_.hidden = input.scan.unsafe_includes;
    for (const auto& use : expansions.refused) request_.hidden.push_back(use.range);
    SetPrelude();
  }

  BestReading Run() {
    best_.reading = std::make_unique<Reading>(request_);
    if (!HasErrors()) return std::move(best_);
    TryDialects();
    if (HasErrors()) TryStandIns();
    LeaveOutLines();
    return std::move(best_);
  }

 private:
  bool HasErrors() const { return best_.reading->score().errors > 0; }

  // Whether the request as it is now makes a better reading, which is kept then.
  bool Improves() {
    auto reading = std::make_unique<Reading>(request_);
    if (reading->score() >= best_.reading->score()) return false;
    best_.reading = std::move(reading);
    return true;
  }

  void SetPrelude() {
    prelude_.clear();
    for (const MacroDefinition* macro : input_.environment.definitions) {
      const auto body = bodies_.find(macro);
      prelude_ +=
          "`define " + (body == bodies_.end() ? macro->Text() : macro->name + macro->formals + " " + body->second);
      prelude_ += '\n';
    }
    request_.prelude = prelude_;
  }

  void TryDialects() {
    if (input_.language == Language::kVerilog) {
      const auto newest = std::exchange(request_.version, slang::LanguageVersion::v1364_2005);
      if (!Improves()) request_.version = newest;
    }
    if (!HasErrors()) return;
    request_.keywords_of_2005 = true;
    if (!Improves()) request_.keywords_of_2005 = false;
  }

  void TryStandIns() {
    size_t bytes = 0;
    for (int i = 0; i < kMaxStubs && HasErrors(); ++i) {
      const MacroDefinition* stub = StubNearFirstError();
      if (stub == nullptr) return;
      std::string chosen = stub->body;
      for (const std::string& body : StandIns(stub->name)) {
        bytes += input_.text.size();
        if (bytes > kMaxStubBytes) break;
        bodies_[stub] = body;
        SetPrelude();
        if (Improves()) chosen = body;
      }
      bodies_[stub] = chosen;
      SetPrelude();
    }
  }

  // Of those not tried yet.
  const MacroDefinition* StubNearFirstError() const {
    const slang::Diagnostic* error = FirstError(*best_.reading);
    if (error == nullptr) return nullptr;
    const int64_t at = *best_.reading->OffsetOf(*error);
    const MacroDefinition* nearest = nullptr;
    int64_t least = 0;
    for (const MacroUse& use : input_.scan.uses) {
      const int64_t distance = std::max<int64_t>({0, use.begin - at, at - use.end});
      if (nearest != nullptr && distance >= least) continue;
      const auto stub = std::ranges::find(input_.environment.stubs, input_.scan.names[use.name],
                                          [](const auto& one) { return std::string_view(one->name); });
      if (stub == input_.environment.stubs.end() || bodies_.contains(stub->get())) continue;
      nearest = stub->get();
      least = distance;
    }
    return nearest;
  }

  void LeaveOutLines() {
    for (int i = 0; i < kMaxRepairs && best_.reading->score().missing_modules > 0; ++i) {
      const slang::Diagnostic* error = FirstError(*best_.reading);
      if (error == nullptr) return;
      const Repair repair{best_.reading->LineOf(*error),
                          slang::DiagnosticEngine(best_.reading->sources()).formatMessage(*error)};
      request_.hidden.push_back(LineAround(input_.text, *best_.reading->OffsetOf(*error)));
      if (!Improves()) return;
      best_.repairs.push_back(repair);
    }
  }

  const ParseInput& input_;
  ReadingRequest request_;
  std::string prelude_;
  std::unordered_map<const MacroDefinition*, std::string> bodies_;  // of stubs that were tried
  BestReading best_;
};

}  // namespace

std::vector<std::string> StandIns(const std::string& name) {
  return {"", "0", name, ";", "+", "posedge", "always", "begin", "end", "endmodule", "logic " + name + ";"};
}

BestReading FindBestReading(const ParseInput& input, const ExpansionEstimate& expansions) {
  return ReadingSearch(input, expansions).Run();
}

}  // namespace fanin::indexer
