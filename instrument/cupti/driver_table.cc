#include "instrument/cupti/driver_table.h"

#include <dlfcn.h>

namespace detaudit::instrument::cupti {

// cuda.h maps a name to its newest version by macro: the text is taken after expansion.
#define DETAUDIT_TEXT(name) #name
#define DETAUDIT_SYMBOL(name) DETAUDIT_TEXT(name)

const char* fill_driver_table(DriverTable& table) {
  void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (!library) library = dlopen("libcuda.so.1", RTLD_NOW);
  if (!library) return "libcuda.so.1";
#define DETAUDIT_FILL(name)                                                                  \
  table.name = reinterpret_cast<decltype(table.name)>(dlsym(library, DETAUDIT_SYMBOL(name))); \
  if (!table.name) return DETAUDIT_SYMBOL(name);
  DETAUDIT_DRIVER_FUNCTIONS(DETAUDIT_FILL)
#undef DETAUDIT_FILL
  return nullptr;
}

}  // namespace detaudit::instrument::cupti
