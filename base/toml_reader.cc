#include "base/toml_reader.h"

#include <utility>

#include "base/spelling.h"

namespace fanin::base {

std::unexpected<Error> TomlReader::FailAt(const toml::node& node, const std::string& what) const {
  return Fail(Code::kInvalidArgument, file_ + ":" + std::to_string(node.source().begin.line) + ": " + what);
}

Result<toml::table> TomlReader::Parse(std::string_view text) const {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalidArgument,
                file_ + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  }
}

Status TomlReader::ReadTable(const toml::table& table, std::string_view what, const Keys& keys) const {
  for (const auto& [key, value] : table) {
    const auto reader = keys.find(key.str());
    if (reader != keys.end()) {
      FANIN_RETURN_IF_ERROR(reader->second(value));
      continue;
    }
    std::vector<std::string> known;
    for (const auto& [name, unused] : keys) known.push_back(name);
    std::string message = std::string(what) + " has no key " + std::string(key.str());
    const std::vector<std::string> near = NearestNames(key.str(), known, 1);
    if (!near.empty()) message += "; is it " + near.front() + "?";
    return FailAt(value, message);
  }
  return {};
}

TomlReader::KeyReader TomlReader::String(std::string& out) const {
  return [this, &out](const toml::node& node) -> Status {
    if (!node.is_string()) return FailAt(node, "is to be a string");
    out = node.ref<std::string>();
    return {};
  };
}

TomlReader::KeyReader TomlReader::Strings(std::vector<std::string>& out) const {
  return [this, &out](const toml::node& node) -> Status {
    if (!node.is_array()) return FailAt(node, "is to be an array of strings");
    for (const toml::node& item : *node.as_array()) {
      if (!item.is_string()) return FailAt(item, "is to be a string");
      out.push_back(item.ref<std::string>());
    }
    return {};
  };
}

TomlReader::KeyReader TomlReader::Bool(bool& out) const {
  return [this, &out](const toml::node& node) -> Status {
    if (!node.is_boolean()) return FailAt(node, "is to be true or false");
    out = node.ref<bool>();
    return {};
  };
}

TomlReader::KeyReader TomlReader::Number(uint64_t& out, uint64_t least, uint64_t most) const {
  return [this, &out, least, most](const toml::node& node) -> Status {
    const std::string wanted = "is to be a number from " + std::to_string(least) + " to " + std::to_string(most);
    if (!node.is_integer()) return FailAt(node, wanted);
    const int64_t value = node.ref<int64_t>();
    if (value < 0 || static_cast<uint64_t>(value) < least || static_cast<uint64_t>(value) > most) {
      return FailAt(node, wanted);
    }
    out = static_cast<uint64_t>(value);
    return {};
  };
}

TomlReader::KeyReader TomlReader::Table(Keys keys) const {
  return [this, keys = std::move(keys)](const toml::node& node) -> Status {
    if (!node.is_table()) return FailAt(node, "is to be a table");
    return ReadTable(*node.as_table(), "this table", keys);
  };
}

}  // namespace fanin::base
