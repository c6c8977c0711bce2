#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "instrument/libc/next_function.h"
#include "instrument/libc/writers.h"

// The system calls that write, and those that give descriptors another meaning.
namespace detaudit::instrument {
namespace {

constinit NextFunction<ssize_t(int, const void*, size_t)> g_write("write");
constinit NextFunction<ssize_t(int, const void*, size_t, off_t)> g_pwrite("pwrite");
constinit NextFunction<ssize_t(int, const iovec*, int)> g_writev("writev");
constinit NextFunction<ssize_t(int, const iovec*, int, off_t)> g_pwritev("pwritev");
constinit NextFunction<ssize_t(int, const iovec*, int, off_t, int)> g_pwritev2("pwritev2");
constinit NextFunction<ssize_t(int, int, off_t*, size_t)> g_sendfile("sendfile");
constinit NextFunction<ssize_t(int, off64_t*, int, off64_t*, size_t, unsigned)> g_copy(
    "copy_file_range");
constinit NextFunction<ssize_t(int, off64_t*, int, off64_t*, size_t, unsigned)> g_splice("splice");
constinit NextFunction<void*(void*, size_t, int, int, int, off_t)> g_mmap("mmap");
constinit NextFunction<int(int)> g_dup("dup");
constinit NextFunction<int(int, int)> g_dup2("dup2");
constinit NextFunction<int(int, int, int)> g_dup3("dup3");

ssize_t after_write_at(ssize_t result, const char* function, int file, off_t offset,
                       const void* site) {
  note_bytes_at(function, file, site, result, offset);
  return result;
}

ssize_t after_transfer(ssize_t result, const char* function, int out, const off64_t* offset,
                       const void* site) {
  if (offset)
    note_bytes_at(function, out, site, result, *offset - result);
  else
    note_bytes(function, out, site, result);
  return result;
}

void* after_map(void* pages, size_t bytes, int protection, int flags, int file, off_t offset,
                const void* site) {
  const bool shared = (flags & MAP_TYPE) == MAP_SHARED || (flags & MAP_TYPE) == MAP_SHARED_VALIDATE;
  if (file >= 0 && shared && protection & PROT_WRITE && !(flags & MAP_ANONYMOUS) &&
      pages != MAP_FAILED)
    note_bytes_at("mmap", file, site, static_cast<int64_t>(bytes), offset);
  return pages;
}

int after_dup(int descriptor) {
  forget_descriptors();
  return descriptor;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED ssize_t write(int file, const void* from, size_t bytes) {
  const ssize_t written = g_write.get()(file, from, bytes);
  note_bytes("write", file, DETAUDIT_CALL_SITE, written);
  return written;
}
DETAUDIT_INTERPOSED ssize_t writev(int file, const iovec* parts, int count) {
  const ssize_t written = g_writev.get()(file, parts, count);
  note_bytes("writev", file, DETAUDIT_CALL_SITE, written);
  return written;
}

#define DETAUDIT_PWRITE(name)                                                                     \
  DETAUDIT_INTERPOSED ssize_t name(int file, const void* from, size_t bytes, off_t offset) {      \
    return after_write_at(g_pwrite.get()(file, from, bytes, offset), "pwrite", file, offset,      \
                          DETAUDIT_CALL_SITE);                                                    \
  }
DETAUDIT_PWRITE(pwrite)
DETAUDIT_PWRITE(pwrite64)

#define DETAUDIT_PWRITEV(name)                                                                    \
  DETAUDIT_INTERPOSED ssize_t name(int file, const iovec* parts, int count, off_t offset) {       \
    return after_write_at(g_pwritev.get()(file, parts, count, offset), "pwritev", file, offset,   \
                          DETAUDIT_CALL_SITE);                                                    \
  }
DETAUDIT_PWRITEV(pwritev)
DETAUDIT_PWRITEV(pwritev64)

#define DETAUDIT_PWRITEV2(name)                                                                  \
  DETAUDIT_INTERPOSED ssize_t name(int file, const iovec* parts, int count, off_t offset,        \
                                   int flags) {                                                  \
    const ssize_t written = g_pwritev2.get()(file, parts, count, offset, flags);                 \
    if (offset < 0)                                                                              \
      note_bytes("pwritev2", file, DETAUDIT_CALL_SITE, written);                                 \
    else                                                                                         \
      note_bytes_at("pwritev2", file, DETAUDIT_CALL_SITE, written, offset);                      \
    return written;                                                                              \
  }
DETAUDIT_PWRITEV2(pwritev2)
DETAUDIT_PWRITEV2(pwritev64v2)

#define DETAUDIT_SENDFILE(name)                                                            \
  DETAUDIT_INTERPOSED ssize_t name(int out, int in, off_t* from, size_t bytes) noexcept {  \
    return after_transfer(g_sendfile.get()(out, in, from, bytes), "sendfile", out, nullptr, \
                          DETAUDIT_CALL_SITE);                                             \
  }
DETAUDIT_SENDFILE(sendfile)
DETAUDIT_SENDFILE(sendfile64)

DETAUDIT_INTERPOSED ssize_t copy_file_range(int in, off64_t* from, int out, off64_t* to,
                                            size_t bytes, unsigned flags) {
  return after_transfer(g_copy.get()(in, from, out, to, bytes, flags), "copy_file_range", out, to,
                        DETAUDIT_CALL_SITE);
}
DETAUDIT_INTERPOSED ssize_t splice(int in, off64_t* from, int out, off64_t* to, size_t bytes,
                                   unsigned flags) {
  return after_transfer(g_splice.get()(in, from, out, to, bytes, flags), "splice", out, to,
                        DETAUDIT_CALL_SITE);
}

#define DETAUDIT_MMAP(name)                                                                     \
  DETAUDIT_INTERPOSED void* name(void* where, size_t bytes, int protection, int flags, int file, \
                                 off_t offset) noexcept {                                       \
    return after_map(g_mmap.get()(where, bytes, protection, flags, file, offset), bytes,        \
                     protection, flags, file, offset, DETAUDIT_CALL_SITE);                      \
  }
DETAUDIT_MMAP(mmap)
DETAUDIT_MMAP(mmap64)

DETAUDIT_INTERPOSED int dup(int file) noexcept { return after_dup(g_dup.get()(file)); }
DETAUDIT_INTERPOSED int dup2(int file, int as) noexcept {
  return after_dup(g_dup2.get()(file, as));
}
DETAUDIT_INTERPOSED int dup3(int file, int as, int flags) noexcept {
  return after_dup(g_dup3.get()(file, as, flags));
}
