// Child processes of the driver: this program again, with other arguments, so that its crash is seen and not shared.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace fanin::stress {

struct Ended {
  int exit_code = -1;  // -1: a signal ended it
  int signal = 0;
  std::string out;  // stdout
  std::string err;  // the last of stderr

  std::string Describe() const;
};

class Child {
 public:
  // `environment`: "NAME=VALUE", added to the driver's.
  explicit Child(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next line of its stdout without the line end; false at the end of output.
  bool ReadLine(std::string& line);
  void Kill();
  // Reads what is left of its output and waits for its end. One that takes longer than `at_most_s` is killed, and ended
  // by a signal.
  Ended Wait(double at_most_s = 300);

 private:
  void ReadSome();

  pid_t pid_ = -1;
  int out_ = -1;
  std::string err_path_;
  std::string buffer_;
  bool at_end_ = false;
};

}  // namespace fanin::stress
