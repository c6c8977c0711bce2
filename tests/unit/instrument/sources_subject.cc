// A subject for the libc probe's tests: reads what an unreproducible program reads. Knows nothing
// of the audit.
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
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

// Each kind of call that writes, and a file that is written over.
int writes() {
  std::FILE* stream = std::fopen("stream.txt", "w");
  std::fputs("by the C library\n", stream);
  std::fclose(stream);
  std::ofstream("cxx.txt") << "by the C++ library" << std::endl;
  int file = open("calls.txt", O_CREAT | O_WRONLY | O_TRUNC, 0600);
  if (write(file, "a", 1) != 1 || pwrite(file, "b", 1, 200'000) != 1) return 2;
  close(file);
  for (const char* text : {"first", "second"}) {
    file = open("again.txt", O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (write(file, text, std::strlen(text)) < 0) return 3;
    close(file);
  }
  if (std::rename("again.txt", "moved.txt") != 0) return 4;
  char name[] = "drawn-XXXXXX";
  file = mkstemp(name);
  close(file);
  std::puts(name);
  return file < 0 ? 5 : 0;
}

int folder() {
  for (const char* name : {"c", "a", "b"}) close(open(name, O_CREAT | O_WRONLY, 0600));
  DIR* stream = opendir(".");
  for (int round = 0; round < 2; ++round, rewinddir(stream))
    while (dirent* entry = readdir(stream)) std::printf("%s ", entry->d_name);
  closedir(stream);
  return 0;
}

int waits() {
  auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(0));
  usleep(20000);
  for (int i = 0; i < 5; ++i) usleep(1000);  // as a lock that backs off
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock lock(mutex);
  // A day by the clock, if that is shifted and the wait is not.
  const auto until = std::chrono::system_clock::now() + std::chrono::milliseconds(30);
  while (condition.wait_until(lock, until) == std::cv_status::no_timeout) {
  }
  print("waited_ns", static_cast<unsigned long long>(
                         (std::chrono::steady_clock::now() - start) / std::chrono::nanoseconds(1)));
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

void print_ids(const char* process, const char* parent, const char* thread) {
  print(process, static_cast<unsigned>(getpid()));
  print(parent, static_cast<unsigned>(getppid()));
  print(thread, static_cast<unsigned>(gettid()));
  std::fflush(stdout);
}

volatile sig_atomic_t g_signals = 0;

void* print_thread_ids(void*) {
  print_ids("thread's_process", "thread's_parent", "second_thread");
  return nullptr;
}

int ids() {
  print_ids("process", "parent", "thread");
  print("raw_process", static_cast<unsigned long>(syscall(SYS_getpid)));
  print("raw_parent", static_cast<unsigned long>(syscall(SYS_getppid)));
  print("raw_thread", static_cast<unsigned long>(syscall(SYS_gettid)));
  pthread_t other;
  if (pthread_create(&other, nullptr, print_thread_ids, nullptr) != 0) return 2;
  pthread_join(other, nullptr);
  for (const char* name : {"child", "next_child"}) {
    pid_t child = fork();
    if (child == 0) {
      print_ids(name, "child's_parent", "child's_thread");
      _exit(0);
    }
    waitpid(child, nullptr, 0);
  }
  signal(SIGUSR1, [](int) { g_signals = g_signals + 1; });
  if (kill(getpid(), SIGUSR1) != 0) return 3;
  print("signals", static_cast<unsigned>(g_signals));
  return 0;
}

constexpr unsigned char kFill = 0x3d;  // as the test asks for

// How many bytes of a local array, which nobody wrote, are the fill.
[[gnu::noinline]] unsigned filled() {
  unsigned char bytes[8192];
  asm volatile("" : : "r"(bytes) : "memory");
  return static_cast<unsigned>(std::count(bytes, bytes + sizeof bytes, kFill));
}

void* count_filled(void* count) {
  *static_cast<unsigned*>(count) = filled();
  return nullptr;
}

void* do_nothing(void*) { return nullptr; }

unsigned filled_in_thread() {
  pthread_t thread;
  unsigned count = 0;
  if (pthread_create(&thread, nullptr, count_filled, &count) != 0) return 0;
  pthread_join(thread, nullptr);
  return count;
}

// The least that threads can live on, beside as much memory of the subject's.
int thread_on_least_stack() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, static_cast<size_t>(sysconf(_SC_THREAD_STACK_MIN)));
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, do_nothing, nullptr);
  if (error == 0) pthread_join(thread, nullptr);
  return error;
}

// A stack of the subject's own, which it painted to see later how deep it went.
unsigned filled_in_own_stack() {
  constexpr size_t kBytes = size_t{256} << 10;
  void* stack = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memset(stack, 0xaa, kBytes);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, kBytes);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, do_nothing, nullptr) != 0) return UINT_MAX;
  pthread_join(thread, nullptr);
  const auto* bytes = static_cast<const unsigned char*>(stack);
  return static_cast<unsigned>(std::count(bytes, bytes + kBytes, kFill));
}

int stacks() {
  print("first_thread", filled());
  print("thread", filled_in_thread());
  print("own_stack", filled_in_own_stack());
  return thread_on_least_stack();
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
  const std::map<std::string, int (*)()> acts = {{"entropy", entropy},
                                                 {"clocks", clocks},
                                                 {"monotonic", monotonic},
                                                 {"files", files},
                                                 {"writes", writes},
                                                 {"folder", folder},
                                                 {"waits", waits},
                                                 {"threads", threads},
                                                 {"locks", locks},
                                                 {"many", one_site_many_times},
                                                 {"leave", leaves_at_once},
                                                 {"ids", ids},
                                                 {"stacks", stacks}};
  auto act = acts.find(argc > 1 ? argv[1] : "");
  return act == acts.end() ? 64 : act->second();
}
