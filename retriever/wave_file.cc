#include "retriever/wave_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <istream>
#include <sstream>
#include <streambuf>
#include <string>
#include <utility>

#include "base/child_process.h"
#include "base/descriptor.h"

namespace fanin::retriever {
namespace {

using base::Code;
using base::Fail;
using base::Result;

constexpr const char* kConverter = "fanin-fst2vcd";

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

Result<Wave> ReadVcdFrom(int descriptor, uint64_t end_time) {
  DescriptorBuffer buffer(descriptor);
  std::istream in(&buffer);
  return Wave::ReadVcd(in, end_time);
}

// That beside the running program, else that of PATH.
std::string ConverterPath() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = self.parent_path() / kConverter;
  return !error && std::filesystem::exists(beside, error) ? beside.string() : kConverter;
}

Result<Wave> ReadFst(int descriptor, uint64_t end_time) {
  base::ChildCommand command;
  command.program = ConverterPath();
  command.arguments = {kConverter, "/proc/self/fd/" + std::to_string(base::kPassedDescriptor),
                       std::to_string(end_time)};
  command.passed = descriptor;
  auto converter = base::ChildProcess::Start(std::move(command));
  if (!converter) {
    return Fail(
        Code::kFailedPrecondition,
        std::string("FST is read by ") + kConverter +
            ", which is neither beside this program nor in PATH; it is built where setup.sh has installed verilator");
  }
  Result<Wave> wave = ReadVcdFrom(converter->output(), end_time);
  // One that the reader had enough of was ended by its closed output.
  const int status = converter->Wait();
  const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const bool was_cut = WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE;
  if (!ended_well && !was_cut) return Fail(Code::kDataLoss, "no FST, or a damaged one");
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
  const base::Descriptor file(::memfd_create("wave", MFD_CLOEXEC));
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
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return Fail(Code::kNotFound, "cannot read the wave " + path.string());
  }
  Result<Wave> wave = ReadOpenWave(file.get(), end_time);
  if (!wave) return Fail(wave.error().code, path.string() + ": " + wave.error().message);
  return wave;
}

Result<Wave> ReadOpenWave(int descriptor, uint64_t end_time) {
  char first = 0;
  const bool is_fst = ::pread(descriptor, &first, 1, 0) == 1 && FormatOfWave({&first, 1}) == WaveFormat::kFst;
  return is_fst ? ReadFst(descriptor, end_time) : ReadVcdFrom(descriptor, end_time);
}

}  // namespace fanin::retriever
