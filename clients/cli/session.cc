#include "clients/cli/session.h"

#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <iostream>
#include <utility>

#include "base/file.h"
#include "clients/cpp/remote_api.h"
#include "service/engine.h"
#include "service/local_api.h"
#include "service/resource_name.h"
#include "service/server_config.h"

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

namespace {

constexpr uint64_t kMaxSecretBytes = 1 << 20;

// A token or key is never a flag: whoever sees the list of processes would see it.
base::Result<clients::Credentials> ReadCredentials(const CommonFlags& flags) {
  clients::Credentials credentials;
  if (!flags.token_file.empty()) {
    FANIN_ASSIGN_OR_RETURN(credentials.token, base::ReadFile(flags.token_file, kMaxSecretBytes));
    const size_t end = credentials.token.find_last_not_of(" \r\n");
    credentials.token.resize(end == std::string::npos ? 0 : end + 1);
  } else if (const char* token = std::getenv("FANIN_TOKEN"); token != nullptr) {
    credentials.token = token;
  }
  credentials.tls = !flags.tls_ca.empty();
  if (!credentials.tls && !credentials.token.empty() && !service::IsLocalAddress(flags.server)) {
    return base::Fail(base::Code::kInvalidArgument,
                      "the token would go to " + flags.server + " for everybody to read; give --tls-ca");
  }
  if (!credentials.tls) {
    if (flags.tls_cert.empty() && flags.tls_key.empty()) return credentials;
    return base::Fail(base::Code::kInvalidArgument, "--tls-cert and --tls-key need --tls-ca");
  }
  const std::pair<const std::string&, std::string&> files[] = {
      {flags.tls_ca, credentials.ca}, {flags.tls_cert, credentials.certificate}, {flags.tls_key, credentials.key}};
  for (const auto& [file, text] : files) {
    if (file.empty() || (&text == &credentials.ca && file == "system")) continue;
    FANIN_ASSIGN_OR_RETURN(text, base::ReadFile(file, kMaxSecretBytes));
  }
  return credentials;
}

}  // namespace

base::Result<service::Api*> Session::OpenApi(Access access) {
  if (api_ == nullptr && !flags_.server.empty()) {
    FANIN_ASSIGN_OR_RETURN(const clients::Credentials credentials, ReadCredentials(flags_));
    FANIN_ASSIGN_OR_RETURN(api_, clients::RemoteApi::Connect(flags_.server, credentials));
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
