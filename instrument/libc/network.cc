#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>

#include "instrument/libc/next_function.h"
#include "instrument/recorder/facts.h"

// What comes over the network comes from outside of the audit.
namespace detaudit::instrument {
namespace {

constinit NextFunction<int(int, const sockaddr*, socklen_t)> g_connect("connect");
constinit NextFunction<int(int, const sockaddr*, socklen_t)> g_bind("bind");

// "127.0.0.1:80"; false for what is no network.
bool describe_address(const sockaddr* address, socklen_t bytes, char (&text)[96]) {
  char host[INET6_ADDRSTRLEN] = {};
  unsigned port = 0;
  if (!address || bytes < static_cast<socklen_t>(sizeof address->sa_family)) return false;
  if (address->sa_family == AF_INET && bytes >= static_cast<socklen_t>(sizeof(sockaddr_in))) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    if (!inet_ntop(AF_INET, &in->sin_addr, host, sizeof host)) return false;
    port = ntohs(in->sin_port);
  } else if (address->sa_family == AF_INET6 && bytes >= static_cast<socklen_t>(sizeof(sockaddr_in6))) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(address);
    if (!inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host)) return false;
    port = ntohs(in->sin6_port);
  } else {
    return false;
  }
  std::snprintf(text, sizeof text, "%s:%u", host, port);
  return true;
}

void note_address(const char* function, const sockaddr* address, socklen_t bytes) {
  ProbeScope scope;
  char text[96];
  if (scope && describe_address(address, bytes, text))
    note_fact(SourceKind::kNetwork, function, text, 1);
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int connect(int socket, const sockaddr* address, socklen_t bytes) {
  note_address("connect", address, bytes);
  return g_connect.get()(socket, address, bytes);
}
DETAUDIT_INTERPOSED int bind(int socket, const sockaddr* address, socklen_t bytes) noexcept {
  note_address("bind", address, bytes);
  return g_bind.get()(socket, address, bytes);
}
