// What git knows of a folder. Asks the git program; where there is none, or no checkout, everything is simply unknown.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fanin::indexer {

// Paths below `folder`, relative to it, of the files that git tracks or would track: neither ignored nor inside .git.
// A submodule or nested checkout is one entry, of a folder. nullopt: no git, no checkout, or the checkout ignores the
// folder as a whole (then it is someone's build result, and the rules say nothing about what is in it).
std::optional<std::vector<std::string>> ListGitFiles(const std::filesystem::path& folder);

// The commit of the checkout that holds the folder, with "+" when files in the folder differ from it; "" when unknown.
std::string GitRevision(const std::filesystem::path& folder);

}  // namespace fanin::indexer
