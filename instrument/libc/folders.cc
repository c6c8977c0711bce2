#include <dirent.h>
#include <pthread.h>

#include <cerrno>
#include <cstring>

#include "instrument/libc/folder_stream.h"
#include "instrument/libc/next_function.h"
#include "instrument/libc/open_handles.h"
#include "instrument/libc/writers.h"

// Folders' entries come in an order that nobody promised.
namespace detaudit::instrument {
namespace {

static_assert(sizeof(dirent) == sizeof(dirent64));

constinit NextFunction<DIR*(const char*)> g_opendir("opendir");
constinit NextFunction<DIR*(int)> g_fdopendir("fdopendir");
constinit NextFunction<int(DIR*)> g_closedir("closedir");
constinit NextFunction<dirent64*(DIR*)> g_readdir("readdir64");
constinit NextFunction<int(DIR*, dirent64*, dirent64**)> g_readdir_r("readdir64_r");
constinit NextFunction<void(DIR*)> g_rewinddir("rewinddir");
constinit NextFunction<long(DIR*)> g_telldir("telldir");
constinit NextFunction<void(DIR*, long)> g_seekdir("seekdir");

// Open folders; those that find no room are read as they come.
constexpr size_t kStreams = 64;
constinit OpenHandles<DIR, FolderStream, kStreams> g_streams;

__attribute__((constructor)) void free_lock_in_children() {
  pthread_atfork(nullptr, nullptr, [] { g_streams.free_lock(); });
}

// The stream's entry; null when it has none.
FolderStream* find(DIR* stream) {
  ProbeScope scope;
  return scope && stream ? g_streams.find(stream) : nullptr;
}

DIR* after_opening(DIR* stream) {
  forget_descriptors();
  ProbeScope scope;
  if (!scope || !stream) return stream;
  if (FolderStream* fresh = g_streams.add(stream)) fresh->open(stream);
  return stream;
}

dirent64* read_next(DIR* stream) {
  FolderStream* known = find(stream);
  if (!known) return g_readdir.get()(stream);
  return known->next(g_readdir.get(), probe_settings().folder_order);
}

int read_into(DIR* stream, dirent64* into, dirent64** result) {
  if (!probing() || probe_settings().folder_order == 0)
    return g_readdir_r.get()(stream, into, result);
  const int error = errno;
  errno = 0;
  const dirent64* entry = read_next(stream);
  const int failed = entry ? 0 : errno;
  errno = error;
  if (entry) std::memcpy(into, entry, entry->d_reclen);
  *result = entry ? into : nullptr;
  return failed;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED DIR* opendir(const char* path) {
  return after_opening(g_opendir.get()(path));
}
DETAUDIT_INTERPOSED DIR* fdopendir(int folder) { return after_opening(g_fdopendir.get()(folder)); }

DETAUDIT_INTERPOSED int closedir(DIR* stream) {
  if (FolderStream* known = find(stream)) {
    ProbeScope scope;
    known->close();
    g_streams.remove(stream);
  }
  return g_closedir.get()(stream);
}

DETAUDIT_INTERPOSED dirent64* readdir64(DIR* stream) { return read_next(stream); }
DETAUDIT_INTERPOSED dirent* readdir(DIR* stream) {
  return reinterpret_cast<dirent*>(read_next(stream));
}

DETAUDIT_INTERPOSED int readdir64_r(DIR* stream, dirent64* into, dirent64** result) {
  return read_into(stream, into, result);
}
DETAUDIT_INTERPOSED int readdir_r(DIR* stream, dirent* into, dirent** result) {
  return read_into(stream, reinterpret_cast<dirent64*>(into), reinterpret_cast<dirent64**>(result));
}

DETAUDIT_INTERPOSED void rewinddir(DIR* stream) noexcept {
  if (FolderStream* known = find(stream)) known->begin_again();
  g_rewinddir.get()(stream);
}
DETAUDIT_INTERPOSED long telldir(DIR* stream) noexcept {
  FolderStream* known = find(stream);
  return known && known->is_ordered() ? known->place() : g_telldir.get()(stream);
}
DETAUDIT_INTERPOSED void seekdir(DIR* stream, long place) noexcept {
  FolderStream* known = find(stream);
  if (known && known->is_ordered()) return known->go_to(place);
  g_seekdir.get()(stream, place);
}
