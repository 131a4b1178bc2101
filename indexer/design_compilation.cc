#include "indexer/design_compilation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <unordered_set>
#include <utility>

#include "indexer/best_reading.h"
#include "indexer/builtin_macros.h"
#include "indexer/expansion_guard.h"
#include "indexer/language.h"
#include "indexer/token_cursor.h"
#include "slang/diagnostics/PreprocessorDiags.h"
#include "slang/parsing/Lexer.h"
#include "slang/parsing/Parser.h"
#include "slang/parsing/Preprocessor.h"
#include "slang/syntax/AllSyntax.h"
#include "slang/syntax/SyntaxVisitor.h"
#include "slang/util/Bag.h"

namespace fanin::indexer {
namespace {

using graph::FileRef;
using slang::ast::CompilationFlags;
using slang::syntax::DefineDirectiveSyntax;

// The texts' nesting was limited when they were indexed.
constexpr uint32_t kMaxRecursion = 200'000;
constexpr uint32_t kMaxIncludeDepth = 100;
// Steps of constant functions, which compute tables when a design is elaborated.
constexpr uint32_t kMaxConstantSteps = 10'000'000;
// Instances of one array.
constexpr double kMaxArrayInstances = 1 << 16;

slang::Bag ParseOptions(slang::LanguageVersion version, bool keywords_of_2005,
                        const std::vector<std::string>& predefines) {
  slang::parsing::PreprocessorOptions preprocessor;
  if (keywords_of_2005) preprocessor.keywordMapping.emplace_back("...", slang::parsing::KeywordVersion::v1800_2005);
  preprocessor.maxIncludeDepth = kMaxIncludeDepth;
  preprocessor.languageVersion = version;
  preprocessor.predefines = predefines;
  for (std::string_view directive : VendorDirectives()) preprocessor.ignoreDirectives.emplace(directive);
  slang::parsing::LexerOptions lexer;
  lexer.languageVersion = version;
  lexer.enableLegacyProtect = true;
  lexer.allowMacroTrailingSpace = true;
  slang::parsing::ParserOptions parser;
  parser.maxRecursionDepth = kMaxRecursion;
  parser.languageVersion = version;
  return slang::Bag(preprocessor, lexer, parser);
}

// As tolerant as tools are in practice: what some of them accept is no reason to do without a module's facts.
slang::ast::CompilationOptions CompilationOptionsFor(const ElaborationLimits& limits) {
  slang::ast::CompilationOptions options;
  options.flags = CompilationFlags::AllowHierarchicalConst | CompilationFlags::RelaxEnumConversions |
                  CompilationFlags::AllowUseBeforeDeclare | CompilationFlags::AllowTopLevelIfacePorts |
                  CompilationFlags::IgnoreUnknownModules | CompilationFlags::RelaxStringConversions |
                  CompilationFlags::AllowRecursiveImplicitCall | CompilationFlags::AllowBareValParamAssignment |
                  CompilationFlags::AllowSelfDeterminedStreamConcat | CompilationFlags::AllowMergingAnsiPorts |
                  CompilationFlags::AllowUnnamedGenerate | CompilationFlags::AllowVirtualIfaceWithOverride |
                  CompilationFlags::AllowArrayConcatAssignPattern | CompilationFlags::IgnoreUninstantiatedModules;
  options.maxInstanceDepth = limits.max_depth + 1;  // who asks first names it better
  options.maxGenerateSteps = limits.max_generate_steps;
  options.maxConstexprSteps = kMaxConstantSteps;
  options.maxDefParamBlocks = limits.max_scopes;
  options.errorLimit = UINT32_MAX;
  options.typoCorrectionLimit = 0;
  return options;
}

// Empties definitions, and finds out how many dimensions arrays of instances have.
class DefinitionVisitor : public slang::syntax::SyntaxVisitor<DefinitionVisitor> {
 public:
  explicit DefinitionVisitor(const std::set<std::string>& emptied) : emptied_(emptied) {}

  void Visit(slang::syntax::SyntaxTree& tree) {
    tree_ = &tree;
    tree.root().visit(*this);
  }
  size_t most_dimensions() const { return most_dimensions_; }

  void handle(const slang::syntax::ModuleDeclarationSyntax& definition) {
    if (emptied_.contains(std::string(definition.header->name.valueText()))) {
      Empty(const_cast<slang::syntax::ModuleDeclarationSyntax&>(definition));
    }
    visitDefault(definition);
  }
  void handle(const slang::syntax::HierarchicalInstanceSyntax& instance) {
    if (instance.decl != nullptr) most_dimensions_ = std::max(most_dimensions_, instance.decl->dimensions.size());
  }

