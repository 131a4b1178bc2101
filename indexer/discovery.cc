#include "indexer/discovery.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "indexer/git.h"
#include "indexer/path_index.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xc2 && lead < 0xe0 ? 2
                          : lead >= 0xe0 && lead < 0xf0 ? 3
                          : lead >= 0xf0 && lead < 0xf5 ? 4
                                                        : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

// For messages: bytes that are no ASCII become '?'.
std::string Printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

class Walker {
 public:
  Walker(fs::path root, const base::Roots& roots) : fence_{roots, root} { result_.root = std::move(root); }

  Discovery Run() && {
    WalkFolder("");
    const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    const auto same_path = [](const auto& a, const auto& b) { return a.path == b.path; };
    std::sort(result_.files.begin(), result_.files.end(), by_path);
    // During a merge git lists a path once per side.
    result_.files.erase(std::unique(result_.files.begin(), result_.files.end(), same_path), result_.files.end());
    std::sort(result_.others.begin(), result_.others.end());
    result_.others.erase(std::unique(result_.others.begin(), result_.others.end()), result_.others.end());
    return std::move(result_);
  }

 private:
  fs::path Absolute(const std::string& path) const { return path.empty() ? result_.root : result_.root / path; }

  void Lose(const std::string& path, std::string reason) {
    result_.lost.push_back({IsUtf8(path) ? path : Printable(path), std::move(reason)});
  }

  void WalkFolder(const std::string& folder) {
    std::error_code error;
    const bool may_be_checkout = folder.empty() || fs::exists(Absolute(folder) / ".git", error);
    if (may_be_checkout) {
      if (auto listed = ListGitFiles(Absolute(folder), fence_)) {
        for (std::string& name : *listed) {
          if (name.ends_with('/')) name.pop_back();
          Visit(JoinPath(folder, name));
        }
        return;
      }
    }
    fs::directory_iterator entries(Absolute(folder), error);
    std::vector<std::string> names;
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      names.push_back(entries->path().filename().string());
    }
    if (error) Lose(folder, "folder cannot be read: " + error.message());
    for (const std::string& name : names) {
      if (name != ".git") Visit(JoinPath(folder, name));
    }
  }

  void Visit(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(Absolute(path), error);
    switch (status.type()) {
      case fs::file_type::not_found: return;  // tracked by git but deleted, or gone meanwhile
      case fs::file_type::regular: AddFile(path); return;
      case fs::file_type::directory: WalkFolder(path); return;
      case fs::file_type::symlink: VisitLink(path); return;
      default: break;
    }
    if (LanguageOf(path) == Language::kNone) return;
    Lose(path, error ? "cannot be read: " + error.message() : "not a regular file");
  }

  void VisitLink(const std::string& path) {
    const bool may_hold_source = LanguageOf(path) != Language::kNone;
    std::error_code error;
    const fs::path target = fs::canonical(Absolute(path), error);
    if (error) {
      const bool loop = error == std::errc::too_many_symbolic_link_levels;
      if (may_hold_source || loop) Lose(path, loop ? "link loop" : "link to nothing");
      return;
    }
    const bool is_folder = fs::is_directory(target, error);
    if (!base::IsInside(target, result_.root)) {
      if (may_hold_source || is_folder) Lose(path, "link out of the repository, not followed");
    } else if (!is_folder) {
      if (fs::is_regular_file(target, error)) AddFile(path);
    } else if (base::IsInside(Absolute(path).parent_path(), target)) {
      Lose(path, "link loop: it leads to a folder that holds it");
    }
  }

  void AddFile(const std::string& path) {
    const Language language = LanguageOf(path);
    if (!IsUtf8(path)) {
      if (language != Language::kNone) Lose(path, "its path is not UTF-8");
    } else if (language == Language::kNone) {
      result_.others.push_back(path);
    } else {
      result_.files.push_back({path, language});
    }
  }

  const GitFence fence_;
  Discovery result_;
};

}  // namespace

base::Result<fs::path> CanonicalFolder(const fs::path& root) {
  std::error_code error;
  fs::path canonical = fs::canonical(root, error);
  if (error) return base::FailErrno("open folder " + root.string(), error.value());
  if (!fs::is_directory(canonical, error)) {
    return base::Fail(base::Code::kInvalidArgument, "not a folder: " + root.string());
  }
  fs::directory_iterator readable(canonical, error);
  if (error) return base::FailErrno("open folder " + root.string(), error.value());
  return canonical;
}

base::Result<Discovery> DiscoverFiles(const fs::path& root, const base::Roots& roots) {
  FANIN_ASSIGN_OR_RETURN(fs::path canonical, CanonicalFolder(root));
  return Walker(std::move(canonical), roots).Run();
}

}  // namespace fanin::indexer
