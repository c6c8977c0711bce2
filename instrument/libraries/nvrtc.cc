// NVRTC: with which options kernels are compiled at run time.
#include <algorithm>
#include <cstring>

#include "instrument/libraries/library_function.h"

namespace detaudit::instrument {
namespace {

constexpr int kInternalError = 11;
constinit LibraryFunction<int(void*, int, const char* const*)> g_compile("libnvrtc",
                                                                         "nvrtcCompileProgram");

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int nvrtcCompileProgram(void* program, int count, const char* const* options) {
  if (ProbeScope scope; scope) {
    char text[512] = "no options";
    size_t used = 0;
    for (int i = 0; options && i < count && options[i] && used + 1 < sizeof text; ++i) {
      const int added =
          std::snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "", options[i]);
      used = added < 0 ? used : std::min(used + static_cast<size_t>(added), sizeof text - 1);
    }
    note_library_setting(g_compile.name(), text);
  }
  return g_compile.call(kInternalError, program, count, options);
}
