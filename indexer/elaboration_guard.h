// Limits of an elaboration. slang has no way to be stopped within a symbol; between symbols it is asked here what the
// definition in hand has cost, and what is beyond a limit ends the attempt and names who is to blame.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "indexer/elaborator.h"
#include "slang/ast/Compilation.h"
#include "slang/ast/symbols/InstanceSymbols.h"

namespace fanin::indexer {

// Thrown through slang, which has no other way out of its walks; caught in Elaborate.
class LimitMet : public std::exception {
 public:
  LimitMet(std::set<std::string> definitions, std::string reason)
      : definitions_(std::move(definitions)), reason_(std::move(reason)) {}
  const char* what() const noexcept override { return reason_.c_str(); }
  // What the design may be tried again without; never empty.
  const std::set<std::string>& definitions() const { return definitions_; }

 private:
  std::set<std::string> definitions_;
  std::string reason_;
};

// Processor seconds of the calling thread.
double ThreadSeconds();

// Of one attempt, on one thread. Keeps references.
class ElaborationGuard {
 public:
  // `until_seconds`: of ThreadSeconds(), when all attempts together have lasted long enough.
  ElaborationGuard(slang::ast::Compilation& compilation, const ElaborationLimits& limits, double until_seconds,
                   const std::function<bool()>& cancelled);

  // Walks the instances below a top before slang does as a whole, each specialised definition once, and has slang bind
  // what stands in it, symbol by symbol. A definition that contains itself, or too deep a tree, is a limit too.
  // Errors: CANCELLED. Throws: LimitMet.
  base::Status Walk(const slang::ast::InstanceSymbol& top);

  // Charges what happened since the last call to a definition. Throws: LimitMet.
  void Charge(std::string_view definition);
  // The same, to the definition around a symbol.
  void ChargeAround(const slang::ast::Symbol& symbol);
  // What happened since the last call is nobody's.
  void Restart();

 private:
  struct Account {
    double seconds = 0;
    uint64_t bytes = 0;
    uint64_t scopes = 0;
  };

  void Enter(const slang::ast::InstanceSymbol& instance);
  void Descend(const slang::ast::Scope& scope, const std::string& definition);
  void Member(const slang::ast::Symbol& member, const std::string& definition);
  // The definition with the greatest value of a member.
  template <typename T>
  std::string Greatest(T Account::*value) const;

  slang::ast::Compilation& compilation_;
  const ElaborationLimits& limits_;
  const double until_seconds_;
  const std::function<bool()>& cancelled_;
  std::map<std::string, Account, std::less<>> accounts_;  // by definition
  double last_seconds_ = 0;
  uint64_t last_bytes_ = 0;
  uint64_t scopes_ = 0;
  std::unordered_set<std::string> known_;                     // specialised definitions
  std::vector<std::pair<std::string, std::string>> on_path_;  // the same and their names, from the top
  bool was_cancelled_ = false;
};

}  // namespace fanin::indexer
