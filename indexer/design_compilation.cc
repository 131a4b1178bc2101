#include "indexer/design_compilation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "indexer/expansion_guard.h"
#include "indexer/language.h"
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

slang::Bag ParseOptions(slang::LanguageVersion version, const std::vector<std::string>& predefines) {
  slang::parsing::PreprocessorOptions preprocessor;
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
    const auto macros = MacrosFor(file);
    Tree tree = Parse(file, slang::LanguageVersion::v1800_2023, macros);
    const size_t errors = CountErrors(*tree);
    if (errors > 0 && LanguageOf(snapshot.file(file).path) == Language::kVerilog) {
      Tree verilog = Parse(file, slang::LanguageVersion::v1364_2005, macros);
      if (CountErrors(*verilog) < errors) tree = std::move(verilog);
    }
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

DesignCompilation::Tree DesignCompilation::Parse(FileRef file, slang::LanguageVersion version,
                                                 slang::syntax::SyntaxTree::MacroList macros) {
  const slang::SourceBuffer& buffer = buffers_.at(DesignTexts::NameOf(snapshot_.file(file).path));
  return slang::syntax::SyntaxTree::fromBuffer(buffer, manager_, ParseOptions(version, predefines_), macros);
}

std::vector<const DefineDirectiveSyntax*> DesignCompilation::MacrosFor(FileRef file) {
  std::vector<const DefineDirectiveSyntax*> macros;
  const TextScan& scan = texts_.text(file).scan;
  const std::unordered_set<std::string_view> used(scan.names.begin(), scan.names.end());
  for (FileRef provider : texts_.MacroFilesOf(file)) {
    Tree& tree = macro_trees_[provider];
    if (tree == nullptr) tree = Parse(provider, slang::LanguageVersion::v1800_2023, {});
    for (const DefineDirectiveSyntax* macro : tree->getDefinedMacros()) {
      // An empty one guards its file against being included twice, or switches something there.
      const bool is_switch = macro->body.empty() && macro->formalArguments == nullptr;
      if (!is_switch || used.contains(macro->name.valueText())) macros.push_back(macro);
    }
  }
  return macros;
}

}  // namespace fanin::indexer
