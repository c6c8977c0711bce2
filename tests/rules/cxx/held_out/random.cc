// Phrasings that the authors of the rules did not have in mind.
#include <fcntl.h>
#include <sys/random.h>
#include <sys/time.h>
#include <unistd.h>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <thread>
// 210
using Entropy = std::random_device;
int e1() { return Entropy{}(); }  // expect: DET210
struct Gen {
  std::random_device rd;
  std::mt19937 g{rd()};  // expect: DET210
};
void e2(unsigned char* b) {
  if (::getrandom(b, 8, GRND_NONBLOCK) < 0) abort();  // expect: DET210
}
#define URANDOM \
  "/dev/"       \
  "urandom"
int e3() {
  std::ifstream f(URANDOM, std::ios::binary);  // expect: DET210
  int s;
  f.read((char*)&s, 4);
  return s;
}
int e4() {
  int fd = open("/dev/urandom", O_RDONLY), s;  // expect: DET210
  read(fd, &s, 4);
  close(fd);
  return s;
}
template <class D = std::random_device>
unsigned e5() {
  D d;  // expect: DET210
  return d();
}
unsigned e5u() { return e5(); }
int e6() { return arc4random_uniform(10); }  // expect: DET210
const char* doc() { return "reads /dev/urandom when asked"; }
// 211
long now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }
std::mt19937_64 t1() { return std::mt19937_64(now()); }  // expect: DET211
struct Rng {
  std::mt19937 e;
  explicit Rng(unsigned s) : e(s) {}
};
Rng t2() { return Rng(static_cast<unsigned>(std::time(0))); }  // expect: DET211
struct Clocked {
  std::mt19937 e{static_cast<unsigned>(std::clock())};  // expect: DET211
};
void t3(std::mt19937& g) {
  timeval tv;
  gettimeofday(&tv, nullptr);
  g.seed(tv.tv_usec);  // expect: DET211
}
void t4(std::mt19937& g) {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  std::seed_seq s{(unsigned)ts.tv_nsec, 4u};  // expect: DET211
  g.seed(s);  // expect: DET211
}
std::unique_ptr<std::mt19937> t5() { return std::make_unique<std::mt19937>(getpid()); }  // expect: DET211
std::optional<std::mt19937> t6() {
  std::optional<std::mt19937> g;
  g.emplace(time(nullptr));  // expect: DET211
  return g;
}
void t7(int* p) { srand48((long)(size_t)p); }  // expect: DET211
void t8(unsigned s = time(nullptr)) { srand(s); }  // expect: DET211
double t9() {
  auto a = std::chrono::steady_clock::now();
  srand(7);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - a).count();
}
void t10(std::mt19937& g, unsigned seed) { g.seed(seed + 1); }
// 212
thread_local std::mt19937 tl;  // expect: DET212
struct Net {
  std::default_random_engine eng;
  float r() { return std::normal_distribution<float>()(eng); }  // expect: DET212
};
auto d1() { return std::make_shared<std::minstd_rand>(); }  // expect: DET212
std::mt19937 d2() { return {}; }  // expect: DET212
int d3() {
  std::mt19937 e;
  e.seed(5);
  return e();
}
struct Net2 {
  std::mt19937 eng;
  Net2(int s) : eng(s) {}
};
struct Net3 {
  std::mt19937 eng;
  Net3(int s) { eng.seed(s); }
};
// 270, 271
int h2(float* bins) {
  bins[std::chrono::high_resolution_clock::now().time_since_epoch().count() % 8] += 1;  // expect: DET270
  return 0;
}
bool h4(const void* p) { return (reinterpret_cast<uintptr_t>(p) & 63) == 0; }
unsigned m1() {
  char b[64];
  gethostname(b, sizeof b);
  return std::hash<std::string>{}(b);  // expect: DET271
}
#include <sys/utsname.h>
void m2() {
  utsname u;
  uname(&u);
  srand(u.nodename[0]);  // expect: DET271
}
#include <cstdio>
void m3() {
  char b[64];
  gethostname(b, sizeof b);
  printf("%s\n", b);
}
