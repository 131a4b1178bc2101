#include "indexer/macro_environment.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "indexer/builtin_macros.h"
#include "indexer/conditions.h"
#include "indexer/token_cursor.h"

namespace fanin::indexer {
namespace {

// Includes nested deeper than this are taken for loops.
constexpr size_t kMaxIncludeDepth = 200;
// Of the repository's macros that a pasted name may mean.
constexpr size_t kMaxPastedNames = 100;

bool IsMacroName(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && name[0] != '$' &&
         std::all_of(name.begin(), name.end(), IsWordByte);
}

// Calls visit(directive, active) for all but the conditionals, which test(condition) decides; it is asked only where
// the answer matters.
template <typename Test, typename Visit>
void WalkDirectives(const TextScan& scan, const Test& test, const Visit& visit) {
  using Kind = Directive::Kind;
  ConditionStack conditions;
  for (const Directive& directive : scan.directives) {
    switch (directive.kind) {
      case Kind::kIf: conditions.If(conditions.active() && test(scan.conditions[directive.index])); break;
      case Kind::kElseIf: conditions.Else(conditions.pending() && test(scan.conditions[directive.index])); break;
      case Kind::kElse: conditions.Else(true); break;
      case Kind::kEndIf: conditions.End(); break;
      default: visit(directive, conditions.active());
    }
  }
}

}  // namespace

base::Result<MacroDefinition> ParseDefine(std::string_view text) {
  const size_t equals = text.find('=');
  std::string_view head = text.substr(0, equals);
  MacroDefinition definition;
  definition.body = equals == std::string_view::npos ? "1" : text.substr(equals + 1);
  const size_t parenthesis = head.find('(');
  if (parenthesis != std::string_view::npos && head.ends_with(')')) {
    definition.formals = head.substr(parenthesis);
    head = head.substr(0, parenthesis);
  }
  definition.name = head;
  if (!IsMacroName(head) || definition.body.find('\n') != std::string::npos) {
    return base::Fail(base::Code::kInvalidArgument,
                      "not a define: \"" + std::string(text) + "\"; NAME, NAME=VALUE or NAME(A,B)=BODY is expected");
  }
  return definition;
}

void MacroEnvironment::AddTo(base::Digester& digester) const {
  digester.AddInt(definitions.size());
  for (const MacroDefinition* definition : definitions) {
    digester.Add(definition->name).Add(definition->formals).Add(definition->body);
  }
  digester.AddInt(notes.size());
  for (const Note& note : notes) digester.AddInt(note.line).Add(note.message);
}

// Walks one file's directives and those of what it includes.
class EnvironmentResolver {
 public:
  EnvironmentResolver(const RepositoryMacros& macros, std::string_view path) : macros_(macros), path_(path) {
    self_ = macros.paths_.Find(path);
    if (self_) visited_.insert(*self_);
  }

  MacroEnvironment Run(const TextScan& scan) && {
    Predefine(macros_.search_.defines);
    if (self_) Predefine(macros_.files_[*self_].defines);
    WalkOwn(scan);
    ResolveDeferred();
    MakeStubs();
    std::sort(result_.definitions.begin(), result_.definitions.end(),
              [](const MacroDefinition* a, const MacroDefinition* b) { return a->name < b->name; });
    return std::move(result_);
  }

 private:
  using Kind = Directive::Kind;

  struct State {
    const MacroDefinition* definition = nullptr;
    bool own = false;  // defined by the text itself, so slang will see it
  };

  void Predefine(const std::vector<MacroDefinition>& defines) {
    for (const MacroDefinition& define : defines) DefineOutside(define);
  }

  void DefineOutside(const MacroDefinition& definition) {
    state_[definition.name] = {&definition, false};
    seen_outside_.emplace(definition.name, &definition);
  }

