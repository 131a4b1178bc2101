#include "clients/cli/session.h"

#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <iostream>

#include "clients/cpp/remote_api.h"
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
    FANIN_ASSIGN_OR_RETURN(std::unique_ptr<service::Engine> engine, service::Engine::Open(options));
    api_ = std::make_unique<service::LocalApi>(std::move(engine));
  }
  return api_.get();
}

base::Result<std::vector<v1::Repository>> Session::ChooseRepositories() {
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

void Session::PrintJson(const google::protobuf::Message& message) const {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
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
