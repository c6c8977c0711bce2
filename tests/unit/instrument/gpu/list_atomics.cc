// Prints every atomic that the decoder sees in a cubin: for against_nvdisasm.py.
#include <cstdio>

#include "tests/unit/instrument/cubin_fixtures.h"

int main(int argc, char** argv) {
  using namespace detaudit::instrument;
  for (int i = 1; i < argc; ++i) {
    const auto bytes = file_bytes(argv[i]);
    const Cubin cubin = read_cubin(bytes);
    for (const CubinFunction& function : cubin.functions) {
      for (const Atomic& atomic : function.atomics) {
        std::printf("%.*s %x %s %s %s %s\n", static_cast<int>(function.name.size()),
                    function.name.data(), atomic.offset, form_name(atomic.form),
                    operation_name(atomic.operation), type_name(atomic.type),
                    space_name(atomic.space));
      }
    }
  }
  return 0;
}
