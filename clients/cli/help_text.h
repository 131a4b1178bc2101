// What --help prints: CLI11's layout, with values named for users, and lines as wide as the terminal.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace fanin::cli {

class HelpText : public CLI::Formatter {
 public:
  HelpText();

 protected:
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_usage(const CLI::App* command, std::string name) const override;

 private:
  // The text, its lines broken so that they fit beside the names.
  std::string Wrap(const std::string& text) const;
  const size_t width_;
};

}  // namespace fanin::cli
