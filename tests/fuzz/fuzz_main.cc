// Drives a libFuzzer entry where the compiler has no libFuzzer: each file as it is, then ROUNDS
// changed versions of it. fuzz_main ROUNDS FILE...
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const unsigned long rounds = std::strtoul(argv[1], nullptr, 10);
  std::mt19937 random(1);
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    std::vector<uint8_t> seed((std::istreambuf_iterator<char>(file)), {});
    if (seed.empty()) return 2;
    LLVMFuzzerTestOneInput(seed.data(), seed.size());
    for (unsigned long round = 0; round < rounds; ++round) {
      std::vector<uint8_t> changed = seed;
      for (unsigned n = random() % 16 + 1; n > 0; --n) {
        changed[random() % changed.size()] = static_cast<uint8_t>(random());
      }
      if (random() % 4 == 0) changed.resize(random() % changed.size());
      LLVMFuzzerTestOneInput(changed.data(), changed.size());
    }
  }
  std::printf("%lu inputs from %d files\n", (rounds + 1) * static_cast<unsigned long>(argc - 2),
              argc - 2);
  return 0;
}
