#include "clients/cli/session.h"

#include <glog/logging.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <iostream>

#include "clients/cpp/remote_api.h"
#include "service/data_repair.h"
#include "service/engine.h"
#include "service/local_api.h"
#include "service/resource_name.h"

namespace fanin::cli {

std::string DefaultDataDir() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (std::string dir = variable("FANIN_DATA_DIR"); !dir.empty()) return dir;
  if (std::string dir = variable("XDG_DATA_HOME"); !dir.empty()) return dir + "/fanin";
  return variable("HOME") + "/.local/share/fanin";
}

base::Result<service::Api*> Session::OpenApi(Access access) {
  if (api_ == nullptr && !flags_.server.empty()) {
    FANIN_ASSIGN_OR_RETURN(api_, clients::RemoteApi::Connect(flags_.server));
  } else if (api_ == nullptr) {
    service::EngineOptions options;
    options.data_dir = data_dir();
    options.read_only = access == Access::kRead;
    if (access == Access::kServe) {
      if (const std::optional<std::string> damage = service::FindDamage(options.data_dir)) {
        LOG(ERROR) << "event=data_damaged data_dir=" << options.data_dir << " message=\"" << *damage << '"';
        FANIN_ASSIGN_OR_RETURN(const graph::RepairReport report, service::RepairData(options.data_dir));
        LOG(WARNING) << "event=data_repaired message=\"" << service::Describe(report) << '"';
      }
    }
    FANIN_ASSIGN_OR_RETURN(std::unique_ptr<service::Engine> engine, service::Engine::Open(options));
    const auto resume = access == Access::kServe ? service::JobQueue::Resume::kYes : service::JobQueue::Resume::kNo;
    api_ = std::make_unique<service::LocalApi>(std::move(engine), resume);
  }
  return api_.get();
}

base::Result<std::vector<v1::Repository>> Session::ChooseRepositories() {
  FANIN_ASSIGN_OR_RETURN(std::vector<v1::Repository> repositories, ListChosen());
  if (flags_.snapshot.empty()) return repositories;
  if (repositories.size() != 1) {
    return base::Fail(base::Code::kInvalidArgument, "--snapshot is of one repository; choose it with --repo");
  }
  FANIN_ASSIGN_OR_RETURN(std::string name, FindSnapshot(repositories.front(), flags_.snapshot));
  repositories.front().set_name(std::move(name));
  return repositories;
}

base::Result<std::vector<std::string>> Session::AskedNames() {
  std::vector<std::string> names;
  if (flags_.snapshot.empty()) {
    for (const std::string& name : flags_.repositories) names.push_back(service::RepositoryName(name));
    return names;
  }
  FANIN_ASSIGN_OR_RETURN(const std::vector<v1::Repository> repositories, ChooseRepositories());
  for (const v1::Repository& repository : repositories) names.push_back(repository.name());
  return names;
}

base::Result<std::string> Session::FindSnapshot(const v1::Repository& repository, const std::string& text) {
  if (text.empty()) return repository.name();
  const std::string parent = service::RepositoryName(RepositoryIdOf(repository.name()));
  // Names of commits are longer than any number of a snapshot.
  constexpr size_t kMaxDigits = 9;
  if (text.size() <= kMaxDigits && text.find_first_not_of("0123456789") == std::string::npos) {
    return parent + "/snapshots/" + text;
  }
  FANIN_ASSIGN_OR_RETURN(service::Api* const api, OpenApi());
  v1::ListSnapshotsRequest request;
  request.set_parent(parent);
  request.set_revision(text);
  FANIN_ASSIGN_OR_RETURN(const v1::ListSnapshotsResponse response, api->ListSnapshots(request, {}));
  if (!response.snapshots().empty()) return response.snapshots(0).name();
  return base::Fail(base::Code::kNotFound, "no snapshot of " + text + "; run: fanin index " + repository.root() +
                                               " --name " + RepositoryIdOf(parent) + " --revision " + text);
}

base::Result<std::vector<v1::Repository>> Session::ListChosen() {
  FANIN_ASSIGN_OR_RETURN(service::Api* const api, OpenApi());
  std::vector<v1::Repository> repositories;
  for (const std::string& name : flags_.repositories) {
    v1::GetRepositoryRequest request;
    request.set_name(service::RepositoryName(name));
    FANIN_ASSIGN_OR_RETURN(v1::GetRepositoryResponse response, api->GetRepository(request, {}));
    repositories.push_back(std::move(*response.mutable_repository()));
  }
  if (!repositories.empty()) return repositories;
  v1::ListRepositoriesRequest request;
  do {
    FANIN_ASSIGN_OR_RETURN(const v1::ListRepositoriesResponse response, api->ListRepositories(request, {}));
    for (const v1::Repository& repository : response.repositories()) {
      if (repository.has_latest_snapshot()) repositories.push_back(repository);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  if (repositories.empty()) {
    return base::Fail(base::Code::kFailedPrecondition, "nothing is indexed yet; run: fanin index PATH");
  }
  return repositories;
}

Exit Session::Fail(const base::Error& error) const {
  std::cerr << Style(stderr).Red("fanin: ") << error.message << std::endl;
  switch (error.code) {
    case base::Code::kInvalidArgument:
    case base::Code::kOutOfRange:
    case base::Code::kUnimplemented: return Exit::kUsage;
    case base::Code::kUnavailable: return flags_.server.empty() ? Exit::kBadData : Exit::kUnreachable;
    default: return Exit::kBadData;
  }
}

void Session::Note(std::string_view text) const {
  if (!flags_.quiet && !flags_.json) std::cerr << Style(stderr).Dim(text) << std::endl;
}

void Session::PrintJson(const google::protobuf::Message& message) const { Print(message, /*on_one_line=*/false); }

void Session::PrintJsonLine(const google::protobuf::Message& message) const {
  Print(message, /*on_one_line=*/true);
  std::cout << std::endl;
}

void Session::Print(const google::protobuf::Message& message, bool on_one_line) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !on_one_line;
  options.always_print_primitive_fields = true;
  std::string json;
  FANIN_CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  std::cout << json;
}

std::string RepositoryIdOf(std::string_view resource_name) {
  const base::Result<service::ResourceName> name = service::ResourceName::Parse(resource_name);
  return name ? name->repository : std::string(resource_name);
}

}  // namespace fanin::cli
