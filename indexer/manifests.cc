#include "indexer/manifests.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "indexer/language.h"
#include "indexer/path_index.h"

namespace fanin::indexer {
namespace {

class Reader {
 public:
  Reader(std::string_view path, ManifestFacts& facts) : folder_(FolderOf(path)), facts_(facts) {}

 protected:
  void AddIncludeDir(const std::string& folder) {
    if (auto path = NormalisePath(JoinPath(folder_, folder))) facts_.include_dirs.push_back(*std::move(path));
  }

  void AddDefines(const std::vector<std::string>& files, const std::vector<std::string>& defines) {
    if (defines.empty()) return;
    for (const std::string& file : files) {
      const auto path = NormalisePath(JoinPath(folder_, file));
      if (!path) continue;
      auto& all = facts_.defines[*path];
      all.insert(all.end(), defines.begin(), defines.end());
    }
  }

  // A node that does not exist may not be asked for its kind.
  static bool IsMapping(const YAML::Node& node) { return node.IsDefined() && node.IsMap(); }

  void AddFile(const std::string& file, ManifestSources& result) const {
    if (auto path = NormalisePath(JoinPath(folder_, file))) result.files.push_back(*std::move(path));
  }

  static std::string Define(const std::string& name, const YAML::Node& value) {
    return value.IsScalar() && !value.Scalar().empty() ? name + "=" + value.Scalar() : name;
  }

 private:
  std::string folder_;
  ManifestFacts& facts_;
};

// Whether a Bender target expression holds for the given targets.
class TargetExpression {
 public:
  TargetExpression(std::string_view text, const std::vector<std::string>& targets) : rest_(text), targets_(targets) {}

  bool Evaluate() {
    SkipBlanks();
    if (rest_.starts_with('*')) {
      rest_.remove_prefix(1);
      return true;
    }
    size_t end = 0;
    while (end < rest_.size() && std::string_view("(), \t").find(rest_[end]) == std::string_view::npos) ++end;
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    SkipBlanks();
    if (!rest_.starts_with('(')) return std::ranges::find(targets_, word) != targets_.end();
    bool all = true;
    bool any = false;
    while (!rest_.empty() && !rest_.starts_with(')')) {
      rest_.remove_prefix(1);  // the parenthesis or a comma
      const size_t before = rest_.size();
      const bool value = Evaluate();
      all = all && value;
      any = any || value;
      SkipBlanks();
      if (rest_.size() == before) break;  // nothing that can be read
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    return word == "any" ? any : word == "not" ? !any : all;
  }

 private:
  void SkipBlanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  std::string_view rest_;
  const std::vector<std::string>& targets_;
};

// https://github.com/pulp-platform/bender: the "Manifest Format" of its README.
class BenderReader : public Reader {
 public:
  using Reader::Reader;

  void Read(const YAML::Node& root) {
    AddIncludeDirs(root["export_include_dirs"]);
    ReadSources(root["sources"], {}, /*conditional=*/false);
  }

  void ReadSources(const YAML::Node& root, const std::vector<std::string>& targets, ManifestSources& result) {
    AddIncludeDirs(root["export_include_dirs"]);
    CollectSources(root["sources"], targets, result);
  }

 private:
  void CollectSources(const YAML::Node& sources, const std::vector<std::string>& targets, ManifestSources& result) {
    if (IsMapping(sources)) return CollectGroup(sources, targets, result);
    for (const YAML::Node& item : sources) {
      if (item.IsScalar()) AddFile(item.Scalar(), result);
      if (item.IsMap()) CollectGroup(item, targets, result);
    }
  }

  void CollectGroup(const YAML::Node& group, const std::vector<std::string>& targets, ManifestSources& result) {
    const YAML::Node target = group["target"];
    if (target.IsDefined() && !TargetExpression(target.as<std::string>(""), targets).Evaluate()) return;
    AddIncludeDirs(group["include_dirs"]);
    if (IsMapping(group["defines"])) {
      for (const auto& define : group["defines"]) {
        result.defines.push_back(Define(define.first.Scalar(), define.second));
      }
    }
    CollectSources(group["files"], targets, result);
  }

