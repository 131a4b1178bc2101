// fanin completion bash|zsh|fish, and what the scripts that it prints ask for
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "clients/cli/command.h"
#include "clients/cli/complete.h"

namespace fanin::cli {
namespace {

// Each asks the program what may come next (`fanin __complete WORD...`), which answers with a line for each candidate,
// "TEXT<tab>DESCRIPTION", and a last line that says what the shell is to add: ":files", ":folders" or ":".
const std::map<std::string, const char*>& Scripts() {
  static const std::map<std::string, const char*> scripts = {
      {"bash", R"(# Completion of fanin for bash. In ~/.bashrc:  source <(fanin completion bash)
_fanin() {
  local line=${COMP_LINE:0:COMP_POINT} typed='' also='' word
  local -a words answer
  # Readline breaks words at ":" and "=", which are part of fanin's.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] || typed=${words[-1]}
  [[ -n $typed ]] || words+=('')
  mapfile -t answer < <("${1/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  ((${#answer[@]} > 0)) || return
  also=${answer[-1]}
  unset 'answer[-1]'
  for word in "${answer[@]}"; do COMPREPLY+=("${word%%$'\t'*}"); done
  case $also in
    :files) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$typed") ;;
    :folders) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$typed") ;;
  esac
  [[ $also == : ]] || compopt -o filenames 2>/dev/null
  # Readline replaces only what is behind the last break.
  if [[ $typed == *[:=]* ]]; then
    local kept=${typed%"${typed##*[:=]}"}
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
  fi
}
complete -F _fanin fanin
)"},
      {"zsh", R"(#compdef fanin
# Completion of fanin for zsh. In ~/.zshrc, after compinit:  source <(fanin completion zsh)
# Or, as _fanin, into a folder of $fpath.
_fanin() {
  local -a answer described
  local line
  answer=("${(@f)$("${words[1]/#\~/$HOME}" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  for line in "${(@)answer[1,-2]}"; do
    described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  (($#described)) && _describe -V fanin described
  case $answer[-1] in
    :files) _files ;;
    :folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _fanin ]]; then
  _fanin "$@"
else
  compdef _fanin fanin
fi
)"},
      {"fish", R"(# Completion of fanin for fish. Once:  fanin completion fish >~/.config/fish/completions/fanin.fish
function __fanin_candidates
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l answer ($program __complete $words[2..] "$typed" 2>/dev/null)
    test (count $answer) -gt 0; or return
    printf '%s\n' $answer[1..-2]
    switch $answer[-1]
        case :files
            __fish_complete_path "$typed"
        case :folders
            __fish_complete_directories "$typed" ''
    end
end
complete -c fanin -f -k -a '(__fanin_candidates)'
)"}};
  return scripts;
}

// Descriptions are one line, without what separates them.
std::string OneLine(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' '; }, ' ');
  return text;
}

}  // namespace

Exit PrintCompletion(const CLI::App& app, std::span<const std::string> words) {
  const Completion completion = Complete(app, words);
  for (const Candidate& candidate : completion.candidates) {
    std::cout << candidate.text << '\t' << OneLine(candidate.description) << '\n';
  }
  constexpr const char* kAlso[] = {":", ":files", ":folders"};
  std::cout << kAlso[static_cast<int>(completion.also)] << std::endl;
  return Exit::kFound;
}

void AddCompletionCommand(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("completion", "Print the script that completes fanin's commands in a shell");
  std::vector<std::string> shells;
  for (const auto& [name, script] : Scripts()) shells.push_back(name);
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "The shell")->required()->check(CLI::IsMember(shells));
  command->footer(
      "Commands, flags, files, and names of the index: of repositories, modules, signals.\n"
      "  bash, in ~/.bashrc:                 source <(fanin completion bash)\n"
      "  zsh, in ~/.zshrc, after compinit:   source <(fanin completion zsh)\n"
      "  fish, once:                         fanin completion fish >~/.config/fish/completions/fanin.fish");
  command->callback([shell, &run] {
    run = [shell](Session&) {
      std::cout << Scripts().at(*shell);
      return Exit::kFound;
    };
  });
}

}  // namespace fanin::cli
