#include "instrument/libraries/library_function.h"

#include <limits.h>
#include <link.h>

#include <cstring>

namespace detaudit::instrument {
namespace {

constexpr unsigned kMostFiles = 16;

struct Search {
  const char* library;
  unsigned skip;  // files of it that were tried
  bool found;
  char path[PATH_MAX];
};

int look(dl_phdr_info* info, size_t, void* argument) {
  auto& search = *static_cast<Search*>(argument);
  if (!info->dlpi_name) return 0;
  const char* slash = std::strrchr(info->dlpi_name, '/');
  const char* file = slash ? slash + 1 : info->dlpi_name;
  if (std::strncmp(file, search.library, std::strlen(search.library)) != 0) return 0;
  if (search.skip-- > 0) return 0;
  std::snprintf(search.path, PATH_MAX, "%s", info->dlpi_name);
  search.found = true;
  return 1;
}

}  // namespace

// Nothing here is of the thread's own storage: of a library that is preloaded that would be taken
// from every stack, and threads with small ones could not be born.
void* find_in_libraries(const char* library, const char* name) {
  for (unsigned tried = 0; tried < kMostFiles; ++tried) {
    // By file, since the loader may hold its lock while it lists them.
    Search search{library, tried, false, {}};
    dl_iterate_phdr(look, &search);
    if (!search.found) return nullptr;
    void* handle = dlopen(search.path, RTLD_LAZY | RTLD_NOLOAD);
    if (!handle) continue;
    if (void* function = dlsym(handle, name)) return function;
    dlclose(handle);
  }
  return nullptr;
}

}  // namespace detaudit::instrument
