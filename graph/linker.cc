#include "graph/linker.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "base/work_queue.h"
#include "graph/linker_file.h"
#include "graph/linker_index.h"
#include "graph/linker_resolver.h"
#include "graph/linker_symbols.h"

namespace fanin::graph {
namespace {

using linker::FileLinker;
using linker::FileSymbols;
using linker::LinkedFile;
using linker::SymbolIndex;

// Calls use(i, shard) for the shards of some inputs, given by number, in parallel. The first error in their order wins.
template <typename Use>
base::Status ForEachShard(const std::vector<const LinkInput*>& inputs, std::span<const uint32_t> numbers,
                          size_t threads, const Use& use) {
  std::vector<base::Status> statuses(numbers.size());
  base::ParallelFor(numbers.size(), threads, [&](size_t, size_t i) {
    const LinkInput& input = *inputs[numbers[i]];
    base::Result<std::shared_ptr<const Shard>> shard = input.shard();
    if (!shard.has_value()) {
      statuses[i] = std::unexpected(shard.error().Annotate(input.path));
    } else {
      use(numbers[i], **shard);
    }
  });
  for (base::Status& status : statuses) FANIN_RETURN_IF_ERROR(std::move(status));
  return {};
}

void FindBaseScopes(SymbolIndex& index, size_t threads) {
  base::ParallelFor(index.file_count(), threads, [&](size_t, size_t i) {
    const auto file = static_cast<uint32_t>(i);
    const linker::Resolver resolver(index, file, /*inherit=*/false);
    std::vector<linker::ScopeRef> scopes;
    for (const linker::Base& base : index.symbols(file).bases) scopes.push_back(resolver.BaseScope(base));
    index.set_base_scopes(file, std::move(scopes));
  });
}

// Most frequent first; ties by kind of look-up, then name.
std::vector<Unresolved> Summarise(const std::vector<LinkedFile>& files) {
  std::map<std::pair<LookUp, std::string_view>, uint32_t> counts;
  for (const LinkedFile& file : files) {
    for (const Unresolved& item : file.unresolved) counts[{item.look_up, item.name}] += item.count;
  }
  std::vector<Unresolved> summary;
  for (const auto& [key, count] : counts) summary.push_back({key.first, std::string(key.second), count});
  std::ranges::stable_sort(summary, std::greater<>(), &Unresolved::count);
  return summary;
}

}  // namespace

// All that one call leaves for the next. A file's number is its place in the order of paths.
struct Linker::State {
  std::vector<std::string> paths;
  std::vector<base::Digest> keys;
  std::unique_ptr<SymbolIndex> index;  // views `paths`
  std::vector<LinkedFile> linked;      // without the link sets

