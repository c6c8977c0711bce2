// Saves a checkpoint under one name again and again; one in the middle is not the same in each run, the
// last one is. The clean twin's never differs. The name that a temporary file gets is drawn in both.
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>

namespace {

[[gnu::noinline]] unsigned drawn_noise() {
#ifdef CLEAN
  return 7;
#else
  std::random_device device;
  return device();
#endif
}

[[gnu::noinline]] void save(unsigned weights) {
  std::ofstream file("checkpoint");
  file << weights << '\n';
  file.close();  // who writes
  if (!file) std::exit(1);
}

int keep_a_temporary() {
  char name[] = "kept-XXXXXX";
  const int file = mkstemp(name);
  return file >= 0 && write(file, "same\n", 5) == 5 && close(file) == 0 ? 0 : 1;
}

}  // namespace

int main() {
  for (unsigned epoch = 0; epoch < 4; ++epoch) save(epoch == 2 ? drawn_noise() : epoch);
  return keep_a_temporary();
}
