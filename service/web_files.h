// The files of the web UI, held in memory, so that a request can name nothing else.
//
// Immutable; thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fanin::service {

struct WebFile {
  std::string content;
  std::string type;        // "text/css"
  bool immutable = false;  // its name holds a digest of its content
};

class WebFiles {
 public:
  WebFiles() = default;  // none: Find answers with a page that says how to build them
  // All files below a folder that holds index.html. Errors: NOT_FOUND, RESOURCE_EXHAUSTED (more than 64 MiB).
  static base::Result<WebFiles> Load(const std::filesystem::path& folder);

  // The file at "/assets/x.js"; index.html for a page of the application; nullptr: there is none.
  const WebFile* Find(std::string_view path) const;

 private:
  std::map<std::string, WebFile, std::less<>> files_;  // by path: "/index.html"
};

}  // namespace fanin::service
