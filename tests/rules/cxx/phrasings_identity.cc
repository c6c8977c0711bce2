#include <pthread.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

using Id = std::thread::id;
struct Pool {
  std::array<double, 8> parts{};
  void add(double x) {
    parts[std::hash<Id>()(std::this_thread::get_id()) & 7] += x;  // expect: DET270
  }
};
double jitter(double x) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return x * (1.0 + 1e-9 * static_cast<double>(now.count() % 7));  // expect: DET270
}
template <class T>
std::size_t bucket(const T* object, std::size_t n) {
  return (reinterpret_cast<std::uintptr_t>(object) / sizeof(T)) % n;
}
void spread(std::vector<float>& sums, const float* object, float v) {
  sums[bucket(object, sums.size())] += v;  // expect: DET270
  sums[static_cast<std::size_t>(pthread_self()) % sums.size()] += v;  // expect: DET270
}

void machine(std::vector<float>& weights) {
  utsname name;
  uname(&name);
  std::mt19937 engine(std::hash<std::string_view>()(name.nodename));  // expect: DET271
  std::string host(64, '\0');
  ::gethostname(host.data(), host.size());
  weights[std::hash<std::string>{}(host) % weights.size()] = 1;  // expect: DET271
}
unsigned by_variable() {
  const char* host = std::getenv("HOSTNAME");
  std::mt19937 engine(std::hash<std::string>{}(host));  // expect: DET271
  return engine();
}

// Measured, aligned, locked, logged: not computed with.
struct Timer {
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  double seconds = 0;
  ~Timer() { seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); }
};
std::map<Id, int> names;
std::mutex lock;
int name_of_thread() {
  std::lock_guard guard(lock);
  return names.try_emplace(std::this_thread::get_id(), static_cast<int>(names.size())).first->second;
}
float* align(float* p) {
  const auto address = reinterpret_cast<std::uintptr_t>(p);
  return reinterpret_cast<float*>((address + 63) & ~std::uintptr_t{63});
}
void log_line(char* line, std::size_t n) {
  char host[64];
  gethostname(host, sizeof host);
  std::string path = std::string("/tmp/") + host + ".log";
  if (path.size() < n) path.copy(line, n);
}
bool expired(std::chrono::steady_clock::time_point deadline) { return std::chrono::steady_clock::now() > deadline; }
