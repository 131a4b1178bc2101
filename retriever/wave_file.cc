#include "retriever/wave_file.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <istream>
#include <optional>
#include <sstream>
#include <streambuf>
#include <string>
#include <utility>

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using base::Result;

constexpr const char* kConverter = "fanin-fst2vcd";
// Of the converter, where it finds the wave.
constexpr int kWaveDescriptor = 3;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) {}

 private:
  int_type underflow() override {
    ssize_t got = 0;
    do {
      got = ::read(descriptor_, buffer_.data(), buffer_.size());
    } while (got < 0 && errno == EINTR);
    if (got <= 0) return traits_type::eof();
    setg(buffer_.data(), buffer_.data(), buffer_.data() + got);
    return traits_type::to_int_type(buffer_.front());
  }

  const int descriptor_;
  std::array<char, 1 << 16> buffer_{};
};

// That beside the running program, else that of PATH.
std::string ConverterPath() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = self.parent_path() / kConverter;
  return !error && std::filesystem::exists(beside, error) ? beside.string() : kConverter;
}

struct Converter {
  pid_t pid = 0;
  Descriptor output;
};

std::optional<Converter> StartConverter(int wave, uint64_t end_time) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  Converter converter{0, Descriptor(ends[0])};
  const Descriptor write_end(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, wave, kWaveDescriptor);
  const std::string program = ConverterPath();
  std::string name = kConverter, file = "/proc/self/fd/" + std::to_string(kWaveDescriptor);
  std::string time = std::to_string(end_time);
  std::array<char*, 4> arguments = {name.data(), file.data(), time.data(), nullptr};
  // A reader that has enough ends it by SIGPIPE, which this process may ignore.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error = ::posix_spawnp(&converter.pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return std::nullopt;
  return converter;
}

Result<Wave> ReadFst(int descriptor, uint64_t end_time) {
  std::optional<Converter> converter = StartConverter(descriptor, end_time);
  if (!converter) {
    return Fail(
        Code::kFailedPrecondition,
        std::string("FST is read by ") + kConverter +
            ", which is neither beside this program nor in PATH; it is built where setup.sh has installed verilator");
  }
  Result<Wave> wave = [&] {
    DescriptorBuffer buffer(converter->output.get());
    std::istream in(&buffer);
    return Wave::ReadVcd(in, end_time);
  }();
  converter->output = Descriptor();  // what it has not written yet is not wanted
  int status = 0;
  while (::waitpid(converter->pid, &status, 0) < 0 && errno == EINTR) {
  }
  const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const bool was_cut = WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE;
  if (!ended_well && !was_cut) return Fail(Code::kDataLoss, "no FST, or a damaged one");
  return wave;
}

Result<Wave> Name(Result<Wave> wave, const std::filesystem::path& path) {
  if (!wave) return Fail(wave.error().code, path.string() + ": " + wave.error().message);
  return wave;
}

}  // namespace

WaveFormat FormatOfWave(std::string_view content) {
  // Types of blocks that an FST begins with: its header, or all of it compressed.
  const bool is_fst = !content.empty() && (content.front() == '\0' || content.front() == '\xfe');
  return is_fst ? WaveFormat::kFst : WaveFormat::kVcd;
}

Result<Wave> ReadWave(std::string_view content, uint64_t end_time) {
  if (FormatOfWave(content) == WaveFormat::kVcd) {
    std::istringstream in{std::string(content)};
    return Wave::ReadVcd(in, end_time);
  }
  const Descriptor file(::memfd_create("wave", MFD_CLOEXEC));
  for (std::string_view left = content; file.is_open() && !left.empty();) {
    const ssize_t put = ::write(file.get(), left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return Fail(Code::kResourceExhausted, "no memory for the wave");
    left.remove_prefix(static_cast<size_t>(put));
  }
  if (!file.is_open()) return Fail(Code::kResourceExhausted, "no memory for the wave");
  return ReadFst(file.get(), end_time);
}

Result<Wave> ReadWaveFile(const std::filesystem::path& path, uint64_t end_time) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Fail(Code::kNotFound, "cannot read the wave " + path.string());
  }
  char first = 0;
  const ssize_t got = ::pread(file.get(), &first, 1, 0);
  if (got == 1 && FormatOfWave({&first, 1}) == WaveFormat::kFst) return Name(ReadFst(file.get(), end_time), path);
  DescriptorBuffer buffer(file.get());
  std::istream in(&buffer);
  return Name(Wave::ReadVcd(in, end_time), path);
}

}  // namespace fanin::retriever
