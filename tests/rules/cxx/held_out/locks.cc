// Phrasings that the authors of the rules did not have in mind: locks, threads and what they add to.
#include <omp.h>
#include <pthread.h>
#include <threads.h>
#include <algorithm>
#include <atomic>
#include <complex>
#include <condition_variable>
#include <execution>
#include <functional>
#include <future>
#include <iostream>
#include <list>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <semaphore>
#include <shared_mutex>
#include <sstream>
#include <thread>
#include <valarray>
#include <vector>

// typedef, alias
using Real = long double;
typedef std::unique_lock<std::recursive_mutex> Hold;
using Crowd = std::vector<std::jthread>;
Real l1(const std::vector<Real>& x) {
  Real sum{};
  std::recursive_mutex m;
  {
    Crowd crowd;
    for (Real each : x) crowd.emplace_back([&sum, &m, each] { Hold h{m}; sum += each; });  // expect: DET232
  }
  return sum;
}
// macro
#define WITH(m) if (std::lock_guard<std::mutex> guard_(m); true)
#define ADD(to, v) to += (v)
void l2(std::mutex& m, float& loss, const float* x, int n) {
  std::vector<std::thread> ts;
  for (int i = 0; i < n; i++) ts.push_back(std::thread([&, i]() {
    WITH(m) { ADD(loss, x[i]); }  // expect: DET232
  }));
  for (auto& t : ts) t.join();
}
// template; the type decides
template <class T>
struct Sum {
  T value{};
  std::mutex m;
  void add(const T& v) {
    const std::lock_guard g(m);
    value += v;  // expect: DET232
  }
};
template <class T>
struct SumOfWhole {
  T value{};
  std::mutex m;
  void add(const T& v) {
    const std::lock_guard g(m);
    value += v;
  }
};
template <class T, class Into>
void l3(const std::vector<T>& x, Into& s) {
  std::vector<std::future<void>> f;
  for (auto& v : x) f.push_back(std::async(std::launch::async, [&] { s.add(v); }));
}
void l3a(const std::vector<std::complex<float>>& x, Sum<std::complex<float>>& s) { l3(x, s); }
void l3b(const std::vector<int>& x, SumOfWhole<int>& s) { l3(x, s); }
// member functions as threads, the sum behind a reference that is a member
class Worker {
 public:
  Worker(double& out, std::mutex& m, std::vector<double> part) : out_(out), m_(m), part_(std::move(part)) {}
  void run() {
    for (double v : part_) {
      mine_ += v;
    }
    m_.lock();
    out_ += mine_;  // expect: DET232
    m_.unlock();
  }

 private:
  double& out_;
  std::mutex& m_;
  std::vector<double> part_;
  double mine_ = 0;
};
void l4(std::vector<Worker>& workers) {
  std::vector<std::thread> ts;
  for (auto& w : workers) ts.emplace_back(&Worker::run, &w);
  for (auto& t : ts) t.join();
}
// its own guarded value, changed by what it is given
template <class T>
class Guarded {
 public:
  template <class F>
  auto with(F&& f) {
    std::scoped_lock g(m_);
    return f(v_);
  }

