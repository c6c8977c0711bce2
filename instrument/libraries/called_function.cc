#include "instrument/libraries/called_function.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>

#include <cstdio>
#include <cstring>

#include "instrument/recorder/library_operation.h"

namespace detaudit::instrument {
namespace {

constexpr unsigned kMostFiles = 1024;

// The loaded file that an address is in, or the one with a number.
struct File {
  uintptr_t site = 0;
  unsigned skip = 0;
  bool found = false;
  uintptr_t begin = UINTPTR_MAX, end = 0;
  char path[PATH_MAX];
};

int look(dl_phdr_info* info, size_t, void* argument) {
  auto& file = *static_cast<File*>(argument);
  uintptr_t begin = UINTPTR_MAX, end = 0;
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const uintptr_t at = info->dlpi_addr + segment.p_vaddr;
    if (at < begin) begin = at;
    if (at + segment.p_memsz > end) end = at + segment.p_memsz;
  }
  if (file.site ? file.site < begin || file.site >= end : file.skip-- > 0) return 0;
  file.found = true;
  file.begin = begin;
  file.end = end;
  std::snprintf(file.path, sizeof file.path, "%s", info->dlpi_name ? info->dlpi_name : "");
  return 1;
}

// `name` as the file and those that it was loaded with have it. By path, since the loader may hold
// its lock while it lists them.
void* find_in(const char* path, const char* name, const void* ours) {
  if (!path[0]) return nullptr;  // the program: its scope is the one that all share
  void* handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
  if (!handle) return nullptr;
  void* function = dlsym(handle, name);
  if (function && function != ours) return function;
  dlclose(handle);
  return nullptr;
}

void* find_anywhere(const char* name, const void* ours) {
  for (unsigned number = 0; number < kMostFiles; ++number) {
    File file;
    file.skip = number;
    dl_iterate_phdr(look, &file);
    if (!file.found) return nullptr;
    if (void* function = find_in(file.path, name, ours)) return function;
  }
  return nullptr;
}

}  // namespace

void* CalledFunction::find(const void* site, Missing missing) {
  Inside inside;
  if (void* found = dlsym(RTLD_NEXT, name_)) {
    for_all_.store(found, std::memory_order_release);
    return found;
  }
  const void* ours = dlsym(RTLD_DEFAULT, name_);
  File file;
  file.site = reinterpret_cast<uintptr_t>(site);
  dl_iterate_phdr(look, &file);
  void* found = file.found ? find_in(file.path, name_, ours) : nullptr;
  if (!found) found = find_anywhere(name_, ours);
  if (!found) {
    if (missing == Missing::kLost && probing()) count_missing_function(name_);
    return nullptr;
  }
  lock_.lock();
  const uint32_t known = known_.load(std::memory_order_relaxed);
  if (file.found && known < kMostModules) {
    modules_[known] = {file.begin, file.end, found};
    known_.store(known + 1, std::memory_order_release);
  }
  lock_.unlock();
  return found;
}

}  // namespace detaudit::instrument
