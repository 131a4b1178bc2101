// Random changes to a folder of RTL, as editors, people and git make them. Equal seeds make equal changes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace fanin::service {

inline constexpr const char* kEditedFileList = "edited.f";

class RandomEdits {
 public:
  // `folder` is changed; `pristine`, an equal copy of its first state, is what texts are taken from.
  RandomEdits(std::filesystem::path folder, std::filesystem::path pristine, uint64_t seed)
      : folder_(std::move(folder)), pristine_(std::move(pristine)), random_(seed) {
    originals_ = ListFiles(pristine_);
  }

  // Makes one change and says what it was.
  std::string Apply();

 private:
  using Lines_ = std::vector<std::string>;

  // Both are the same on every machine, which the distributions of <random> are not.
  size_t Below(size_t count) { return random_() % count; }
  template <typename Items>
  const auto& Pick(const Items& items) {
    return items[Below(std::size(items))];
  }
  static constexpr std::string_view kDirectives[] = {
      "`define WIDTH 7",    "`ifdef SYNTHESIS",       "`endif", "`else", "`undef WIDTH", "`include \"defs.svh\"",
      "`default_nettype x", "`define M(a) assign a;", "`M(foo)"};
  static inline const std::vector<std::string> kFolders = {"moved", "moved/deeper", "a", "zz"};

  Lines_::iterator At(Lines_& lines) { return lines.begin() + static_cast<ptrdiff_t>(Below(lines.size())); }

  static std::vector<std::string> ListFiles(const std::filesystem::path& folder) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string extension = entry.path().extension().string();
      const bool known =
          extension == ".v" || extension == ".sv" || extension == ".vh" || extension == ".svh" || extension == ".md";
      if (known && entry.is_regular_file()) files.push_back(entry.path().lexically_relative(folder).string());
    }
    std::ranges::sort(files);
    return files;
  }

  static std::string Read(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }

  static Lines_ Lines(const std::string& text) {
    Lines_ lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  void Write(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file, std::ios::binary) << text;
  }

  template <typename Change>
  std::string Rewrite(const std::string& file, const std::string& what, const Change& change) {
    Lines_ lines = Lines(Read(folder_ / file));
    if (lines.empty()) lines.emplace_back();
    change(lines);
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    Write(file, text);
    return what + file;
  }

  // All occurrences of one identifier of the file, in this file only.
  void RenameWord(Lines_& lines) {
    const std::string& line = *At(lines);
    const size_t begin = line.find_first_of("abcdefghijklmnopqrstuvwxyz_");
    if (begin == std::string::npos) return;
    const size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", begin);
    const std::string word = line.substr(begin, end - begin);
    for (std::string& other : lines) {
      for (size_t at = 0; (at = other.find(word, at)) != std::string::npos; at += word.size() + 1)
        other.insert(at, "r");
    }
  }

  void AddModule(Lines_& lines) {
    const std::string of = std::filesystem::path(Pick(originals_)).stem().string();
    const std::string name = "added_" + std::to_string(Below(5));
    lines.push_back("module " + name + "(input clk, input [3:0] in, output reg [3:0] out);");
    lines.push_back("  always @(posedge clk) out <= in;");
    lines.push_back("  " + of + " u_" + of + "(.clk(clk), .*);");
    lines.push_back("endmodule");
  }

  std::string Move(const std::string& from, const std::string& to) {
    std::filesystem::create_directories((folder_ / to).parent_path());
    std::filesystem::rename(folder_ / from, folder_ / to);
    return "move " + from + " to " + to;
  }

  std::string Copy(const std::string& from, const std::string& to) {
    Write(to, Read(folder_ / from));
    return "copy " + from + " to " + to;
  }

  std::string Swap(const std::string& one, const std::string& other) {
    const std::string text = Read(folder_ / one);
    Write(one, Read(folder_ / other));
    Write(other, text);
    return "swap " + one + " and " + other;
  }

  std::string MoveFolder(const std::string& file) {
    const std::filesystem::path from = std::filesystem::path(file).parent_path();
    const std::string to = "renamed_" + std::to_string(++renamed_);
    if (from.empty()) return Restore();
    std::filesystem::rename(folder_ / from, folder_ / to);
    return "move folder " + from.string() + " to " + to;
  }

  std::string DeleteFolder(const std::string& file) {
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    if (folder.empty()) return Restore();
    std::filesystem::remove_all(folder_ / folder);
    return "delete folder " + folder.string();
  }

  // What other files depend on: packages and headers; any file where there are none.
  const std::string& PickShared(const std::vector<std::string>& files) {
    std::vector<const std::string*> shared;
    for (const std::string& file : files) {
      const std::filesystem::path path(file);
      const bool header = path.extension() == ".svh" || path.extension() == ".vh";
      if (header || path.stem().string().ends_with("_pkg")) shared.push_back(&file);
    }
    return shared.empty() ? Pick(files) : *Pick(shared);
  }

  // Macros, include folders and files that count for the files it names.
  std::string WriteManifest(const std::vector<std::string>& files) {
    const std::string folder = std::filesystem::path(Pick(files)).parent_path().string();
    std::string text = "package: {name: edited}\nsources:\n  - include_dirs: [\"" + (folder.empty() ? "." : folder) +
                       "\"]\n    defines: {WIDTH: " + std::to_string(Below(3)) +
                       (Below(2) == 0 ? ", SYNTHESIS: 1" : "") + "}\n    files:\n";
    for (int i = 0; i < 5; ++i) text += "      - \"" + Pick(files) + "\"\n";
    Write("Bender.yml", text);
    return "write Bender.yml";
  }

  // The same as a .f list.
  std::string WriteFileList(const std::vector<std::string>& files) {
    const std::string folder = std::filesystem::path(Pick(files)).parent_path().string();
    std::string text =
        "+incdir+" + (folder.empty() ? "." : folder) + "\n+define+WIDTH=" + std::to_string(Below(3)) + "\n";
    if (Below(2) == 0) text += "+define+SYNTHESIS\n";
    for (int i = 0; i < 5; ++i) text += Pick(files) + "\n";
    Write(kEditedFileList, text);
    return "write " + std::string(kEditedFileList);
  }

  // A few files as they were.
  std::string Restore() {
    std::string what = "restore";
    for (int i = 0; i < 5; ++i) {
      const std::string& file = Pick(originals_);
      Write(file, Read(pristine_ / file));
      what += " " + file;
    }
    return what;
  }

  const std::filesystem::path folder_;
  const std::filesystem::path pristine_;
  std::mt19937_64 random_;
  std::vector<std::string> originals_;
  int renamed_ = 0;
};

