#include "service/design_job.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/confinement.h"
#include "graph/elaborated.h"
#include "indexer/design_sources.h"
#include "indexer/elaborator.h"
#include "service/utf8.h"

namespace fanin::service {
namespace {

constexpr uint64_t kMaxDesignFileBytes = 1 << 20;

// Whether an error says that the design is wrong, rather than that the work could not be done.
bool IsOfDesign(const base::Error& error) {
  return error.code == base::Code::kNotFound || error.code == base::Code::kInvalidArgument ||
         error.code == base::Code::kInternal;
}

// Definitions by name: with facts in all their specialisations, and the others.
struct Coverage {
  std::set<std::string> elaborated;
  std::set<std::string> left;
};

Coverage CoverageOf(const graph::Design& design) {
  Coverage coverage;
  for (const graph::DesignDefinition& definition : design.definitions) {
    if (definition.node == graph::NodeId{}) continue;
    (definition.elaborated() ? coverage.elaborated : coverage.left).insert(definition.name);
  }
  for (const graph::DesignProblem& problem : design.problems) {
    if (!problem.definition.empty()) coverage.left.insert(problem.definition);
  }
  for (const std::string& name : coverage.left) coverage.elaborated.erase(name);
  return coverage;
}

base::Result<graph::DesignEntry> Store(graph::GraphStore& store, const base::Digest& inputs,
                                       indexer::ElaborationResult result) {
  graph::DesignEntry entry;
  entry.name = result.design.name;
  entry.inputs = inputs;
  const Coverage coverage = CoverageOf(result.design);
  entry.elaborated = static_cast<uint32_t>(coverage.elaborated.size());
  entry.left = static_cast<uint32_t>(coverage.left.size());
  for (const graph::Blob& blob : result.facts) entry.facts.push_back(blob.digest);
  std::ranges::sort(entry.facts);
  FANIN_RETURN_IF_ERROR(store.PutBlobs(graph::BlobKind::kElaborated, std::move(result.facts)));
  std::string record = graph::EncodeDesign(result.design);
  entry.record = base::DigestOf(record);
  FANIN_RETURN_IF_ERROR(store.PutBlobs(graph::BlobKind::kDesign, {{entry.record, std::move(record)}}));
  return entry;
}

base::Result<graph::DesignEntry> StoreFailure(graph::GraphStore& store, const indexer::DesignSpec& spec,
                                              const base::Error& error) {
  indexer::ElaborationResult result;
  result.design.name = spec.name;
  result.design.problems.push_back({"", "", 0, error.message});
  return Store(store, base::Digest{}, std::move(result));
}

}  // namespace

base::Result<std::vector<indexer::DesignSpec>> FindDesignSpecs(const std::string& root, const v1::IndexOptions& options,
                                                               std::vector<std::string>& warnings) {
  std::vector<indexer::DesignSpec> specs;
  const auto text = base::ReadFileBelow(root, indexer::kDesignFile, kMaxDesignFileBytes);
  if (text || text.error().code != base::Code::kNotFound) {
    auto designs = text ? indexer::ParseDesigns(*text) : std::unexpected(text.error());
    if (designs) {
      specs = *std::move(designs);
    } else {
      warnings.push_back(designs.error().message + "; none of its designs is elaborated");
    }
  }
  for (const std::string& top : options.tops()) {
    if (std::ranges::find(specs, top, &indexer::DesignSpec::name) != specs.end()) continue;
    indexer::DesignSpec spec = indexer::DiscoveredDesign(top);
    spec.file_lists.assign(options.file_lists().begin(), options.file_lists().end());
    spec.include_dirs.assign(options.include_dirs().begin(), options.include_dirs().end());
    spec.defines.assign(options.defines().begin(), options.defines().end());
    spec.discover = spec.file_lists.empty();
    spec.outside_lists = true;
    specs.push_back(std::move(spec));
  }
  return specs;
}

base::Result<graph::DesignEntry> ElaborateDesign(graph::GraphStore& store, const graph::Snapshot& snapshot,
                                                 const std::string& root, const indexer::DesignSpec& spec,
                                                 bool confined, const graph::DesignEntry* before,
                                                 const std::function<bool()>& cancelled) {
  const indexer::ElaborationLimits limits;
  const indexer::FileListRules rules{.outside = spec.outside_lists && !confined, .environment = !confined};
  const auto sources = indexer::FindDesignSources(snapshot, root, spec, rules);
  if (!sources) {
    if (!IsOfDesign(sources.error())) return std::unexpected(sources.error());
    return StoreFailure(store, spec, sources.error());
  }
  FANIN_ASSIGN_OR_RETURN(const base::Digest inputs, indexer::DesignInputs(snapshot, spec, *sources, limits));
  if (before != nullptr && before->inputs == inputs) return *before;
  auto result = indexer::Elaborate(snapshot, spec, *sources, limits, cancelled);
  if (!result) {
    if (!IsOfDesign(result.error())) return std::unexpected(result.error());
    return StoreFailure(store, spec, result.error());
  }
  return Store(store, inputs, *std::move(result));
}

base::Status DescribeDesigns(graph::GraphStore& store, const graph::Manifest& manifest,
                             google::protobuf::RepeatedPtrField<v1::Design>& designs) {
  for (const graph::DesignEntry& entry : manifest.designs) {
    FANIN_ASSIGN_OR_RETURN(const auto records, store.GetBlobs(graph::BlobKind::kDesign, {&entry.record, 1}));
    if (!records.front()) {
      return base::Fail(base::Code::kDataLoss, "design " + entry.name + " is missing from the store; index again");
    }
    FANIN_ASSIGN_OR_RETURN(const graph::Design design, graph::DecodeDesign(*records.front()));
    v1::Design& out = *designs.Add();
    out.set_name(ToUtf8(design.name));
    out.set_files(design.file_count);
    out.set_specialised_definitions(static_cast<uint32_t>(std::ranges::count_if(
        design.definitions, [](const graph::DesignDefinition& one) { return one.node != graph::NodeId{}; })));
    uint64_t instances = 0;
    for (const graph::DesignDefinition& definition : design.definitions) instances += definition.instance_count;
    out.set_instances(instances);
    for (const std::string& name : CoverageOf(design).elaborated) out.add_elaborated(ToUtf8(name));
    for (const graph::DesignProblem& problem : design.problems) {
      v1::DesignProblem& item = *out.add_problems();
      item.set_definition(ToUtf8(problem.definition));
      item.set_path(ToUtf8(problem.path));
      item.set_line(problem.line);
      item.set_reason(ToUtf8(problem.reason));
    }
    for (const std::string& name : design.unknown) out.add_unknown(ToUtf8(name));
  }
  return {};
}

}  // namespace fanin::service
