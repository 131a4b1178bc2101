#include "indexer/design_spec.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/toml_reader.h"

namespace fanin::indexer {
namespace {

const base::TomlReader& Toml() {
  static const base::TomlReader kReader{std::string(kDesignFile)};
  return kReader;
}

// A string, or an array of strings.
base::Status ReadStrings(std::string_view key, const toml::node& node, std::vector<std::string>& out) {
  if (const auto text = node.value_exact<std::string>()) {
    out.push_back(*text);
    return {};
  }
  const std::string wanted = std::string(key) + " is to be a string or an array of strings";
  if (!node.is_array()) return Toml().FailAt(node, wanted);
  for (const toml::node& item : *node.as_array()) {
    const auto text = item.value_exact<std::string>();
    if (!text) return Toml().FailAt(item, wanted);
    out.push_back(*text);
  }
  return {};
}

// A table of names and values, as "NAME=VALUE"; `true` stands for a macro without value.
base::Status ReadValues(std::string_view key, const toml::node& node, std::vector<std::string>& out) {
  if (!node.is_table()) return Toml().FailAt(node, std::string(key) + " is to be a table: { NAME = value }");
  for (const auto& [name, value] : *node.as_table()) {
    std::string text(name.str());
    if (const auto number = value.value_exact<int64_t>()) {
      text += "=" + std::to_string(*number);
    } else if (const auto written = value.value_exact<std::string>()) {
      text += "=" + *written;
    } else if (value.value_exact<bool>() != true) {
      return Toml().FailAt(value, std::string(key) + "." + text + " is to be a number, a string or true");
    }
    out.push_back(std::move(text));
  }
  return {};
}

base::Result<DesignSpec> ReadDesign(const toml::table& table) {
  DesignSpec spec;
  std::optional<bool> discover;
  const std::pair<std::string_view, std::vector<std::string>*> lists[] = {{"top", &spec.tops},
                                                                          {"files", &spec.files},
                                                                          {"filelist", &spec.file_lists},
                                                                          {"manifest", &spec.manifests},
                                                                          {"targets", &spec.targets},
                                                                          {"include_dirs", &spec.include_dirs},
                                                                          {"pin", &spec.pins}};
  for (const auto& [key, value] : table) {
    const std::string_view name = key.str();
    const auto* list = std::ranges::find(lists, name, [](const auto& entry) { return entry.first; });
    if (list != std::end(lists)) {
      FANIN_RETURN_IF_ERROR(ReadStrings(name, value, *list->second));
    } else if (name == "defines") {
      FANIN_RETURN_IF_ERROR(ReadValues(name, value, spec.defines));
    } else if (name == "parameters") {
      FANIN_RETURN_IF_ERROR(ReadValues(name, value, spec.parameters));
    } else if (name == "name") {
      if (!value.is_string()) return Toml().FailAt(value, "name is to be a string");
      spec.name = value.ref<std::string>();
    } else if (name == "discover") {
      if (!value.is_boolean()) return Toml().FailAt(value, "discover is to be true or false");
      discover = value.ref<bool>();
    } else {
      return Toml().FailAt(value, "a design has no key " + std::string(name) + "; see docs/designs.md");
    }
  }
  if (spec.tops.empty()) return Toml().FailAt(table, "a design needs a top");
  if (spec.name.empty()) spec.name = spec.tops.front();
  // Lists are exact. Manifests name dependencies that other repositories hold.
  spec.discover = discover.value_or(spec.files.empty() && spec.file_lists.empty());
  return spec;
}

}  // namespace

base::Result<std::vector<DesignSpec>> ParseDesigns(std::string_view text) {
  FANIN_ASSIGN_OR_RETURN(const toml::table root, Toml().Parse(text));
  std::vector<DesignSpec> designs;
  const toml::node* list = root.get("design");
  if (list == nullptr) return designs;
  if (!list->is_array_of_tables()) return Toml().FailAt(*list, "designs are written as [[design]] tables");
  std::set<std::string> names;
  for (const toml::node& item : *list->as_array()) {
    FANIN_ASSIGN_OR_RETURN(DesignSpec spec, ReadDesign(*item.as_table()));
    if (!names.insert(spec.name).second) return Toml().FailAt(item, "two designs are named " + spec.name);
    designs.push_back(std::move(spec));
  }
  return designs;
}

DesignSpec DiscoveredDesign(const std::string& top) {
  DesignSpec spec;
  spec.name = top;
  spec.tops = {top};
  spec.discover = true;
  return spec;
}

void AddTo(base::Digester& digester, const DesignSpec& spec) {
  digester.Add(spec.name).AddInt(spec.discover ? 1 : 0);
  for (const auto* list : {&spec.tops, &spec.files, &spec.file_lists, &spec.manifests, &spec.targets,
                           &spec.include_dirs, &spec.defines, &spec.parameters, &spec.pins}) {
    digester.AddInt(list->size());
    for (const std::string& item : *list) digester.Add(item);
  }
}

}  // namespace fanin::indexer