 private:
  T v_{};
  std::mutex m_;
};
void l5(Guarded<double>& total, const std::vector<double>& x) {
  std::vector<std::thread> ts;
  for (double v : x) ts.emplace_back([&total, v] { total.with([v](double& t) { t += v; }); });  // expect: DET232
  for (auto& t : ts) t.join();
}
void l5_whole(Guarded<long>& total, const std::vector<long>& x) {
  std::vector<std::thread> ts;
  for (long v : x) ts.emplace_back([&total, v] { total.with([v](long& t) { t += v; }); });
  for (auto& t : ts) t.join();
}
// lock wrapped in functions
static pthread_mutex_t g_m = PTHREAD_MUTEX_INITIALIZER;
static double g_sum;
static void enter() { pthread_mutex_lock(&g_m); }
static void leave() { pthread_mutex_unlock(&g_m); }
static void* l6_thread(void* p) {
  double v = *static_cast<double*>(p);
  enter();
  g_sum = v + g_sum;  // expect: DET232
  leave();
  return nullptr;
}
void l6(double* v) {
  pthread_t a, b;
  pthread_create(&a, nullptr, l6_thread, &v[0]);
  pthread_create(&b, nullptr, l6_thread, &v[1]);
  pthread_join(a, nullptr);
  pthread_join(b, nullptr);
}
// C11, one struct for each thread: its own sum needs no order
struct Part {
  mtx_t* m;
  double sum;
  double* all;
  const double* x;
};
int l7_thread(void* p) {
  struct Part* part = (struct Part*)p;
  mtx_lock(part->m);
  part->sum += part->x[0];
  part->all[0] -= part->x[0];  // expect: DET232
  mtx_unlock(part->m);
  return 0;
}
void l7(thrd_t* t, struct Part* parts, int n) {
  for (int i = 0; i < n; ++i) thrd_create(t + i, l7_thread, parts + i);
}
// a semaphore, a matrix, a valarray
void l8(std::valarray<double>& sum, const std::vector<std::valarray<double>>& x) {
  std::binary_semaphore one{1};
  std::vector<std::jthread> ts;
  for (const auto& v : x) ts.emplace_back([&] {
    one.acquire();
    sum += v;  // expect: DET232
    one.release();
  });
}
// omp_lock
double l9(const double* x, int n) {
  double s = 0;
  omp_lock_t lock;
  omp_init_lock(&lock);
#pragma omp parallel for
  for (int i = 0; i < n; ++i) {
    omp_set_lock(&lock);
    s += x[i];  // expect: DET232
    omp_unset_lock(&lock);
  }
  return s;
}
double l9_one(const double* x, int n) {
  double s = 0;
  omp_lock_t lock;
  omp_init_lock(&lock);
#pragma omp parallel for num_threads(1)
  for (int i = 0; i < n; ++i) {
    omp_set_lock(&lock);
    s += x[i];
    omp_unset_lock(&lock);
  }
  return s;
}
// std::function, std::bind, function objects
struct Add {
  std::shared_ptr<std::mutex> m;
  double* to;
  double v;
  void operator()() const {
    std::lock_guard g(*m);
    *to += v;  // expect: DET232
  }
};
void l10(double* to, const std::vector<double>& x) {
  auto m = std::make_shared<std::mutex>();
  std::vector<std::thread> ts;
  for (double v : x) ts.emplace_back(Add{m, to, v});
  for (auto& t : ts) t.join();
}
void l11_add(std::mutex& m, double& to, double v) {
  std::lock_guard g(m);
  to += v;  // expect: DET232
}
void l11(double& to, const std::vector<double>& x) {
  std::mutex m;
  std::vector<std::function<void()>> jobs;
  for (double v : x) jobs.push_back(std::bind(l11_add, std::ref(m), std::ref(to), v));
  std::vector<std::thread> ts;
  for (auto& j : jobs) ts.emplace_back(j);
  for (auto& t : ts) t.join();
}
// buckets by data, and by the thread's own number
void l12(std::vector<double>& bins, const std::vector<int>& where, const std::vector<double>& w, int threads) {
  std::mutex m;
  std::vector<std::thread> ts;
  for (int t = 0; t < threads; ++t) {
    ts.emplace_back([&, t] {
      for (size_t i = t; i < w.size(); i += threads) {
        std::lock_guard g(m);
        bins[where[i]] += w[i];  // expect: DET232
        bins[i] *= 2;
      }
    });
  }
  for (auto& t : ts) t.join();
}
// reader and writers; a shared lock excludes nobody, a unique one does
class Stats {
 public:
  void record(double v) {
    std::unique_lock<std::shared_mutex> w(m_);
    mean_ += (v - mean_) / ++n_;  // expect: DET232
  }
  double mean() const {
    std::shared_lock r(m_);
    return mean_;
  }

