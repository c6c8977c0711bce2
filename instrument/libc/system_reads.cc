#include "instrument/libc/system_reads.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/recorder/facts.h"

namespace detaudit::instrument {
namespace {

// As the C library's, without asking it: allocators look for their settings before anything else
// works.
char* find_variable(const char* name) {
  const size_t length = std::strlen(name);
  if (!environ || length == 0) return nullptr;
  for (char** entry = environ; *entry; ++entry)
    if (std::strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
      return *entry + length + 1;
  return nullptr;
}

void note_variable(const char* function, const char* name) {
  ProbeScope scope;
  if (scope && std::strncmp(name, "DETAUDIT_", 9) != 0)
    note_fact(SourceKind::kSystemRead, function, name, 1);
}

}  // namespace

void note_system_file(const char* function, int, const char* path) {
  if (!path || path[0] != '/' ||
      (std::strncmp(path, "/proc/", 6) != 0 && std::strncmp(path, "/sys/", 5) != 0))
    return;
  ProbeScope scope;
  if (scope) note_fact(SourceKind::kSystemRead, function, path, 1);
}

}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED char* getenv(const char* name) noexcept {
  if (probing()) note_variable("getenv", name);
  return find_variable(name);
}

DETAUDIT_INTERPOSED char* secure_getenv(const char* name) noexcept {
  if (getauxval(AT_SECURE)) return nullptr;
  if (probing()) note_variable("secure_getenv", name);
  return find_variable(name);
}
