#include "indexer/elaborator.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "indexer/deep_stack.h"
#include "indexer/design_compilation.h"
#include "indexer/elaborated_body.h"
#include "indexer/elaborated_nodes.h"
#include "indexer/elaboration_guard.h"
#include "slang/analysis/AnalysisManager.h"
#include "slang/ast/Compilation.h"
#include "slang/ast/symbols/CompilationUnitSymbols.h"
#include "slang/diagnostics/CompilationDiags.h"
#include "slang/diagnostics/DeclarationsDiags.h"
#include "slang/diagnostics/DiagnosticEngine.h"
#include "slang/diagnostics/LookupDiags.h"
#include "slang/syntax/SyntaxTree.h"

namespace fanin::indexer {
namespace {

using namespace slang::ast;
using base::Result;
using base::Status;
using graph::Design;
using graph::DesignDefinition;
using graph::DesignProblem;
using graph::NodeId;

// Problems without a definition that are listed.
constexpr size_t kMaxProblems = 100;
// Of one design, each without what met a limit before.
constexpr int kMaxAttempts = 4;

// Errors that do not spoil what stands around them: what the design itself finds wrong when it is elaborated, and a
// second module of one name, of which the first counts.
bool IsHarmless(slang::DiagCode code) {
  return code == slang::diag::ErrorTask || code == slang::diag::FatalTask || code == slang::diag::StaticAssert ||
         code == slang::diag::DuplicateDefinition;
}

const InstanceBodySymbol& BodyOf(const InstanceSymbol& instance) {
  return instance.getCanonicalBody() != nullptr ? *instance.getCanonicalBody() : instance.body;
}

// What an attempt does without: definitions of which only the ports are compiled, with the reason.
using Emptied = std::map<std::string, std::string>;

std::set<std::string> NamesOf(const Emptied& emptied) {
  std::set<std::string> names;
  for (const auto& [name, reason] : emptied) names.insert(name);
  return names;
}

// One attempt. Throws LimitMet.
class Elaborator {
 public:
  Elaborator(const graph::Snapshot& snapshot, const DesignSpec& spec, const DesignSources& sources,
             const DesignTexts& texts, const ElaborationLimits& limits, const Emptied& emptied, double until_seconds,
             const std::function<bool()>& cancelled)
      : snapshot_(snapshot),
        spec_(spec),
        sources_(sources),
        texts_(texts),
        limits_(limits),
        emptied_(emptied),
        until_seconds_(until_seconds),
        cancelled_(cancelled) {}

  Result<ElaborationResult> Run() {
    result_.design.name = spec_.name;
    result_.design.problems = sources_.problems;
    result_.design.file_count = static_cast<uint32_t>(sources_.files.size());
    const DesignCompilation compiled(snapshot_, spec_, sources_, texts_, limits_, NamesOf(emptied_),
                                     result_.design.problems);
    Compilation& compilation = compiled.compilation();
    nodes_.emplace(snapshot_, compiled.sources(), texts_.files_by_name());

    for (const auto& tree : compilation.getSyntaxTrees()) nodes_->AddSyntax(tree->root());
    const auto tops = compilation.getRoot().topInstances;
    ElaborationGuard guard(compilation, limits_, until_seconds_, cancelled_);
    guard_ = &guard;
    for (const InstanceSymbol* top : tops) FANIN_RETURN_IF_ERROR(guard.Walk(*top));
    LeaveEmptied(compilation);
    ReadDiagnostics(compilation);
    if (cancelled_ && cancelled_()) return base::Fail(base::Code::kCancelled, "elaboration was cancelled");
    slang::analysis::AnalysisManager analysis;
    Analyze(compilation, guard, analysis);
    analysis_ = &analysis;
    for (const InstanceSymbol* top : tops) {
      FANIN_ASSIGN_OR_RETURN(const uint32_t definition, Define(*top));
      result_.design.tops.push_back(definition);
    }
    FANIN_RETURN_IF_ERROR(nodes_->status());
    if (!by_default_.empty()) FANIN_RETURN_IF_ERROR(ElaborateByDefault());
    Finish();
    return std::move(result_);
  }

 private:
  static void Analyze(const Compilation& compilation, ElaborationGuard& guard,
                      slang::analysis::AnalysisManager& analysis) {
    guard.Restart();
    analysis.addListener([&guard](const slang::analysis::AnalyzedProcedure& procedure) {
      guard.ChargeAround(*procedure.analyzedSymbol);
    });
    analysis.analyze(compilation);
    guard.Restart();
  }

