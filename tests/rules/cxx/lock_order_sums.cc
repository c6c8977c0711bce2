// Sums of floats that threads add to under a lock, and look-alikes.
#include <pthread.h>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <numeric>
#include <queue>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

double by_guard(const std::vector<double>& x) {
  double total = 0;
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      double mine = 0;
      for (size_t i = t; i < x.size(); i += 4) mine += x[i];
      std::lock_guard<std::mutex> hold(m);
      total += mine;  // expect: DET232
    });
  }
  for (auto& each : threads) each.join();
  return total;
}

// Whole numbers have one sum.
long by_guard_whole(const std::vector<long>& x) {
  long total = 0;
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      total += x[t];
    });
  }
  for (auto& each : threads) each.join();
  return total;
}

// A place of its own for each, folded in order.
double by_place(const std::vector<double>& x) {
  std::vector<double> parts(4);
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&parts, &m, &x, t] {
      for (double each : x) {
        std::lock_guard hold(m);
        parts[t] += each;
      }
    });
  }
  for (auto& each : threads) each.join();
  return std::accumulate(parts.begin(), parts.end(), 0.0);
}

// Stored once.
double once(double (*slow)(int)) {
  double first = 0;
  bool done = false;
  std::mutex m;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const double made = slow(7);
      std::scoped_lock hold(m);
      if (!done) first = made;
      done = true;
    });
  }
  threads.clear();
  return first;
}

// One thread only.
double alone(const std::vector<double>& x) {
  double total = 0;
  std::mutex m;
  std::thread other([&] {
    for (double each : x) {
      std::lock_guard hold(m);
      total += each;
    }
  });
  other.join();
  return total;
}

struct Totals {
  std::mutex mutex;
  double loss = 0;
  float norm[8] = {};
  long seen = 0;
};
void work(const std::vector<float>& batch, Totals* all) {
  float mine = 0;
  for (float each : batch) mine += each;
  all->mutex.lock();
  all->loss = all->loss + mine;  // expect: DET232
  all->seen += static_cast<long>(batch.size());
  for (int k = 0; k < 8; ++k) all->norm[k] += mine * k;  // expect: DET232
  all->mutex.unlock();
}
double by_functions(const std::vector<std::vector<float>>& batches) {
  Totals all;
  std::vector<std::future<void>> jobs;
  for (const auto& batch : batches) {
    jobs.push_back(std::async(std::launch::async, work, std::cref(batch), &all));
  }
  for (auto& job : jobs) job.get();
  return all.loss;
}

// By two threads that are named.
float pair_sum(float a, float b) {
  float sum = 0;
  std::mutex m;
  auto add = [&](float v) {
    std::unique_lock lock(m);
    sum -= v;  // expect: DET232, replacement: sum/deterministic
  };
  std::thread first(add, a), second(add, b);
  first.join();
  second.join();
  return sum;
}

// The thread that starts another takes part.
double both(double (*f)(int)) {
  double sum = 0;
  std::mutex m;
  auto half = [&](int from) {
    for (int i = from; i < from + 50; ++i) {
      const double v = f(i);
      std::lock_guard hold(m);
      sum += v;  // expect: DET232
    }
  };
  std::thread other(half, 0);
  half(50);
  other.join();
  return sum;
}

// C's threads and structures.
struct Task {
  const double* from;
  int count;
  double* total;
  pthread_mutex_t* lock;
};
void* run_task(void* given) {
  Task* task = static_cast<Task*>(given);
  double sum = 0;
  for (int i = 0; i < task->count; ++i) sum += task->from[i];
  pthread_mutex_lock(task->lock);
  *task->total += sum;  // expect: DET232
  pthread_mutex_unlock(task->lock);
  return nullptr;
}
void start_tasks(Task* tasks, pthread_t* ids, int n) {
  for (int i = 0; i < n; ++i) pthread_create(&ids[i], nullptr, run_task, &tasks[i]);
}

