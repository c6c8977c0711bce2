// Hazards that a scan finds here, as an audit sees them: one that diverges (in the clean twin it is not
// compiled), one that runs and decides nothing, one that never runs.
#include <sys/random.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

#ifndef CLEAN
unsigned drawn() {
  unsigned value = 0;
  if (getrandom(&value, sizeof value, 0) < 0) return 0;  // diverges
  return value;
}
#else
unsigned drawn() { return 7; }
#endif

unsigned never_asked() {
  unsigned value = 0;
  if (getrandom(&value, sizeof value, GRND_NONBLOCK) < 0) return 0;  // never runs
  return value;
}

}  // namespace

int main(int argc, char**) {
  srand(static_cast<unsigned>(time(nullptr)));  // runs
  if (argc > 1) std::printf("%u\n", never_asked());
  std::printf("%u\n", drawn());
  return 0;
}