  void LeaveEmptied(const Compilation& compilation) {
    for (const Symbol* symbol : compilation.getDefinitions()) {
      const auto emptied = emptied_.find(std::string(symbol->name));
      const auto place = emptied == emptied_.end() ? std::nullopt : nodes_->PlaceOf(symbol->location);
      const auto unit = place ? nodes_->UnitAt(*place) : std::nullopt;
      if (!unit || unit->local == 0) continue;
      broken_.try_emplace(nodes_->IdOf(*unit),
                          DesignProblem{emptied->first, std::string(nodes_->PathOf(place->file)),
                                        nodes_->LineOf(*place), emptied->second + "; only its ports are elaborated"});
    }
  }

  // The definition, package or class that a diagnostic is of: the one around its place, or, where its text is included,
  // that of the symbol.
  static std::optional<ElaboratedNodes::Unit> UnitOf(const slang::Diagnostic& diagnostic, ElaboratedNodes& nodes) {
    const auto written = nodes.PlaceOf(diagnostic.location);
    const auto around = written ? nodes.UnitAt(*written) : std::nullopt;
    if (around) return around;
    const Symbol* at = diagnostic.symbol;
    while (at != nullptr && at->kind != SymbolKind::InstanceBody && at->kind != SymbolKind::Package) {
      const Scope* scope = at->getParentScope();
      at = scope == nullptr ? nullptr : &scope->asSymbol();
    }
    if (at == nullptr) return std::nullopt;
    const bool is_body = at->kind == SymbolKind::InstanceBody;
    const auto place = nodes.PlaceOf(is_body ? at->as<InstanceBodySymbol>().getDefinition().location : at->location);
    return place ? nodes.UnitAt(*place) : std::nullopt;
  }

  // Files of which the design instantiates nothing, and that hold no package: they were compiled for nothing, and what
  // is wrong with them is nobody's problem.
  std::set<graph::FileRef> UnusedFiles(const Compilation& compilation) {
    std::set<graph::FileRef> unused;
    std::set<graph::FileRef> used;
    for (const Symbol* symbol : compilation.getDefinitions()) {
      if (symbol->kind != SymbolKind::Definition) continue;
      const auto place = nodes_->PlaceOf(symbol->location);
      if (place) (symbol->as<DefinitionSymbol>().getInstanceCount() > 0 ? used : unused).insert(place->file);
    }
    for (const PackageSymbol* package : compilation.getPackages()) {
      if (const auto place = nodes_->PlaceOf(package->location)) used.insert(place->file);
    }
    for (graph::FileRef file : used) unused.erase(file);
    return unused;
  }

  void ReadDiagnostics(Compilation& compilation) {
    const slang::DiagnosticEngine engine(*compilation.getSourceManager());
    const auto& diagnostics = compilation.getAllDiagnostics();
    const std::set<graph::FileRef> unused = UnusedFiles(compilation);
    size_t without_definition = 0;
    for (const slang::Diagnostic& diagnostic : diagnostics) {
      if (!diagnostic.isError() || IsHarmless(diagnostic.code)) continue;
      DesignProblem problem;
      problem.reason = engine.formatMessage(diagnostic);
      if (const auto place = nodes_->PlaceOf(diagnostic.location)) {
        if (unused.contains(place->file)) continue;
        problem.path = nodes_->PathOf(place->file);
        problem.line = nodes_->LineOf(*place);
      }
      const auto unit = UnitOf(diagnostic, *nodes_);
      if (unit && unit->local != 0) {
        problem.definition = nodes_->NodeAt(*unit).name;
        broken_.try_emplace(nodes_->IdOf(*unit), std::move(problem));
      } else if (++without_definition <= kMaxProblems) {
        result_.design.problems.push_back(std::move(problem));
      }
    }
    for (const auto& [id, problem] : broken_) result_.design.problems.push_back(problem);
  }

  Result<uint32_t> Define(const InstanceSymbol& instance) {
    const InstanceBodySymbol& body = BodyOf(instance);
    if (const auto known = defined_.find(&body); known != defined_.end()) return known->second;
    if (cancelled_ && cancelled_()) return base::Fail(base::Code::kCancelled, "elaboration was cancelled");
    const std::string_view module = body.getDefinition().name;
    BodyFacts read = ReadBody(body, *analysis_, *nodes_, [&] { guard_->Charge(module); });
    DesignDefinition definition;
    definition.node = read.facts.definition;
    definition.name = read.facts.name;
    for (const BodyChild& child : read.children) {
      if (child.instance == nullptr) {
        unknown_.insert(child.module);
        definition.children.push_back({child.name, child.node, Intern({.name = child.module})});
        continue;
      }
      FANIN_ASSIGN_OR_RETURN(const uint32_t of_child, Define(*child.instance));
      definition.children.push_back({child.name, child.node, of_child});
    }
    if (definition.node == NodeId{}) read.bad = "tier 1 has no such definition";
    if (!broken_.contains(definition.node) && !read.bad.empty()) Leave(body, definition, read.bad);
    if (!broken_.contains(definition.node) && read.bad.empty()) {
      std::string bytes = graph::EncodeElaboratedFacts(std::move(read.facts));
      definition.facts = base::DigestOf(bytes);
      facts_.try_emplace(definition.facts, std::move(bytes));
    }
    const bool lacks_parameters = !broken_.contains(definition.node) && read.lacks_parameters;
    const std::string name = definition.name;
    const uint32_t index = Intern(std::move(definition));
    if (lacks_parameters) by_default_[name].insert(index);
    defined_.emplace(&body, index);
    return index;
  }