inline std::string RandomEdits::Apply() {
  const std::vector<std::string> files = ListFiles(folder_);
  if (files.size() < 4) return Restore();
  const std::string& file = Pick(files);
  switch (Below(23)) {
    case 0: return Rewrite(file, "delete a line of ", [&](auto& lines) { lines.erase(At(lines)); });
    case 1: return Rewrite(file, "repeat a line of ", [&](auto& lines) { lines.insert(At(lines), *At(lines)); });
    case 2:
      return Rewrite(file, "insert a line of another file into ", [&](auto& lines) {
        const std::vector<std::string> others = Lines(Read(pristine_ / Pick(originals_)));
        if (!others.empty()) lines.insert(At(lines), others[Below(others.size())]);
      });
    case 3: return Rewrite(file, "swap two lines of ", [&](auto& lines) { std::iter_swap(At(lines), At(lines)); });
    case 4: return Rewrite(file, "cut ", [&](auto& lines) { lines.erase(At(lines), lines.end()); });
    case 5:
      return Rewrite(file, "add a directive to ",
                     [&](auto& lines) { lines.insert(At(lines), std::string(Pick(kDirectives))); });
    case 6: return Rewrite(file, "rename a word of ", [&](auto& lines) { RenameWord(lines); });
    case 7: return Rewrite(file, "add a module to ", [&](auto& lines) { AddModule(lines); });
    case 8: std::filesystem::remove(folder_ / file); return "delete " + file;
    case 9: return Move(file, Pick(kFolders) + ("/" + std::filesystem::path(file).filename().string()));
    case 10: return Copy(file, Pick(kFolders) + ("/copy_" + std::filesystem::path(file).filename().string()));
    case 11: return Swap(file, Pick(files));
    case 12: return MoveFolder(file);
    case 13: return DeleteFolder(file);
    case 15: {
      const std::string& shared = PickShared(files);
      return Rewrite(shared, "delete a line of ", [&](auto& lines) { lines.erase(At(lines)); });
    }
    case 16: {
      const std::string& shared = PickShared(files);
      return Rewrite(shared, "rename a word of ", [&](auto& lines) { RenameWord(lines); });
    }
    case 17: {
      const std::string& shared = PickShared(files);
      std::filesystem::remove(folder_ / shared);
      return "delete " + shared;
    }
    case 18: return WriteManifest(files);
    case 19: std::filesystem::remove(folder_ / "Bender.yml"); return "delete Bender.yml";
    case 20:
    case 21: return WriteFileList(files);
    case 14: Write(file, std::string("module broken;\0\n", 16)); return "make no text of " + file;
    default: return Restore();
  }
}

}  // namespace fanin::service
