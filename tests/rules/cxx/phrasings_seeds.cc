#include <sys/random.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

using Clock = std::chrono::high_resolution_clock;
typedef std::random_device Entropy;

// Entropy, by other names.
struct Source {
  Entropy device;
  unsigned operator()() { return device(); }  // expect: DET210
};
std::mt19937 make() { return std::mt19937(std::random_device{}()); }  // expect: DET210
int by_file() {
  unsigned seed = 0;
  if (FILE* f = std::fopen("/dev/urandom", "rb")) {  // expect: DET210
    if (std::fread(&seed, sizeof seed, 1, f) != 1) seed = 1;
    std::fclose(f);
  }
  const int fd = open("/dev/random", O_RDONLY);  // expect: DET210
  return fd + static_cast<int>(seed);
}
unsigned by_call() {
  unsigned seed;
  if (::getentropy(&seed, sizeof(seed)) != 0) return 0;  // expect: DET210
  return seed;
}
// A path is only a path, a class only called so.
namespace mine {
struct random_device {
  unsigned operator()() const { return 4; }
};
}  // namespace mine
unsigned own() {
  std::puts("reads /dev/urandom never");
  return mine::random_device{}();
}

// Clocks, by other roads.
struct Options {
  unsigned long seed = std::time(nullptr);
};
struct Augment {
  explicit Augment(unsigned long s) : rng{s} {}
  std::mt19937_64 rng;
};
template <typename Rng>
Rng seeded() {
  return Rng(Clock::now().time_since_epoch().count());  // expect: DET211
}
void roads(const Options& options) {
  timeval tv;
  gettimeofday(&tv, nullptr);
  srand(tv.tv_sec * 1000 + tv.tv_usec / 1000);  // expect: DET211
  std::mt19937_64 a{static_cast<std::mt19937_64::result_type>(std::time(0))};  // expect: DET211
  auto b = std::make_unique<std::mt19937>(static_cast<unsigned>(std::time(nullptr)));  // expect: DET211
  const auto stamp = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch());
  std::default_random_engine c(static_cast<unsigned>(stamp.count()));  // expect: DET211
  int local = 0;
  std::mt19937 d(reinterpret_cast<std::uintptr_t>(&local) & 0xffff);  // expect: DET211
  auto e = seeded<std::minstd_rand>();
  auto reseed = [](auto& engine) {
    engine.seed(std::chrono::system_clock::now().time_since_epoch().count());  // expect: DET211
  };
  reseed(a);
  std::mt19937 f(std::hash<std::thread::id>()(std::this_thread::get_id()));  // expect: DET211
  Augment g(options.seed);  // expect: DET211
  (void)b, (void)c, (void)d, (void)e, (void)f, (void)g;
}
void timed(unsigned seed, const char* argument) {
  const auto t0 = Clock::now();
  std::mt19937 a(seed), b(std::strtoul(argument, nullptr, 10));
  std::seed_seq words{seed, 1u};
  std::mt19937 c(words);
  std::printf("%ld\n", static_cast<long>((Clock::now() - t0).count()));
  std::printf("%s %d\n", argument, static_cast<int>(a() + b() + c()));
}

// Nobody's seed.
struct Model {
  std::mt19937_64 rng;
  int draw() { return static_cast<int>(rng()); }  // expect: DET212
};
Model model() {
  return {};
}
std::vector<int> order(int n) {
  std::vector<int> v(n);
  std::iota(v.begin(), v.end(), 0);
  std::shuffle(v.begin(), v.end(), std::mt19937{});  // expect: DET212
  static std::ranlux48 engine;  // expect: DET212
  thread_local std::minstd_rand local;  // expect: DET212
  std::knuth_b seeded(v.size());
  v[0] = static_cast<int>(engine() + local() + seeded());
  return v;
}
class Sampler {
 public:
  explicit Sampler(unsigned seed) { rng_.seed(seed); }
  int draw() { return static_cast<int>(rng_()); }

 private:
  std::mt19937 rng_;
};
std::mt19937 parsed(const char* text) {
  std::mt19937 engine;
  engine.seed(std::atoi(text));
  return engine;
}