  // The file of the input's path, if its shard is the input's; else kNone.
  uint32_t Find(const LinkInput& input) const {
    const auto path = std::ranges::lower_bound(paths, input.path);
    if (path == paths.end() || *path != input.path) return linker::kNone;
    const auto file = static_cast<uint32_t>(path - paths.begin());
    return keys[file] == input.key ? file : linker::kNone;
  }
};

Linker::Linker(std::string repository) : repository_(std::move(repository)) {}
Linker::~Linker() = default;

namespace {

// Of each file's classes the scopes that they extend, whatever those are numbered.
std::vector<std::pair<uint32_t, uint64_t>> BasesOf(const SymbolIndex& index) {
  std::vector<std::pair<uint32_t, uint64_t>> bases;
  for (uint32_t file = 0; file < index.file_count(); ++file) {
    for (const linker::ScopeRef& base : index.bindings(file).base_scopes) {
      const bool known = base.file != linker::kNone && base.scope != linker::kUnitScope;
      const FileSymbols* symbols = known ? &index.symbols(base.file) : nullptr;
      bases.emplace_back(base.file, known ? symbols->symbols[symbols->scopes[base.scope].symbol].local_id : 0);
    }
  }
  return bases;
}

// Names that the changed files touch; nullopt: all files may have other links.
std::optional<std::unordered_set<linker::NameHash>> NamesTouched(const SymbolIndex& before,
                                                                 const std::vector<uint32_t>& changed,
                                                                 const std::vector<FileSymbols>& symbols) {
  std::unordered_set<linker::NameHash> touched;
  for (const uint32_t file : changed) {
    const auto names = linker::NamesTouched(before.symbols(file), symbols[file]);
    if (!names) return std::nullopt;
    touched.insert(names->begin(), names->end());
  }
  // Where something is bound is found by the name of what it is bound into, which nobody looks up.
  for (uint32_t file = 0; file < before.file_count(); ++file) {
    for (const linker::Use& use : before.symbols(file).uses) {
      if (use.bind_target != 0 && touched.contains(use.bind_target)) return std::nullopt;
    }
  }
  return touched;
}

}  // namespace

base::Result<LinkResult> Linker::Link(std::span<const LinkInput> files, size_t threads) {
  const auto path_of = [](const LinkInput* input) -> const std::string& { return input->path; };
  std::vector<const LinkInput*> inputs;
  for (const LinkInput& file : files) inputs.push_back(&file);
  std::ranges::sort(inputs, {}, path_of);
  FANIN_CHECK(std::ranges::adjacent_find(inputs, {}, path_of) == inputs.end());

  std::unique_ptr<State> state = std::move(state_);  // null after an error
  std::vector<uint32_t> known, changed, all;         // known: the old number of each input
  for (uint32_t i = 0; i < inputs.size(); ++i) {
    all.push_back(i);
    known.push_back(state == nullptr ? linker::kNone : state->Find(*inputs[i]));
    if (known.back() == linker::kNone) changed.push_back(i);
  }
  std::vector<FileSymbols> symbols(inputs.size());
  FANIN_RETURN_IF_ERROR(ForEachShard(
      inputs, changed, threads, [&](uint32_t i, const Shard& shard) { symbols[i] = linker::CollectSymbols(shard); }));

  std::vector<uint32_t> to_link = all;
  const bool same_paths = state != nullptr && std::ranges::equal(inputs, state->paths, {}, path_of);
  const bool only_bodies = same_paths && std::ranges::all_of(changed, [&](uint32_t i) {
                             return linker::SameForOthers(state->index->symbols(i), symbols[i]);
                           });
  if (only_bodies) {
    for (const uint32_t i : changed) state->index->ReplaceSymbols(i, std::move(symbols[i]));
    to_link = changed;
  } else {
    std::optional<std::unordered_set<linker::NameHash>> touched;
    if (same_paths) touched = NamesTouched(*state->index, changed, symbols);
    const auto bases = touched ? BasesOf(*state->index) : std::vector<std::pair<uint32_t, uint64_t>>();
    std::vector<LinkedFile> linked(inputs.size());
    if (state != nullptr) {
      if (same_paths) linked = std::move(state->linked);
      std::vector<FileSymbols> old = std::move(*state->index).TakeSymbols();
      for (const uint32_t i : all) {
        if (known[i] != linker::kNone) symbols[i] = std::move(old[known[i]]);
      }
    }
    state = std::make_unique<State>();
    for (const LinkInput* input : inputs) state->paths.push_back(input->path);
    state->keys.resize(inputs.size());
    state->linked = std::move(linked);
    state->index = std::make_unique<SymbolIndex>(
        repository_, std::vector<std::string_view>(state->paths.begin(), state->paths.end()), std::move(symbols),
        threads);
    FindBaseScopes(*state->index, threads);
    if (touched && BasesOf(*state->index) == bases) {
      std::erase_if(to_link, [&](uint32_t i) {
        return !std::ranges::binary_search(changed, i) &&
               std::ranges::none_of(state->linked[i].asked, [&](auto name) { return touched->contains(name); });
      });
    }
  }
  for (const uint32_t i : all) state->keys[i] = inputs[i]->key;

  LinkResult result;
  result.link_sets.resize(files.size());
  FANIN_RETURN_IF_ERROR(ForEachShard(inputs, to_link, threads, [&](uint32_t i, const Shard& shard) {
    state->linked[i] = FileLinker(*state->index, i, shard).Run();
    result.link_sets[static_cast<size_t>(inputs[i] - files.data())] = std::move(state->linked[i].link_set);
  }));
  result.unresolved = Summarise(state->linked);
  for (const LinkedFile& file : state->linked) {
    result.references += file.references;
    result.resolved += file.resolved;
    result.dropped += file.dropped;
  }
  state_ = std::move(state);
  return result;
}

base::Result<LinkResult> LinkRepository(std::string_view repository, std::span<const LinkInput> files, size_t threads) {
  return Linker(std::string(repository)).Link(files, threads);
}

}  // namespace fanin::graph
