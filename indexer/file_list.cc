#include "indexer/file_list.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "base/confinement.h"
#include "base/file.h"
#include "indexer/language.h"
#include "indexer/path_index.h"
#include "indexer/token_cursor.h"

namespace fanin::indexer {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxListBytes = 16 << 20;
constexpr size_t kMaxListDepth = 50;

struct Word {
  std::string text;
  std::string where;
};

// Cuts a list into words, with comments dropped and variables replaced.
class WordReader {
 public:
  WordReader(std::string_view text, std::string name, bool with_environment)
      : text_(text), name_(std::move(name)), with_environment_(with_environment) {}

  // nullopt: the end.
  base::Result<std::optional<Word>> Next() {
    SkipBlanks();
    if (position_ >= text_.size()) return std::nullopt;
    Word word{.text = {}, .where = Where()};
    bool quoted = false;
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '"') {
        quoted = !quoted;
        ++position_;
      } else if (!quoted && (IsBlank(c) || IsContinuation())) {
        break;
      } else if (c == '\n') {
        return base::Fail(base::Code::kInvalidArgument, word.where + ": a quote is not closed");
      } else if (c == '$') {
        FANIN_RETURN_IF_ERROR(AppendVariable(word));
      } else {
        word.text += c;
        ++position_;
      }
    }
    return word;
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  std::string Where() const { return name_ + ":" + std::to_string(line_); }
  std::string_view Rest() const { return text_.substr(position_); }
  bool IsContinuation() const { return Rest().starts_with("\\\n") || Rest().starts_with("\\\r\n"); }

  void SkipBlanks() {
    while (position_ < text_.size()) {
      if (IsBlank(text_[position_]) || IsContinuation()) {
        if (text_[position_] == '\n') ++line_;
        ++position_;
      } else if (text_[position_] == '#' || Rest().starts_with("//")) {
        position_ = std::min(text_.find('\n', position_), text_.size());
      } else if (Rest().starts_with("/*")) {
        const size_t close = text_.find("*/", position_ + 2);
        const size_t end = close == std::string_view::npos ? text_.size() : close + 2;
        line_ += std::count(text_.begin() + position_, text_.begin() + end, '\n');
        position_ = end;
      } else {
        return;
      }
    }
  }

  base::Status AppendVariable(Word& word) {
    const char open = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
    const bool braced = open == '{' || open == '(';
    const size_t begin = position_ + (braced ? 2 : 1);
    size_t end = begin;
    while (end < text_.size() && IsWordByte(text_[end]) && text_[end] != '$') ++end;
    const std::string name(text_.substr(begin, end - begin));
    if (!with_environment_) {
      return base::Fail(base::Code::kInvalidArgument,
                        word.where + ": $" + name + ": environment variables are not replaced on this server");
    }
    const char* value = name.empty() ? nullptr : std::getenv(name.c_str());
    if (value == nullptr) {
      return base::Fail(base::Code::kInvalidArgument, word.where + ": environment variable $" + name + " is not set");
    }
    word.text += value;
    const char close = open == '{' ? '}' : ')';
    position_ = braced && end < text_.size() && text_[end] == close ? end + 1 : end;
    return {};
  }

  std::string_view text_;
  std::string name_;
  const bool with_environment_;
  size_t position_ = 0;
  int64_t line_ = 1;
};

class ListReader {
 public:
  ListReader(const fs::path& root, const FileListRules& rules, const SourceTree* tree, FileList& result)
      : root_(root), rules_(rules), tree_(tree), result_(result) {}

  // `where` names the place that asks for the list; empty: the caller's options.
  base::Status Read(const fs::path& list, bool relative_to_list, const std::string& where) {
    const std::string prefix = where.empty() ? "file list " : where + ": file list ";
    const auto text = Text(list);
    if (!text) return base::Fail(base::Code::kInvalidArgument, prefix + text.error().message);
    if (std::find(open_.begin(), open_.end(), list) != open_.end() || open_.size() >= kMaxListDepth) {
      return base::Fail(base::Code::kInvalidArgument, prefix + list.string() + " reads itself");
    }
    open_.push_back(list);
    WordReader words(*text, list.lexically_proximate(root_).string(), rules_.environment);
    const Folder folder{list.parent_path(), relative_to_list};
    while (true) {
      FANIN_ASSIGN_OR_RETURN(std::optional<Word> word, words.Next());
      if (!word) break;
      FANIN_RETURN_IF_ERROR(Take(*word, words, folder));
    }
    open_.pop_back();
    return {};
  }

