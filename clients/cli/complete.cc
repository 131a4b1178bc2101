#include "clients/cli/complete.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>
#include <utility>

#include "clients/cli/option_text.h"
#include "clients/cli/session.h"

namespace fanin::cli {
namespace {

constexpr std::chrono::seconds kTimeLimit{1};
constexpr uint32_t kMaxNames = 200;
constexpr char kContaining[] = ":Definition|Package|Class";
constexpr char kNamed[] = ":Signal|Definition|Instance|Parameter|Package|Class|Typedef|Function|Task|Macro";

// A command line up to the word that is typed.
struct Line {
  const CLI::App* command = nullptr;
  size_t arguments = 0;                 // given to it
  const CLI::Option* option = nullptr;  // whose value is typed
  CommonFlags flags;
};

// The flag of a command or of those above it; null: there is none.
const CLI::Option* FindFlag(const CLI::App* command, const std::string& name) {
  for (; command != nullptr; command = command->get_parent()) {
    if (const CLI::Option* option = command->get_option_no_throw(name)) return option;
  }
  return nullptr;
}

void Keep(CommonFlags& flags, const std::string& name, const std::string& value) {
  if (name == "--repo") flags.repositories.push_back(value);
  if (name == "--data-dir") flags.data_dir = value;
  if (name == "--server") flags.server = value;
}

Line Read(const CLI::App& app, std::span<const std::string> words) {
  Line line;
  line.command = &app;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with('-') || word == "-") {
      const CLI::App* below = nullptr;
      for (const CLI::App* command : CommandsOf(*line.command)) {
        if (command->get_name() == word) below = command;
      }
      line.command = below != nullptr ? below : line.command;
      line.arguments = below != nullptr ? 0 : line.arguments + 1;
      continue;
    }
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = FindFlag(line.command, name);
    if (option == nullptr || option->get_expected_max() == 0) continue;
    if (equals != std::string::npos) {
      Keep(line.flags, name, word.substr(equals + 1));
    } else if (++i < words.size()) {
      Keep(line.flags, name, words[i]);
    } else {
      line.option = option;
    }
  }
  return line;
}

service::CallContext Limited() { return {.deadline = std::chrono::steady_clock::now() + kTimeLimit, .cancelled = {}}; }

// Elements whose name, or qualified name, begins with the text.
std::vector<Candidate> Elements(service::Api& api, const CommonFlags& flags, const std::string& label,
                                const std::string& typed) {
  v1::QueryRequest request;
  for (const std::string& name : flags.repositories) request.add_repositories("repositories/" + name);
  const size_t separator = typed.find_last_of(".:");
  const bool is_qualified = separator != std::string::npos;
  // Where nothing is typed, what contains the others is told. Without a label all of the graph would be read.
  const std::string shown = is_qualified ? "n.qualified_name" : "n.name";
  request.set_cypher("MATCH (n" +
                     (!label.empty()  ? label
                      : typed.empty() ? kContaining
                                      : kNamed) +
                     ") WHERE n.name STARTS WITH $name AND " + shown + " STARTS WITH $typed RETURN DISTINCT " + shown +
                     ", n.kind LIMIT " + std::to_string(kMaxNames));
  (*request.mutable_parameters())["name"].set_string_value(is_qualified ? typed.substr(separator + 1) : typed);
  (*request.mutable_parameters())["typed"].set_string_value(typed);
  request.set_page_size(kMaxNames);
  const base::Result<v1::QueryResponse> response = api.Query(request, Limited());
  std::vector<Candidate> names;
  if (!response) return names;
  for (const v1::Row& row : response->rows()) {
    names.push_back({row.values(0).string_value(), row.values(1).string_value()});
  }
  return names;
}

std::vector<Candidate> Repositories(service::Api& api, const CommonFlags&) {
  std::vector<Candidate> names;
  const base::Result<v1::ListRepositoriesResponse> response = api.ListRepositories({}, Limited());
  if (!response) return names;
  for (const v1::Repository& repository : response->repositories()) {
    names.push_back({RepositoryIdOf(repository.name()), repository.root()});
  }
  return names;
}

