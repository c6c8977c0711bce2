// Orders that show in what members and functions keep, in numbers that are given, in the first
// element; comparisons that a class has itself; engines that are members.
#include <algorithm>
#include <compare>
#include <execution>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

struct Node {
  int id;
  float weight;
};
template <class T>
using Table = std::unordered_map<std::string, T>;
using Names = std::unordered_set<std::string>;

struct Total {
  double sum = 0, largest = 0;
  int count = 0;
  void add(double value) { sum += value; }
  void see(double value) {
    ++count;
    largest = std::max(largest, value);
  }
};
class List {
 public:
  void note(const std::string& name) { names_.push_back(name); }

 private:
  std::vector<std::string> names_;
};
class SortedList {
 public:
  void note(const std::string& name) { names_.push_back(name); }
  void done() { std::sort(names_.begin(), names_.end()); }

 private:
  std::vector<std::string> names_;
};
void add_to(double& sum, double value) { sum += value; }

double kept(const Table<double>& weights, const Names& names, List& list, SortedList& sorted) {
  Total total;
  double sum = 0;
  for (const auto& [name, weight] : weights) {
    total.add(weight);    // expect: DET221
    add_to(sum, weight);  // expect: DET221
    total.see(weight);
    Total own;
    own.add(weight);
  }
  for (const std::string& name : names) {
    list.note(name);  // expect: DET221
    sorted.note(name);
  }
  sorted.done();
  return total.sum + sum;
}

void numbered(const Names& names, std::map<std::string, size_t>& ids, Table<size_t>& more) {
  size_t next = 0;
  for (const std::string& name : names) {
    ids[name] = next++;              // expect: DET221
    more[name] = more.size();        // expect: DET221
    more.emplace(name, more.size());  // expect: DET221
    ids[name] = name.size();
    size_t own = 0;
    ids[name] = own++;
  }
}

int first(const std::unordered_set<int>& numbers, const std::set<Node*>& nodes,
          const std::set<int>& sorted) {
  const int any = *numbers.begin();     // expect: DET221
  const int id = (*nodes.begin())->id;  // expect: DET220
  return any + id + *sorted.begin();
}
int only(const std::unordered_set<int>& numbers) {
  return numbers.size() == 1 ? *numbers.begin() : 0;
}

// Iterators of what they hold.
struct Hashed {
  Table<double> table;
  auto begin() const { return table.begin(); }
  auto end() const { return table.end(); }
};
struct Sorted {
  std::map<std::string, double> table;
  auto begin() const { return table.begin(); }
  auto end() const { return table.end(); }
};
double walked(const Hashed& hashed, const Sorted& sorted) {
  double sum = 0;
  for (const auto& each : hashed) sum += each.second;  // expect: DET221
  for (const auto& each : sorted) sum += each.second;
  return sum;
}

// Pointers that come first in what is compared.
void pairs(std::vector<std::pair<Node*, int>>& by_node, std::vector<std::pair<int, Node*>>& by_id,
           std::vector<std::tuple<const Node*, float>>& tuples) {
  std::sort(by_node.begin(), by_node.end());  // expect: DET220
  std::sort(tuples.begin(), tuples.end());    // expect: DET220
  std::sort(by_id.begin(), by_id.end());
}

struct Hit {
  float score;
  int document;
  bool operator<(const Hit& other) const { return score < other.score; }
};
struct Whole {
  float score;
  int document;
  bool operator<(const Whole& other) const {
    return std::tie(score, document) < std::tie(other.score, other.document);
  }
};
struct Score {
  float value;
  bool operator<(const Score& other) const { return value < other.value; }
};
struct Compared {
  float score;
  int document;
  auto operator<=>(const Compared&) const = default;
};
struct Outside {
  float score;
  int document;
};
bool operator<(const Outside& a, const Outside& b) { return a.score < b.score; }
void own_comparisons(std::vector<Hit>& hits, std::vector<Whole>& whole, std::vector<Score>& scores,
                     std::vector<Compared>& compared, std::vector<Outside>& outside) {
  std::sort(hits.begin(), hits.end());        // expect: DET222
  std::sort(outside.begin(), outside.end());  // expect: DET222
  std::stable_sort(hits.begin(), hits.end());
  std::sort(whole.begin(), whole.end());
  std::sort(scores.begin(), scores.end());
  std::sort(compared.begin(), compared.end());
}

// Engines that are members, or in an optional.
struct Noise {
  std::default_random_engine engine;
  std::mt19937 seeded{7}, later;
  void reset(unsigned seed) { later.seed(seed); }
  float draw() {
    std::normal_distribution<float> normal;
    normal(seeded), normal(later);
    return normal(engine);  // expect: DET212
  }
};
struct Elsewhere {
  explicit Elsewhere(unsigned seed);
  std::mt19937 engine;
  float draw() { return std::normal_distribution<float>()(engine); }
};
void optional(unsigned seed) {
  std::optional<std::mt19937> seeded, drawn, timed;
  seeded.emplace(seed);
  drawn.emplace(std::random_device{}());  // expect: DET210
  timed.emplace(time(nullptr));           // expect: DET211
}

double parallel(std::vector<double>& values, int& positive) {
  double sum = 0;
  std::mutex mutex;
  std::for_each(std::execution::par, values.begin(), values.end(), [&](double x) {  // expect: DET231
    std::lock_guard lock(mutex);
    sum += x;
  });
  std::for_each(std::execution::par, values.begin(), values.end(), [&](double& x) {
    double twice = x;
    twice += x;
    x = twice;
    std::lock_guard lock(mutex);
    if (x > 0) positive += 1;
  });
  std::for_each(values.begin(), values.end(), [&](double x) { sum += x; });
  return sum;
}