 private:
  mutable std::shared_mutex m_;
  double mean_ = 0;
  int n_ = 0;
};
// deferred
void l13(std::mutex& m, double& s, const std::vector<double>& x) {
  std::vector<std::thread> ts;
  for (double v : x) ts.emplace_back([&, v] {
    std::unique_lock<std::mutex> l(m, std::defer_lock);
    l.lock();
    s += v;  // expect: DET232
  });
  for (auto& t : ts) t.join();
}
// thread_local and static partial sums
void l14(const std::vector<double>& x, std::mutex& m, std::vector<double>& done) {
  std::vector<std::thread> ts;
  for (size_t t = 0; t < 4; ++t) ts.emplace_back([&, t] {
    thread_local double mine = 0;
    double also = 0;
    for (double v : x) {
      std::lock_guard g(m);
      mine += v;
      also += v;
    }
    std::lock_guard g(m);
    done[t] += mine + also;
  });
  for (auto& t : ts) t.join();
}
// tickets
double l15(const std::vector<double>& x) {
  std::atomic<size_t> next{0};
  std::mutex m;
  double s = 0;
  std::vector<std::thread> ts;
  for (size_t i = 0; i < x.size(); ++i) ts.emplace_back([&](size_t me) {
    while (next.load() != me) std::this_thread::yield();
    std::lock_guard g(m);
    s += x[me];
    ++next;
  }, i);
  for (auto& t : ts) t.join();
  return s;
}
// futures that are folded in order, whatever lock their work takes for something else
double l16(const std::vector<double>& x) {
  std::mutex m;
  int done = 0;
  std::vector<std::future<double>> f;
  for (double v : x) f.push_back(std::async([&, v] {
    std::lock_guard g(m);
    ++done;
    return v * v;
  }));
  double s = 0;
  for (auto& each : f) s += each.get();
  return s;
}
// a parallel algorithm that appends
std::vector<int> l17(const std::vector<int>& x) {
  std::vector<int> odd;
  std::mutex m;
  std::for_each(std::execution::par, x.begin(), x.end(), [&](int v) {
    if (v % 2 == 0) return;
    std::lock_guard g(m);
    odd.push_back(v);  // expect: DET232
  });
  return odd;
}
std::vector<int> l17_sorted(const std::vector<int>& x) {
  std::vector<int> odd;
  std::mutex m;
  std::for_each(std::execution::par, x.begin(), x.end(), [&](int v) {
    std::lock_guard g(m);
    odd.push_back(v);
  });
  std::ranges::sort(odd);
  return odd;
}
// files and streams
void l18(std::ostream& out, const std::vector<double>& x) {
  std::mutex m;
  std::vector<std::thread> ts;
  for (double v : x) ts.emplace_back([&, v] {
    std::ostringstream line;
    line << v;
    std::lock_guard g(m);
    out << line.str();  // expect: DET232
  });
  for (auto& t : ts) t.join();
}
// inheritance
struct Sink {
  virtual ~Sink() = default;
  virtual void take(double v) = 0;
};
struct SumSink : Sink {
  void take(double v) override {
    std::lock_guard g(m);
    total += v;  // expect: DET232
  }
  std::mutex m;
  double total = 0;
};
void l19(Sink& sink, const std::vector<double>& x) {
  std::vector<std::thread> ts;
  for (double v : x) ts.emplace_back([&sink, v] { sink.take(v); });
  for (auto& t : ts) t.join();
}
// a thread that only starts, and a lock that only one function takes
struct Player {
  std::mutex m;
  double volume = 0, position = 0;
  std::thread t;
  void start() {
    t = std::thread([this] {
      for (int i = 0; i < 100; ++i) {
        std::lock_guard g(m);
        position += 0.5;
      }
    });
  }
  double where() {
    std::lock_guard g(m);
    return position;
  }
  void set(double v) {
    std::lock_guard g(m);
    volume = v;
  }
};
int main(int argc, char**) {
  Player p;
  p.start();
  p.t.join();
  return argc;
}
