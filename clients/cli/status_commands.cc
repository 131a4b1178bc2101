// fanin status, fanin doctor, fanin repo
#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/design_text.h"
#include "clients/cli/option_text.h"
#include "clients/cli/parse_problem_text.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"
#include "service/data_repair.h"
#include "service/pending_jobs.h"
#include "service/resource_name.h"

namespace fanin::cli {
namespace {

std::string StateText(v1::Repository::State state, const Style& style) {
  switch (state) {
    case v1::Repository::STATE_EMPTY: return style.Yellow("empty");
    case v1::Repository::STATE_READY: return style.Green("ready");
    case v1::Repository::STATE_DEGRADED: return style.Yellow("degraded");
    default: return "unknown";
  }
}

void PrintRepository(const v1::Repository& repository, const Style& style) {
  std::cout << style.Bold(RepositoryIdOf(repository.name())) << "  " << StateText(repository.state(), style) << "  "
            << repository.root() << '\n';
  if (repository.has_latest_snapshot()) {
    const v1::Snapshot& snapshot = repository.latest_snapshot();
    std::cout << "  snapshot " << snapshot.name().substr(snapshot.name().rfind('/') + 1)
              << (snapshot.revision().empty() ? "" : " of " + snapshot.revision()) << ": "
              << Count(snapshot.files(), "file") << ", " << Count(snapshot.lines(), "line") << ", "
              << Count(snapshot.nodes(), "node") << ", " << Count(snapshot.chunks(), "passage") << ", "
              << FormatDecimal(repository.semantic_coverage() * 100, 0) << " % with embeddings\n";
    PrintParseProblems(repository.parse_problems(), snapshot.files_with_errors(), style);
    for (const v1::LostFile& lost : snapshot.lost_files()) {
      std::cout << "  " << style.Yellow("not indexed") << ": " << lost.path() << ": " << lost.reason() << '\n';
    }
  }
  PrintDesigns(repository.designs(), style);
  if (!repository.current_job().empty()) std::cout << "  being indexed by " << repository.current_job() << '\n';
  for (const std::string& warning : repository.warnings()) {
    std::cout << "  " << style.Yellow("warning") << ": " << warning << '\n';
  }
}

// Jobs that wait, run or went wrong; the others' work is in the snapshots.
void PrintJob(const v1::Job& job, const Style& style) {
  const std::string of = RepositoryIdOf(job.name());
  if (job.state() == v1::Job::STATE_QUEUED) {
    std::cout << style.Dim("job") << "  " << of << ": waits for its turn\n";
  } else if (job.state() == v1::Job::STATE_RUNNING) {
    std::string phase = v1::IndexProgress::Phase_Name(job.progress().phase());
    phase = phase.substr(phase.find('_') + 1);
    std::ranges::transform(phase, phase.begin(), [](unsigned char c) { return std::tolower(c); });
    std::cout << style.Dim("job") << "  " << of << ": runs, " << phase << ' ' << WithCommas(job.progress().done())
              << '/' << WithCommas(job.progress().total()) << '\n';
  } else if (job.state() == v1::Job::STATE_FAILED) {
    std::cout << style.Red("job") << "  " << of << ": failed: " << job.error_message() << '\n';
  }
}

Exit Status(Session& session) {
  base::Result<service::Api*> api = session.OpenApi();
  if (!api) return session.Fail(api.error());
  const base::Result<v1::GetStatusResponse> status = (*api)->GetStatus({}, {});
  if (!status) return session.Fail(status.error());
  if (session.flags().json) {
    session.PrintJson(*status);
    return Exit::kFound;
  }
  const Style style(stdout);
  std::cout << "fanin " << status->version() << ", data in " << status->data_dir() << " ("
            << FormatBytes(status->data_bytes()) << "), embedding model "
            << (status->embedding_model().empty() ? "none" : status->embedding_model()) << '\n';
  for (const std::string& warning : status->warnings()) std::cout << style.Yellow("warning") << ": " << warning << '\n';
  for (const v1::Repository& repository : status->repositories()) PrintRepository(repository, style);
  for (const v1::Job& job : status->jobs()) PrintJob(job, style);
  if (status->repositories().empty()) session.Note("nothing is indexed yet; run: fanin index PATH");
  return Exit::kFound;
}

void PrintFinding(const v1::Finding& finding, const Style& style) {
  const bool is_error = finding.severity() == v1::Finding::SEVERITY_ERROR;
  std::cout << (is_error ? style.Red("error") : style.Yellow("warning")) << "  " << finding.subject() << ": "
            << finding.problem() << "\n  fix: " << finding.fix() << '\n';
}

// Data that cannot even be opened is a finding too.
base::Result<v1::CheckDataResponse> CheckData(Session& session) {
  const base::Result<service::Api*> api = session.OpenApi();
  if (api) return (*api)->CheckData({}, {});
  const bool is_damaged = api.error().code == base::Code::kDataLoss;
  if (!session.flags().server.empty() || !is_damaged) return std::unexpected(api.error());
  v1::CheckDataResponse response;
  v1::Finding& finding = *response.add_findings();
  finding.set_severity(v1::Finding::SEVERITY_ERROR);
  finding.set_subject(session.data_dir());
  finding.set_problem(api.error().message);
  finding.set_fix("fanin doctor --repair");
  return response;
}

bool HasError(const v1::CheckDataResponse& checked) {
  return std::ranges::any_of(
      checked.findings(), [](const v1::Finding& finding) { return finding.severity() == v1::Finding::SEVERITY_ERROR; });
}

// Runs the jobs that a repair or an earlier server left.
base::Status RunPendingJobs(Session& session) {
  std::vector<service::PendingJob> pending = service::ReadPendingJobs(session.data_dir());
  if (pending.empty()) return {};
  FANIN_ASSIGN_OR_RETURN(service::Api* const api, session.OpenApi(Session::Access::kWrite));
  base::Status first_failure;
  ProgressPrinter progress(session.flags().quiet || session.flags().json);
  for (const service::PendingJob& job : pending) {
    const base::Status indexed = api->IndexRepository(job.request, {}, [&](const v1::IndexRepositoryResponse& event) {
      progress.Show(event.job());
      return true;
    });
    if (!indexed && first_failure) first_failure = std::unexpected(indexed.error().Annotate(job.request.name()));
  }
  session.CloseApi();
  FANIN_RETURN_IF_ERROR(std::move(first_failure));
  return service::WritePendingJobs(session.data_dir(), {});
}

// Mends what `checked` found, where it is an error, and finishes what was left to be indexed.
base::Status Repair(const v1::CheckDataResponse& checked, Session& session) {
  if (!session.flags().server.empty()) {
    return base::Fail(base::Code::kInvalidArgument, "a server repairs its data directory when it starts");
  }
  session.CloseApi();
  if (HasError(checked)) {
    FANIN_ASSIGN_OR_RETURN(const graph::RepairReport report, service::RepairData(session.data_dir()));
    session.Note("repaired: " + service::Describe(report));
  }
  return RunPendingJobs(session);
}

Exit Doctor(bool repair, Session& session) {
  base::Result<v1::CheckDataResponse> checked = CheckData(session);
  if (!checked) return session.Fail(checked.error());
  if (repair) {
    if (const base::Status repaired = Repair(*checked, session); !repaired) return session.Fail(repaired.error());
    checked = CheckData(session);
    if (!checked) return session.Fail(checked.error());
  }
  const Style style(stdout);
  if (session.flags().json) {
    session.PrintJson(*checked);
  } else {
    for (const v1::Finding& finding : checked->findings()) PrintFinding(finding, style);
    std::cout << "checked " << WithCommas(checked->repositories_checked()) << " repositories, "
              << Count(checked->snapshots_checked(), "snapshot") << ", "
              << Count(checked->blobs_checked(), "stored text") << ", "
              << Count(checked->vector_files_checked(), "vector file") << ": "
              << (checked->findings().empty() ? style.Green("all is well")
                                              : Count(static_cast<uint64_t>(checked->findings_size()), "finding"))
              << '\n';
  }
  return HasError(*checked) ? Exit::kBadData : Exit::kFound;
}

Exit ListRepositories(Session& session) {
  base::Result<service::Api*> api = session.OpenApi();
  if (!api) return session.Fail(api.error());
  v1::ListRepositoriesResponse all;
  v1::ListRepositoriesRequest request;
  do {
    base::Result<v1::ListRepositoriesResponse> page = (*api)->ListRepositories(request, {});
    if (!page) return session.Fail(page.error());
    all.mutable_repositories()->MergeFrom(page->repositories());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (session.flags().json) {
    session.PrintJson(all);
  } else {
    const Style style(stdout);
    for (const v1::Repository& repository : all.repositories()) PrintRepository(repository, style);
  }
  return all.repositories().empty() ? Exit::kNothingFound : Exit::kFound;
}

Exit DeleteRepository(const std::string& name, Session& session) {
  base::Result<service::Api*> api = session.OpenApi(Session::Access::kWrite);
  if (!api) return session.Fail(api.error());
  v1::DeleteRepositoryRequest request;
  request.set_name(service::RepositoryName(name));
  const base::Result<v1::DeleteRepositoryResponse> response = (*api)->DeleteRepository(request, {});
  if (!response) return session.Fail(response.error());
  if (session.flags().json) session.PrintJson(*response);
  session.Note("deleted the index of " + name + "; its files are untouched");
  return Exit::kFound;
}

}  // namespace

void AddStatusCommand(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("status", "What is indexed, and how well it is");
  command->callback([&run] { run = Status; });
}

void AddDoctorCommand(CLI::App& app, Run& run) {
  const auto repair = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("doctor", "Verify all stored data; say what is wrong and what to do");
  command->add_flag("--repair", *repair,
                    "Put a damaged database aside, keep what is whole in it, and index again what is not");
  command->callback([repair, &run] { run = [repair](Session& session) { return Doctor(*repair, session); }; });
}

void AddRepoCommand(CLI::App& app, Run& run) {
  CLI::App* repo = app.add_subcommand("repo", "List and delete repositories");
  repo->require_subcommand(1);
  CLI::App* list = repo->add_subcommand("list", "All repositories");
  list->callback([&run] { run = ListRepositories; });
  const auto name = std::make_shared<std::string>();
  CLI::App* remove = repo->add_subcommand("delete", "Delete a repository's index; its files stay");
  remove->add_option("name", *name, "Name of the repository")->required()->type_name(kRepository);
  remove->callback([name, &run] { run = [name](Session& session) { return DeleteRepository(*name, session); }; });
}

}  // namespace fanin::cli
