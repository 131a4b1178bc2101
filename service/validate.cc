#include "service/validate.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string_view>

#include "retriever/query_parser.h"
#include "service/resource_name.h"

namespace fanin::service {
namespace {

constexpr uint32_t kMaxSearchPage = 1000;
constexpr uint32_t kMaxQueryPage = 10000;
constexpr uint32_t kMaxListPage = 1000;
constexpr uint32_t kMaxRepositories = 1000;
constexpr uint32_t kMaxRoots = 64;
constexpr uint32_t kMaxDepth = 64;
constexpr uint32_t kMaxNodes = 100'000;
constexpr uint32_t kMaxEdges = 1000;
constexpr uint32_t kMaxHierarchicalPaths = 1000;
constexpr uint32_t kMaxFlowLines = 10'000;
constexpr uint32_t kMaxFsms = 1000;
constexpr uint32_t kMaxNodeSourceLines = 10'000;
constexpr uint32_t kMaxSourceLines = 100'000;
constexpr uint32_t kMaxOverlays = 64;
constexpr uint64_t kMaxOverlayBytes = 8ULL << 20;
constexpr uint32_t kMaxFailing = 32;
constexpr uint32_t kMaxPassing = 256;
constexpr uint32_t kMaxSuspects = 2000;
constexpr uint64_t kMaxLogBytes = 1ULL << 20;
constexpr uint64_t kMaxWaveBytes = 64ULL << 20;
constexpr uint64_t kMaxDiffBytes = 4ULL << 20;

// Collects violations of one request.
class Checker {
 public:
  void Require(bool ok, std::string_view field, std::string description) {
    if (!ok) violations_.push_back({std::string(field), std::move(description)});
  }

  void AtMost(uint64_t value, uint64_t limit, std::string_view field) {
    Require(value <= limit, field, "must be at most " + std::to_string(limit) + ", is " + std::to_string(value));
  }

  void Size(uint64_t count, uint64_t limit, std::string_view field) {
    Require(count <= limit, field,
            "must have at most " + std::to_string(limit) + " entries, has " + std::to_string(count));
  }

  void NotEmpty(std::string_view value, std::string_view field) { Require(!value.empty(), field, "must not be empty"); }

  // Parts that a resource name may or must have after its repository.
  enum class Parts { kRepository, kRepositoryOrSnapshot, kNode, kJob };

  void Overlays(const google::protobuf::RepeatedPtrField<v1::Overlay>& overlays) {
    Size(static_cast<uint64_t>(overlays.size()), kMaxOverlays, "overlays");
    uint64_t bytes = 0;
    for (int i = 0; i < overlays.size(); ++i) {
      Path(overlays[i].path(), Element("overlays", i) + ".path");
      bytes += overlays[i].text().size();
    }
    Require(bytes <= kMaxOverlayBytes, "overlays",
            "must have at most " + std::to_string(kMaxOverlayBytes) + " bytes of text together");
  }

  void OverlaysOfOne(const google::protobuf::RepeatedPtrField<v1::Overlay>& overlays, int repositories) {
    Overlays(overlays);
    Require(overlays.empty() || repositories == 1, "repositories", "must be the one that the overlays are of");
  }

  void Name(std::string_view value, Parts parts, std::string_view field) {
    const base::Result<ResourceName> name = ResourceName::Parse(value);
    if (!name) return Require(false, field, name.error().message);
    const bool has_job = !name->job.empty();
    switch (parts) {
      case Parts::kRepository:
        return Require(!name->snapshot && !name->node && !has_job, field, "must be repositories/{repository}");
      case Parts::kRepositoryOrSnapshot:
        return Require(!name->node && !has_job, field, "must be repositories/{repository}[/snapshots/{snapshot}]");
      case Parts::kNode:
        return Require(name->node.has_value(), field,
                       "must be repositories/{repository}[/snapshots/{snapshot}]/nodes/{node}");
      case Parts::kJob: return Require(has_job, field, "must be repositories/{repository}/jobs/{job}");
    }
  }

  template <typename Names>
  void Repositories(const Names& names, std::string_view field) {
    Size(static_cast<uint64_t>(names.size()), kMaxRepositories, field);
    for (int i = 0; i < names.size(); ++i) Name(names[i], Parts::kRepositoryOrSnapshot, Element(field, i));
  }