  void AddIncludeDirs(const YAML::Node& folders) {
    for (const YAML::Node& folder : folders) {
      if (folder.IsScalar()) AddIncludeDir(folder.Scalar());
    }
  }

  // A list of files and groups, or one group.
  void ReadSources(const YAML::Node& sources, const std::vector<std::string>& outer_defines, bool conditional) {
    if (IsMapping(sources)) return ReadGroup(sources, outer_defines, conditional);
    std::vector<std::string> files;
    for (const YAML::Node& item : sources) {
      if (item.IsScalar()) files.push_back(item.Scalar());
      if (item.IsMap()) ReadGroup(item, outer_defines, conditional);
    }
    if (!conditional) AddDefines(files, outer_defines);
  }

  // Its defines hold for its files and the groups in it.
  void ReadGroup(const YAML::Node& group, const std::vector<std::string>& outer_defines, bool conditional) {
    AddIncludeDirs(group["include_dirs"]);
    std::vector<std::string> defines = outer_defines;
    if (IsMapping(group["defines"])) {
      for (const auto& define : group["defines"]) defines.push_back(Define(define.first.Scalar(), define.second));
    }
    ReadSources(group["files"], defines, conditional || group["target"].IsDefined());
  }
};

// https://fusesoc.readthedocs.io/en/stable/ref/capi2.html
class CoreReader : public Reader {
 public:
  using Reader::Reader;

  void Read(const YAML::Node& root) {
    std::unordered_map<std::string, std::vector<std::string>> files_of_set;
    if (!IsMapping(root["filesets"])) return;
    for (const auto& set : root["filesets"]) {
      if (!IsMapping(set.second)) continue;
      for (const YAML::Node& file : set.second["files"]) ReadFile(file, files_of_set[set.first.Scalar()]);
    }
    const YAML::Node targets = root["targets"];
    if (!IsMapping(targets) || !IsMapping(targets["default"])) return;
    const YAML::Node target = targets["default"];
    std::vector<std::string> files;
    for (const YAML::Node& set : target["filesets"]) {
      if (!set.IsScalar()) continue;
      const auto& some = files_of_set[set.Scalar()];
      files.insert(files.end(), some.begin(), some.end());
    }
    AddDefines(files, DefinesOf(target["parameters"], root["parameters"]));
  }

  // False: there is none of the targets.
  bool ReadSources(const YAML::Node& root, const std::vector<std::string>& targets, ManifestSources& result) {
    if (!IsMapping(root["filesets"]) || !IsMapping(root["targets"])) return false;
    bool found = false;
    for (const auto& entry : root["targets"]) {
      const std::string& name = entry.first.Scalar();
      const bool wanted = targets.empty() ? name == "default" : std::ranges::find(targets, name) != targets.end();
      if (!wanted || !entry.second.IsMap()) continue;
      found = true;
      for (const YAML::Node& use : entry.second["filesets"]) {
        const YAML::Node set = root["filesets"][FilesetOf(use.as<std::string>(""), targets)];
        if (IsMapping(set)) CollectFileset(set, result);
      }
      for (std::string& define : DefinesOf(entry.second["parameters"], root["parameters"])) {
        result.defines.push_back(std::move(define));
      }
    }
    return found;
  }

 private:
  // The fileset that a use names; empty: its condition does not hold.
  static std::string FilesetOf(const std::string& use, const std::vector<std::string>& targets) {
    const size_t question = use.find('?');
    if (question == std::string::npos) return use;
    std::string flag = use.substr(0, use.find_last_not_of(" ", question - 1) + 1);
    const bool negated = flag.starts_with('!');
    if (negated) flag.erase(0, 1);
    if ((std::ranges::find(targets, flag) != targets.end()) == negated) return "";
    const size_t open = use.find('(', question);
    const size_t close = use.find(')', question);
    if (open == std::string::npos || close == std::string::npos || close < open) return "";
    return use.substr(open + 1, close - open - 1);
  }

