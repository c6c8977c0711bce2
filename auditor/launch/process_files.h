#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "auditor/launch/file_descriptor.h"

namespace detaudit::auditor {

// A name in a folder that exists, whether or not anything has that name.
struct NamedPlace {
  FileDescriptor folder;    // O_PATH
  std::string folder_name;  // absolute, without links
  std::string last;         // no "/", ".", ".." in it
  std::string name() const { return (folder_name == "/" ? "" : folder_name) + "/" + last; }
  std::optional<struct stat> facts() const;  // of a link itself
  bool can_change() const;                   // names may be made and taken away here
};

// Another process's memory and files, as one of its threads names them. That thread stands still.
class ProcessFiles {
 public:
  explicit ProcessFiles(pid_t thread);

  // Why paths cannot be followed as the thread would; empty when they can.
  std::string strange() const;

  enum class Read { kDone, kNoMemory, kForbidden };
  Read read(uint64_t address, void* to, size_t bytes) const;
  Read read_text(uint64_t address, std::string& text) const;  // up to its zero, at most PATH_MAX

  // Of what a path leads to at last. One system call.
  std::optional<struct stat> facts(int folder, const std::string& path) const;
  // Where a path leads by its folders. `folder`: a descriptor of the thread's, or AT_FDCWD.
  // `resolve`: openat2's. Nothing when there is no such folder.
  std::optional<NamedPlace> place(int folder, const std::string& path, uint64_t resolve = 0) const;
  // The same with all links followed, the last one too; nothing for one that leads nowhere.
  std::optional<NamedPlace> end_of(int folder, const std::string& path, uint64_t resolve = 0) const;

 private:
  std::string from_here(int folder, const std::string& path) const;
  std::optional<NamedPlace> place_in(int folder, const std::string& path, uint64_t resolve) const;

  pid_t thread_;
  std::string proc_;  // "/proc/1234"
};

}  // namespace detaudit::auditor
