#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

struct Layer {
  int id;
  double cost;
};
template <class K>
struct Sum {
  double total = 0;
  std::unordered_map<K, double> parts;
  void fold() {
    for (auto&& [key, part] : parts) this->total += part;  // expect: DET221
  }
};
template struct Sum<std::string>;

using Graph = std::unordered_map<int, std::vector<int>>;
using LayerSet = std::set<std::shared_ptr<Layer>>;
namespace keyed {
template <class T>
using ByAddress = std::map<T*, double, std::less<T*>>;
}

double means(const std::unordered_map<std::string, double>& m, const std::unordered_multimap<int, float>& mm) {
  double sum = 0;
  int count = 0;
  for (const auto& e : m) {
    const double v = e.second;
    sum += v * v;  // expect: DET221
    ++count;
  }
  sum = std::accumulate(std::cbegin(m), std::cend(m), sum, [](double s, auto& p) { return s + p.second; });  // expect: DET221
  for (auto [it, end] = mm.equal_range(3); it != end; ++it) count += it->first;
  float product = 1;
  for (const std::pair<const int, float>& p : mm) product *= p.second;  // expect: DET221
  return sum / count + product;
}

void write(const Graph& graph, std::ostream& out, std::ofstream& file, std::vector<int>& order) {
  for (const auto& node : graph) {
    out << node.first << ':';  // expect: DET221
  }
  std::copy(std::begin(order), std::end(order), std::ostream_iterator<int>(file, ","));
  std::transform(graph.begin(), graph.end(), std::back_inserter(order), [](auto& n) { return n.first; });  // expect: DET221
  std::stringstream text;
  for (auto& n : graph) text << n.first;  // expect: DET221
  std::unordered_set<std::string> names;
  std::string joined;
  for (auto const& n : names) joined.append(n).append(",");  // expect: DET221
  for (auto it = names.cbegin(); it != names.cend(); it = std::next(it)) order.emplace_back(it->size());  // expect: DET221
}

double addresses(const LayerSet& layers, const keyed::ByAddress<Layer>& costs, std::vector<int>& ids,
                 const std::unordered_set<const Layer*>& frozen) {
  double sum = 0;
  for (const auto& layer : layers) ids.push_back(layer->id);  // expect: DET220
  for (auto& [layer, cost] : costs) sum += cost;              // expect: DET220
  std::for_each(frozen.begin(), frozen.end(), [&sum](const Layer* l) {
    sum -= l->cost;  // expect: DET220
  });
  std::vector<const Layer*> sorted(frozen.begin(), frozen.end());
  std::sort(sorted.begin(), sorted.end(), [](auto a, auto b) { return a->id < b->id; });  // expect: DET222
  for (auto* l : sorted) ids.push_back(l->id);
  return sum;
}

struct ByName {
  bool operator()(const Layer& a, const Layer& b) const { return &a < &b; }
};
void order_by_place(std::vector<std::reference_wrapper<Layer>>& v, std::vector<std::unique_ptr<Layer>>& owned,
                    std::vector<const char*>& names) {
  std::sort(v.begin(), v.end(), [](const Layer& a, const Layer& b) { return &a < &b; });  // expect: DET220
  std::sort(owned.begin(), owned.end());  // expect: DET220
  std::sort(owned.begin(), owned.end(), [](const auto& a, const auto& b) { return a.get() < b.get(); });  // expect: DET220
  std::sort(names.begin(), names.end(), [](const char* a, const char* b) { return std::string(a) < b; });
}

void silent(const std::unordered_map<std::string, double>& m, const Graph& graph, const LayerSet& layers) {
  double largest = 0;
  for (auto& [k, v] : m) largest = std::max(largest, v);
  std::size_t edges = 0;
  for (auto& [k, v] : graph) edges += v.size();
  bool any = false;
  for (auto& l : layers) any |= l->id == 3;
  std::map<std::string, double> copy(m.begin(), m.end());
  std::unordered_map<std::string, std::vector<double>> grouped;
  for (auto& [k, v] : m) grouped[k].push_back(v);
  std::vector<std::string> keys;
  keys.reserve(m.size());
  for (auto& [k, v] : m) keys.push_back(k);
  std::stable_sort(keys.begin(), keys.end(), std::greater<>());
  for (auto& l : layers) l->cost = 0;
  std::vector<std::vector<double>> rows;
  for (auto& row : rows) {
    double sum = 0;
    for (double x : row) sum += x;
    largest = sum;
  }
}