  void WalkOwn(const TextScan& scan) {
    std::vector<const MacroUse*> inactive;
    const auto visit = [&](const Directive& directive, bool active) {
      if (!active) {
        if (directive.kind == Kind::kUse) inactive.push_back(&scan.uses[directive.index]);
        return;
      }
      switch (directive.kind) {
        case Kind::kDefine: {
          const MacroDefinition& definition = scan.definitions[directive.index];
          state_[definition.name] = {&definition, true};
          break;
        }
        case Kind::kUndefine: state_.erase(scan.names[directive.index]); break;
        case Kind::kUndefineAll: state_.clear(); break;
        case Kind::kInclude: Include(path_, scan.includes[directive.index], 0); break;
        default: Need(scan.names[scan.uses[directive.index].name], scan.uses[directive.index]);
      }
    };
    WalkDirectives(
        scan, [this](std::string_view condition) { return TestOwn(condition); }, visit);
    // Inactive arms are read on their own, with what is defined at the end.
    for (const MacroUse* use : inactive) Need(scan.names[use->name], *use);
  }

  // As slang will see it: what counts as defined outside must be given to it.
  bool TestOwn(std::string_view condition) {
    return EvaluateCondition(condition, [this](std::string_view name) {
      const auto found = state_.find(name);
      if (found == state_.end()) {
        tested_undefined_.insert(name);
        return false;
      }
      if (!found->second.own) Give(*found->second.definition);
      return true;
    });
  }

  void Include(std::string_view from, const IncludeDirective& include, size_t depth) {
    const auto file = macros_.paths_.ResolveInclude(from, include.path);
    if (!file) {
      if (depth == 0) {
        result_.notes.push_back({include.line, "`include \"" + include.path + "\" names no file of the repository"});
      }
      return;
    }
    if (depth < kMaxIncludeDepth && visited_.insert(*file).second) WalkIncluded(*file, depth + 1);
  }

  void WalkIncluded(PathIndex::FileIndex file, size_t depth) {
    const TextScan& scan = *macros_.files_[file].scan;
    const auto test = [this](std::string_view condition) {
      return EvaluateCondition(condition, [this](std::string_view name) { return state_.contains(name); });
    };
    WalkDirectives(scan, test, [&](const Directive& directive, bool active) {
      if (!active) return;
      switch (directive.kind) {
        case Kind::kDefine: DefineOutside(scan.definitions[directive.index]); break;
        case Kind::kUndefine: state_.erase(scan.names[directive.index]); break;
        case Kind::kUndefineAll: state_.clear(); break;
        case Kind::kInclude: Include(macros_.files_[file].path, scan.includes[directive.index], depth); break;
        default: break;
      }
    });
  }

  // The text, or a macro that it uses, uses `name` here.
  template <typename Use>  // MacroUse or BodyUse
  void Need(std::string_view name, const Use& use) {
    const auto found = state_.find(name);
    if (found == state_.end()) {
      const auto [entry, is_new] = unknown_.try_emplace(name);
      if (is_new) deferred_.push_back(name);
      ++entry->second.votes[static_cast<int>(use.context)];
      entry->second.arguments = std::max(entry->second.arguments, use.arguments);
      entry->second.pasted |= use.pasted;
      return;
    }
    if (found->second.own) {
      NeedBody(*found->second.definition);
    } else {
      Give(*found->second.definition);
    }
  }

  // Puts a definition from outside into the environment; the first of a name stays.
  void Give(const MacroDefinition& definition) {
    if (!given_.insert(definition.name).second) return;
    result_.definitions.push_back(&definition);
    NeedBody(definition);
  }

  // What the body of a macro in use needs in turn. Bodies wait in a list, so that long chains need no stack.
  void NeedBody(const MacroDefinition& definition) {
    if (definition.uses.empty() || !expanded_.insert(&definition).second) return;
    bodies_.push_back(&definition);
    if (bodies_.size() > 1) return;  // the call that is draining the list comes to it
    for (size_t i = 0; i < bodies_.size(); ++i) {
      for (const BodyUse& use : bodies_[i]->uses) Need(use.name, use);
    }
    bodies_.clear();
  }

  // Names that were not defined where they were used: what includes define later, else the repository, else the
  // library.
  void ResolveDeferred() {
    for (size_t i = 0; i < deferred_.size(); ++i) {  // grows
      const std::string_view name = deferred_[i];
      if (!GiveFromAnywhere(name) && unknown_[name].pasted) {
        for (std::string_view longer : macros_.NamesWithPrefix(name)) Need(longer, BodyUse());
      }
    }
  }

