// fanin token
#include <iostream>
#include <memory>

#include "clients/cli/command.h"
#include "clients/cli/option_text.h"
#include "service/tokens.h"

namespace fanin::cli {
namespace {

struct TokenFlags {
  std::string name;
  std::vector<std::string> repositories;
  std::string right = "read";
};

Exit NewToken(const TokenFlags& flags, Session& session) {
  std::vector<service::Grant> grants;
  for (const std::string& repository : flags.repositories) {
    grants.push_back({repository, service::ParseRight(flags.right)});
  }
  if (grants.empty()) grants.push_back({"*", service::ParseRight(flags.right)});
  const service::NewToken made = service::MakeToken(flags.name, grants);
  // What a server would say of it is said here.
  const auto read = service::Tokens::Parse(made.lines, "the token");
  if (!read) return session.Fail(read.error());
  std::cout << made.token << std::endl;
  std::cerr << "The token is above and is not shown again. Add these lines to the server's file of tokens:\n\n"
            << made.lines;
  return Exit::kFound;
}

}  // namespace

void AddTokenCommand(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("token", "Tokens that let callers into a server");
  command->require_subcommand(1);
  const auto flags = std::make_shared<TokenFlags>();
  CLI::App* make = command->add_subcommand("new", "Make a token: itself on stdout, the lines that let it in on stderr");
  make->add_option("name", flags->name, "Whose it is; stands in logs")->required();
  make->add_option("--repository", flags->repositories, "Name of a repository, or its beginning and *; default: *")
      ->type_name(kRepository)
      ->allow_extra_args(false);
  make->add_option("--right", flags->right, "read, index (read and run jobs) or admin (everything)")
      ->check(CLI::IsMember({"read", "index", "admin"}))
      ->capture_default_str();
  make->callback([flags, &run] { run = [flags](Session& session) { return NewToken(*flags, session); }; });
}

}  // namespace fanin::cli
