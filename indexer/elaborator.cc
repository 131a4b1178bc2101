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

// Errors that do not spoil what stands around them: what the design itself finds wrong when it is elaborated, and a
// second module of one name, of which the first counts.
bool IsHarmless(slang::DiagCode code) {
  return code == slang::diag::ErrorTask || code == slang::diag::FatalTask || code == slang::diag::StaticAssert ||
         code == slang::diag::DuplicateDefinition;
}

const InstanceBodySymbol& BodyOf(const InstanceSymbol& instance) {
  return instance.getCanonicalBody() != nullptr ? *instance.getCanonicalBody() : instance.body;
}

// Walks the instances before slang does as a whole, each specialised definition once, so that a tree without end or
// beyond the limits is met between two scopes.
class TreeGuard {
 public:
  TreeGuard(const Compilation& compilation, const ElaborationLimits& limits, const std::function<bool()>& cancelled)
      : compilation_(compilation), limits_(limits), cancelled_(cancelled) {}

  Status Walk(const InstanceSymbol& top) {
    Enter(top);
    if (was_cancelled_) return base::Fail(base::Code::kCancelled, "elaboration was cancelled");
    return {};
  }
  // Why the walk ended early; empty: it did not.
  const std::string& reason() const { return reason_; }

 private:
  bool Stopped() const { return was_cancelled_ || !reason_.empty(); }

  void Enter(const InstanceSymbol& instance) {
    std::string key = std::to_string(reinterpret_cast<uintptr_t>(&instance.getDefinition()));
    for (const ParameterSymbolBase* parameter : instance.body.getParameters()) {
      if (parameter->symbol.kind == SymbolKind::Parameter) {
        key += ',' + parameter->symbol.as<ParameterSymbol>().getValue().toString();
      } else {
        key += ',' + parameter->symbol.as<TypeParameterSymbol>().targetType.getType().toString();
      }
    }
    const std::string name(instance.getDefinition().name);
    if (on_path_.contains(key)) {
      reason_ = "module " + name + " contains itself with equal parameters";
      return;
    }
    if (on_path_.size() >= limits_.max_depth) {
      reason_ = "instances are nested deeper than " + std::to_string(limits_.max_depth) + " levels, at module " + name;
      return;
    }
    if (!known_.insert(key).second) return;
    on_path_.insert(key);
    Descend(instance.body, name);
    on_path_.erase(key);
  }

  void Descend(const Scope& scope, const std::string& module) {
    if (Stopped()) return;
    was_cancelled_ = cancelled_ && cancelled_();
    if (++scopes_ > limits_.max_scopes) {
      reason_ =
          "more than " + std::to_string(limits_.max_scopes) + " instances and generate blocks, in module " + module;
    } else if (compilation_.getTotalBytesAllocated() > limits_.max_bytes) {
      reason_ = "more than " + std::to_string(limits_.max_bytes >> 20) + " MiB, in module " + module;
    }
    if (Stopped()) return;
    for (const Symbol& member : scope.members()) Member(member, module);
  }

  void Member(const Symbol& member, const std::string& module) {
    if (Stopped()) return;
    switch (member.kind) {
      case SymbolKind::Instance: return Enter(member.as<InstanceSymbol>());
      case SymbolKind::InstanceArray:
        for (const Symbol* element : member.as<InstanceArraySymbol>().elements) Member(*element, module);
        return;
      case SymbolKind::GenerateBlock:
        if (!member.as<GenerateBlockSymbol>().isUninstantiated) Descend(member.as<GenerateBlockSymbol>(), module);
        return;
      case SymbolKind::GenerateBlockArray:
        for (const GenerateBlockSymbol* entry : member.as<GenerateBlockArraySymbol>().entries) {
          Descend(*entry, module);
        }
        return;
      default: return;
    }
  }

  const Compilation& compilation_;
  const ElaborationLimits& limits_;
  const std::function<bool()>& cancelled_;
  std::unordered_set<std::string> known_;
  std::set<std::string> on_path_;
  uint64_t scopes_ = 0;
  bool was_cancelled_ = false;
  std::string reason_;
};

class Elaborator {
 public:
  Elaborator(const graph::Snapshot& snapshot, const DesignSpec& spec, const DesignSources& sources,
             const ElaborationLimits& limits, const std::function<bool()>& cancelled)
      : snapshot_(snapshot), spec_(spec), sources_(sources), limits_(limits), cancelled_(cancelled) {}

