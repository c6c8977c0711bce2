#include "auditor/launch/call_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "auditor/launch/told_calls.h"
#include "instrument/watch/descriptor_channel.h"

namespace detaudit::auditor {
namespace {

// What the keeper holds, all in the kernel: it is a fork of a process with threads, and must not
// allocate.
class Kept {
 public:
  void add(FileDescriptor listener) {
    if (!listener.valid()) return;
    const int file = listener.get();
    epoll_event event{};
    event.data.fd = file;
    if (epoll_ctl(ended_.get(), EPOLL_CTL_ADD, file, &event) != 0) return;
    event.events = EPOLLIN;
    if (epoll_ctl(told_.get(), EPOLL_CTL_ADD, file, &event) != 0) return;
    ++count_;
    listener.release();  // closed when its end is told
  }
  int ended() const { return ended_.get(); }
  // Looks at what has come to its end; or waits, and answers too.
  void look() { handle(ended_.get(), 0); }
  void answer() { handle(told_.get(), -1); }
  bool any() const { return count_ > 0; }

 private:
  void handle(int events, int timeout) {
    epoll_event event;
    if (epoll_wait(events, &event, 1, timeout) != 1) return;
    ToldBytes told;
    if (event.events & EPOLLIN) {
      if (receive_call(event.data.fd, told)) let_pass(event.data.fd, told);
    } else if (event.events & (EPOLLHUP | EPOLLERR)) {
      // By name: the watcher may hold the same open description.
      for (int view : {ended_.get(), told_.get()})
        epoll_ctl(view, EPOLL_CTL_DEL, event.data.fd, nullptr);
      close(event.data.fd);
      --count_;
    }
  }

  // Two views of the same descriptors: of ends alone, and of calls too.
  FileDescriptor ended_{epoll_create1(EPOLL_CLOEXEC)}, told_{epoll_create1(EPOLL_CLOEXEC)};
  size_t count_ = 0;
};

void leave_all_but(int channel) {
  setsid();
  prctl(PR_SET_NAME, "detaudit-keeper");
  if (chdir("/") != 0) return;
  const int null = open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) dup2(null, stream);
  dup2(channel, 3);
  syscall(SYS_close_range, 4u, ~0u, 0u);
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

[[noreturn]] void keep_all(int channel) {
  leave_all_but(channel);
  channel = 3;
  Kept kept;
  for (;;) {
    pollfd fds[] = {{channel, POLLIN, 0}, {kept.ended(), POLLIN, 0}};
    poll(fds, 2, -1);
    if (fds[1].revents) kept.look();
    if (!fds[0].revents) continue;
    const instrument::TakenDescriptor taken = instrument::take_descriptor(channel);
    kept.add(FileDescriptor(taken.descriptor));
    if (taken.ended) break;
  }
  while (kept.any()) kept.answer();
  _exit(0);
}

}  // namespace

CallKeeper::CallKeeper() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return;
  channel_.reset(ends[0]);
  FileDescriptor theirs(ends[1]);
  pid_ = fork();
  if (pid_ == 0) keep_all(theirs.get());
  if (pid_ < 0) channel_.reset();
}

CallKeeper::~CallKeeper() {
  channel_.reset();
  // One that still has work to do ends without us.
  while (pid_ > 0 && waitpid(pid_, nullptr, idle_ ? 0 : WNOHANG) < 0 && errno == EINTR) {
  }
}

bool CallKeeper::keep(int listener) {
  return channel_.valid() && instrument::pass_descriptor(channel_.get(), 0, listener);
}

}  // namespace detaudit::auditor