  void CollectFileset(const YAML::Node& set, ManifestSources& result) {
    for (const YAML::Node& file : set["files"]) {
      std::vector<std::string> paths;
      ReadFile(file, paths);
      const bool is_include =
          file.IsMap() && file.begin()->second.IsMap() && file.begin()->second["is_include_file"].as<bool>(false);
      for (const std::string& path : paths) {
        if (!is_include && IsHdl(LanguageOf(path))) AddFile(path, result);
      }
    }
  }

  // "path", or {path: {is_include_file: true, include_path: folder}}.
  void ReadFile(const YAML::Node& file, std::vector<std::string>& files) {
    if (file.IsScalar()) {
      files.push_back(file.Scalar());
    } else if (file.IsMap()) {
      for (const auto& entry : file) {
        const std::string& path = entry.first.Scalar();
        files.push_back(path);
        if (!entry.second.IsMap() || !entry.second["is_include_file"].as<bool>(false)) continue;
        AddIncludeDir(entry.second["include_path"].as<std::string>(std::string(FolderOf(path))));
      }
    }
  }

  // Of a target's "NAME" or "NAME=VALUE", those that are defines and not off.
  static std::vector<std::string> DefinesOf(const YAML::Node& used, const YAML::Node& parameters) {
    std::vector<std::string> defines;
    if (!IsMapping(parameters)) return defines;
    for (const YAML::Node& use : used) {
      if (!use.IsScalar()) continue;
      const std::string& text = use.Scalar();
      const size_t equals = text.find('=');
      const std::string name = text.substr(0, equals);
      const YAML::Node parameter = parameters[name];
      if (!IsMapping(parameter) || parameter["paramtype"].as<std::string>("") != "vlogdefine") continue;
      std::string value =
          equals == std::string::npos ? parameter["default"].as<std::string>("") : text.substr(equals + 1);
      const bool is_switch = parameter["datatype"].as<std::string>("") == "bool";
      if (is_switch ? value != "true" : value.empty()) continue;
      defines.push_back(is_switch ? name : name + "=" + value);
    }
    return defines;
  }
};

// Whether a manifest says anything of what is read from it. Most do not, and YAML is slow.
bool HasFacts(const std::string& text, bool is_core) {
  const auto has = [&text](std::string_view word) { return text.find(word) != std::string::npos; };
  return is_core ? has("is_include_file") || has("vlogdefine") : has("include_dirs") || has("defines");
}

}  // namespace

bool IsManifest(std::string_view path) { return path.ends_with(".core") || FileNameOf(path) == "Bender.yml"; }

base::Status ReadManifest(std::string_view path, const std::string& text, ManifestFacts& facts) {
  const bool is_core = path.ends_with(".core");
  if (is_core && !text.starts_with("CAPI=2")) return {};
  if (!HasFacts(text, is_core)) return {};
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return base::Fail(base::Code::kInvalidArgument, "manifest is no mapping");
    if (is_core) {
      CoreReader(path, facts).Read(root);
    } else {
      BenderReader(path, facts).Read(root);
    }
  } catch (const YAML::Exception& exception) {
    return base::Fail(base::Code::kInvalidArgument, std::string("manifest cannot be read: ") + exception.what());
  }
  return {};
}

base::Result<ManifestSources> ReadManifestSources(std::string_view path, const std::string& text,
                                                  const std::vector<std::string>& targets) {
  const auto fail = [path](const std::string& what) {
    return base::Fail(base::Code::kInvalidArgument, "manifest " + std::string(path) + " " + what);
  };
  if (!IsManifest(path)) return fail("is neither a .core file nor a Bender.yml");
  ManifestSources sources;
  ManifestFacts facts;
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return fail("is no mapping");
    if (!path.ends_with(".core")) {
      BenderReader(path, facts).ReadSources(root, targets, sources);
    } else if (!CoreReader(path, facts).ReadSources(root, targets, sources)) {
      return fail("has no such target");
    }
  } catch (const YAML::Exception& exception) {
    return fail(std::string("cannot be read: ") + exception.what());
  }
  sources.include_dirs = std::move(facts.include_dirs);
  return sources;
}

}  // namespace fanin::indexer
