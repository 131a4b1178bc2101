#include "indexer/manifests.h"

#include <yaml-cpp/yaml.h>

#include <utility>

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

  static std::string Define(const std::string& name, const YAML::Node& value) {
    return value.IsScalar() && !value.Scalar().empty() ? name + "=" + value.Scalar() : name;
  }

 private:
  std::string folder_;
  ManifestFacts& facts_;
};

// https://github.com/pulp-platform/bender: the "Manifest Format" of its README.
class BenderReader : public Reader {
 public:
  using Reader::Reader;

  void Read(const YAML::Node& root) {
    AddIncludeDirs(root["export_include_dirs"]);
    ReadSources(root["sources"], {}, /*conditional=*/false);
  }

 private:
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

 private:
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

}  // namespace fanin::indexer
