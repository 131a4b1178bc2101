// What the definition of an option says, for those who show it: help, the manual page, completion.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace fanin::cli {

// What a value names; given to CLI::Option::type_name, shown by help, and completed (complete.h).
inline constexpr char kFile[] = "FILE";
inline constexpr char kFolder[] = "FOLDER";
inline constexpr char kRepository[] = "REPOSITORY";
inline constexpr char kSnapshot[] = "SNAPSHOT";
inline constexpr char kDesign[] = "DESIGN";
inline constexpr char kModule[] = "MODULE";
inline constexpr char kName[] = "NAME";          // of an element, or its hierarchical path or id
inline constexpr char kPosition[] = "POSITION";  // FILE:LINE[:COLUMN]
inline constexpr char kNameOrPosition[] = "NAME|POSITION";
inline constexpr char kAddress[] = "ADDRESS";  // host:port

struct OptionText {
  std::string names;  // "-I, --include"; of an argument its name
  std::string value;  // "FILE", "N", "tree|dot"; empty: takes none
  std::vector<std::string> choices;
  std::string description;  // with its range and default, and what it goes with or without
};
OptionText TextOf(const CLI::Option& option);

// The name of a value's kind alone, as given to type_name.
std::string KindOf(const CLI::Option& option);

// Options of a command, those of its option groups included; arguments (positional) or flags.
std::vector<const CLI::Option*> ArgumentsOf(const CLI::App& command);
std::vector<const CLI::Option*> FlagsOf(const CLI::App& command);

// Commands below a command that users are told of.
std::vector<const CLI::App*> CommandsOf(const CLI::App& command);

// "PATH", "MODE NAME...", "[MODULE]": how the arguments of a command are written.
std::string UsageOf(const CLI::App& command);

}  // namespace fanin::cli
