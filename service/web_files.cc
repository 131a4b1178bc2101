#include "service/web_files.h"

#include <system_error>
#include <utility>

#include "base/file.h"

namespace fanin::service {
namespace {

constexpr size_t kMaxBytes = 64 << 20;

// What bundlers write.
constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".woff2", "font/woff2"},
};

std::string TypeOf(const std::filesystem::path& path) {
  for (const auto& [extension, type] : kTypes) {
    if (path.extension() == extension) return std::string(type);
  }
  return "application/octet-stream";
}

const WebFile& NotBuilt() {
  static const WebFile page{
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Fanin</title>"
      "<body style=\"font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem\">"
      "<h1>Fanin answers</h1><p>The web interface is not built yet. With Node.js 20.19 or newer, in the source "
      "folder:</p>"
      "<pre>scripts/web.sh</pre><p>Then restart <code>fanin serve --http</code>. The methods are there all the same: "
      "<a href=\"/openapi.json\">/openapi.json</a>, <a href=\"/v1/status\">/v1/status</a>.</p>",
      "text/html; charset=utf-8"};
  return page;
}

}  // namespace

base::Result<WebFiles> WebFiles::Load(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(folder / "index.html", error)) {
    return base::Fail(base::Code::kNotFound, "no index.html in " + folder.string());
  }
  WebFiles loaded;
  size_t total_bytes = 0;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    FANIN_ASSIGN_OR_RETURN(std::string content, base::ReadFile(it->path(), kMaxBytes));
    total_bytes += content.size();
    if (total_bytes > kMaxBytes) return base::Fail(base::Code::kResourceExhausted, "too large: " + folder.string());
    const std::string path = "/" + it->path().lexically_relative(folder).generic_string();
    loaded.files_[path] = {std::move(content), TypeOf(it->path()), path.starts_with("/assets/")};
  }
  if (error) return base::Fail(base::Code::kUnavailable, "cannot read " + folder.string() + ": " + error.message());
  return loaded;
}

const WebFile* WebFiles::Find(std::string_view path) const {
  if (const auto file = files_.find(path); file != files_.end()) return &file->second;
  if (path.starts_with("/assets/")) return nullptr;
  const auto index = files_.find("/index.html");
  return index == files_.end() ? &NotBuilt() : &index->second;
}

}  // namespace fanin::service