  // A path within a repository.
  void Path(std::string_view path, std::string_view field) {
    NotEmpty(path, field);
    const std::filesystem::path parsed(path);
    Require(!parsed.is_absolute() && std::ranges::find(parsed, "..") == parsed.end(), field,
            "must be relative to the repository's root, without '..'");
  }

  void Options(const v1::IndexOptions& options, std::string_view field) {
    for (int i = 0; i < options.defines_size(); ++i) {
      const std::string& define = options.defines(i);
      const size_t name_end = std::min(define.find('='), define.size());
      Require(name_end > 0 && define.find_first_of(" \t\n") >= name_end, Element(std::string(field) + ".defines", i),
              "must be NAME or NAME=VALUE, is '" + define + "'");
    }
  }

  static std::string Element(std::string_view field, int index) {
    return std::string(field) + "[" + std::to_string(index) + "]";
  }

  Violations Take() && { return std::move(violations_); }

 private:
  Violations violations_;
};

using Parts = Checker::Parts;

Violations CheckName(std::string_view name, Parts parts) {
  Checker check;
  check.Name(name, parts, "name");
  return std::move(check).Take();
}

void CheckDebug(const v1::DebugTask& task, Checker& check) {
  check.Require(task.signals_size() + task.assertions_size() + task.logs_size() > 0, "debug",
                "one of signals, assertions and logs must say what fails");
  check.Size(static_cast<uint64_t>(task.signals_size()), kMaxFailing, "debug.signals");
  check.Size(static_cast<uint64_t>(task.assertions_size()), kMaxFailing, "debug.assertions");
  check.Size(static_cast<uint64_t>(task.passing_signals_size()), kMaxPassing, "debug.passing_signals");
  check.AtMost(task.max_suspects(), kMaxSuspects, "debug.max_suspects");
  if (task.has_waveform()) {
    const v1::Waveform& wave = task.waveform();
    check.Require(wave.source_case() != v1::Waveform::SOURCE_NOT_SET, "debug.waveform",
                  "one of content and server_path must be set");
    check.Require(wave.content().size() <= kMaxWaveBytes, "debug.waveform.content", "must have at most 64 MiB");
    check.Require(wave.server_path().empty() || std::filesystem::path(wave.server_path()).is_absolute(),
                  "debug.waveform.server_path", "must be absolute");
  }
  size_t log_bytes = 0;
  for (const std::string& log : task.logs()) log_bytes += log.size();
  check.Require(log_bytes <= kMaxLogBytes, "debug.logs", "must have at most 1 MiB together");
  check.Require(task.diff().size() <= kMaxDiffBytes, "debug.diff", "must have at most 4 MiB");
  check.Require(!task.revision_range().starts_with('-'), "debug.revision_range", "must not begin with '-'");
  for (const std::string& name : task.signals()) check.NotEmpty(name, "debug.signals");
  for (const std::string& name : task.assertions()) check.NotEmpty(name, "debug.assertions");
  for (const std::string& name : task.passing_signals()) check.NotEmpty(name, "debug.passing_signals");
}

}  // namespace

Violations Validate(const v1::SearchRequest& request) {
  Checker check;
  check.Repositories(request.repositories(), "repositories");
  // Also checks that it is neither empty nor too long.
  const base::Result<retriever::QueryPtr> query = retriever::ParseQuery(request.query());
  if (!query) check.Require(false, "query", query.error().message);
  check.AtMost(request.page_size(), kMaxSearchPage, "page_size");
  check.OverlaysOfOne(request.overlays(), request.repositories_size());
  return std::move(check).Take();
}

Violations Validate(const v1::QueryRequest& request) {
  Checker check;
  check.Repositories(request.repositories(), "repositories");
  check.NotEmpty(request.cypher(), "cypher");
  check.AtMost(request.page_size(), kMaxQueryPage, "page_size");
  check.OverlaysOfOne(request.overlays(), request.repositories_size());
  return std::move(check).Take();
}

Violations Validate(const v1::TraceRequest& request) {
  Checker check;
  check.Name(request.repository(), Parts::kRepositoryOrSnapshot, "repository");
  check.Require(request.signals_size() > 0, "signals", "must name one signal at least");
  check.Size(static_cast<uint64_t>(request.signals_size()), kMaxRoots, "signals");
  for (int i = 0; i < request.signals_size(); ++i) {
    check.NotEmpty(request.signals(i), Checker::Element("signals", i));
  }
  check.Require(request.direction() == v1::TRACE_DIRECTION_FANIN || request.direction() == v1::TRACE_DIRECTION_FANOUT,
                "direction", "must be TRACE_DIRECTION_FANIN or TRACE_DIRECTION_FANOUT");
  check.AtMost(request.max_depth(), kMaxDepth, "max_depth");
  check.AtMost(request.max_nodes(), kMaxNodes, "max_nodes");
  check.Size(static_cast<uint64_t>(request.stop().signals_size()), kMaxRoots, "stop.signals");
  check.Size(static_cast<uint64_t>(request.targets_size()), kMaxRoots, "targets");
  if (request.common()) {
    check.Require(request.signals_size() != 1, "signals", "must name two signals at least where common is set");
    check.Require(request.targets().empty(), "targets", "must be empty where common is set");
  }
  check.Overlays(request.overlays());
  return std::move(check).Take();
}

Violations Validate(const v1::GetHierarchyRequest& request) {
  Checker check;
  check.Name(request.repository(), Parts::kRepositoryOrSnapshot, "repository");
  check.AtMost(request.max_depth(), kMaxDepth, "max_depth");
  check.AtMost(request.max_instances(), kMaxNodes, "max_instances");
  check.Overlays(request.overlays());
  return std::move(check).Take();
}

Violations Validate(const v1::GetFsmsRequest& request) {
  Checker check;
  check.Name(request.repository(), Parts::kRepositoryOrSnapshot, "repository");
  check.AtMost(request.max_fsms(), kMaxFsms, "max_fsms");
  return std::move(check).Take();
}

Violations Validate(const v1::GetNodeRequest& request) {
  Checker check;
  switch (request.target_case()) {
    case v1::GetNodeRequest::kNode: check.Name(request.node(), Parts::kNode, "node"); break;
    case v1::GetNodeRequest::kQualifiedName: check.NotEmpty(request.qualified_name(), "qualified_name"); break;
    case v1::GetNodeRequest::kPosition:
      check.Path(request.position().path(), "position.path");
      check.Require(request.position().line() > 0, "position.line", "must be at least 1");
      break;
    case v1::GetNodeRequest::TARGET_NOT_SET:
      check.Require(false, "target", "one of node, qualified_name and position must be set");
      break;
  }
  if (request.target_case() != v1::GetNodeRequest::kNode || !request.repository().empty()) {
    check.Name(request.repository(), Parts::kRepositoryOrSnapshot, "repository");
  }
  check.AtMost(request.max_edges(), kMaxEdges, "max_edges");
  check.AtMost(request.max_source_lines(), kMaxNodeSourceLines, "max_source_lines");
  check.AtMost(request.max_hierarchical_paths(), kMaxHierarchicalPaths, "max_hierarchical_paths");
  check.AtMost(request.max_flow_lines(), kMaxFlowLines, "max_flow_lines");
  check.Overlays(request.overlays());
  return std::move(check).Take();
}

Violations Validate(const v1::GetSourceRequest& request) {
  Checker check;
  check.Name(request.repository(), Parts::kRepositoryOrSnapshot, "repository");
  check.Path(request.path(), "path");
  check.Require(request.end_line() == 0 || request.end_line() >= request.start_line(), "end_line",
                "must not be before start_line");
  check.AtMost(request.max_lines(), kMaxSourceLines, "max_lines");
  return std::move(check).Take();
}

Violations Validate(const v1::CompareSnapshotsRequest& request) {
  Checker check;
  check.Name(request.from(), Parts::kRepositoryOrSnapshot, "from");
  check.Name(request.to(), Parts::kRepositoryOrSnapshot, "to");
  const auto from = ResourceName::Parse(request.from());
  const auto to = ResourceName::Parse(request.to());
  check.Require(!from || !to || from->repository == to->repository, "to", "must be of the repository of from");
  check.AtMost(request.max_nodes(), kMaxNodes, "max_nodes");
  check.AtMost(request.max_edges(), kMaxNodes, "max_edges");
  return std::move(check).Take();
}

Violations Validate(const v1::AssembleContextRequest& request) {
  Checker check;
  check.Name(request.repository(), Parts::kRepositoryOrSnapshot, "repository");
  check.Repositories(request.further_repositories(), "further_repositories");
  check.Require(request.budget_tokens() > 0, "budget_tokens", "must be at least 1");
  check.Overlays(request.overlays());
  check.Require(request.task_case() != v1::AssembleContextRequest::TASK_NOT_SET, "task",
                "one of completion, debug and question must be set");
  if (request.has_completion()) {
    check.Path(request.completion().cursor().path(), "completion.cursor.path");
    check.Require(request.completion().cursor().line() > 0, "completion.cursor.line", "must be at least 1");
  }
  if (request.has_debug()) CheckDebug(request.debug(), check);
  if (request.has_question()) check.NotEmpty(request.question().text(), "question.text");
  check.Require(v1::PromptTemplate_IsValid(request.template_()), "template", "is no template that this server knows");
  return std::move(check).Take();
}

Violations Validate(const v1::CreateRepositoryRequest& request) {
  Checker check;
  check.Require(IsRepositoryId(request.repository_id()), "repository_id",
                "must be " + std::string(kRepositoryIdRule) + "; is '" + request.repository_id() + "'");
  check.Require(std::filesystem::path(request.repository().root()).is_absolute(), "repository.root",
                "must be an absolute path");
  check.Options(request.repository().options(), "repository.options");
  return std::move(check).Take();
}

Violations Validate(const v1::GetRepositoryRequest& request) { return CheckName(request.name(), Parts::kRepository); }

Violations Validate(const v1::ListRepositoriesRequest& request) {
  Checker check;
  check.AtMost(request.page_size(), kMaxListPage, "page_size");
  return std::move(check).Take();
}

Violations Validate(const v1::DeleteRepositoryRequest& request) {
  return CheckName(request.name(), Parts::kRepository);
}

Violations Validate(const v1::IndexRepositoryRequest& request) {
  Checker check;
  check.Name(request.name(), Parts::kRepository, "name");
  check.Options(request.options(), "options");
  return std::move(check).Take();
}

Violations Validate(const v1::GetJobRequest& request) { return CheckName(request.name(), Parts::kJob); }

Violations Validate(const v1::CancelJobRequest& request) { return CheckName(request.name(), Parts::kJob); }

Violations Validate(const v1::ListSnapshotsRequest& request) {
  Checker check;
  check.Name(request.parent(), Parts::kRepository, "parent");
  check.AtMost(request.page_size(), kMaxListPage, "page_size");
  return std::move(check).Take();
}

Violations Validate(const v1::ExportGraphRequest& request) {
  Checker check;
  check.Name(request.repository(), Parts::kRepositoryOrSnapshot, "repository");
  check.Require(request.format() == v1::GRAPH_FORMAT_GRAPHML || request.format() == v1::GRAPH_FORMAT_NEO4J_CSV,
                "format", "must be GRAPH_FORMAT_GRAPHML or GRAPH_FORMAT_NEO4J_CSV");
  return std::move(check).Take();
}

Violations Validate(const v1::ExportSnapshotRequest& request) {
  return CheckName(request.name(), Parts::kRepositoryOrSnapshot);
}

Violations Validate(const v1::ImportSnapshotRequest& request) {
  Checker check;
  if (!request.name().empty()) check.Name(request.name(), Parts::kRepository, "name");
  check.Require(request.root().empty() || std::filesystem::path(request.root()).is_absolute(), "root",
                "must be an absolute path");
  return std::move(check).Take();
}

Violations Validate(const v1::GetStatusRequest&) { return {}; }

Violations Validate(const v1::CheckDataRequest&) { return {}; }

base::Status ToStatus(const Violations& violations) {
  if (violations.empty()) return {};
  std::string message;
  for (const FieldViolation& violation : violations) {
    if (!message.empty()) message += "; ";
    message += violation.field + ": " + violation.description;
  }
  return base::Fail(base::Code::kInvalidArgument, std::move(message));
}

}  // namespace fanin::service
