#include "indexer/elaboration_guard.h"

#include <algorithm>
#include <ctime>

#include "slang/ast/symbols/BlockSymbols.h"
#include "slang/ast/symbols/CompilationUnitSymbols.h"
#include "slang/ast/symbols/ParameterSymbols.h"
#include "slang/ast/types/AllTypes.h"

namespace fanin::indexer {

using namespace slang::ast;

namespace {

std::string KeyOf(const InstanceSymbol& instance) {
  std::string key = std::to_string(reinterpret_cast<uintptr_t>(&instance.getDefinition()));
  for (const ParameterSymbolBase* parameter : instance.body.getParameters()) {
    if (parameter->symbol.kind == SymbolKind::Parameter) {
      key += ',' + parameter->symbol.as<ParameterSymbol>().getValue().toString();
    } else {
      key += ',' + parameter->symbol.as<TypeParameterSymbol>().targetType.getType().toString();
    }
  }
  return key;
}

std::string Seconds(double seconds) { return std::to_string(static_cast<int64_t>(seconds)) + " s of processor time"; }

}  // namespace

double ThreadSeconds() {
  timespec now{};
  FANIN_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

ElaborationGuard::ElaborationGuard(Compilation& compilation, const ElaborationLimits& limits, double until_seconds,
                                   const std::function<bool()>& cancelled)
    : compilation_(compilation), limits_(limits), until_seconds_(until_seconds), cancelled_(cancelled) {
  Restart();
}

void ElaborationGuard::Restart() {
  last_seconds_ = ThreadSeconds();
  last_bytes_ = compilation_.getTotalBytesAllocated();
}

base::Status ElaborationGuard::Walk(const InstanceSymbol& top) {
  Enter(top);
  if (was_cancelled_) return base::Fail(base::Code::kCancelled, "elaboration was cancelled");
  return {};
}

template <typename T>
std::string ElaborationGuard::Greatest(T Account::*value) const {
  return std::ranges::max_element(accounts_, {}, [&](const auto& entry) { return entry.second.*value; })->first;
}

void ElaborationGuard::Charge(std::string_view definition) {
  const double seconds = ThreadSeconds();
  const uint64_t bytes = compilation_.getTotalBytesAllocated();
  auto entry = accounts_.find(definition);
  if (entry == accounts_.end()) entry = accounts_.emplace(definition, Account{}).first;
  Account& account = entry->second;
  account.seconds += seconds - last_seconds_;
  account.bytes += bytes - last_bytes_;
  last_seconds_ = seconds;
  last_bytes_ = bytes;
  if (account.seconds > limits_.max_definition_seconds) {
    throw LimitMet({entry->first}, "more than " + Seconds(limits_.max_definition_seconds));
  }
  if (seconds > until_seconds_) {
    throw LimitMet({Greatest(&Account::seconds)}, "the design takes more than " + Seconds(limits_.max_seconds));
  }
  if (bytes > limits_.max_bytes) {
    throw LimitMet({Greatest(&Account::bytes)},
                   "the design takes more than " + std::to_string(limits_.max_bytes >> 20) + " MiB");
  }
}

void ElaborationGuard::ChargeAround(const Symbol& symbol) {
  const Symbol* around = &symbol;
  while (around->kind != SymbolKind::InstanceBody) {
    const Scope* scope = around->getParentScope();
    if (scope == nullptr) return;
    around = &scope->asSymbol();
  }
  Charge(around->as<InstanceBodySymbol>().getDefinition().name);
}

void ElaborationGuard::Enter(const InstanceSymbol& instance) {
  const std::string key = KeyOf(instance);
  const std::string name(instance.getDefinition().name);
  Charge(name);
  const auto again = std::ranges::find(on_path_, key, &std::pair<std::string, std::string>::first);
  if (again != on_path_.end()) {
    std::set<std::string> cycle;
    for (auto entry = again; entry != on_path_.end(); ++entry) cycle.insert(entry->second);
    throw LimitMet(std::move(cycle), "module " + name + " contains itself with equal parameters");
  }
  if (on_path_.size() >= limits_.max_depth) {
    // What is nested so deep contains itself: all that is on the path more than once.
    std::map<std::string, size_t> times;
    for (const auto& [one, definition] : on_path_) ++times[definition];
    std::set<std::string> repeated;
    for (const auto& [definition, count] : times) {
      if (count > 1) repeated.insert(definition);
    }
    if (repeated.empty()) repeated.insert(name);
    throw LimitMet(std::move(repeated), "instances are nested deeper than " + std::to_string(limits_.max_depth) +
                                            " levels, at module " + name);
  }
  if (!known_.insert(key).second) return;
  on_path_.emplace_back(key, name);
  Descend(instance.body, name);
  on_path_.pop_back();
}

void ElaborationGuard::Descend(const Scope& scope, const std::string& definition) {
  was_cancelled_ = was_cancelled_ || (cancelled_ && cancelled_());
  if (was_cancelled_) return;
  ++accounts_[definition].scopes;
  if (++scopes_ > limits_.max_scopes) {
    throw LimitMet({Greatest(&Account::scopes)},
                   "the design has more than " + std::to_string(limits_.max_scopes) + " instances and generate blocks");
  }
  for (const Symbol& member : scope.members()) Member(member, definition);
  Charge(definition);
}

void ElaborationGuard::Member(const Symbol& member, const std::string& definition) {
  if (was_cancelled_) return;
  switch (member.kind) {
    case SymbolKind::Instance: return Enter(member.as<InstanceSymbol>());
    case SymbolKind::InstanceArray:
      for (const Symbol* element : member.as<InstanceArraySymbol>().elements) Member(*element, definition);
      return;
    case SymbolKind::GenerateBlock:
      if (!member.as<GenerateBlockSymbol>().isUninstantiated) Descend(member.as<GenerateBlockSymbol>(), definition);
      return;
    case SymbolKind::GenerateBlockArray:
      for (const GenerateBlockSymbol* entry : member.as<GenerateBlockArraySymbol>().entries) {
        Descend(*entry, definition);
      }
      return;
    case SymbolKind::ContinuousAssign:
    case SymbolKind::ProceduralBlock:
    case SymbolKind::Subroutine:
    case SymbolKind::Net:
    case SymbolKind::Variable:
    case SymbolKind::Parameter:
      compilation_.forceElaborate(member);
      Charge(definition);
      return;
    default: return;
  }
}

}  // namespace fanin::indexer
