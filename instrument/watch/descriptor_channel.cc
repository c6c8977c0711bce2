#include "instrument/watch/descriptor_channel.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace detaudit::instrument {
namespace {

// A message of one number, with room for one descriptor.
struct Envelope {
  explicit Envelope(int& number) : part{&number, sizeof number} {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
  }
  iovec part;
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
};

}  // namespace

bool pass_descriptor(int socket, int number, int descriptor) {
  Envelope envelope(number);
  if (descriptor >= 0) {
    cmsghdr* header = CMSG_FIRSTHDR(&envelope.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  } else {
    envelope.message.msg_controllen = 0;
  }
  ssize_t sent;
  while ((sent = sendmsg(socket, &envelope.message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {
  }
  return sent == sizeof number;
}

TakenDescriptor take_descriptor(int socket) {
  TakenDescriptor taken;
  Envelope envelope(taken.number);
  ssize_t got;
  while ((got = recvmsg(socket, &envelope.message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  taken.ended = got != sizeof taken.number;
  const cmsghdr* header = got < 0 ? nullptr : CMSG_FIRSTHDR(&envelope.message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    std::memcpy(&taken.descriptor, CMSG_DATA(header), sizeof taken.descriptor);
  return taken;
}

}  // namespace detaudit::instrument
