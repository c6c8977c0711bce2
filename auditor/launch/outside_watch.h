#pragma once

#include <sys/types.h>

#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include "auditor/launch/call_keeper.h"
#include "auditor/launch/file_descriptor.h"
#include "auditor/launch/outside_view.h"
#include "auditor/launch/told_call.h"
#include "instrument/trace/event.h"

namespace detaudit::auditor {

// Watches what a run's programs that no probe reaches do to files. They come under a filter before
// they begin (instrument/watch) and are handed over on an abstract socket; each call that may
// change a file is then read, noted and let pass. One thread, which sleeps while nothing is told; a
// told call costs its caller some ten microseconds. Hold one from before the subject starts.
class OutsideWatch {
 public:
  // Files in `ours` are not the subject's.
  OutsideWatch(std::filesystem::path ours, const EarlierWindow& earlier);
  ~OutsideWatch();
  OutsideWatch(const OutsideWatch&) = delete;
  OutsideWatch& operator=(const OutsideWatch&) = delete;

  // Of the socket; "" where this kernel cannot do it.
  const std::string& name() const { return name_; }
  OutsideView finish();  // who still runs goes on unwatched

 private:
  enum class Role { kDoor, kStop, kGuest, kListener };

  void listen();
  void watch();
  void add(FileDescriptor file, Role role);
  void drop(int file);
  void admit();
  void take_over(int guest);
  void serve(int listener, uint32_t events);
  void note(const ToldCall& told);

  const std::filesystem::path ours_;
  const EarlierWindow earlier_;
  CallKeeper keeper_;
  std::string name_;
  FileDescriptor events_, stop_, spare_;
  int door_ = -1;
  std::unordered_map<int, std::pair<FileDescriptor, Role>> files_;
  size_t listeners_ = 0;
  std::set<std::pair<instrument::SourceKind, std::string>> noted_;
  OutsideView view_;
  std::thread thread_;
};

}  // namespace detaudit::auditor