  // Definitions whose parameters are unknown where they are instantiated, for what is wrong is there, get the facts
  // that they have with their defaults.
  Status ElaborateByDefault() {
    DesignSpec spec = spec_;
    spec.parameters.clear();
    spec.tops.clear();
    for (const auto& [name, indexes] : by_default_) spec.tops.push_back(name);
    std::vector<DesignProblem> known_already;
    const DesignCompilation compiled(snapshot_, spec, sources_, texts_, limits_, NamesOf(emptied_), known_already);
    Compilation& compilation = compiled.compilation();
    ElaboratedNodes nodes(snapshot_, compiled.sources(), texts_.files_by_name());
    for (const auto& tree : compilation.getSyntaxTrees()) nodes.AddSyntax(tree->root());
    ElaborationGuard guard(compilation, limits_, until_seconds_, cancelled_);
    for (const InstanceSymbol* top : compilation.getRoot().topInstances) FANIN_RETURN_IF_ERROR(guard.Walk(*top));
    std::set<NodeId> broken;
    for (const slang::Diagnostic& diagnostic : compilation.getAllDiagnostics()) {
      if (!diagnostic.isError() || IsHarmless(diagnostic.code)) continue;
      if (const auto unit = UnitOf(diagnostic, nodes)) broken.insert(nodes.IdOf(*unit));
    }
    slang::analysis::AnalysisManager analysis;
    Analyze(compilation, guard, analysis);
    for (const InstanceSymbol* top : compilation.getRoot().topInstances) {
      BodyFacts read = ReadBody(BodyOf(*top), analysis, nodes, [&] { guard.ChargeAround(top->body); });
      if (!read.bad.empty() || broken.contains(read.facts.definition)) continue;
      const std::string name = read.facts.name;
      std::string bytes = graph::EncodeElaboratedFacts(std::move(read.facts));
      const base::Digest digest = base::DigestOf(bytes);
      facts_.try_emplace(digest, std::move(bytes));
      for (uint32_t index : by_default_.at(name)) result_.design.definitions[index].facts = digest;
      std::erase_if(result_.design.problems, [&](const DesignProblem& problem) { return problem.definition == name; });
      result_.design.problems.push_back(
          {"", "", 0, "module " + name + " is told with its default parameters: those that it is given are unknown"});
    }
    return nodes.status();
  }

  void Leave(const InstanceBodySymbol& body, const DesignDefinition& definition, const std::string& reason) {
    DesignProblem problem{definition.name, "", 0, reason};
    if (const auto place = nodes_->PlaceOf(body.getDefinition().location)) {
      problem.path = nodes_->PathOf(place->file);
      problem.line = nodes_->LineOf(*place);
    }
    if (std::ranges::find(result_.design.problems, problem) == result_.design.problems.end()) {
      result_.design.problems.push_back(std::move(problem));
    }
  }

  // Bodies that came out alike are one definition.
  uint32_t Intern(DesignDefinition definition) {
    base::Digester digester;
    digester.Add(definition.name).AddInt(definition.node.file).AddInt(definition.node.local);
    digester.Add(definition.facts.View());
    for (const graph::DesignInstance& child : definition.children) digester.Add(child.name).AddInt(child.definition);
    const auto [known, is_new] =
        interned_.try_emplace(digester.Finish(), static_cast<uint32_t>(result_.design.definitions.size()));
    if (is_new) result_.design.definitions.push_back(std::move(definition));
    return known->second;
  }

  void Finish() {
    Design& design = result_.design;
    design.unknown.assign(unknown_.begin(), unknown_.end());
    for (uint32_t top : design.tops) ++design.definitions[top].instance_count;
    for (size_t i = design.definitions.size(); i-- > 0;) {
      const uint64_t count = design.definitions[i].instance_count;
      for (const graph::DesignInstance& child : design.definitions[i].children) {
        uint64_t& of_child = design.definitions[child.definition].instance_count;
        of_child = of_child > std::numeric_limits<uint64_t>::max() - count ? std::numeric_limits<uint64_t>::max()
                                                                           : of_child + count;
      }
    }
    for (auto& [digest, bytes] : facts_) result_.facts.push_back({digest, std::move(bytes)});
  }

