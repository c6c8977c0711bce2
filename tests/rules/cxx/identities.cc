#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <thread>

float buckets(float* table, int n, const int* object) {
  const size_t mine = std::hash<std::thread::id>{}(std::this_thread::get_id()) % n;
  table[mine] = 1;  // expect: DET270
  float value = table[time(nullptr) % n];  // expect: DET270
  const auto address = reinterpret_cast<uintptr_t>(object);
  value += table[(address >> 4) & 15];  // expect: DET270
  return value;
}

// Memory from a boundary on: what lies there has nothing to do with where that is.
float rounded_up(const float* data, int n) {
  void* raw = std::malloc(n * sizeof(int) + 63);
  int* order = reinterpret_cast<int*>((reinterpret_cast<uintptr_t>(raw) + 63) & ~uintptr_t{63});
  const auto begin = ((uintptr_t)raw + 63) & ~uintptr_t{63};
  int* same = (int*)begin;
  for (int i = 0; i < n; ++i) order[i] = n - 1 - i;
  float value = data[order[0]] + data[same[1]];
  value += data[begin & 7];  // expect: DET270
  const size_t first = (64 - (reinterpret_cast<uintptr_t>(data) & 63)) / sizeof(float);
  return value + data[first];  // expect: DET270
}

// A table that is looked up by threads or addresses.
struct Slot {
  const void* owner;
  int uses;
};
int looked_up(Slot* slots, const int* object, int n) {
  slots[std::hash<std::thread::id>{}(std::this_thread::get_id()) % n].uses++;
  return slots[(reinterpret_cast<uintptr_t>(object) >> 4) % n].uses;
}

void measures(float* times, const float* data) {
  const auto begin = std::chrono::steady_clock::now();
  const clock_t ticks = clock();
  const auto end = std::chrono::steady_clock::now();
  times[0] = std::chrono::duration<float>(end - begin).count();
  printf("%ld\n", static_cast<long>(clock() - ticks));
  if (reinterpret_cast<uintptr_t>(data) % 16 != 0) times[1] = 0;
  printf("%d %p\n", getpid(), static_cast<const void*>(data));
}

void of_the_machine(char* name, int n) {
  gethostname(name, n);
  std::mt19937 engine(std::hash<std::string>{}(name));  // expect: DET271
  printf("on %s\n", name);
}
