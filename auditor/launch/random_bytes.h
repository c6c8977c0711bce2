#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace detaudit::auditor {

// The 16 bytes that the kernel draws for each program that it starts (AT_RANDOM). The C library
// makes the stack's canary and the guard of its pointers from them, which then lie about on the
// stack: with other bytes in each run, memory that is read before it is written never repeats.

// Why they cannot be held for this program without changing it; empty when they can.
std::string unsafe_to_hold(const std::filesystem::path& program);

// Traces a child that waits to execute a program. Empty, or why that is not permitted.
std::string trace_to_exec(pid_t child);

// After the child's exec, which stopped it: overwrites the bytes and lets go of it. Programs that
// this one executes draw their own. Empty, also when the child is no more, or why it failed.
std::string hold_random_bytes(pid_t child);

}  // namespace detaudit::auditor
