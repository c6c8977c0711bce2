// A subject for the libc probe's tests: reads what an unreproducible program reads. Knows nothing
// of the audit.
#include <fcntl.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

void print(const char* name, unsigned long long value) { std::printf("%s %llx\n", name, value); }

int entropy() {
  std::random_device device;
  print("random_device", device());
  print("random_device", device());
  unsigned long long word = 0;
  if (getrandom(&word, sizeof word, 0) != sizeof word) return 2;
  print("getrandom", word);
  if (getentropy(&word, sizeof word) != 0) return 3;
  print("getentropy", word);
  print("arc4random", arc4random());
  print("arc4random_uniform", arc4random_uniform(1000000));
  int descriptor = open("/dev/urandom", O_RDONLY);
  if (read(descriptor, &word, sizeof word) != sizeof word) return 4;
  close(descriptor);
  print("open", word);
  std::FILE* stream = std::fopen("/dev/urandom", "rb");
  if (std::fread(&word, sizeof word, 1, stream) != 1) return 5;
  std::fclose(stream);
  print("fopen", word);
  return 0;
}

int clocks() {
  print("time", static_cast<unsigned long long>(time(nullptr)));
  timeval now;
  gettimeofday(&now, nullptr);
  print("gettimeofday", static_cast<unsigned long long>(now.tv_sec) * 1000000 + now.tv_usec);
  timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  print("clock_gettime",
        static_cast<unsigned long long>(exact.tv_sec) * 1000000000 + exact.tv_nsec);
  print("system_clock", std::chrono::system_clock::now().time_since_epoch().count());
  return 0;
}

int monotonic() {
  auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  auto slept = std::chrono::steady_clock::now() - start;
  return slept >= std::chrono::milliseconds(5) && slept < std::chrono::seconds(60) ? 0 : 2;
}

int one_site_many_times() {
  unsigned long long sum = 0;
  for (int i = 0; i < 1000; ++i) sum += static_cast<unsigned long long>(time(nullptr));
  errno = 5;
  time(nullptr);
  getpid();
  return sum != 0 && errno == 5 ? 0 : 2;
}

int files() {
  std::ofstream("stream.txt") << "a";
  std::fclose(std::fopen("file.txt", "w"));
  close(creat("creat.txt", 0600));
  std::fclose(std::fopen("stream.txt", "r"));
  close(open("partial.txt", O_WRONLY | O_CREAT, 0600));
  std::rename("partial.txt", "final.txt");
  std::fclose(std::fopen("/dev/null", "w"));
  return 0;
}

void* draw(void* out) {
  std::random_device device;
  *static_cast<unsigned*>(out) = device();
  return nullptr;
}

int threads() {
  unsigned drawn[4];
  pthread_t pool[4];
  for (int i = 0; i < 4; ++i)
    if (pthread_create(&pool[i], nullptr, draw, &drawn[i]) != 0) return 2;
  for (pthread_t thread : pool) pthread_join(thread, nullptr);
  for (unsigned value : drawn) print("thread", value);
  return 0;
}

int locks() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  int counter = 0;
  auto work = [&] {
    for (int i = 0; i < 20000; ++i) {
      pthread_mutex_lock(&mutex);
      ++counter;
      pthread_mutex_unlock(&mutex);
    }
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
  return counter == 40000 ? 0 : 2;
}

int leaves_at_once() {
  pid_t spawned = vfork();
  if (spawned == 0) _exit(0);
  pid_t child = fork();
  if (child == 0) {
    time(nullptr);
    _exit(0);
  }
  waitpid(spawned, nullptr, 0);
  waitpid(child, nullptr, 0);
  time(nullptr);
  _exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, int (*)()> acts = {
      {"entropy", entropy},          {"clocks", clocks},
      {"monotonic", monotonic},      {"files", files},
      {"threads", threads},          {"locks", locks},
      {"many", one_site_many_times}, {"leave", leaves_at_once}};
  auto act = acts.find(argc > 1 ? argv[1] : "");
  return act == acts.end() ? 64 : act->second();
}
