// What is the thread's own though its type has methods and streams, and sums that are exact.
#include <atomic>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

class Rows {
 public:
  void add(double v) { rows_.push_back(v); }
  void add_to(std::vector<double>& out) { out.push_back(rows_.back()); }  // expect: DET232
  size_t size() const { return rows_.size(); }

 private:
  std::vector<double> rows_;
};
void own_rows(std::vector<double>& all, int n) {
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      Rows mine;
      mine.add(t);
      mine.add_to(all);
    });
  }
  for (auto& each : threads) each.join();
}
class Shared {
 public:
  void add(double v) { rows_.push_back(v); }  // expect: DET232
  double last() const { return rows_.back(); }

 private:
  std::vector<double> rows_;
};
void all_rows(Shared& all, int n) {
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      all.add(t);
    });
  }
  for (auto& each : threads) each.join();
}
std::ostream& write_row(std::ostream& out, double v) {
  return out << v << '\n';  // expect: DET232
}
void file(std::ofstream& out, int n) {
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      std::ostringstream text;
      text << "row " << t;
      for (char each : text.str()) text << each;
      write_row(out, t * 0.5);
    });
  }
  for (auto& each : threads) each.join();
}
std::ostream& write_other(std::ostream& out, double v) {
  return out << v << '\n';  // expect: DET232
}
void named_file(const char* name, int n) {
  std::ofstream out(name);
  std::mutex m;
  auto work = [&](int t) {
    std::lock_guard hold(m);
    write_other(out, t * 0.5);
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) threads.emplace_back(work, t);
  for (auto& each : threads) each.join();
}
// A list that its own object has made, and one that it was given.
class Grown {
 public:
  Grown() : list_(new std::vector<int>) {}
  void add(int v) { list_->push_back(v); }
  int last() const { return list_->back(); }

 private:
  std::vector<int>* list_;
};
class Given {
 public:
  explicit Given(std::vector<int>* list) : list_(list) {}
  void add(int v) { list_->push_back(v); }  // expect: DET232
  int last() const { return list_->back(); }

 private:
  std::vector<int>* list_;
};
void lists(std::vector<int>& all, int n) {
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      std::lock_guard hold(m);
      Grown grown;
      grown.add(t);
      Given given(&all);
      given.add(grown.last());
    });
  }
  for (auto& each : threads) each.join();
}
struct Score {
  double wins = 0, games = 0, points = 0;
};
void tally(std::map<std::string, Score>& scores, int n, const Score& (*play)(int), int (*moves)(int)) {
  std::mutex m;
  std::vector<std::thread> threads;
  for (int t = 0; t < n; ++t) {
    threads.emplace_back([&, t] {
      const Score& got = play(t);
      std::lock_guard hold(m);
      scores["a"].games += 1.0;
      scores["a"].wins += (double)moves(t);
      scores["a"].points += got.points;  // expect: DET232
    });
  }
  for (auto& each : threads) each.join();
}