 private:
  // Where relative paths of the list begin.
  struct Folder {
    fs::path of_list;
    bool only = false;  // as opposed to the root first
  };

  fs::path Resolve(const std::string& name, const Folder& folder) const {
    const fs::path path(name);
    if (path.is_absolute()) return path.lexically_normal();
    const fs::path beside_list = (folder.of_list / path).lexically_normal();
    if (folder.only) return beside_list;
    const fs::path below_root = (root_ / path).lexically_normal();
    return !Exists(below_root) && Exists(beside_list) ? beside_list : below_root;
  }

  base::Result<std::string> Text(const fs::path& list) const {
    const auto inside = NormalisePath(list.lexically_relative(root_).generic_string());
    if (!inside && !rules_.outside) {
      return base::Fail(base::Code::kPermissionDenied, list.string() + " is out of the repository and is not read");
    }
    if (tree_ != nullptr) return tree_->ReadAt(list, kMaxListBytes);
    return inside ? base::ReadFileBelow(root_, *inside, kMaxListBytes) : base::ReadFile(list, kMaxListBytes);
  }

  bool Exists(const fs::path& path) const {
    if (!rules_.outside && !NormalisePath(path.lexically_relative(root_).generic_string())) return false;
    std::error_code error;
    return tree_ == nullptr ? fs::exists(path, error) : tree_->ExistsAt(path);
  }

  // The value of an option: stuck to it ("-Irtl") or the next word.
  static base::Result<std::string> Value(const Word& word, size_t option_size, WordReader& words) {
    if (word.text.size() > option_size) return word.text.substr(option_size);
    FANIN_ASSIGN_OR_RETURN(std::optional<Word> value, words.Next());
    if (!value) return base::Fail(base::Code::kInvalidArgument, word.where + ": " + word.text + " lacks its value");
    return value->text;
  }

  base::Status Take(const Word& word, WordReader& words, const Folder& folder) {
    const std::string& text = word.text;
    const bool after_option = std::exchange(after_option_, false);
    if (text.starts_with("+incdir+")) {
      ForEachPart(text.substr(8), [&](const std::string& part) { AddIncludeDir(part, word, folder); });
    } else if (text.starts_with("+define+")) {
      ForEachPart(text.substr(8), [&](const std::string& part) { result_.defines.push_back({part, word.where}); });
    } else if (text == "-f" || text == "-F") {
      FANIN_ASSIGN_OR_RETURN(const std::string name, Value(word, 2, words));
      return Read(Resolve(name, folder), text == "-F", word.where);
    } else if (text == "-incdir" || text.starts_with("-I")) {
      FANIN_ASSIGN_OR_RETURN(const std::string name, Value(word, text == "-incdir" ? 7 : 2, words));
      AddIncludeDir(name, word, folder);
    } else if (text.starts_with("-D")) {
      FANIN_ASSIGN_OR_RETURN(const std::string define, Value(word, 2, words));
      result_.defines.push_back({define, word.where});
    } else if (text == "-v" || text == "-y") {
      FANIN_ASSIGN_OR_RETURN(const std::string name, Value(word, 2, words));
      if (text == "-v") {
        result_.sources.push_back({Resolve(name, folder), word.where});
      } else {
        AddIncludeDir(name, word, folder);
      }
    } else if (text.starts_with('-') || text.starts_with('+')) {
      after_option_ = true;
    } else if (!after_option || LanguageOf(text) != Language::kNone) {  // else it may be the option's value
      result_.sources.push_back({Resolve(text, folder), word.where});
    }
    return {};
  }

  void AddIncludeDir(const std::string& name, const Word& word, const Folder& folder) {
    result_.include_dirs.push_back({Resolve(name, folder), word.where});
  }

  // The parts between '+'.
  template <typename Visit>
  static void ForEachPart(std::string_view text, const Visit& visit) {
    while (!text.empty()) {
      const size_t plus = std::min(text.find('+'), text.size());
      if (plus > 0) visit(std::string(text.substr(0, plus)));
      text.remove_prefix(std::min(plus + 1, text.size()));
    }
  }

  const fs::path& root_;
  const FileListRules rules_;
  const SourceTree* tree_;
  FileList& result_;
  std::vector<fs::path> open_;  // lists being read
  bool after_option_ = false;
};

}  // namespace

base::Status ReadFileList(const fs::path& root, const fs::path& list, FileList& result, const FileListRules& rules,
                          const SourceTree* tree) {
  return ListReader(root, rules, tree, result).Read((root / list).lexically_normal(), /*relative_to_list=*/false, "");
}

}  // namespace fanin::indexer