  Result<ElaborationResult> Run() {
    result_.design.name = spec_.name;
    result_.design.problems = sources_.problems;
    result_.design.file_count = static_cast<uint32_t>(sources_.files.size());
    FANIN_ASSIGN_OR_RETURN(const DesignTexts texts, DesignTexts::Read(snapshot_, sources_));
    const DesignCompilation compiled(snapshot_, spec_, sources_, texts, limits_, result_.design.problems);
    Compilation& compilation = compiled.compilation();
    nodes_.emplace(snapshot_, compiled.sources(), texts.files_by_name());

    for (const auto& tree : compilation.getSyntaxTrees()) nodes_->AddSyntax(tree->root());
    const auto tops = compilation.getRoot().topInstances;
    TreeGuard guard(compilation, limits_, cancelled_);
    for (const InstanceSymbol* top : tops) FANIN_RETURN_IF_ERROR(guard.Walk(*top));
    if (!guard.reason().empty()) {
      result_.design.problems.push_back({"", "", 0, guard.reason() + "; nothing of the design is elaborated"});
      return std::move(result_);
    }
    ReadDiagnostics(compilation);
    if (cancelled_ && cancelled_()) return base::Fail(base::Code::kCancelled, "elaboration was cancelled");
    slang::analysis::AnalysisManager analysis;
    analysis.analyze(compilation);
    analysis_ = &analysis;
    for (const InstanceSymbol* top : tops) {
      FANIN_ASSIGN_OR_RETURN(const uint32_t definition, Define(*top));
      result_.design.tops.push_back(definition);
    }
    FANIN_RETURN_IF_ERROR(nodes_->status());
    if (!by_default_.empty()) FANIN_RETURN_IF_ERROR(ElaborateByDefault(texts));
    Finish();
    return std::move(result_);
  }

 private:
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
    BodyFacts read = ReadBody(body, *analysis_, *nodes_);
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
  Status ElaborateByDefault(const DesignTexts& texts) {
    DesignSpec spec = spec_;
    spec.parameters.clear();
    spec.tops.clear();
    for (const auto& [name, indexes] : by_default_) spec.tops.push_back(name);
    std::vector<DesignProblem> known_already;
    const DesignCompilation compiled(snapshot_, spec, sources_, texts, limits_, known_already);
    Compilation& compilation = compiled.compilation();
    ElaboratedNodes nodes(snapshot_, compiled.sources(), texts.files_by_name());
    for (const auto& tree : compilation.getSyntaxTrees()) nodes.AddSyntax(tree->root());
    TreeGuard guard(compilation, limits_, cancelled_);
    for (const InstanceSymbol* top : compilation.getRoot().topInstances) FANIN_RETURN_IF_ERROR(guard.Walk(*top));
    if (!guard.reason().empty()) return {};
    std::set<NodeId> broken;
    for (const slang::Diagnostic& diagnostic : compilation.getAllDiagnostics()) {
      if (!diagnostic.isError() || IsHarmless(diagnostic.code)) continue;
      if (const auto unit = UnitOf(diagnostic, nodes)) broken.insert(nodes.IdOf(*unit));
    }
    slang::analysis::AnalysisManager analysis;
    analysis.analyze(compilation);
    for (const InstanceSymbol* top : compilation.getRoot().topInstances) {
      BodyFacts read = ReadBody(BodyOf(*top), analysis, nodes);
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
  const ElaborationLimits& limits_;
  const std::function<bool()>& cancelled_;

  ElaborationResult result_;
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
      .AddInt(limits.max_bytes);
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

Result<ElaborationResult> Elaborate(const graph::Snapshot& snapshot, const DesignSpec& spec,
                                    const DesignSources& sources, const ElaborationLimits& limits,
                                    const std::function<bool()>& cancelled) {
  Result<ElaborationResult> result = ElaborationResult{};
  FANIN_RETURN_IF_ERROR(RunOnDeepStack([&] {
    try {
      result = Elaborator(snapshot, spec, sources, limits, cancelled).Run();
    } catch (const std::exception& exception) {
      result = base::Fail(base::Code::kInternal,
                          "design " + spec.name + ": the elaborator gave up: " + std::string(exception.what()));
    }
  }));
  return result;
}

}  // namespace fanin::indexer
