// --overlay PATH=FILE: the text of a file of the repository as an editor holds it, for one question.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "clients/cli/session.h"
#include "fanin/v1/overlay.pb.h"

namespace fanin::cli {

using OverlayTexts = google::protobuf::RepeatedPtrField<v1::Overlay>;

// Adds the option to a command; `values` must live as long as the command.
CLI::Option* AddOverlayOption(CLI::App& command, std::vector<std::string>& values);

// The texts that the option names, "-" being standard input. Errors: INVALID_ARGUMENT for a value without "=" or a
// second
// "-"; those of reading a file.
base::Result<OverlayTexts> ReadOverlays(const std::vector<std::string>& values);

// The texts, and the names of the repositories to ask: with texts the one that they are of. Errors: also
// INVALID_ARGUMENT where several are chosen.
struct OverlaidRepositories {
  OverlayTexts overlays;
  std::vector<std::string> names;  // none: all
};
base::Result<OverlaidRepositories> ReadOverlaysOfOne(const std::vector<std::string>& values, Session& session);

}  // namespace fanin::cli
