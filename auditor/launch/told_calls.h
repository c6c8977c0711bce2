#pragma once

#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

namespace detaudit::auditor {

// The kernel's structures may be longer than those that we were compiled with.
union ToldBytes {
  seccomp_notif call;
  char room[512];
};

// The next call told on a descriptor that poll found readable; false when it is gone.
inline bool receive_call(int listener, ToldBytes& told) {
  std::memset(&told, 0, sizeof told);
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &told.call) == 0;
}

// Whether who made the call still waits in it: else its number may be another's by now.
inline bool still_waits(int listener, const ToldBytes& told) {
  __u64 id = told.call.id;
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

// Has the kernel act on the call as if there were no filter.
inline void let_pass(int listener, const ToldBytes& told) {
  union {
    seccomp_notif_resp answer;
    char room[512];
  } bytes;
  std::memset(&bytes, 0, sizeof bytes);
  bytes.answer.id = told.call.id;
  bytes.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  while (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &bytes.answer) != 0 && errno == EINTR) {
  }
}

}  // namespace detaudit::auditor
