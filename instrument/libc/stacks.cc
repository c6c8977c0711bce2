#include "instrument/libc/stacks.h"

#include <alloca.h>
#include <limits.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/libc/vector_registers.h"

namespace detaudit::instrument {
namespace {

// As deep as start-up and most programs go. A page costs about a microsecond, at its first touch.
constexpr size_t kFirstThreadBytes = size_t{128} << 10;
constexpr size_t kThreadBytes = size_t{32} << 10;
// A thread's descriptor, which lies at the top of its stack, and rounding to pages.
constexpr size_t kReserved = 8192;

[[gnu::noinline]] void fill_below(size_t bytes) {
  void* unused = alloca(bytes);
  std::memset(unused, probe_settings().stack_fill, bytes);
  asm volatile("" : : "r"(unused) : "memory");  // though nobody is to read it
  clear_vector_registers();
}

// What the first thread's stack may still grow by.
size_t left_of_first_stack() {
  rlimit limit;
  const uintptr_t top = getauxval(AT_EXECFN), here = reinterpret_cast<uintptr_t>(&limit);
  if (top < here || getrlimit(RLIMIT_STACK, &limit) != 0) return 0;
  const size_t used = top - here + PATH_MAX + kReserved;
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

// Runs after the recorder's own start, which is what it shall cover: with zeros, where no fill is
// asked for, as most of a fresh stack holds them.
__attribute__((constructor)) void fill_first_stack() {
  ProbeScope scope;
  if (scope)
    fill_below(std::min(left_of_first_stack() / 2, kFirstThreadBytes));
}

}  // namespace

size_t fillable_stack(const pthread_attr_t* attributes) {
  if (!probe_settings().stack_fill) return 0;
  pthread_attr_t usual;
  if (!attributes && pthread_getattr_default_np(&usual) != 0) return 0;
  const pthread_attr_t* own = attributes ? attributes : &usual;
  void* lowest = nullptr;
  size_t bytes = 0, guard = 0;
  const bool known = pthread_attr_getstack(own, &lowest, &bytes) == 0 &&
                     pthread_attr_getguardsize(own, &guard) == 0;
  // With no place named, glibc counts down from address 0.
  const bool placed = reinterpret_cast<uintptr_t>(lowest) + bytes != 0;
  if (known && !placed) pthread_attr_getstacksize(own, &bytes);
  if (!attributes) pthread_attr_destroy(&usual);
  return known && !placed && bytes > guard + kReserved ? bytes - guard - kReserved : 0;
}

void fill_stack(size_t stack_bytes) {
  char here;
  const size_t used =
      reinterpret_cast<uintptr_t>(pthread_self()) - reinterpret_cast<uintptr_t>(&here);
  if (stack_bytes > used) fill_below(std::min((stack_bytes - used) / 2, kThreadBytes));
}

}  // namespace detaudit::instrument
