// TensorFlow's own source of numbers that nobody seeded, drawn from std::random_device once and by
// all threads in turn: seeds of operations that were given none, and numbers of executions.
#include "instrument/libc/seeded_stream.h"
#include "instrument/libraries/library_function.h"
#include "instrument/libraries/tensorflow_steps.h"

namespace detaudit::instrument {
namespace {

constexpr const char* kLibrary = "libtensorflow_framework";
constinit LibraryFunction<uint64_t()> g_new(kLibrary, "_ZN3tsl6random5New64Ev");
constinit LibraryFunction<uint64_t()> g_new_of_thread(kLibrary,
                                                      "_ZN3tsl6random16ThreadLocalNew64Ev");

// Pinned, it is a stream of each thread's own: threads share one otherwise, in the order in which they
// happen to draw.
bool pinned(uint64_t& value) {
  ProbeScope scope;
  if (!scope || !entropy_is_pinned()) return false;
  fill_pinned(&value, sizeof value);
  return true;
}

uint64_t draw(LibraryFunction<uint64_t()>& next) {
  uint64_t value = 0;
  if (!pinned(value)) {
    auto* function = next.get();
    value = function ? function() : 0;
  }
  const auto drawn = static_cast<int64_t>(value);
  begin_execution(drawn > 0 ? -drawn : drawn);
  return value;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED uint64_t tensorflow_new64() __asm__("_ZN3tsl6random5New64Ev");
uint64_t tensorflow_new64() { return draw(g_new); }

DETAUDIT_INTERPOSED uint64_t tensorflow_new64_of_thread() __asm__(
    "_ZN3tsl6random16ThreadLocalNew64Ev");
uint64_t tensorflow_new64_of_thread() { return draw(g_new_of_thread); }
