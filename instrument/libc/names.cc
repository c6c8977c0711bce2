#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "instrument/libc/next_function.h"
#include "instrument/libc/saved_file.h"
#include "instrument/libc/written_file.h"

// The calls that give files their names and take them away.
namespace detaudit::instrument {
namespace {

using Path = const char*;
constinit NextFunction<int(Path, Path)> g_rename("rename");
constinit NextFunction<int(int, Path, int, Path)> g_renameat("renameat");
constinit NextFunction<int(int, Path, int, Path, unsigned)> g_renameat2("renameat2");
constinit NextFunction<int(Path, Path)> g_link("link");
constinit NextFunction<int(int, Path, int, Path, int)> g_linkat("linkat");
constinit NextFunction<int(Path, Path)> g_symlink("symlink");
constinit NextFunction<int(Path, int, Path)> g_symlinkat("symlinkat");
constinit NextFunction<int(Path)> g_unlink("unlink");
constinit NextFunction<int(int, Path, int)> g_unlinkat("unlinkat");
constinit NextFunction<int(Path)> g_remove("remove");
constinit NextFunction<int(Path)> g_rmdir("rmdir");
constinit NextFunction<int(Path)> g_shm_unlink("shm_unlink");
constinit NextFunction<int(Path, off_t)> g_truncate("truncate");
constinit NextFunction<int(posix_spawn_file_actions_t*, int, Path, int, mode_t)> g_addopen(
    "posix_spawn_file_actions_addopen");

int after_move(int result, int from_folder, Path from, int to_folder, Path to, unsigned flags) {
  if (result != 0) return result;
  if (flags & RENAME_EXCHANGE) {
    note_written_at("rename", from_folder, from);
  } else {
    note_removed_at("rename", from_folder, from);
    note_moved_at(from_folder, from, to_folder, to);
  }
  note_written_at("rename", to_folder, to);
  return result;
}

// What has the new name already is replaced.
void before_move(int to_folder, Path to, unsigned flags) {
  if (!(flags & (RENAME_EXCHANGE | RENAME_NOREPLACE))) note_overwritten_at(to_folder, to);
}

int after_naming(int result, const char* function, int folder, Path path) {
  if (result == 0) note_written_at(function, folder, path);
  return result;
}

int after_removal(int result, const char* function, int folder, Path path) {
  if (result == 0) note_removed_at(function, folder, path);
  return result;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int rename(Path from, Path to) noexcept {
  before_move(AT_FDCWD, to, 0);
  return after_move(g_rename.get()(from, to), AT_FDCWD, from, AT_FDCWD, to, 0);
}
DETAUDIT_INTERPOSED int renameat(int from_folder, Path from, int to_folder, Path to) noexcept {
  before_move(to_folder, to, 0);
  return after_move(g_renameat.get()(from_folder, from, to_folder, to), from_folder, from,
                    to_folder, to, 0);
}
DETAUDIT_INTERPOSED int renameat2(int from_folder, Path from, int to_folder, Path to,
                                  unsigned flags) noexcept {
  before_move(to_folder, to, flags);
  return after_move(g_renameat2.get()(from_folder, from, to_folder, to, flags), from_folder, from,
                    to_folder, to, flags);
}

DETAUDIT_INTERPOSED int link(Path from, Path to) noexcept {
  const int result = after_naming(g_link.get()(from, to), "link", AT_FDCWD, to);
  if (result == 0) note_moved_at(AT_FDCWD, from, AT_FDCWD, to);
  return result;
}
DETAUDIT_INTERPOSED int linkat(int from_folder, Path from, int to_folder, Path to,
                               int flags) noexcept {
  const int result = after_naming(g_linkat.get()(from_folder, from, to_folder, to, flags), "link",
                                  to_folder, to);
  if (result == 0) note_moved_at(from_folder, from, to_folder, to);
  return result;
}
DETAUDIT_INTERPOSED int symlink(Path target, Path path) noexcept {
  return after_naming(g_symlink.get()(target, path), "symlink", AT_FDCWD, path);
}
DETAUDIT_INTERPOSED int symlinkat(Path target, int folder, Path path) noexcept {
  return after_naming(g_symlinkat.get()(target, folder, path), "symlink", folder, path);
}

DETAUDIT_INTERPOSED int unlink(Path path) noexcept {
  return after_removal(g_unlink.get()(path), "unlink", AT_FDCWD, path);
}
DETAUDIT_INTERPOSED int unlinkat(int folder, Path path, int flags) noexcept {
  return after_removal(g_unlinkat.get()(folder, path, flags), "unlink", folder, path);
}
DETAUDIT_INTERPOSED int remove(Path path) noexcept {
  return after_removal(g_remove.get()(path), "remove", AT_FDCWD, path);
}
DETAUDIT_INTERPOSED int rmdir(Path path) noexcept {
  return after_removal(g_rmdir.get()(path), "rmdir", AT_FDCWD, path);
}

DETAUDIT_INTERPOSED int shm_unlink(Path name) noexcept {
  const int result = g_shm_unlink.get()(name);
  char path[PATH_MAX];
  const bool root = name && name[0] == '/';
  if (std::snprintf(path, sizeof path, "/dev/shm%s%s", root ? "" : "/", name ? name : "") <
      PATH_MAX)
    after_removal(result, "shm_unlink", AT_FDCWD, path);
  return result;
}

DETAUDIT_INTERPOSED int truncate(Path path, off_t bytes) noexcept {
  if (bytes == 0) note_overwritten_at(AT_FDCWD, path);
  return after_naming(g_truncate.get()(path, bytes), "truncate", AT_FDCWD, path);
}
DETAUDIT_INTERPOSED int truncate64(Path path, off64_t bytes) noexcept {
  if (bytes == 0) note_overwritten_at(AT_FDCWD, path);
  return after_naming(g_truncate.get()(path, bytes), "truncate", AT_FDCWD, path);
}

// Opened later, in a child that has no probe yet: by then this is the file's name.
DETAUDIT_INTERPOSED int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t* actions,
                                                         int descriptor, Path path, int flags,
                                                         mode_t mode) noexcept {
  int error = g_addopen.get()(actions, descriptor, path, flags, mode);
  if (error == 0 && ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC))
    note_written_at("posix_spawn", AT_FDCWD, path);
  return error;
}
