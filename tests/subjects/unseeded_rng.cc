// Noise from a generator made of std::random_device; the twin seeds it.
#include <detaudit/probe.h>

#include <random>
#include <vector>

int main() {
#ifdef CLEAN
  std::mt19937 generator{7};
#else
  std::mt19937 generator{std::random_device{}()};
#endif
  std::vector<float> noise(1000);
  for (uint64_t step = 0; step < 3; ++step) {
    detaudit_step(step);
    detaudit_op* op = detaudit_op_begin("noise", nullptr);
    for (float& value : noise) value = std::uniform_real_distribution<float>()(generator);
    detaudit_op_output(op, {"noise", noise.data(), noise.size(), DETAUDIT_F32});
    detaudit_op_end(op);
  }
}
