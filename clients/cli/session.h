// Session: what all commands of one run of the program share: the common flags, the data or server asked, and how
// results and errors leave it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "clients/cli/terminal.h"
#include "service/api.h"

namespace fanin::cli {

// Exit codes of the program.
enum class Exit : int {
  kFound = 0,  // or done
  kNothingFound = 1,
  kUsage = 2,        // the command line, or the query in it
  kBadData = 3,      // the data directory or the input
  kUnreachable = 4,  // the server
};

struct CommonFlags {
  std::vector<std::string> repositories;  // names; empty: all
  std::string snapshot;                   // a number or commit; empty: the newest
  std::string data_dir;                   // empty: DefaultDataDir()
  std::string server;                     // host:port; empty: local data
  std::string token_file;                 // empty: $FANIN_TOKEN
  std::string tls_ca;                     // empty: no TLS; "system": the machine's
  std::string tls_cert;
  std::string tls_key;
  bool json = false;
  bool quiet = false;
};

// $FANIN_DATA_DIR, else $XDG_DATA_HOME/fanin, else ~/.local/share/fanin.
std::string DefaultDataDir();

class Session {
 public:
  explicit Session(const CommonFlags& flags) : flags_(flags) {}

  const CommonFlags& flags() const { return flags_; }
  std::string data_dir() const { return flags_.data_dir.empty() ? DefaultDataDir() : flags_.data_dir; }

  // Opens the data directory or connects to the server when first called. Local data is opened for reading, which other
  // readers may do at the same time, unless the first call says kWrite.
  enum class Access { kRead, kWrite };
  base::Result<service::Api*> OpenApi(Access access = Access::kRead);

  // Forgets what OpenApi opened.
  void CloseApi() { api_ = nullptr; }

  // The repositories to ask, with what is known of them: those of --repo, else all that have a snapshot. With
  // --snapshot there must be one, and its name is that of the snapshot. Errors: NOT_FOUND with the names that exist;
  // FAILED_PRECONDITION when nothing is indexed; INVALID_ARGUMENT.
  base::Result<std::vector<v1::Repository>> ChooseRepositories();

  // Resource names of what --repo and --snapshot name; none: all repositories. Errors: as ChooseRepositories.
  base::Result<std::vector<std::string>> AskedNames();

  // The resource name of a snapshot, from its number or from a revision that was indexed; of "" the newest. Errors:
  // NOT_FOUND, saying what to run.
  base::Result<std::string> FindSnapshot(const v1::Repository& repository, const std::string& text);

  // Prints the error on stderr and returns the exit code that fits it.
  Exit Fail(const base::Error& error) const;
  // A remark on stderr, unless --quiet or --json.
  void Note(std::string_view text) const;
  // Prints a message in proto3 JSON on stdout.
  void PrintJson(const google::protobuf::Message& message) const;
  // The same on one line.
  void PrintJsonLine(const google::protobuf::Message& message) const;

 private:
  base::Result<std::vector<v1::Repository>> ListChosen();
  static void Print(const google::protobuf::Message& message, bool on_one_line);

  const CommonFlags& flags_;
  std::unique_ptr<service::Api> api_;
};

// "repositories/x/..." -> "x".
std::string RepositoryIdOf(std::string_view resource_name);

}  // namespace fanin::cli
