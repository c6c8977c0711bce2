#pragma once

namespace detaudit::instrument {

// Why the dynamic loader would not put a preloaded library into a program.
struct Unreached {
  const char* why = nullptr;  // null: it would, or the program cannot be started
  // Its file gives it privileges, which a process that is watched might lose.
  bool privileged = false;
};

// Of the program at `path`; of a script, its interpreter. System calls and the stack alone.
Unreached beyond_reach(const char* path);

}  // namespace detaudit::instrument
