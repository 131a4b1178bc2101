#include "graph/linker_index.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/digest.h"
#include "base/work_queue.h"
#include "graph/linker.h"

namespace fanin::graph::linker {
namespace {

// Entries of one name that are weighed, around the referring file in path order.
constexpr size_t kWindow = 4 * kMaxCandidates;
// Limits of what one file's include directives reach; real files stay far below.
constexpr size_t kMaxVisitedIncludes = 16384;
constexpr size_t kMaxIncludedFiles = 4096;
constexpr size_t kMaxIncludedFilesPerScope = 256;
// Scopes that include a file whose declarations are considered when it is read on its own.
constexpr size_t kMaxIncluders = 8;
// Instances of a definition that are considered for names looked up outward of it.
constexpr size_t kMaxUsers = 8;

std::string_view FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view BaseNameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// A candidate with its distance, to be ranked.
struct Ranked {
  uint32_t distance = 0;
  Target target;
  friend auto operator<=>(const Ranked&, const Ranked&) = default;
};

// The nearest kMaxCandidates, weighted; `dropped` more exist that are no nearer.
Candidates Weigh(std::vector<Ranked> ranked, size_t dropped, float certainty) {
  std::ranges::sort(ranked);
  if (ranked.size() > kMaxCandidates) {
    dropped += ranked.size() - kMaxCandidates;
    ranked.resize(kMaxCandidates);
  }
  Candidates candidates;
  candidates.reserve(ranked.size());
  float sum = 0;
  for (const Ranked& item : ranked) {
    const int steps = static_cast<int>(std::min<uint32_t>(item.distance - ranked.front().distance, 30));
    const float weight = std::ldexp(1.0F, -steps);
    candidates.push_back({item.target, weight});
    sum += weight;
  }
  if (candidates.empty()) return candidates;
  sum += static_cast<float>(dropped) * candidates.back().confidence;
  for (Candidate& candidate : candidates) candidate.confidence *= certainty / sum;
  return candidates;
}

std::span<const NameTable::Entry> InFile(std::span<const NameTable::Entry> entries, uint32_t file) {
  const auto found = std::ranges::equal_range(entries, file, {}, &NameTable::Entry::file);
  return {found.begin(), found.end()};
}

// At most kWindow entries around where the file would stand.
std::span<const NameTable::Entry> Around(std::span<const NameTable::Entry> entries, uint32_t file) {
  if (entries.size() <= kWindow) return entries;
  const auto at =
      static_cast<size_t>(std::ranges::lower_bound(entries, file, {}, &NameTable::Entry::file) - entries.begin());
  const size_t begin = std::min(at - std::min(at, kWindow / 2), entries.size() - kWindow);
  return entries.subspan(begin, kWindow);
}

}  // namespace

float SumOf(const Candidates& candidates) {
  float sum = 0;
  for (const Candidate& candidate : candidates) sum += candidate.confidence;
  return sum;
}

void Normalise(Candidates& candidates, float total) {
  if (candidates.empty()) return;
  std::ranges::sort(candidates, {}, &Candidate::target);
  size_t kept = 0;
  for (size_t i = 1; i < candidates.size(); ++i) {
    if (candidates[i].target == candidates[kept].target) {
      candidates[kept].confidence += candidates[i].confidence;
    } else {
      candidates[++kept] = candidates[i];
    }
  }
  candidates.resize(kept + 1);
  const float sum = SumOf(candidates);
  if (!(sum > 0)) return candidates.clear();  // beyond belief: shares of shares of very many candidates
  const float scale = total / sum;
  for (Candidate& candidate : candidates) candidate.confidence = std::min(1.0F, candidate.confidence * scale);
  std::ranges::sort(candidates, {}, [](const Candidate& c) { return std::tuple(-c.confidence, c.target); });
  if (candidates.size() > kMaxCandidates) candidates.resize(kMaxCandidates);
}

void NameTable::Sort() {
  std::ranges::sort(entries_, {}, [](const Entry& e) { return std::tuple(e.name, e.file, e.symbol); });
  entries_.shrink_to_fit();
}

std::span<const NameTable::Entry> NameTable::Find(NameHash name) const {
  const auto found = std::ranges::equal_range(entries_, name, {}, &Entry::name);
  return {found.begin(), found.end()};
}

Folders::Folders(std::span<const std::string_view> paths) : folders_(1) {
  std::unordered_map<std::string_view, uint32_t> numbers{{"", 0}};
  folder_of_file_.reserve(paths.size());
  for (std::string_view path : paths) {
    const std::string_view folder = FolderOf(path);
    uint32_t number = 0;
    for (size_t end = 0; end != folder.size();) {
      end = std::min(folder.find('/', end + 1), folder.size());
      auto [entry, added] = numbers.try_emplace(folder.substr(0, end), static_cast<uint32_t>(folders_.size()));
      if (added) folders_.push_back({number, folders_[number].depth + 1});
      number = entry->second;
    }
    folder_of_file_.push_back(number);
  }
}

uint32_t Folders::Distance(uint32_t a, uint32_t b) const {
  uint32_t steps = 0;
  a = folder_of_file_[a];
  b = folder_of_file_[b];
  for (; a != b; ++steps) {
    uint32_t& deeper = folders_[a].depth >= folders_[b].depth ? a : b;
    deeper = folders_[deeper].parent;
  }
  return steps;
}

std::span<const uint32_t> FileBindings::IncludedBy(uint32_t scope) const {
  const auto found = std::ranges::lower_bound(scope_files, scope, {}, &ScopeFiles::scope);
  if (found == scope_files.end() || found->scope != scope) return {};
  return std::span(included_files).subspan(found->files.begin, found->files.size());
}

SymbolIndex::SymbolIndex(std::string_view repository, std::vector<std::string_view> paths,
                         std::vector<FileSymbols> files, size_t threads)
    : paths_(std::move(paths)), files_(std::move(files)), bindings_(files_.size()), folders_(paths_) {
  for (std::string_view path : paths_) file_keys_.push_back(FileKey(repository, path));
  FillTables();
  auto for_each_file = [&](void (SymbolIndex::*step)(uint32_t)) {
    base::ParallelFor(files_.size(), threads, [&](size_t, size_t file) { (this->*step)(static_cast<uint32_t>(file)); });
  };
  for_each_file(&SymbolIndex::BindIncludes);
  for_each_file(&SymbolIndex::CloseIncludes);
  FindIncluders();
  for_each_file(&SymbolIndex::BindImports);
}

NodeId SymbolIndex::IdOf(Target target) const {
  const uint64_t local = target.symbol == kNone ? files_[target.file].root_local_id : SymbolOf(target).local_id;
  return {file_keys_[target.file], local};
}

void SymbolIndex::FillTables() {
  for (uint32_t file = 0; file < files_.size(); ++file) {
    file_names_.Add(HashName(BaseNameOf(paths_[file])), file, kNone);
    for (uint32_t i = 0; i < files_[file].uses.size(); ++i) uses_.Add(files_[file].uses[i].definition, file, i);
    const std::vector<Symbol>& symbols = files_[file].symbols;
    for (uint32_t i = 0; i < symbols.size(); ++i) {
      const Symbol& symbol = symbols[i];
      if (IsDefinition(symbol.kind)) {
        designs_.Add(symbol.name, file, i);
      } else if (symbol.kind == NodeKind::kPackage) {
        packages_.Add(symbol.name, file, i);
      } else if (symbol.kind == NodeKind::kMacro) {
        macros_.Add(symbol.name, file, i);
      } else {
        if (symbol.kind == NodeKind::kClass) classes_.Add(symbol.name, file, i);
        if (symbol.scope == kUnitScope) unit_items_.Add(symbol.name, file, i);
      }
    }
  }
  for (NameTable* table : {&designs_, &classes_, &packages_, &macros_, &unit_items_, &file_names_, &uses_}) {
    table->Sort();
  }
}

Candidates SymbolIndex::Nearest(std::span<const NameTable::Entry> entries, uint32_t from_file, KindMask accepted,
                                float certainty) const {
  auto rank = [&](std::span<const NameTable::Entry> some) {
    std::vector<Ranked> ranked;
    for (const NameTable::Entry& entry : some) {
      const Target target{entry.file, entry.symbol};
      if (!Accepts(accepted, SymbolOf(target).kind)) continue;
      ranked.push_back({folders_.Distance(from_file, entry.file), target});
    }
    return ranked;
  };
  std::vector<Ranked> own = rank(Around(InFile(entries, from_file), from_file));
  if (!own.empty()) return Weigh(std::move(own), 0, 1.0F);
  const std::span<const NameTable::Entry> around = Around(entries, from_file);
  return Weigh(rank(around), entries.size() - around.size(), certainty);
}

std::vector<ScopeRef> SymbolIndex::UsersOf(NameHash definition, uint32_t from_file) const {
  std::vector<Ranked> ranked;
  for (const NameTable::Entry& entry : Around(uses_.Find(definition), from_file)) {
    ranked.push_back({folders_.Distance(from_file, entry.file), {entry.file, entry.symbol}});
  }
  std::ranges::sort(ranked);
  std::vector<ScopeRef> users;
  for (const Ranked& item : ranked) {
    const Use& use = files_[item.target.file].uses[item.target.symbol];
    ScopeRef user{item.target.file, use.scope};
    if (use.bind_target != 0) {
      const Candidates targets = Nearest(designs_.Find(use.bind_target), item.target.file, kAnyKind);
      if (targets.empty()) continue;
      user = {targets.front().target.file, SymbolOf(targets.front().target).opens};
    }
    if (user.scope != kNone && std::ranges::find(users, user) == users.end()) users.push_back(user);
    if (users.size() == kMaxUsers) break;
  }
  return users;
}

Candidates SymbolIndex::IncludedFile(std::string_view text, uint32_t from_file) const {
  const size_t begin = text.find_first_not_of("\"<");
  const size_t end = text.find_last_not_of("\">");
  if (begin == std::string_view::npos || end == std::string_view::npos || begin > end) return {};
  const std::filesystem::path wanted(text.substr(begin, end - begin + 1));

  const std::filesystem::path folder(FolderOf(paths_[from_file]));
  const std::string beside = (folder / wanted).lexically_normal().generic_string();
  const auto exact = std::ranges::lower_bound(paths_, std::string_view(beside));
  if (exact != paths_.end() && *exact == beside) {
    return {{{static_cast<uint32_t>(exact - paths_.begin()), kNone}, 1.0F}};
  }

  std::string suffix = wanted.lexically_normal().generic_string();
  while (suffix.starts_with("../")) suffix.erase(0, 3);
  if (suffix.starts_with('/')) suffix.erase(0, 1);
  const std::span<const NameTable::Entry> entries = file_names_.Find(HashName(BaseNameOf(suffix)));
  const std::span<const NameTable::Entry> around = Around(entries, from_file);
  std::vector<Ranked> ranked;
  for (const NameTable::Entry& entry : around) {
    const std::string_view path = paths_[entry.file];
    const bool matches =
        path.ends_with(suffix) && (path.size() == suffix.size() || path[path.size() - suffix.size() - 1] == '/');
    if (matches) ranked.push_back({folders_.Distance(from_file, entry.file), {entry.file, kNone}});
  }
  return Weigh(std::move(ranked), entries.size() - around.size(), 1.0F);
}

void SymbolIndex::BindIncludes(uint32_t file) {
  for (const Include& include : files_[file].includes) {
    const Candidates found = IncludedFile(include.text, file);
    bindings_[file].include_files.push_back(found.empty() ? kNone : found.front().target.file);
  }
}

void SymbolIndex::CloseIncludes(uint32_t file) {
  FileBindings& bindings = bindings_[file];
  const std::vector<Include>& includes = files_[file].includes;
  size_t visits = 0;
  for (size_t i = 0; i < includes.size();) {
    const uint32_t scope = includes[i].scope;
    std::vector<uint32_t> queue;
    std::unordered_set<uint32_t> seen{kNone, file};
    auto push = [&](uint32_t included) {
      if (visits < kMaxVisitedIncludes && seen.insert(included).second) {
        queue.push_back(included);
        ++visits;
      }
    };
    for (; i < includes.size() && includes[i].scope == scope; ++i) push(bindings.include_files[i]);
    const auto begin = static_cast<uint32_t>(bindings.included_files.size());
    for (size_t next = 0; next < queue.size(); ++next) {
      const FileSymbols& included = files_[queue[next]];
      if (included.scopes[kUnitScope].members.size() > 0 && bindings.included_files.size() < kMaxIncludedFiles &&
          bindings.included_files.size() - begin < kMaxIncludedFilesPerScope) {
        bindings.included_files.push_back(queue[next]);
      }
      for (size_t k = 0; k < included.includes.size() && included.includes[k].scope == kUnitScope; ++k) {
        push(bindings_[queue[next]].include_files[k]);
      }
    }
    bindings.scope_files.push_back({scope, {begin, static_cast<uint32_t>(bindings.included_files.size())}});
    bindings.all_included.insert(bindings.all_included.end(), queue.begin(), queue.end());
  }
  std::ranges::sort(bindings.all_included);
  const auto duplicates = std::ranges::unique(bindings.all_included);
  bindings.all_included.erase(duplicates.begin(), duplicates.end());
}

void SymbolIndex::FindIncluders() {
  std::vector<std::vector<ScopeRef>> direct(files_.size());
  for (uint32_t file = 0; file < files_.size(); ++file) {
    const std::vector<uint32_t>& targets = bindings_[file].include_files;
    for (size_t i = 0; i < targets.size(); ++i) {
      if (targets[i] != kNone && targets[i] != file)
        direct[targets[i]].push_back({file, files_[file].includes[i].scope});
    }
  }
  for (uint32_t file = 0; file < files_.size(); ++file) {
    auto nearness = [&](const ScopeRef& from) {
      return std::tuple(folders_.Distance(file, from.file), from.file, from.scope);
    };
    std::vector<ScopeRef>& from = direct[file];
    const size_t kept = std::min(from.size(), kMaxIncluders);
    std::ranges::partial_sort(from, from.begin() + static_cast<ptrdiff_t>(kept), {}, nearness);
    from.resize(kept);
  }
  for (uint32_t file = 0; file < files_.size(); ++file) {
    std::vector<FileBindings::Includer>& includers = bindings_[file].includers;
    std::unordered_set<uint32_t> seen{file};
    auto add = [&](uint32_t included, uint32_t level) {
      for (const ScopeRef& from : direct[included]) {
        if (includers.size() < kMaxIncluders && seen.insert(from.file).second) includers.push_back({from, level});
      }
    };
    add(file, 1);
    for (size_t i = 0; i < includers.size(); ++i) {
      // What includes a package's or module's file sees that definition, not what stands inside of it.
      if (includers[i].where.scope == kUnitScope) add(includers[i].where.file, includers[i].level + 1);
    }
  }
}

void SymbolIndex::BindImports(uint32_t file) {
  for (const Import& import : files_[file].imports) {
    bindings_[file].import_packages.push_back(Nearest(packages_.Find(import.package), file, kAnyKind));
  }
}

}  // namespace fanin::graph::linker
