#include <unistd.h>

#include <cstdlib>

#include "instrument/libc/next_function.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<pid_t()> g_getpid("getpid");
constinit NextFunction<void(int)> g_exit_now("_exit");

[[noreturn]] void leave(int status) {
  {
    ProbeScope scope;
    if (scope) end_process();
  }
  g_exit_now.get()(status);
  __builtin_unreachable();
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED pid_t getpid() noexcept {
  {
    ProbeScope scope;
    if (scope) note_source(SourceKind::kPid, "getpid", DETAUDIT_CALL_SITE);
  }
  return g_getpid.get()();
}

// Leaves without exit handlers: the trace would look as if the process had been killed.
DETAUDIT_INTERPOSED void _exit(int status) { leave(status); }
DETAUDIT_INTERPOSED void _Exit(int status) noexcept { leave(status); }
