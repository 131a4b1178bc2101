#include "graph/linker.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
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

// Calls use(i, shard) for the shard of every input, in parallel. The first error in order of the inputs wins.
template <typename Use>
base::Status ForEachShard(const std::vector<const LinkInput*>& inputs, size_t threads, const Use& use) {
  std::vector<base::Status> statuses(inputs.size());
  base::ParallelFor(inputs.size(), threads, [&](size_t, size_t i) {
    base::Result<std::shared_ptr<const Shard>> shard = inputs[i]->shard();
    if (!shard.has_value()) {
      statuses[i] = std::unexpected(shard.error().Annotate(inputs[i]->path));
    } else {
      use(static_cast<uint32_t>(i), **shard);
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

base::Result<LinkResult> LinkRepository(std::string_view repository, std::span<const LinkInput> files, size_t threads) {
  // Within the linker a file's number is its place in the order of paths.
  std::vector<const LinkInput*> inputs;
  for (const LinkInput& file : files) inputs.push_back(&file);
  std::ranges::sort(inputs, {}, [](const LinkInput* input) -> const std::string& { return input->path; });
  std::vector<std::string_view> paths;
  for (const LinkInput* input : inputs) paths.push_back(input->path);
  FANIN_CHECK(std::ranges::adjacent_find(paths) == paths.end());

  std::vector<FileSymbols> symbols(inputs.size());
  FANIN_RETURN_IF_ERROR(ForEachShard(
      inputs, threads, [&](uint32_t i, const Shard& shard) { symbols[i] = linker::CollectSymbols(shard); }));
  SymbolIndex index(repository, std::move(paths), std::move(symbols), threads);
  FindBaseScopes(index, threads);

  std::vector<LinkedFile> linked(inputs.size());
  FANIN_RETURN_IF_ERROR(ForEachShard(
      inputs, threads, [&](uint32_t i, const Shard& shard) { linked[i] = FileLinker(index, i, shard).Run(); }));

  LinkResult result;
  result.unresolved = Summarise(linked);
  result.link_sets.resize(files.size());
  for (size_t i = 0; i < linked.size(); ++i) {
    result.references += linked[i].references;
    result.resolved += linked[i].resolved;
    result.dropped += linked[i].dropped;
    result.link_sets[static_cast<size_t>(inputs[i] - files.data())] = std::move(linked[i].link_set);
  }
  return result;
}

}  // namespace fanin::graph
