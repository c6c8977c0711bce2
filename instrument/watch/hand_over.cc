#include "instrument/watch/hand_over.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "instrument/watch/descriptor_channel.h"

namespace detaudit::instrument {
namespace {

int connect_to(const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t bytes = std::strlen(name);
  if (bytes == 0 || bytes + 1 > sizeof address.sun_path) return -1;
  std::memcpy(address.sun_path + 1, name, bytes);  // after a zero: a name, and no file
  const int file = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (file < 0) return -1;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + bytes);
  if (connect(file, reinterpret_cast<sockaddr*>(&address), length) == 0) return file;
  close(file);
  return -1;
}

bool receive(int file, char& byte) {
  ssize_t got;
  while ((got = recv(file, &byte, 1, 0)) < 0 && errno == EINTR) {
  }
  return got == 1;
}

HandOver hand_over_by(int file) {
  char byte;
  if (!receive(file, byte)) return HandOver::kUnwatched;
  const int listener = install_call_filter(static_cast<CallsTold>(byte));
  if (listener < 0) {
    pass_descriptor(file, -errno, -1);
    return HandOver::kUnwatched;
  }
  const bool watched = pass_descriptor(file, 0, listener) && receive(file, byte);
  close(listener);
  return watched ? HandOver::kWatched : HandOver::kForsaken;
}

}  // namespace

HandOver hand_over(const char* socket_name) {
  if (under_call_filter()) return HandOver::kWatched;
  const int file = connect_to(socket_name);
  if (file < 0) return HandOver::kUnwatched;
  const HandOver result = hand_over_by(file);
  close(file);
  return result;
}

}  // namespace detaudit::instrument
