#include "auditor/launch/random_bytes.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

// Never a canary of zeros.
constexpr std::array<uint64_t, 2> kHeldBytes = {0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u};
constexpr int kExecStop = SIGTRAP | PTRACE_EVENT_EXEC << 8;

std::string failure(const char* call) { return std::string(call) + ": " + std::strerror(errno); }

// False when the child ended instead. Whatever signal comes in between is its own.
bool stops_at_exec(pid_t child) {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WSTOPPED | WNOWAIT) != 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if (info.si_code != CLD_TRAPPED) return false;
    if (info.si_status == kExecStop) return true;
    const int signal = info.si_status > 0xff ? 0 : info.si_status;
    if (ptrace(PTRACE_CONT, child, nullptr, signal) != 0) return false;
  }
}

// Where the bytes are in the child's memory; 0 when it has none.
uint64_t address_of_bytes(pid_t child) {
  std::ifstream vector("/proc/" + std::to_string(child) + "/auxv", std::ios::binary);
  Elf64_auxv_t entry;
  while (vector.read(reinterpret_cast<char*>(&entry), sizeof entry)) {
    if (entry.a_type == AT_RANDOM) return entry.a_un.a_val;
  }
  return 0;
}

std::string overwrite_bytes(pid_t child) {
  const uint64_t address = address_of_bytes(child);
  if (address == 0) return "it is not in the program's auxiliary vector";
  for (size_t i = 0; i < kHeldBytes.size(); ++i) {
    if (ptrace(PTRACE_POKEDATA, child, address + i * sizeof(uint64_t), kHeldBytes[i]) != 0) {
      return failure("ptrace");
    }
  }
  return "";
}

}  // namespace

std::string unsafe_to_hold(const fs::path& program) {
  std::error_code error;
  const fs::perms set_id = fs::perms::set_uid | fs::perms::set_gid;
  if ((fs::status(program, error).permissions() & set_id) != fs::perms::none ||
      getxattr(program.c_str(), "security.capability", nullptr, 0) > 0) {
    return "the program would lose the privileges that its file gives it";
  }
  return "";
}

std::string trace_to_exec(pid_t child) {
  return ptrace(PTRACE_SEIZE, child, nullptr, PTRACE_O_TRACEEXEC) == 0 ? "" : failure("ptrace");
}

std::string hold_random_bytes(pid_t child) {
  if (!stops_at_exec(child)) return "";
  std::string why = overwrite_bytes(child);
  if (ptrace(PTRACE_DETACH, child, nullptr, 0) != 0 && why.empty()) why = failure("ptrace");
  return why;
}

}  // namespace detaudit::auditor
