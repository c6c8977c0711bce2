// Sequences and outputs that threads add to under a lock, and look-alikes.
#include <cstdio>
#include <algorithm>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct Hit {
  int id;
  float score;
};

std::vector<Hit> collected(int n, Hit (*find)(int)) {
  std::vector<Hit> hits;
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      const Hit hit = find(t);
      std::lock_guard hold(m);
      hits.push_back(hit);  // expect: DET232
    });
  }
  for (auto& each : threads) each.join();
  return hits;
}

std::vector<Hit> sorted(int n, Hit (*find)(int)) {
  std::vector<Hit> hits;
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      hits.push_back(find(t));
    });
  }
  for (auto& each : threads) each.join();
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return std::tie(a.id, a.score) < std::tie(b.id, b.score); });
  return hits;
}

size_t counted(int n, Hit (*find)(int)) {
  std::vector<Hit> hits;
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      hits.push_back(find(t));
    });
  }
  for (auto& each : threads) each.join();
  return hits.size();
}

std::vector<float> scattered(int n, Hit (*find)(int)) {
  std::vector<Hit> hits;
  std::vector<float> by_id(n);
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      hits.emplace_back(find(t));
    });
  }
  for (auto& each : threads) each.join();
  for (const Hit& hit : hits) by_id[hit.id] = hit.score;
  return by_id;
}

void keyed(int n, std::map<int, float>& out, float (*f)(int)) {
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      out[t] = f(t);
    });
  }
  for (auto& each : threads) each.join();
}

void told(int n, float (*f)(int)) {
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      const float v = f(t);
      std::scoped_lock hold(m);
      std::cout << t << ' ' << v << '\n';  // expect: DET232
      std::printf("%d %g\n", t, v);  // expect: DET232
      std::cerr << "done " << t << '\n';
      std::fprintf(stderr, "%d\n", t);
    });
  }
  for (auto& each : threads) each.join();
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  std::mutex m;
  std::vector<std::future<void>> jobs;
  for (const auto& word : words) {
    jobs.emplace_back(std::async([&] {
      std::lock_guard hold(m);
      all += word;  // expect: DET232
    }));
  }
  for (auto& job : jobs) job.get();
  return all;
}

// A list for each.
std::vector<std::vector<Hit>> own_lists(int n, Hit (*find)(int)) {
  std::vector<std::vector<Hit>> lists(n);
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      lists[t].push_back(find(t));
    });
  }
  for (auto& each : threads) each.join();
  return lists;
}

class Log {
 public:
  void add(std::string line) {
    std::lock_guard hold(mutex_);
    lines_.push_back(std::move(line));  // expect: DET232
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};
class Quiet {
 public:
  void add(std::string line) {
    std::lock_guard hold(mutex_);
    lines_.push_back(std::move(line));
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};
void logged(Log& log, Quiet& quiet) {
  std::thread a([&] { log.add("a"); });
  std::thread b([&] { log.add("b"); });
  std::thread c([&] { quiet.add("c"); });
  a.join();
  b.join();
  c.join();
}

void critical(int n, std::vector<int>& out, bool (*wanted)(int)) {
#pragma omp parallel for
  for (int i = 0; i < n; ++i) {
    if (!wanted(i)) continue;
#pragma omp critical
    out.push_back(i);  // expect: DET232
  }
}
// A list that is no template, as some libraries have.
struct Names {
  void emplace_back(const char* name);
  void emplace(const char* name);
};
void names(Names& all) {
  for (int i = 0; i < 3; ++i) all.emplace_back("name");
  all.emplace("last");
}
int main() {}
