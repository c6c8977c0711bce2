#include <sys/random.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>

using Engine = std::mt19937_64;
namespace clocks = std::chrono;

struct Config {
  unsigned seed = 7;
  unsigned stamp = 0;
};

unsigned now() { return static_cast<unsigned>(time(nullptr)); }
#define SEED_FROM_CLOCK() srand(time(NULL))

void plant(unsigned seed) { srand(seed); }

class Sampler {
 public:
  explicit Sampler(unsigned seed) : engine_(seed) {}
  Engine engine_;
};

class Late {
 public:
  Late() : engine_(clocks::system_clock::now().time_since_epoch().count()) {}  // expect: DET211
  Engine engine_;
};

void from_clocks(const Config& config) {
  srand(time(nullptr));                                                    // expect: DET211
  auto stamp = clocks::steady_clock::now().time_since_epoch().count();
  std::mt19937 engine(stamp);                                              // expect: DET211
  engine.seed(static_cast<unsigned>(clock()));                             // expect: DET211
  srand(now());                                                            // expect: DET211
  plant(now());                                                            // expect: DET211
  plant(config.seed);
  SEED_FROM_CLOCK();                                                       // expect: DET211
  Sampler sampler(time(nullptr));                                          // expect: DET211
  srandom(getpid());                                                       // expect: DET211
  timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  srand48(at.tv_nsec);                                                     // expect: DET211
  std::seed_seq sequence{now(), 3u};                                       // expect: DET211
}

void from_config(Config& config, unsigned seed) {
  std::mt19937 engine(config.seed);
  Engine other{seed};
  engine.seed(17);
  srand(42);
  Sampler sampler(seed);
  config.stamp = now();
  const auto begin = clocks::steady_clock::now();
  const double seconds = clocks::duration<double>(clocks::steady_clock::now() - begin).count();
  (void)seconds;
}

void from_entropy() {
  std::random_device device;                       // expect: DET210
  std::mt19937 engine(device());
  Engine other{std::random_device{}()};            // expect: DET210
  unsigned seed;
  getrandom(&seed, sizeof seed, 0);                // expect: DET210
  std::ifstream file("/dev/urandom", std::ios::binary);  // expect: DET210
  std::ifstream data("/dev/urandom.txt");
}

std::mt19937 from_words(unsigned seed) {
  std::seed_seq words{seed, 3u};
  return std::mt19937(words);
}

int by_default() {
  std::mt19937 engine;  // expect: DET212
  std::default_random_engine any{};  // expect: DET212
  std::mt19937 seeded_later;
  seeded_later.seed(3);
  return static_cast<int>(engine() + any() + seeded_later());
}
