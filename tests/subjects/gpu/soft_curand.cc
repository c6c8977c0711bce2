// cuRAND in software, as far as the subjects use it.
#include <cstddef>
#include <random>
#include <vector>

#include "tests/subjects/gpu/soft_library.h"

struct Generator {
  unsigned long long seed = 0;
};

LIBRARY_CALL curandCreateGenerator(Generator** generator, int) {
  *generator = new Generator;
  return 0;
}
LIBRARY_CALL curandSetPseudoRandomGeneratorSeed(Generator* generator, unsigned long long seed) {
  generator->seed = seed;
  return 0;
}
LIBRARY_CALL curandGenerateUniform(Generator* generator, float* out, size_t n) {
  std::mt19937 engine(static_cast<unsigned>(generator->seed));
  std::vector<float> drawn(n);
  for (float& value : drawn) value = static_cast<float>(engine()) * 0x1p-32f;
  return cuMemcpyHtoD(reinterpret_cast<CUdeviceptr>(out), drawn.data(), n * sizeof *out) != 0;
}