  const graph::Snapshot& snapshot_;
  const DesignSpec& spec_;
  const DesignSources& sources_;
  const DesignTexts& texts_;
  const ElaborationLimits& limits_;
  const Emptied& emptied_;
  const double until_seconds_;
  const std::function<bool()>& cancelled_;

  ElaborationResult result_;
  ElaborationGuard* guard_ = nullptr;
  std::optional<ElaboratedNodes> nodes_;
  const slang::analysis::AnalysisManager* analysis_ = nullptr;
  std::map<NodeId, DesignProblem> broken_;
  std::unordered_map<const InstanceBodySymbol*, uint32_t> defined_;
  std::map<base::Digest, uint32_t> interned_;
  std::map<base::Digest, std::string> facts_;
  std::map<std::string, std::set<uint32_t>> by_default_;  // definitions whose parameters are unknown, by name
  std::set<std::string> unknown_;
};

}  // namespace

Result<base::Digest> DesignInputs(const graph::Snapshot& snapshot, const DesignSpec& spec, const DesignSources& sources,
                                  const ElaborationLimits& limits) {
  FANIN_ASSIGN_OR_RETURN(const DesignTexts texts, DesignTexts::Read(snapshot, sources));
  base::Digester digester;
  digester.AddInt(kElaboratorVersion);
  AddTo(digester, spec);
  for (const auto* list : {&sources.include_dirs, &sources.defines}) {
    digester.AddInt(list->size());
    for (const std::string& item : *list) digester.Add(item);
  }
  digester.AddInt(limits.max_depth)
      .AddInt(limits.max_generate_steps)
      .AddInt(limits.max_scopes)
      .AddInt(limits.max_bytes)
      .AddInt(static_cast<uint64_t>(limits.max_definition_seconds))
      .AddInt(static_cast<uint64_t>(limits.max_seconds));
  for (graph::FileRef file : sources.files) digester.Add(snapshot.file(file).path);
  digester.AddInt(texts.files().size());
  for (graph::FileRef file : texts.files()) {
    // The shard too: it holds the nodes that facts are told in.
    digester.Add(snapshot.file(file).path).Add(snapshot.file(file).content.View());
    digester.Add(snapshot.file(file).shard.View());
  }
  for (const DesignProblem& problem : sources.problems) digester.Add(problem.path).Add(problem.reason);
  return digester.Finish();
}

namespace {

// Attempts, each without the definitions that the one before met a limit in.
Result<ElaborationResult> Attempt(const graph::Snapshot& snapshot, const DesignSpec& spec, const DesignSources& sources,
                                  const ElaborationLimits& limits, const std::function<bool()>& cancelled) {
  FANIN_ASSIGN_OR_RETURN(const DesignTexts texts, DesignTexts::Read(snapshot, sources));
  const double until_seconds = ThreadSeconds() + limits.max_seconds;
  Emptied emptied;
  std::string reason;
  for (int attempt = 0; attempt < kMaxAttempts && reason.empty(); ++attempt) {
    try {
      return Elaborator(snapshot, spec, sources, texts, limits, emptied, until_seconds, cancelled).Run();
    } catch (const LimitMet& limit) {
      const bool is_last = attempt + 1 == kMaxAttempts || ThreadSeconds() > until_seconds;
      for (const std::string& name : limit.definitions()) {
        const bool is_top = std::ranges::find(spec.tops, name) != spec.tops.end();
        const bool is_new = emptied.try_emplace(name, limit.what()).second;
        if (is_last || is_top || !is_new) reason = limit.what() + (", in module " + name);
      }
    }
  }
  ElaborationResult result;
  result.design.name = spec.name;
  result.design.problems = sources.problems;
  result.design.problems.push_back({"", "", 0, reason + "; nothing of the design is elaborated"});
  result.design.file_count = static_cast<uint32_t>(sources.files.size());
  return result;
}

}  // namespace

Result<ElaborationResult> Elaborate(const graph::Snapshot& snapshot, const DesignSpec& spec,
                                    const DesignSources& sources, const ElaborationLimits& limits,
                                    const std::function<bool()>& cancelled) {
  Result<ElaborationResult> result = ElaborationResult{};
  FANIN_RETURN_IF_ERROR(RunOnDeepStack([&] {
    try {
      result = Attempt(snapshot, spec, sources, limits, cancelled);
    } catch (const std::exception& exception) {
      result = base::Fail(base::Code::kInternal,
                          "design " + spec.name + ": the elaborator gave up: " + std::string(exception.what()));
    }
  }));
  return result;
}

}  // namespace fanin::indexer