 private:
  // Ports may be declared among the members, too.
  void Empty(slang::syntax::ModuleDeclarationSyntax& definition) {
    using slang::syntax::SyntaxKind;
    std::vector<slang::syntax::MemberSyntax*> kept;
    for (slang::syntax::MemberSyntax* member : definition.members) {
      if (member->kind == SyntaxKind::PortDeclaration || member->kind == SyntaxKind::ParameterDeclarationStatement ||
          member->kind == SyntaxKind::PackageImportDeclaration) {
        kept.push_back(member);
      }
    }
    definition.members = slang::syntax::SyntaxList<slang::syntax::MemberSyntax>(tree_->allocator(), kept);
  }

  const std::set<std::string>& emptied_;
  slang::syntax::SyntaxTree* tree_ = nullptr;
  size_t most_dimensions_ = 1;
};

// slang makes an array of instances in one go and limits each of its dimensions alone.
uint32_t LengthOfArrays(size_t dimensions) {
  return static_cast<uint32_t>(std::pow(kMaxArrayInstances, 1.0 / static_cast<double>(dimensions)));
}

// What an unknown macro's neighbours suggest.
MacroDefinition StubFor(const std::string& name, const TextScan& scan) {
  UnknownUse unknown;
  for (const MacroUse& use : scan.uses) {
    if (scan.names[use.name] != name) continue;
    ++unknown.votes[static_cast<int>(use.context)];
    unknown.arguments = std::max(unknown.arguments, use.arguments);
    unknown.pasted |= use.pasted;
  }
  return MakeStub(name, unknown);
}

size_t CountErrors(slang::syntax::SyntaxTree& tree) {
  return static_cast<size_t>(
      std::ranges::count_if(tree.diagnostics(), [](const slang::Diagnostic& d) { return d.isError(); }));
}

}  // namespace

DesignCompilation::DesignCompilation(const graph::Snapshot& snapshot, const DesignSpec& spec,
                                     const DesignSources& sources, const DesignTexts& texts,
                                     const ElaborationLimits& limits, const std::set<std::string>& emptied,
                                     std::vector<graph::DesignProblem>& problems)
    : snapshot_(snapshot), texts_(texts), predefines_(sources.defines), tops_(spec.tops) {
  // Or slang would ask the file system.
  manager_.setDisableProximatePaths(true);
  for (const auto& [name, file] : texts.files_by_name()) {
    const std::string& text = texts.text(file).text;
    slang::SmallVector<char> buffer;
    buffer.resize_for_overwrite(text.size() + 1);
    std::memcpy(buffer.data(), text.data(), text.size());
    buffer.back() = '\0';
    buffers_.emplace(name, manager_.assignBuffer(name, std::move(buffer)));
  }
  for (const std::string& name : texts.hidden()) manager_.assignText(name, "");

  std::vector<Tree> trees;
  DefinitionVisitor definitions(emptied);
  for (FileRef file : sources.files) {
    const DesignTexts::Text& text = texts.text(file);
    const ExpansionEstimate expansions = EstimateExpansions(text.text, text.scan, MacroEnvironment{});
    if (!expansions.refused.empty()) {
      const auto& first = expansions.refused.front();
      problems.push_back({"", snapshot.file(file).path, first.line, first.message + "; the file is left out"});
      continue;
    }
    Tree tree = ParseBest(file, problems);
    definitions.Visit(*tree);
    trees.push_back(std::move(tree));
  }
  slang::ast::CompilationOptions options = CompilationOptionsFor(limits);
  for (const std::string& top : tops_) options.topModules.emplace(top);
  options.paramOverrides = spec.parameters;
  options.maxInstanceArray = LengthOfArrays(definitions.most_dimensions());
  slang::Bag bag;
  bag.set(options);
  compilation_ = std::make_unique<slang::ast::Compilation>(bag);
  for (Tree& tree : trees) compilation_->addSyntaxTree(std::move(tree));
}

DesignCompilation::Tree DesignCompilation::Parse(FileRef file, const Dialect& dialect, const Macros& macros) {
  const slang::SourceBuffer& buffer = buffers_.at(DesignTexts::NameOf(snapshot_.file(file).path));
  const slang::Bag options = ParseOptions(dialect.version, dialect.keywords_of_2005, predefines_);
  return slang::syntax::SyntaxTree::fromBuffer(buffer, manager_, options, macros);
}

DesignCompilation::Tree DesignCompilation::ParseBest(FileRef file, std::vector<graph::DesignProblem>& problems) {
  const Macros macros = MacrosFor(file);
  Dialect dialect;
  Tree best = Parse(file, dialect, macros);
  const auto improve = [&](const Dialect& other) {
    Tree tree = Parse(file, other, macros);
    if (CountErrors(*tree) >= CountErrors(*best)) return;
    best = std::move(tree);
    dialect = other;
  };
  if (CountErrors(*best) > 0 && LanguageOf(snapshot_.file(file).path) == Language::kVerilog) {
    improve({.version = slang::LanguageVersion::v1364_2005});
  }
  if (CountErrors(*best) > 0) improve({.version = dialect.version, .keywords_of_2005 = true});
  if (CountErrors(*best) == 0) return best;
  return WithStandIns(file, dialect, macros, std::move(best), problems);
}

DesignCompilation::Tree DesignCompilation::WithStandIns(FileRef file, const Dialect& dialect, const Macros& macros,
                                                        Tree best, std::vector<graph::DesignProblem>& problems) {
  const DesignTexts::Text& text = texts_.text(file);
  // First as the neighbours of each suggest. What stands in may use others.
  std::map<std::string, MacroDefinition> stubs;
  const auto defines = [&] {
    std::string lines;
    for (const auto& [name, stub] : stubs) lines += "`define " + stub.Text() + "\n";
    return lines;
  };
  Tree tree = best;
  for (int i = 0; i < kMaxStubs; ++i) {
    const size_t before = stubs.size();
    for (const std::string& name : UnknownMacros(*tree)) {
      // A stand-in must not switch an `ifdef on.
      if (std::ranges::any_of(text.scan.conditions, [&](const auto& test) { return test.contains(name); })) continue;
      const MacroDefinition* builtin = FindBuiltinMacro(name);
      stubs.try_emplace(name, builtin != nullptr ? *builtin : StubFor(name, text.scan));
    }
    if (stubs.size() == before) break;
    tree = Parse(file, dialect, Extend(macros, defines()));
  }
  if (stubs.empty()) return best;
  if (CountErrors(*tree) < CountErrors(*best)) best = std::move(tree);
  size_t bytes = 0;
  int tried = 0;
  for (auto& [name, stub] : stubs) {
    if (CountErrors(*best) == 0 || ++tried > kMaxStubs) break;
    std::string chosen = stub.body;
    for (const std::string& body : StandIns(name)) {
      bytes += text.text.size();
      if (bytes > kMaxStubBytes || CountErrors(*best) == 0) break;
      stub.body = body;
      tree = Parse(file, dialect, Extend(macros, defines()));
      if (CountErrors(*tree) >= CountErrors(*best)) continue;
      best = std::move(tree);
      chosen = body;
    }
    stub.body = chosen;
  }
  for (const auto& [name, stub] : stubs) {
    const auto use = std::ranges::find(
        text.scan.uses, name, [&](const MacroUse& one) { return std::string_view(text.scan.names[one.name]); });
    problems.push_back({"", snapshot_.file(file).path, use == text.scan.uses.end() ? 0 : use->line,
                        "macro " + name + " is defined nowhere; read as " +
                            (stub.body.empty() ? "nothing" : "\"" + stub.body + "\"")});
  }
  return best;
}

std::vector<std::string> DesignCompilation::UnknownMacros(slang::syntax::SyntaxTree& tree) const {
  std::vector<std::string> names;
  for (const slang::Diagnostic& diagnostic : tree.diagnostics()) {
    if (diagnostic.code != slang::diag::UnknownDirective) continue;
    const slang::SourceLocation at = manager_.getFullyOriginalLoc(diagnostic.location);
    const std::string_view rest = manager_.getSourceText(at.buffer()).substr(at.offset());
    if (!rest.starts_with('`')) continue;
    const size_t end = std::find_if_not(rest.begin() + 1, rest.end(), IsWordByte) - rest.begin();
    std::string name(rest.substr(1, end - 1));
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

DesignCompilation::Macros DesignCompilation::Extend(Macros macros, const std::string& defines) {
  const std::string name = "<stand-ins " + std::to_string(stand_ins_.size()) + ">";
  const slang::SourceBuffer buffer = manager_.assignText(name, defines);
  stand_ins_.push_back(slang::syntax::SyntaxTree::fromBuffer(
      buffer, manager_, ParseOptions(slang::LanguageVersion::v1800_2023, false, {})));
  const auto defined = stand_ins_.back()->getDefinedMacros();
  macros.insert(macros.end(), defined.begin(), defined.end());
  return macros;
}

DesignCompilation::Macros DesignCompilation::MacrosFor(FileRef file) {
  Macros macros;
  const TextScan& scan = texts_.text(file).scan;
  const std::unordered_set<std::string_view> used(scan.names.begin(), scan.names.end());
  for (FileRef provider : texts_.MacroFilesOf(file)) {
    Tree& tree = macro_trees_[provider];
    if (tree == nullptr) tree = Parse(provider, {}, {});
    for (const DefineDirectiveSyntax* macro : tree->getDefinedMacros()) {
      // An empty one guards its file against being included twice, or switches something there.
      const bool is_switch = macro->body.empty() && macro->formalArguments == nullptr;
      if (!is_switch || used.contains(macro->name.valueText())) macros.push_back(macro);
    }
  }
  return macros;
}

}  // namespace fanin::indexer
