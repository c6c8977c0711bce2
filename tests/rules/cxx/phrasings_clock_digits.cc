// Digits of a clock that choose something, and clocks that only measure.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>

int lane_of() { return clock() & 7; }  // expect: DET270
unsigned mixed() {
  unsigned h = 17;
  h ^= static_cast<unsigned>(time(nullptr));  // expect: DET270
  return h;
}
long slot() {
  long now = std::chrono::steady_clock::now().time_since_epoch().count();
  now %= 64;  // expect: DET270
  return now;
}
#define NOW() std::chrono::high_resolution_clock::now().time_since_epoch().count()
template <class T>
T pick(T mask) {
  return static_cast<T>(NOW()) & mask;  // expect: DET270
}
int picked() { return pick(3); }

double took(clock_t began) { return double(clock() - began) / CLOCKS_PER_SEC; }
int flags(int mode) { return mode & 7; }
void waits(long until) {
  while (time(nullptr) < until) {
  }
}
bool both(bool a) { return (time(nullptr) > 5) && a; }
