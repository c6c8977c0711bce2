#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "auditor/launch/file_descriptor.h"

namespace detaudit::auditor {

// A program that answers one line with one line, in a process of its own: whatever a hostile source
// does to a parser ends with it. Ended by the destructor.
class ReaderProcess {
 public:
  // `argv[0]` is a path. Throws DET905 when it cannot be started.
  explicit ReaderProcess(const std::vector<std::string>& argv);
  ~ReaderProcess();
  ReaderProcess(const ReaderProcess&) = delete;
  ReaderProcess& operator=(const ReaderProcess&) = delete;

  // Nothing when the reader ended or did not answer in time: then it is over, and end() says how.
  std::optional<std::string> ask(const std::string& line, std::chrono::seconds limit);
  const std::string& end() const { return end_; }  // "was ended by SIGSEGV"

 private:
  bool send(const std::string& line);
  void stop(const char* why);

  pid_t pid_ = -1;
  FileDescriptor to_, from_;
  std::string buffered_;
  std::string end_;
};

}  // namespace detaudit::auditor
