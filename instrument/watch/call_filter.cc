#include "instrument/watch/call_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "instrument/watch/watched_calls.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace detaudit::instrument {
namespace {

// A question that the kernel has no answer to, and our filter has.
constexpr int kAreYouThere = 0x64617564;
constexpr unsigned kHere = ENOTNAM;

constexpr uint32_t kX32Bit = 0x40000000;  // in the numbers of x86-64's other ABI
constexpr size_t kMostInstructions = 8 + 2 * 5 * std::size(kWatchedCalls);

class Program {
 public:
  explicit Program(CallsTold told) {
    load(offsetof(seccomp_data, arch));
    const size_t to_32 = size_;
    add(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64);
    load(offsetof(seccomp_data, nr));
    add(BPF_ALU | BPF_AND | BPF_K, ~kX32Bit);
    answer_whether_here();
    tell_calls(&WatchedCall::number, told);
    end(SECCOMP_RET_ALLOW);
    const size_t jump = size_;
    load(offsetof(seccomp_data, nr));
    tell_calls(&WatchedCall::number_32, told);
    end(SECCOMP_RET_ALLOW);
    // Conditional jumps reach 255 instructions.
    code_[to_32].jf = static_cast<uint8_t>(jump - to_32 - 1);
  }
  sock_fprog get() { return {static_cast<unsigned short>(size_), code_}; }

 private:
  void add(int code, uint32_t value, uint8_t if_true = 0, uint8_t if_false = 0) {
    code_[size_++] = {static_cast<uint16_t>(code), if_true, if_false, value};
  }
  void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
  void load_argument(int index) {
    load(offsetof(seccomp_data, args) + static_cast<size_t>(index) * sizeof(uint64_t));
  }
  void end(uint32_t verdict) { add(BPF_RET | BPF_K, verdict); }

  void answer_whether_here() {
    add(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 4);
    load_argument(0);
    add(BPF_JMP | BPF_JEQ | BPF_K, kAreYouThere, 0, 1);
    end(SECCOMP_RET_ERRNO | kHere);
    end(SECCOMP_RET_ALLOW);
  }

  void tell_calls(int WatchedCall::*number, CallsTold told) {
    for (const WatchedCall& call : kWatchedCalls) {
      if (call.*number < 0) continue;
      const auto which = static_cast<uint32_t>(call.*number);
      if (call.meaning == CallMeaning::kOpen && told == CallsTold::kWriting) {
        add(BPF_JMP | BPF_JEQ | BPF_K, which, 0, 4);
        load_argument(call.detail);
        add(BPF_JMP | BPF_JSET | BPF_K, kOpensToWrite, 0, 1);
        end(SECCOMP_RET_USER_NOTIF);
        end(SECCOMP_RET_ALLOW);
      } else {
        add(BPF_JMP | BPF_JEQ | BPF_K, which, 0, 1);
        end(SECCOMP_RET_USER_NOTIF);
      }
    }
  }

  sock_filter code_[kMostInstructions];
  size_t size_ = 0;
};
static_assert(kMostInstructions / 2 < 255);

int set_filter(sock_fprog* program, unsigned long flags) {
  return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program));
}

}  // namespace

int install_call_filter(CallsTold told) {
  Program program(told);
  sock_fprog code = program.get();
  // Without the last, a signal's handler would see told calls end with EINTR.
  unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
                        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  int listener = set_filter(&code, flags);
  if (listener < 0 && errno == EINVAL) {
    flags &= ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    listener = set_filter(&code, flags);
  }
  if (listener < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
    listener = set_filter(&code, flags);
  return listener;
}

bool under_call_filter() {
  return prctl(kAreYouThere, 0, 0, 0, 0) == -1 && errno == static_cast<int>(kHere);
}

}  // namespace detaudit::instrument
