// Reading TOML whose every mistake is told with file and line. Wraps toml++, and throws nothing.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fanin::base {

class TomlReader {
 public:
  explicit TomlReader(std::string file) : file_(std::move(file)) {}

  // Errors: INVALID_ARGUMENT "file:line: what", as of all functions.
  Result<toml::table> Parse(std::string_view text) const;

  // Calls the reader of each key; a key that has none is an error that names those there are.
  using KeyReader = std::function<Status(const toml::node&)>;
  using Keys = std::map<std::string, KeyReader, std::less<>>;
  Status ReadTable(const toml::table& table, std::string_view what, const Keys& keys) const;

  // Readers into a variable, which must outlive them.
  KeyReader String(std::string& out) const;
  KeyReader Strings(std::vector<std::string>& out) const;
  KeyReader Bool(bool& out) const;
  KeyReader Number(uint64_t& out, uint64_t least, uint64_t most) const;
  KeyReader Table(Keys keys) const;

  std::unexpected<Error> FailAt(const toml::node& node, const std::string& what) const;

 private:
  std::string file_;
};

}  // namespace fanin::base
