// Asking about one thing, where the user may not have said in which repository it is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clients/cli/session.h"
#include "clients/cli/terminal.h"

namespace fanin::cli {

// An answer, and the repositories that its paths may be of.
template <typename Response>
struct Answer {
  v1::Repository repository;
  Response response;
};

// Asks each chosen repository (of `name` only its own, where it is a resource name) and returns the one answer. Prints
// what is wrong and returns the exit code where none or several know the thing.
template <typename Response>
std::expected<Answer<Response>, Exit> AskEach(
    Session& session, const std::string& name,
    const std::function<base::Result<Response>(service::Api&, const v1::Repository&)>& ask) {
  const auto repositories = session.ChooseRepositories();
  if (!repositories) return std::unexpected(session.Fail(repositories.error()));
  base::Result<service::Api*> api = session.OpenApi();
  if (!api) return std::unexpected(session.Fail(api.error()));
  std::vector<Answer<Response>> answers;
  std::optional<base::Error> not_found;
  for (const v1::Repository& repository : *repositories) {
    if (name.starts_with("repositories/") && !name.starts_with(repository.name() + "/")) continue;
    base::Result<Response> response = ask(**api, repository);
    if (response) {
      answers.push_back({repository, std::move(*response)});
    } else if (response.error().code == base::Code::kNotFound) {
      if (!not_found) not_found = response.error();
    } else {
      return std::unexpected(session.Fail(response.error()));
    }
  }
  if (answers.empty()) {
    session.Fail(not_found.value_or(base::Error{base::Code::kNotFound, "no repository holds " + name}));
    return std::unexpected(Exit::kNothingFound);
  }
  if (answers.size() > 1) {
    std::string names;
    for (const auto& answer : answers) names += (names.empty() ? "" : ", ") + RepositoryIdOf(answer.repository.name());
    const std::string what =
        name.empty() ? "several repositories are indexed" : "'" + name + "' is in several repositories";
    return std::unexpected(session.Fail({base::Code::kInvalidArgument, what + "; choose with --repo: " + names}));
  }
  return std::move(answers.front());
}

// Lists what ambiguous names could mean, one candidate a line with its id, and says how to choose.
Exit PrintAmbiguous(const google::protobuf::RepeatedPtrField<v1::AmbiguousName>& ambiguous, const PathPrinter& paths);

// "always_ff in async_fifo", "signal async_fifo.wptr_gray".
std::string Describe(const v1::Node& node);

// Code lines with their numbers, first_line for the first, at most max_lines of them.
void PrintCode(const std::string& text, uint32_t first_line, uint32_t max_lines, const Style& style);

// FILE, FILE:LINE or FILE:LINE:COLUMN; line and column 0: not given.
struct FilePosition {
  std::string path;
  uint32_t line = 0;
  uint32_t column = 0;
};
FilePosition ParseFilePosition(const std::string& text);

// Where a file named on the command line is in the repositories: by its place on this machine below a repository's
// root, else as a path relative to one; nullopt: no repository has it below its root, and it is no relative path.
struct RepositoryFile {
  v1::Repository repository;
  std::string path;
};
std::vector<RepositoryFile> LocateFile(const std::vector<v1::Repository>& repositories, const std::string& path);

}  // namespace fanin::cli