// In turns: each waits for its own.
double in_turns(const std::vector<double>& x) {
  double sum = 0;
  size_t turn = 0;
  std::mutex m;
  std::condition_variable ready;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < x.size(); ++t) {
    threads.emplace_back([&, t] {
      std::unique_lock lock(m);
      ready.wait(lock, [&] { return turn == t; });
      sum += x[t];
      ++turn;
      ready.notify_all();
    });
  }
  for (auto& each : threads) each.join();
  return sum;
}

class Spin {
 public:
  void lock() {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  void unlock() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag flag_ = ATOMIC_FLAG_INIT;
};
struct Enter {
  explicit Enter(Spin& spin) : spin_(spin) { spin_.lock(); }
  ~Enter() { spin_.unlock(); }
  Spin& spin_;
};
float by_spin(const float* x, int n) {
  static float total;
  Spin spin;
  std::vector<std::thread> threads(4);
  for (auto& each : threads) {
    each = std::thread([&] {
      for (int i = 0; i < n; ++i) {
        Enter inside(spin);
        total += x[i];  // expect: DET232, replacement: sum/deterministic
      }
    });
  }
  for (auto& each : threads) each.join();
  return total;
}
float by_flag(const float* x, int n) {
  float total = 0;
  std::atomic<bool> busy{false};
  std::vector<std::thread> threads(4);
  for (auto& each : threads) {
    each = std::thread([&] {
      for (int i = 0; i < n; ++i) {
        while (busy.exchange(true)) std::this_thread::yield();
        total += x[i];  // expect: DET232, replacement: sum/deterministic
        busy.store(false);
      }
    });
  }
  for (auto& each : threads) each.join();
  return total;
}

// A pool of one's own: work is put into a queue and taken by whichever thread is free.
class Crew {
 public:
  explicit Crew(int n) {
    for (int i = 0; i < n; ++i) threads_.emplace_back([this] { serve(); });
  }
  template <class F>
  void give(F&& job) {
    {
      std::lock_guard hold(mutex_);
      jobs_.emplace(std::forward<F>(job));
    }
    ready_.notify_one();
  }

 private:
  void serve() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
        if (stop_) return;
        job = std::move(jobs_.front());
        jobs_.pop();
      }
      job();
    }
  }
  std::vector<std::thread> threads_;
  std::queue<std::function<void()>> jobs_;
  std::mutex mutex_;
  std::condition_variable ready_;
  bool stop_ = false;
};
double by_crew(Crew& crew, const std::vector<double>& x) {
  double total = 0;
  std::mutex guard;
  for (double each : x) {
    crew.give([&, each] {
      std::lock_guard hold(guard);
      total += each * each;  // expect: DET232
    });
  }
  return total;
}

// A library's class: who calls it is elsewhere, and the lock says that threads do.
class Meter {
 public:
  void add(double v) {
    std::lock_guard<std::mutex> hold(mutex_);
    sum_ += v;  // expect: DET232
    ++count_;
    last_ = v;
  }
  double mean() const {
    std::lock_guard<std::mutex> hold(mutex_);
    return sum_ / count_;
  }

 private:
  mutable std::mutex mutex_;
  double sum_ = 0, last_ = 0;
  long count_ = 0;
};

// Of what is measured, times differ anyhow.
class Watch {
 public:
  void stop(std::chrono::steady_clock::time_point began) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::lock_guard<std::mutex> hold(mutex_);
    seconds_ += took.count();
  }

 private:
  std::mutex mutex_;
  double seconds_ = 0;
};

// The largest is the same in any order.
float largest(const std::vector<float>& x) {
  float best = 0;
  std::mutex m;
  std::vector<std::thread> threads;
  for (float each : x) {
    threads.emplace_back([&, each] {
      std::lock_guard hold(m);
      best = std::max(best, each);
    });
  }
  for (auto& each : threads) each.join();
  return best;
}

// `weak_ptr::lock` is no lock.
void weak(std::weak_ptr<double> kept, double v) {
  auto held = kept.lock();
  *held += v;
}

int main() {}
