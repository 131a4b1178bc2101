// Waves from files and from bytes, VCD and FST; the FST ones are written here by GTKWave's own writer.
#include "retriever/wave_file.h"

#include <fstapi.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace fanin::retriever {
namespace {

namespace fs = std::filesystem;

class WaveFileTest : public testing::Test {
 protected:
  WaveFileTest() {
    std::string pattern = testing::TempDir() + "fanin_wave_XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~WaveFileTest() override { fs::remove_all(folder_); }

  // top.u.clk and top.u.count[3:0], which changes at 0, 10 and 20.
  fs::path WriteFst() const {
    const fs::path path = folder_ / "wave.fst";
    void* const writer = fstWriterCreate(path.c_str(), 1);
    fstWriterSetTimescaleFromString(writer, "1ns");
    fstWriterSetScope(writer, FST_ST_VCD_MODULE, "top", nullptr);
    fstWriterSetScope(writer, FST_ST_VCD_MODULE, "u", nullptr);
    const fstHandle clock = fstWriterCreateVar(writer, FST_VT_VCD_WIRE, FST_VD_INPUT, 1, "clk", 0);
    const fstHandle count = fstWriterCreateVar(writer, FST_VT_VCD_REG, FST_VD_OUTPUT, 4, "count [3:0]", 0);
    fstWriterSetUpscope(writer);
    fstWriterSetUpscope(writer);
    const auto at = [&](uint64_t time, const char* clock_value, const char* count_value) {
      fstWriterEmitTimeChange(writer, time);
      fstWriterEmitValueChange(writer, clock, clock_value);
      fstWriterEmitValueChange(writer, count, count_value);
    };
    at(0, "0", "xxxx");
    at(10, "1", "0101");
    at(20, "0", "0110");
    fstWriterClose(writer);
    return path;
  }

  static std::string BytesOf(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static std::string CountAt(const base::Result<Wave>& wave, uint64_t time) {
    if (!wave) return wave.error().message;
    const std::vector<Wave::Variable> found = wave->Find("top.u.count");
    return found.size() == 1 ? wave->ValueAt(found.front(), After(time)).ToHex() : "not one variable";
  }

  fs::path folder_;
};

TEST_F(WaveFileTest, AnFstGivesTheValuesThatWereWritten) {
  const base::Result<Wave> wave = ReadWaveFile(WriteFst(), 1000);
  ASSERT_TRUE(wave.has_value()) << wave.error();
  EXPECT_EQ(CountAt(wave, 15), "5");
  EXPECT_EQ(CountAt(wave, 20), "6");
  EXPECT_EQ(wave->LastEdge(wave->Find("top.u.clk").front(), After(30), true), 10U);
}

TEST_F(WaveFileTest, AnFstIsReadFromBytesAndUpToATime) {
  const std::string bytes = BytesOf(WriteFst());
  EXPECT_EQ(FormatOfWave(bytes), WaveFormat::kFst);
  const base::Result<Wave> wave = ReadWave(bytes, 12);
  EXPECT_EQ(CountAt(wave, 1000), "5");
}

TEST_F(WaveFileTest, ADamagedFstIsAnError) {
  const std::string bytes = BytesOf(WriteFst());
  EXPECT_EQ(ReadWave(bytes.substr(0, 40), 1000).error().code, base::Code::kDataLoss);
  EXPECT_EQ(ReadWave(std::string(1, '\0') + "nothing of the kind", 1000).error().code, base::Code::kDataLoss);
}

TEST_F(WaveFileTest, AVcdIsReadFromAFile) {
  const fs::path path = folder_ / "wave.vcd";
  std::ofstream(path)
      << "$scope module top $end $scope module u $end $var wire 4 ! count $end $upscope $end $upscope $end "
         "$enddefinitions $end #0 b0011 !\n#5 b0100 !\n";
  EXPECT_EQ(CountAt(ReadWaveFile(path, 1000), 1), "3");
}

TEST_F(WaveFileTest, WhatIsNoRegularFileIsNotRead) {
  EXPECT_EQ(ReadWaveFile(folder_ / "missing.vcd", 0).error().code, base::Code::kNotFound);
  EXPECT_EQ(ReadWaveFile(folder_, 0).error().code, base::Code::kNotFound);
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(ReadWaveFile(folder_ / "fifo", 0).error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace fanin::retriever
