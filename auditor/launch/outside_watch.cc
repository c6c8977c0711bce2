#include "auditor/launch/outside_watch.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstring>

#include "auditor/launch/told_calls.h"
#include "instrument/watch/call_filter.h"
#include "instrument/watch/descriptor_channel.h"

namespace detaudit::auditor {
namespace {

constexpr size_t kMostFiles = 1'000'000;

// Linux 5.9, which can let told calls pass and tells the end of a filter, brought this call too.
bool kernel_is_able() { return syscall(SYS_close_range, ~0u, ~0u, 0u) == 0; }

std::string random_name() {
  uint64_t bits = 0;
  // detaudit: allow(DET210) a name that nobody may guess
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) bits = static_cast<uint64_t>(getpid());
  char name[32];
  snprintf(name, sizeof name, "detaudit-%016lx", static_cast<unsigned long>(bits));
  return name;
}

// Whoever may send signals to us may be watched by us.
bool trusted(int guest) {
  ucred who{};
  socklen_t bytes = sizeof who;
  if (getsockopt(guest, SOL_SOCKET, SO_PEERCRED, &who, &bytes) != 0) return false;
  return geteuid() == 0 || who.uid == geteuid();
}

// From Linux 6.6 on who is told and who tells take turns on one processor; else two have to wake.
void hand_over_processor(int listener) {
#ifdef SECCOMP_IOCTL_NOTIF_SET_FLAGS
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
#else
  ioctl(listener, _IOW('!', 4, uint64_t), uint64_t{1});
#endif
}

bool is_within(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

OutsideWatch::OutsideWatch(std::filesystem::path ours, const EarlierWindow& earlier)
    : ours_(std::move(ours)), earlier_(earlier) {
  if (!kernel_is_able()) {
    view_.refused = "this needs Linux 5.9 or later";
    return;
  }
  events_.reset(epoll_create1(EPOLL_CLOEXEC));
  FileDescriptor stop(eventfd(0, EFD_CLOEXEC));
  spare_.reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!events_.valid() || !stop.valid()) {
    view_.refused = std::strerror(errno);
    return;
  }
  stop_.reset(fcntl(stop.get(), F_DUPFD_CLOEXEC, 0));
  add(std::move(stop), Role::kStop);
  listen();
  if (name_.empty()) return;
  // Signals are for the thread that runs the audit.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { watch(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

OutsideWatch::~OutsideWatch() { finish(); }

void OutsideWatch::listen() {
  const std::string name = random_name();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());  // after a zero: a name, and no file
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  FileDescriptor door(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!door.valid() || bind(door.get(), reinterpret_cast<sockaddr*>(&address), bytes) != 0 ||
      ::listen(door.get(), SOMAXCONN) != 0) {
    view_.refused = std::string("socket: ") + std::strerror(errno);
    return;
  }
  door_ = door.get();
  add(std::move(door), Role::kDoor);
  name_ = name;
}

OutsideView OutsideWatch::finish() {
  if (thread_.joinable()) {
    eventfd_write(stop_.get(), 1);
    thread_.join();
    if (listeners_ == 0) keeper_.expect_end();
    files_.clear();
    events_.reset();
  }
  return std::exchange(view_, {});
}

void OutsideWatch::add(FileDescriptor file, Role role) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = file.get();
  if (epoll_ctl(events_.get(), EPOLL_CTL_ADD, file.get(), &event) != 0) return;
  if (role == Role::kListener) ++listeners_;
  const int number = file.get();
  files_.insert_or_assign(number, std::pair(std::move(file), role));
}

void OutsideWatch::drop(int file) {
  // By name: the keeper may hold the same open description.
  epoll_ctl(events_.get(), EPOLL_CTL_DEL, file, nullptr);
  const auto at = files_.find(file);
  if (at->second.second == Role::kListener) --listeners_;
  files_.erase(at);
}

void OutsideWatch::watch() {
  for (;;) {
    epoll_event event;
    if (epoll_wait(events_.get(), &event, 1, -1) != 1) continue;
    switch (files_.at(event.data.fd).second) {
      case Role::kStop:
        return;
      case Role::kDoor:
        admit();
        break;
      case Role::kGuest:
        take_over(event.data.fd);
        break;
      case Role::kListener:
        serve(event.data.fd, event.events);
        break;
    }
  }
}

// Without room for its descriptor a program is turned away before it has a filter.
void OutsideWatch::admit() {
  FileDescriptor guest(accept4(door_, nullptr, nullptr, SOCK_CLOEXEC));
  if (!guest.valid() && errno == EMFILE) {
    spare_.reset();
    guest.reset(accept4(door_, nullptr, nullptr, SOCK_CLOEXEC));
    guest.reset();
    spare_.reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
    view_.refused = std::strerror(EMFILE);
    return;
  }
  const FileDescriptor room(fcntl(guest.get(), F_DUPFD_CLOEXEC, 0));
  if (!guest.valid() || !room.valid() || !trusted(guest.get())) return;
  const bool any_earlier = earlier_.from_ns < earlier_.to_ns;
  const char told = static_cast<char>(any_earlier ? instrument::CallsTold::kOpening
                                                  : instrument::CallsTold::kWriting);
  if (send(guest.get(), &told, 1, MSG_NOSIGNAL) == 1) add(std::move(guest), Role::kGuest);
}

void OutsideWatch::take_over(int guest) {
  const instrument::TakenDescriptor taken = instrument::take_descriptor(guest);
  FileDescriptor listener(taken.descriptor);
  if (taken.ended || !listener.valid()) {
    if (!taken.ended) view_.refused = std::string("seccomp: ") + std::strerror(-taken.number);
  } else {
    // The keeper has it before any call is told on it.
    const bool kept = keeper_.keep(listener.get());
    if (!kept) view_.unseen.insert("it may fail at files once it is no longer watched");
    hand_over_processor(listener.get());
    add(std::move(listener), Role::kListener);
    send(guest, "", 1, MSG_NOSIGNAL);
  }
  drop(guest);
}

void OutsideWatch::serve(int listener, uint32_t events) {
  ToldBytes told;
  if (!(events & EPOLLIN)) return drop(listener);
  if (!receive_call(listener, told)) return;
  const ToldCall call = foresee(told.call, earlier_);
  const bool nothing = call.deeds.empty() && call.unseen.empty();
  if (!nothing && still_waits(listener, told)) note(call);
  let_pass(listener, told);
}

void OutsideWatch::note(const ToldCall& told) {
  if (!told.unseen.empty()) view_.unseen.insert(told.unseen);
  for (const auto& [kind, path] : told.deeds) {
    const bool device = is_within(path, "/dev") && !is_within(path, "/dev/shm");
    if (device || is_within(path, "/proc") || is_within(path, "/sys") ||
        is_within(path, ours_.string()))
      continue;
    if (noted_.size() == kMostFiles) {
      view_.unseen.insert("more files were written or read than can be kept");
    } else if (noted_.emplace(kind, path).second) {
      instrument::SourceRecord record;
      record.kind = kind;
      record.function = told.name;
      record.site = path;
      record.count = 1;
      view_.files.push_back(std::move(record));
    }
  }
}

}  // namespace detaudit::auditor
