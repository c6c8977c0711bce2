#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <numeric>
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
using Weights = std::unordered_map<std::string, float>;
typedef std::unordered_set<int> Ids;
template <class K, class V>
class Table : public std::unordered_map<K, V> {};

float sums(const Weights& weights, const Table<int, double>& table) {
  float total = 0;
  for (const auto& [name, weight] : weights) {
    total += weight;  // expect: DET221
  }
  for (auto& pair : weights) total = total + pair.second;  // expect: DET221
  for (auto it = weights.begin(); it != weights.end(); ++it) total += it->second;  // expect: DET221
  total += std::accumulate(weights.begin(), weights.end(), 0.0f,  // expect: DET221
                           [](float sum, const auto& pair) { return sum + pair.second; });
  std::for_each(weights.begin(), weights.end(), [&](const auto& pair) {
    total += pair.second;  // expect: DET221
  });
  for (const auto& [key, value] : table) total += value;  // expect: DET221
  return total;
}

template <class Map>
double sum_of(const Map& map) {
  double total = 0;
  for (const auto& pair : map) total += pair.second;  // expect: DET221
  return total;
}
double instantiated(const Weights& weights) { return sum_of(weights); }
template <class Map>
double sum_of_sorted(const Map& map) {
  double total = 0;
  for (const auto& pair : map) total += pair.second;
  return total;
}
double in_order(const std::map<std::string, float>& weights) { return sum_of_sorted(weights); }

void sequences(const Ids& ids, std::vector<int>& out, std::string& text) {
  for (int id : ids) out.push_back(id);        // expect: DET221
  for (int id : ids) text += std::to_string(id);  // expect: DET221
  for (int id : ids) std::cout << id << "\n";  // expect: DET221
  for (int id : ids) printf("%d\n", id);       // expect: DET221
  int n = 0;
  for (int id : ids) out[n++] = id;            // expect: DET221
  std::vector<int> copy(ids.begin(), ids.end());  // expect: DET221
}

void whose_order_does_not_show(const Ids& ids, const Weights& weights, std::vector<float>& by_id,
                               std::map<std::string, float>& sorted, std::unordered_map<int, float>& floats) {
  int count = 0;
  for (int id : ids) count += id;
  std::set<int> other;
  for (int id : ids) other.insert(id);
  for (const auto& [name, weight] : weights) sorted[name] = weight;
  for (const auto& [id, value] : floats) by_id[id] += value;
  std::vector<int> list;
  for (int id : ids) list.push_back(id);
  std::sort(list.begin(), list.end());
  std::vector<int> copy(ids.begin(), ids.end());
  std::ranges::sort(copy);
  for (const auto& [name, weight] : weights) {
    float local = 0;
    local += weight;
    sorted[name] = local;
  }
  std::vector<float> sequence;
  float total = 0;
  for (float value : sequence) total += value;
}

struct Group {
  std::vector<int> members;
  std::string name;
};
std::vector<Group> groups(std::unordered_map<int, Group>& by_key, const std::vector<int>& added) {
  std::vector<Group> all;
  for (auto& [key, group] : by_key) {
    for (int each : added) group.members.push_back(each);
    all.push_back(group);
  }
  std::sort(all.begin(), all.end(), [](const Group& a, const Group& b) {
    return std::tie(a.name, a.members) < std::tie(b.name, b.members);
  });
  return all;
}

void sort_them(std::vector<int>& list) { std::sort(list.begin(), list.end()); }
std::vector<int> listed(const Ids& ids) {
  std::vector<int> list;
  for (int id : ids) list.push_back(id);
  return list;
}
void callers_sort(const Ids& ids) {
  auto list = listed(ids);
  sort_them(list);
}

float pointers(const std::set<Node*>& ready, const std::unordered_map<const Node*, float>& gain,
               std::vector<Node*>& order) {
  float total = 0;
  for (Node* node : ready) order.push_back(node);              // expect: DET220
  for (const auto& [node, value] : gain) total += value;       // expect: DET220
  for (const Node* node : ready) total += node->weight;        // expect: DET220
  for (Node* node : ready) node->id = 3;
  for (Node* node : ready) delete node;
  return total;
}

struct ById {
  bool operator()(const Node* a, const Node* b) const { return a->id < b->id; }
};
void by_id(const std::set<Node*, ById>& ready, std::vector<Node*>& order) {
  for (Node* node : ready) order.push_back(node);
}
