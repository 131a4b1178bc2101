#include "retriever/wave.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace fanin::retriever {
namespace {

constexpr size_t kMaxWordBytes = Bits::kMaxWidth + 1024;
constexpr size_t kMaxScopeDepth = 256;

// Without selects: "top.g_lane[3].q" -> "top.g_lane.q".
std::string WithoutSelects(std::string_view path) {
  std::string plain;
  int depth = 0;
  for (const char c : path) {
    depth += c == '[' ? 1 : 0;
    if (depth == 0) plain += c;
    depth -= c == ']' && depth > 0 ? 1 : 0;
  }
  return plain;
}

}  // namespace

class VcdReader {
 public:
  VcdReader(std::istream& in, uint64_t end_time, const WaveLimits& limits)
      : in_(in), end_time_(end_time), limits_(limits) {}

  base::Result<Wave> Read() {
    FANIN_RETURN_IF_ERROR(ReadHeader());
    FANIN_RETURN_IF_ERROR(ReadChanges());
    return std::move(wave_);
  }

 private:
  // The next word; empty: the end.
  base::Result<std::string_view> Next() {
    word_.clear();
    std::streambuf& buffer = *in_.rdbuf();
    constexpr int kEnd = std::streambuf::traits_type::eof();
    int c = buffer.sbumpc();
    while (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      ++bytes_;
      c = buffer.sbumpc();
    }
    while (c != kEnd && c != ' ' && c != '\n' && c != '\t' && c != '\r') {
      word_ += static_cast<char>(c);
      if (word_.size() > kMaxWordBytes) return base::Fail(base::Code::kDataLoss, "no VCD: a word is too long");
      c = buffer.sbumpc();
    }
    bytes_ += word_.size() + 1;
    if (bytes_ > limits_.max_bytes) {
      return base::Fail(base::Code::kResourceExhausted,
                        "the wave has more than " + std::to_string(limits_.max_bytes) + " bytes before its time");
    }
    return std::string_view(word_);
  }

  base::Status SkipSection() {
    while (true) {
      FANIN_ASSIGN_OR_RETURN(const std::string_view word, Next());
      if (word.empty() || word == "$end") return {};
    }
  }

  base::Result<std::vector<std::string>> ReadSection() {
    std::vector<std::string> words;
    while (true) {
      FANIN_ASSIGN_OR_RETURN(const std::string_view word, Next());
      if (word.empty() || word == "$end") return words;
      if (words.size() < 16) words.emplace_back(word);
    }
  }