std::vector<Candidate> Snapshots(service::Api& api, const CommonFlags& flags) {
  std::vector<Candidate> names;
  for (const Candidate& repository : Repositories(api, flags)) {
    if (!flags.repositories.empty() &&
        std::ranges::find(flags.repositories, repository.text) == flags.repositories.end())
      continue;
    v1::ListSnapshotsRequest request;
    request.set_parent("repositories/" + repository.text);
    const base::Result<v1::ListSnapshotsResponse> response = api.ListSnapshots(request, Limited());
    if (!response) continue;
    for (const v1::Snapshot& snapshot : response->snapshots()) {
      names.push_back({snapshot.name().substr(snapshot.name().rfind('/') + 1), snapshot.revision()});
    }
  }
  return names;
}

std::vector<Candidate> Designs(service::Api& api, const CommonFlags&) {
  std::vector<Candidate> names;
  const base::Result<v1::ListRepositoriesResponse> response = api.ListRepositories({}, Limited());
  if (!response) return names;
  for (const v1::Repository& repository : response->repositories()) {
    for (const v1::Design& design : repository.designs()) {
      names.push_back({design.name(), RepositoryIdOf(repository.name())});
    }
  }
  return names;
}

// Values of a kind that are typed.
Completion Values(const CLI::Option& option, const std::string& typed, const CommonFlags& flags) {
  Completion completion;
  for (const std::string& choice : TextOf(option).choices) completion.candidates.push_back({choice, ""});
  const std::string kind = KindOf(option);
  if (kind == kFile || kind == kPosition || kind == kNameOrPosition) completion.also = Completion::Also::kFiles;
  if (kind == kFolder) completion.also = Completion::Also::kFolders;
  const bool is_named = kind == kRepository || kind == kSnapshot || kind == kDesign || kind == kModule ||
                        kind == kName || kind == kNameOrPosition;
  if (!is_named) return completion;
  Session session(flags);
  const base::Result<service::Api*> api = session.OpenApi();
  if (!api) return completion;
  if (kind == kRepository) completion.candidates = Repositories(**api, flags);
  if (kind == kSnapshot) completion.candidates = Snapshots(**api, flags);
  if (kind == kDesign) completion.candidates = Designs(**api, flags);
  if (kind == kModule) completion.candidates = Elements(**api, flags, ":Module", typed);
  if (kind == kName || kind == kNameOrPosition) completion.candidates = Elements(**api, flags, "", typed);
  return completion;
}

// Flags of the command and of those above it.
std::vector<Candidate> Flags(const CLI::App* command) {
  std::vector<Candidate> flags;
  for (; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* option : FlagsOf(*command)) {
      for (const std::string& name : option->get_lnames()) flags.push_back({"--" + name, option->get_description()});
    }
  }
  return flags;
}

Completion Offer(const Line& line, const std::string& typed) {
  if (line.option != nullptr) return Values(*line.option, typed, line.flags);
  const size_t equals = typed.find('=');
  if (typed.starts_with('-') && equals != std::string::npos) {
    const CLI::Option* option = FindFlag(line.command, typed.substr(0, equals));
    if (option == nullptr) return {};
    Completion completion = Values(*option, typed.substr(equals + 1), line.flags);
    for (Candidate& candidate : completion.candidates) candidate.text.insert(0, typed, 0, equals + 1);
    return completion;
  }
  if (typed.starts_with('-')) return {.candidates = Flags(line.command), .also = Completion::Also::kNothing};
  // What follows is another program's.
  if (line.command->get_prefix_command()) return {.candidates = {}, .also = Completion::Also::kFiles};
  Completion completion;
  for (const CLI::App* command : CommandsOf(*line.command)) {
    completion.candidates.push_back({command->get_name(), command->get_description()});
  }
  const std::vector<const CLI::Option*> arguments = ArgumentsOf(*line.command);
  if (arguments.empty()) return completion;
  const CLI::Option* argument = arguments[std::min(line.arguments, arguments.size() - 1)];
  const bool is_full = line.arguments >= arguments.size() && argument->get_expected_max() <= 1;
  return is_full ? completion : Values(*argument, typed, line.flags);
}

}  // namespace

Completion Complete(const CLI::App& app, std::span<const std::string> words) {
  const std::string& typed = words.back();
  Completion completion = Offer(Read(app, words.first(words.size() - 1)), typed);
  std::set<std::string> seen;
  std::erase_if(completion.candidates, [&](const Candidate& candidate) {
    return !candidate.text.starts_with(typed) || !seen.insert(candidate.text).second;
  });
  return completion;
}

}  // namespace fanin::cli
