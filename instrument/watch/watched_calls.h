#pragma once

#include <fcntl.h>

#include <cstdint>

namespace detaudit::instrument {

enum class CallMeaning : uint8_t {
  kOpen,     // `detail`: flags
  kOpenHow,  // `detail`: where a struct open_how is
  kCreate,   // creat
  kName,     // a link or a symbolic one
  kMove,
  kRemove,
  kTruncate,
  kMakeNode,  // `detail`: mode
  kExecute,
  kBeyond,  // files that it makes or opens have no path in its arguments
};

// A system call by which files come to be, are opened, moved or removed. Numbers of x86-64 and of
// 32-bit x86; -1 where there is none. Then which argument is what: a folder (-1: the process's
// own), the path in it, the other pair of a call that has two, and what else counts.
struct WatchedCall {
  const char* name;
  int number, number_32;
  CallMeaning meaning;
  int8_t folder, path;
  int8_t to_folder, to_path;
  int8_t detail;
};

inline constexpr WatchedCall kWatchedCalls[] = {
    {"open", 2, 5, CallMeaning::kOpen, -1, 0, -1, -1, 1},
    {"openat", 257, 295, CallMeaning::kOpen, 0, 1, -1, -1, 2},
    {"openat2", 437, 437, CallMeaning::kOpenHow, 0, 1, -1, -1, 2},
    {"creat", 85, 8, CallMeaning::kCreate, -1, 0, -1, -1, -1},
    {"truncate", 76, 92, CallMeaning::kTruncate, -1, 0, -1, -1, -1},
    {"truncate64", -1, 193, CallMeaning::kTruncate, -1, 0, -1, -1, -1},
    {"rename", 82, 38, CallMeaning::kMove, -1, 0, -1, 1, -1},
    {"renameat", 264, 302, CallMeaning::kMove, 0, 1, 2, 3, -1},
    {"renameat2", 316, 353, CallMeaning::kMove, 0, 1, 2, 3, 4},
    {"link", 86, 9, CallMeaning::kName, -1, -1, -1, 1, -1},
    {"linkat", 265, 303, CallMeaning::kName, -1, -1, 2, 3, -1},
    {"symlink", 88, 83, CallMeaning::kName, -1, -1, -1, 1, -1},
    {"symlinkat", 266, 304, CallMeaning::kName, -1, -1, 1, 2, -1},
    {"unlink", 87, 10, CallMeaning::kRemove, -1, 0, -1, -1, -1},
    {"unlinkat", 263, 301, CallMeaning::kRemove, 0, 1, -1, -1, -1},
    {"rmdir", 84, 40, CallMeaning::kRemove, -1, 0, -1, -1, -1},
    {"mknod", 133, 14, CallMeaning::kMakeNode, -1, 0, -1, -1, 1},
    {"mknodat", 259, 297, CallMeaning::kMakeNode, 0, 1, -1, -1, 2},
    {"open_by_handle_at", 304, 342, CallMeaning::kBeyond, -1, -1, -1, -1, -1},
    {"io_uring_setup", 425, 425, CallMeaning::kBeyond, -1, -1, -1, -1, -1},
    {"execve", 59, 11, CallMeaning::kExecute, -1, 0, -1, -1, -1},
    {"execveat", 322, 358, CallMeaning::kExecute, 0, 1, -1, -1, -1},
};

// An open without any of these leaves every file as it is.
inline constexpr uint32_t kOpensToWrite = O_ACCMODE | O_CREAT | O_TRUNC;

}  // namespace detaudit::instrument