  base::Status ReadHeader() {
    bool is_vcd = false;
    while (true) {
      FANIN_ASSIGN_OR_RETURN(const std::string_view word, Next());
      if (word.empty()) break;
      if (word.front() != '$')
        return base::Fail(base::Code::kDataLoss, "no VCD: its header has '" + std::string(word.substr(0, 40)) + "'");
      if (word == "$enddefinitions") {
        FANIN_RETURN_IF_ERROR(SkipSection());
        is_vcd = true;
        break;
      }
      if (word == "$scope") {
        FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> words, ReadSection());
        if (scopes_.size() >= kMaxScopeDepth) return base::Fail(base::Code::kDataLoss, "no VCD: scopes are too deep");
        scopes_.push_back(words.size() > 1 ? words[1] : "");
      } else if (word == "$upscope") {
        if (!scopes_.empty()) scopes_.pop_back();
        FANIN_RETURN_IF_ERROR(SkipSection());
      } else if (word == "$var") {
        FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> words, ReadSection());
        FANIN_RETURN_IF_ERROR(AddVariable(words));
      } else if (word == "$timescale") {
        FANIN_ASSIGN_OR_RETURN(const std::vector<std::string> words, ReadSection());
        for (const std::string& part : words) wave_.timescale_ += part;
      } else {
        FANIN_RETURN_IF_ERROR(SkipSection());
      }
    }
    return is_vcd ? base::Status{} : base::Fail(base::Code::kDataLoss, "no VCD: its header does not end");
  }

  // $var type width code name [range]
  base::Status AddVariable(const std::vector<std::string>& words) {
    if (words.size() < 4) return {};
    const std::string& type = words[0];
    if (type == "real" || type == "realtime" || type == "event" || type == "string") return {};
    Wave::Item item;
    const std::string& width = words[1];
    if (std::from_chars(width.data(), width.data() + width.size(), item.width).ec != std::errc{} || item.width == 0 ||
        item.width > Bits::kMaxWidth) {
      return {};
    }
    std::string name = words[3];
    std::string range = words.size() > 4 ? words[4] : "";
    if (const size_t bracket = name.find('['); bracket != std::string::npos && bracket > 0 && name.front() != '\\') {
      range = name.substr(bracket);
      name.resize(bracket);
    }
    if (name.starts_with('\\')) name.erase(0, 1);
    if (range.starts_with('[')) {
      const size_t colon = range.rfind(':');
      const char* const begin = range.data() + (colon == std::string::npos ? 1 : colon + 1);
      std::from_chars(begin, range.data() + range.size(), item.lsb);
    }
    const auto [code, is_new] = codes_.try_emplace(words[2], static_cast<uint32_t>(wave_.changes_.size()));
    if (is_new) wave_.changes_.emplace_back();
    item.changes = code->second;
    std::string path;
    for (const std::string& scope : scopes_) path += scope + ".";
    path = WithoutSelects(path) + name;
    memory_ += path.size() + 200;
    FANIN_RETURN_IF_ERROR(CheckMemory());
    wave_.by_path_[std::move(path)].push_back(static_cast<Wave::Variable>(wave_.variables_.size()));
    wave_.variables_.push_back(item);
    return {};
  }

  base::Status CheckMemory() const {
    if (memory_ <= limits_.max_memory_bytes) return {};
    return base::Fail(base::Code::kResourceExhausted,
                      "the wave's changes do not fit in " + std::to_string(limits_.max_memory_bytes) + " bytes");
  }

  base::Status ReadChanges() {
    uint64_t time = 0;
    while (true) {
      FANIN_ASSIGN_OR_RETURN(const std::string_view word, Next());
      if (word.empty()) return {};
      switch (word.front()) {
        case '#': {
          uint64_t next = 0;
          if (std::from_chars(word.data() + 1, word.data() + word.size(), next).ec != std::errc{}) break;
          if (next > end_time_ || next > kMaxWaveTime) return {};
          // A time that goes back would break the order that look-ups need.
          time = std::max(time, next);
          wave_.last_time_ = time;
          break;
        }
        case 'b':
        case 'B': {
          const std::string digits(word.substr(1));
          FANIN_ASSIGN_OR_RETURN(const std::string_view code, Next());
          FANIN_RETURN_IF_ERROR(AddChange(code, time, digits));
          break;
        }
        case 'r':
        case 'R':
        case 's':
        case 'S': {
          const base::Result<std::string_view> code = Next();
          if (!code) return std::unexpected(code.error());
          break;
        }
        case '0':
        case '1':
        case 'x':
        case 'X':
        case 'z':
        case 'Z': {
          const std::string digits(word.substr(0, 1));
          FANIN_RETURN_IF_ERROR(AddChange(word.substr(1), time, digits));
          break;
        }
        default:
          if (word == "$comment") FANIN_RETURN_IF_ERROR(SkipSection());
          break;  // $dumpvars, $end and the like
      }
    }
  }

  base::Status AddChange(std::string_view code, uint64_t time, std::string_view digits) {
    const auto known = codes_.find(std::string(code));
    if (known == codes_.end()) return {};
    std::vector<Wave::Change>& changes = wave_.changes_[known->second];
    memory_ += sizeof(Wave::Change) + digits.size();
    FANIN_RETURN_IF_ERROR(CheckMemory());
    changes.push_back({time, wave_.digits_.size(), static_cast<uint32_t>(digits.size())});
    wave_.digits_ += digits;
    return {};
  }

  std::istream& in_;
  const uint64_t end_time_;
  const WaveLimits limits_;
  Wave wave_;
  std::string word_;
  std::vector<std::string> scopes_;
  std::unordered_map<std::string, uint32_t> codes_;
  uint64_t bytes_ = 0;
  uint64_t memory_ = 0;
};

base::Result<Wave> Wave::ReadVcd(std::istream& in, uint64_t end_time, const WaveLimits& limits) {
  return VcdReader(in, end_time, limits).Read();
}

std::vector<Wave::Variable> Wave::Find(std::string_view path) const {
  const auto found = by_path_.find(WithoutSelects(path));
  return found == by_path_.end() ? std::vector<Variable>{} : found->second;
}

std::vector<std::string> Wave::FindByTail(std::string_view tail) const {
  const std::string wanted = "." + WithoutSelects(tail);
  std::vector<std::string> paths;
  for (const auto& [path, variables] : by_path_) {
    if (path.ends_with(wanted)) paths.push_back(path);
  }
  std::ranges::sort(paths);
  return paths;
}

const Wave::Change* Wave::ChangeAt(Variable variable, Moment moment) const {
  const std::vector<Change>& changes = changes_[variables_[variable].changes];
  const auto after =
      std::ranges::upper_bound(changes, moment, {}, [](const Change& change) { return After(change.time); });
  return after == changes.begin() ? nullptr : &*std::prev(after);
}

Bits Wave::ValueAt(Variable variable, Moment moment) const {
  const Change* const change = ChangeAt(variable, moment);
  if (change == nullptr) return Bits(variables_[variable].width);
  return Bits::Parse(std::string_view(digits_).substr(change->digits, change->length), variables_[variable].width);
}

std::optional<uint64_t> Wave::LastEdge(Variable variable, Moment moment, bool level) const {
  const std::vector<Change>& changes = changes_[variables_[variable].changes];
  const Change* change = ChangeAt(variable, moment);
  const char wanted = level ? '1' : '0';
  for (; change != nullptr && change != changes.data(); --change) {
    const auto last_digit = [&](const Change& one) {
      return one.length == 0 ? 'x' : digits_[one.digits + one.length - 1];
    };
    if (last_digit(*change) == wanted && last_digit(change[-1]) != wanted) return change->time;
  }
  return std::nullopt;
}

}  // namespace fanin::retriever
