#include "clients/cli/overlay_option.h"

#include <iostream>
#include <iterator>
#include <utility>

#include "base/file.h"

namespace fanin::cli {
namespace {

constexpr uint64_t kMaxOverlayBytes = 8ULL << 20;  // a server takes no more in one request

}  // namespace

CLI::Option* AddOverlayOption(CLI::App& command, std::vector<std::string>& values) {
  return command
      .add_option(
          "--overlay", values,
          "PATH=FILE: take FILE, or - for standard input, as the text of PATH of the repository; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

base::Result<OverlaidRepositories> ReadOverlaysOfOne(const std::vector<std::string>& values, Session& session) {
  OverlaidRepositories asked;
  FANIN_ASSIGN_OR_RETURN(asked.names, session.AskedNames());
  if (values.empty()) return asked;
  FANIN_ASSIGN_OR_RETURN(const std::vector<v1::Repository> repositories, session.ChooseRepositories());
  if (repositories.size() != 1) {
    return base::Fail(base::Code::kInvalidArgument, "--overlay is of one repository; choose it with --repo");
  }
  asked.names = {repositories.front().name()};
  FANIN_ASSIGN_OR_RETURN(asked.overlays, ReadOverlays(values));
  return asked;
}

base::Result<OverlayTexts> ReadOverlays(const std::vector<std::string>& values) {
  OverlayTexts overlays;
  bool took_input = false;
  for (const std::string& value : values) {
    const size_t equals = value.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return base::Fail(base::Code::kInvalidArgument, "--overlay takes PATH=FILE, not '" + value + "'");
    }
    const std::string file = value.substr(equals + 1);
    v1::Overlay& overlay = *overlays.Add();
    overlay.set_path(value.substr(0, equals));
    if (file != "-") {
      FANIN_ASSIGN_OR_RETURN(*overlay.mutable_text(), base::ReadFile(file, kMaxOverlayBytes));
    } else if (std::exchange(took_input, true)) {
      return base::Fail(base::Code::kInvalidArgument, "standard input is the text of one --overlay only");
    } else {
      overlay.set_text(std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()));
    }
  }
  return overlays;
}

}  // namespace fanin::cli