  bool GiveFromAnywhere(std::string_view name) {
    const MacroDefinition* definition = nullptr;
    if (const auto seen = seen_outside_.find(name); seen != seen_outside_.end()) {
      definition = seen->second;
    } else if (!tested_undefined_.contains(name)) {
      definition = macros_.FindNearest(path_, name);
      if (definition == nullptr) definition = FindBuiltinMacro(name);
    }
    if (definition == nullptr) return false;
    Give(*definition);
    return true;
  }

  void MakeStubs() {
    for (std::string_view name : deferred_) {
      const UnknownUse& use = unknown_[name];
      if (given_.contains(name) || tested_undefined_.contains(name) || use.pasted) continue;
      result_.stubs.push_back(std::make_unique<const MacroDefinition>(MakeStub(name, use)));
      result_.definitions.push_back(result_.stubs.back().get());
    }
  }

  const RepositoryMacros& macros_;
  std::string_view path_;
  std::optional<PathIndex::FileIndex> self_;
  MacroEnvironment result_;

  std::unordered_map<std::string_view, State> state_;                          // what is defined at this point
  std::unordered_map<std::string_view, const MacroDefinition*> seen_outside_;  // the first of each name, ever
  std::unordered_set<std::string_view> tested_undefined_;
  std::unordered_set<PathIndex::FileIndex> visited_;
  std::unordered_set<std::string_view> given_;
  std::unordered_set<const MacroDefinition*> expanded_;
  std::vector<const MacroDefinition*> bodies_;
  std::vector<std::string_view> deferred_;
  std::unordered_map<std::string_view, UnknownUse> unknown_;
};

RepositoryMacros::RepositoryMacros(std::vector<File> files, Search search)
    : files_(std::move(files)), search_(std::move(search)) {
  std::vector<std::string_view> paths;
  paths.reserve(files_.size());
  for (const File& file : files_) paths.push_back(file.path);
  paths_ = PathIndex(paths, search_.include_dirs, search_.manifest_dirs);
  for (uint32_t file = 0; file < files_.size(); ++file) AddCandidates(file);
}

// Walks the file alone, without its includes.
void RepositoryMacros::AddCandidates(uint32_t file) {
  using Kind = Directive::Kind;
  const TextScan& scan = *files_[file].scan;
  std::unordered_set<std::string_view> defined;
  for (const MacroDefinition& define : search_.defines) defined.insert(define.name);
  const auto test = [&](std::string_view condition) {
    return EvaluateCondition(condition, [&](std::string_view name) { return defined.contains(name); });
  };
  WalkDirectives(scan, test, [&](const Directive& directive, bool active) {
    if (directive.kind == Kind::kUndefine && active) defined.erase(scan.names[directive.index]);
    if (directive.kind != Kind::kDefine) return;
    const MacroDefinition& definition = scan.definitions[directive.index];
    table_[definition.name].push_back({file, &definition, active});
    if (active) defined.insert(definition.name);
  });
}

const MacroDefinition* RepositoryMacros::FindNearest(std::string_view from, std::string_view name) const {
  const auto found = table_.find(name);
  if (found == table_.end()) return nullptr;
  const auto rank = [&](const Candidate& candidate) {
    const std::string_view path = files_[candidate.file].path;
    return std::tuple(!candidate.active, FolderDistance(from, path), path, candidate.definition->line);
  };
  return std::min_element(found->second.begin(), found->second.end(),
                          [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); })
      ->definition;
}

std::vector<std::string_view> RepositoryMacros::NamesWithPrefix(std::string_view prefix) const {
  std::vector<std::string_view> names = BuiltinNamesWithPrefix(prefix);
  const size_t limit = names.size() + kMaxPastedNames;
  for (auto entry = table_.lower_bound(prefix); entry != table_.end() && entry->first.starts_with(prefix); ++entry) {
    if (names.size() == limit) break;
    names.push_back(entry->first);
  }
  return names;
}

MacroEnvironment RepositoryMacros::Resolve(std::string_view path, const TextScan& scan) const {
  return EnvironmentResolver(*this, path).Run(scan);
}

}  // namespace fanin::indexer
