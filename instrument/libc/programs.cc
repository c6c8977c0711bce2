#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "instrument/control.h"
#include "instrument/libc/next_function.h"
#include "instrument/libc/watched_thread.h"
#include "instrument/watch/hand_over.h"
#include "instrument/watch/reach.h"

// The calls that start programs: those that no probe will see are noted by name, and put under the
// eyes of the audit's watcher.
namespace detaudit::instrument {
namespace {

using Words = char* const*;
constinit NextFunction<int(const char*, Words, Words)> g_execve("execve");
constinit NextFunction<int(const char*, Words)> g_execv("execv");
constinit NextFunction<int(const char*, Words)> g_execvp("execvp");
constinit NextFunction<int(const char*, Words, Words)> g_execvpe("execvpe");
constinit NextFunction<int(int, Words, Words)> g_fexecve("fexecve");
constinit NextFunction<int(int, const char*, Words, Words, int)> g_execveat("execveat");
using Spawn = int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                  Words, Words);
constinit NextFunction<Spawn> g_posix_spawn("posix_spawn");
constinit NextFunction<Spawn> g_posix_spawnp("posix_spawnp");
constinit NextFunction<int(const char*)> g_system("system");
constinit NextFunction<FILE*(const char*, const char*)> g_popen("popen");

bool starts_with(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

// Whether a program with this environment is asked to record.
bool passes_probe_on(Words environment) {
  bool preload = false, control = false;
  size_t name = std::strlen(kControlVariable);
  for (Words at = environment; at && *at; ++at) {
    preload |= starts_with(*at, "LD_PRELOAD=") && std::strstr(*at, "libdetaudit_libc");
    control |= starts_with(*at, kControlVariable) && (*at)[name] == '=';
  }
  return preload && control;
}

// What execvp would find; false when nothing.
bool find_program(const char* name, char (&path)[PATH_MAX]) {
  const char* folders = getenv("PATH");
  if (!folders) folders = "/bin:/usr/bin";
  while (true) {
    size_t length = std::strcspn(folders, ":");
    int printed = length ? std::snprintf(path, sizeof path, "%.*s/%s", static_cast<int>(length),
                                         folders, name)
                         : std::snprintf(path, sizeof path, "%s", name);
    if (printed > 0 && printed < static_cast<int>(sizeof path) && access(path, X_OK) == 0)
      return true;
    if (!folders[length]) return false;
    folders += length + 1;
  }
}

enum class Search { kNone, kPath };

// A program that is about to be started, and why no probe will see it.
struct Start {
  Unreached unreached;
  char path[PATH_MAX];
};

// False when a probe will see it, or nothing is started.
bool goes_unseen(const char* file, Words environment, Search search, Start& start) {
  char found[PATH_MAX];
  if (search == Search::kPath && !std::strchr(file, '/')) {
    if (!find_program(file, found)) return false;
    file = found;
  }
  if (access(file, X_OK) != 0) return false;
  start.unreached = beyond_reach(file);
  if (!start.unreached.why && !passes_probe_on(environment))
    start.unreached.why = "its environment was cleared";
  if (!start.unreached.why) return false;
  if (!realpath(file, start.path)) std::snprintf(start.path, sizeof start.path, "%s", file);
  return true;
}

void note(const Start& start, HandOver result) {
  if (result == HandOver::kWatched)
    note_watched_program(start.unreached.why, start.path);
  else
    note_unseen_program(start.unreached.why, start.path);
}

// The calling thread becomes the program.
void look_at_program(const char* file, Words environment, Search search) {
  ProbeScope scope;
  Start start;
  if (!scope || !file || !goes_unseen(file, environment, search, start)) return;
  const HandOver result =
      start.unreached.privileged ? HandOver::kUnwatched : hand_over(probe_settings().watcher);
  // Its audit was killed at this moment: it goes along, rather than to fail at every file.
  if (result == HandOver::kForsaken) raise(SIGKILL);
  note(start, result);
}

// The program is started by `call`, in a child that the C library makes.
// `failed`: whether a result says that no program runs, or none any more.
template <typename Call, typename Failed>
auto start_child(const char* file, Words environment, Search search, const Call& call,
                 const Failed& failed) {
  uint32_t number = kNoStart;
  {
    ProbeScope scope;
    Start start;
    if (scope && file && !goes_unseen(file, environment, search, start)) {
      number = begin_start();
    } else if (scope && file) {
      if (!start.unreached.privileged && !under_call_filter()) {
        WatchedThread<Call> thread(call);
        if (thread.run(probe_settings().watcher)) {
          note(start, HandOver::kWatched);
          errno = thread.error();
          scope.keep_errno();
          return thread.result();
        }
      }
      const bool watched = !start.unreached.privileged && under_call_filter();
      note(start, watched ? HandOver::kWatched : HandOver::kUnwatched);
    }
  }
  auto result = call();
  if (number != kNoStart) {
    ProbeScope scope;
    if (scope) end_start(number, failed(result));
  }
  return result;
}

constexpr auto kSpawnFailed = [](int error) { return error != 0; };

void name_program() {
  ProbeScope scope;
  if (scope) begin_program();
}

// The arguments of execl and its kin, up to their null.
constexpr size_t kMostWords = 1024;
size_t collect(const char* first, va_list words, char** argv) {
  size_t count = 0;
  for (const char* word = first;; word = va_arg(words, const char*)) {
    argv[count] = const_cast<char*>(word);
    if (!word || count + 1 == kMostWords) break;
    ++count;
  }
  argv[count] = nullptr;
  return count;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int execve(const char* path, Words argv, Words environment) noexcept {
  look_at_program(path, environment, Search::kNone);
  name_program();
  return g_execve.get()(path, argv, environment);
}
DETAUDIT_INTERPOSED int execv(const char* path, Words argv) noexcept {
  look_at_program(path, environ, Search::kNone);
  name_program();
  return g_execv.get()(path, argv);
}
DETAUDIT_INTERPOSED int execvp(const char* file, Words argv) noexcept {
  look_at_program(file, environ, Search::kPath);
  name_program();
  return g_execvp.get()(file, argv);
}
DETAUDIT_INTERPOSED int execvpe(const char* file, Words argv, Words environment) noexcept {
  look_at_program(file, environment, Search::kPath);
  name_program();
  return g_execvpe.get()(file, argv, environment);
}

DETAUDIT_INTERPOSED int execl(const char* path, const char* first, ...) noexcept {
  char* argv[kMostWords];
  va_list words;
  va_start(words, first);
  collect(first, words, argv);
  va_end(words);
  return execv(path, argv);
}
DETAUDIT_INTERPOSED int execlp(const char* file, const char* first, ...) noexcept {
  char* argv[kMostWords];
  va_list words;
  va_start(words, first);
  collect(first, words, argv);
  va_end(words);
  return execvp(file, argv);
}
DETAUDIT_INTERPOSED int execle(const char* path, const char* first, ...) noexcept {
  char* argv[kMostWords];
  va_list words;
  va_start(words, first);
  collect(first, words, argv);
  Words environment = va_arg(words, Words);
  va_end(words);
  return execve(path, argv, environment);
}

DETAUDIT_INTERPOSED int fexecve(int file, Words argv, Words environment) noexcept {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  look_at_program(path, environment, Search::kNone);
  name_program();
  return g_fexecve.get()(file, argv, environment);
}
DETAUDIT_INTERPOSED int execveat(int folder, const char* path, Words argv, Words environment,
                                 int flags) noexcept {
  char whole[PATH_MAX];
  if (path[0] != '/' && folder != AT_FDCWD) {
    std::snprintf(whole, sizeof whole, path[0] ? "/proc/self/fd/%d/%s" : "/proc/self/fd/%d", folder,
                  path);
    look_at_program(whole, environment, Search::kNone);
  } else {
    look_at_program(path, environment, Search::kNone);
  }
  name_program();
  return g_execveat.get()(folder, path, argv, environment, flags);
}

DETAUDIT_INTERPOSED int posix_spawn(pid_t* process, const char* path,
                                    const posix_spawn_file_actions_t* actions,
                                    const posix_spawnattr_t* attributes, Words argv,
                                    Words environment) {
  return start_child(
      path, environment, Search::kNone,
      [=] { return g_posix_spawn.get()(process, path, actions, attributes, argv, environment); },
      kSpawnFailed);
}
DETAUDIT_INTERPOSED int posix_spawnp(pid_t* process, const char* file,
                                     const posix_spawn_file_actions_t* actions,
                                     const posix_spawnattr_t* attributes, Words argv,
                                     Words environment) {
  return start_child(
      file, environment, Search::kPath,
      [=] { return g_posix_spawnp.get()(process, file, actions, attributes, argv, environment); },
      kSpawnFailed);
}

DETAUDIT_INTERPOSED int system(const char* command) {
  return start_child(
      command ? "/bin/sh" : nullptr, environ, Search::kNone,
      [=] { return g_system.get()(command); }, [](int) { return true; });
}
DETAUDIT_INTERPOSED FILE* popen(const char* command, const char* mode) {
  return start_child(
      "/bin/sh", environ, Search::kNone, [=] { return g_popen.get()(command, mode); },
      [](const FILE* pipe) { return pipe == nullptr; });
}
