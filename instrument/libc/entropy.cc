#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "instrument/libc/next_function.h"
#include "instrument/libc/seeded_stream.h"
#include "instrument/libc/seen_calls.h"

namespace detaudit::instrument {
namespace {

constinit NextFunction<ssize_t(void*, size_t, unsigned)> g_getrandom("getrandom");
constinit NextFunction<int(void*, size_t)> g_getentropy("getentropy");
constinit NextFunction<uint32_t()> g_arc4random("arc4random");
constinit NextFunction<void(void*, size_t)> g_arc4random_buf("arc4random_buf");
constinit NextFunction<uint32_t(uint32_t)> g_arc4random_uniform("arc4random_uniform");

// Members of std::random_device, which reads RDRAND rather than anything above.
constexpr const char* kGetval = "_ZNSt13random_device9_M_getvalEv";
constexpr const char* kGetvalEngine = "_ZNSt13random_device16_M_getval_pretr1Ev";
constexpr const char* kInit =
    "_ZNSt13random_device7_M_initERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE";
constexpr const char* kInitOld = "_ZNSt13random_device7_M_initERKSs";
constexpr const char* kInitPointer = "_ZNSt13random_device7_M_initEPKcm";
constinit NextFunction<unsigned(void*)> g_getval(kGetval);
constinit NextFunction<unsigned(void*)> g_getval_engine(kGetvalEngine);
constinit NextFunction<void(void*, const void*)> g_init(kInit);
constinit NextFunction<void(void*, const void*)> g_init_old(kInitOld);
constinit NextFunction<void(void*, const char*, size_t)> g_init_pointer(kInitPointer);

// Marks what a constructor opens on its behalf as not the subject's reading.
template <typename... Arguments>
void init_unseen(NextFunction<void(void*, Arguments...)>& next, void* self,
                 Arguments... arguments) {
  Inside inside;
  next.get()(self, arguments...);
  inside.keep_errno();
}

}  // namespace

bool take_over_entropy(const char* function, const void* site, void* to, size_t bytes) {
  ProbeScope scope;
  if (!scope) return false;
  note_source(SourceKind::kEntropy, function, site);
  if (!entropy_is_pinned() || !to) return false;
  fill_pinned(to, bytes);
  return true;
}

}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED ssize_t getrandom(void* to, size_t bytes, unsigned flags) {
  if (take_over_entropy("getrandom", DETAUDIT_CALL_SITE, to, bytes)) return static_cast<ssize_t>(bytes);
  return g_getrandom.get()(to, bytes, flags);
}

DETAUDIT_INTERPOSED int getentropy(void* to, size_t bytes) {
  if (bytes <= 256 && take_over_entropy("getentropy", DETAUDIT_CALL_SITE, to, bytes)) return 0;
  return g_getentropy.get()(to, bytes);
}

DETAUDIT_INTERPOSED uint32_t arc4random() noexcept {
  uint32_t value;
  if (take_over_entropy("arc4random", DETAUDIT_CALL_SITE, &value, sizeof value)) return value;
  return g_arc4random.get()();
}

DETAUDIT_INTERPOSED void arc4random_buf(void* to, size_t bytes) noexcept {
  if (!take_over_entropy("arc4random_buf", DETAUDIT_CALL_SITE, to, bytes))
    g_arc4random_buf.get()(to, bytes);
}

DETAUDIT_INTERPOSED uint32_t arc4random_uniform(uint32_t bound) noexcept {
  uint64_t value;
  if (!take_over_entropy("arc4random_uniform", DETAUDIT_CALL_SITE, &value, sizeof value))
    return g_arc4random_uniform.get()(bound);
  return bound ? static_cast<uint32_t>(value % bound) : 0;
}

DETAUDIT_INTERPOSED unsigned random_device_getval(void*) __asm__(
    "_ZNSt13random_device9_M_getvalEv");
unsigned random_device_getval(void* self) {
  unsigned value;
  if (take_over_entropy("std::random_device", DETAUDIT_CALL_SITE, &value, sizeof value)) return value;
  return g_getval.get()(self);
}

DETAUDIT_INTERPOSED unsigned random_device_getval_engine(void*) __asm__(
    "_ZNSt13random_device16_M_getval_pretr1Ev");
unsigned random_device_getval_engine(void* self) {
  unsigned value;
  if (take_over_entropy("std::random_device", DETAUDIT_CALL_SITE, &value, sizeof value)) return value;
  return g_getval_engine.get()(self);
}

DETAUDIT_INTERPOSED void random_device_init(void*, const void*) __asm__(
    "_ZNSt13random_device7_M_initERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE");
void random_device_init(void* self, const void* token) { init_unseen(g_init, self, token); }

DETAUDIT_INTERPOSED void random_device_init_old(void*, const void*) __asm__(
    "_ZNSt13random_device7_M_initERKSs");
void random_device_init_old(void* self, const void* token) { init_unseen(g_init_old, self, token); }

DETAUDIT_INTERPOSED void random_device_init_pointer(void*, const char*, size_t) __asm__(
    "_ZNSt13random_device7_M_initEPKcm");
void random_device_init_pointer(void* self, const char* token, size_t bytes) {
  init_unseen(g_init_pointer, self, token, bytes);
}
