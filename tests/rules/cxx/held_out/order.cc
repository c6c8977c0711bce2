// Phrasings that the authors of the rules did not have in mind.
#include <dirent.h>
#include <glob.h>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>
struct Node {
  int id;
  float w;
  std::string name;
};
using NodeSet = std::set<Node*>;
template <class T>
using Map = std::unordered_map<std::string, T>;
// 220
struct Graph {
  NodeSet nodes;
  std::vector<int> order;
  void flatten() {
    for (auto it = nodes.begin(); it != nodes.end(); ++it) order.push_back((*it)->id);  // expect: DET220
  }
};
float sum_nodes(const NodeSet& s) {
  float t = 0;
  for (const auto* n : s) t += n->w;  // expect: DET220
  return t;
}
int count_nodes(const NodeSet& s) {
  int c = 0;
  for (auto* n : s) c += n->id;
  return c;
}
struct ById {
  bool operator()(const Node* a, const Node* b) const { return a->id < b->id; }
};
void print_by_id(const std::set<Node*, ById>& s) {
  for (auto* n : s) std::cout << n->id << '\n';
}
void print_shared(const std::map<std::shared_ptr<Node>, int>& m) {
  for (auto& [n, k] : m) std::cout << k;  // expect: DET220
}
void sort_ptrs(std::vector<const Node*>& v) { std::sort(v.begin(), v.end(), std::less<>{}); }  // expect: DET220
void sort_ptrs2(std::vector<Node*>& v) { std::ranges::sort(v); }  // expect: DET220
void sort_ptrs4(std::vector<std::unique_ptr<Node>>& v) { std::sort(v.begin(), v.end()); }  // expect: DET220
void sort_pairs(std::vector<std::pair<Node*, float>>& v) { std::sort(v.begin(), v.end()); }  // expect: DET220
void sort_strs(std::vector<std::string>& v) { std::sort(v.begin(), v.end()); }
void each(const std::unordered_set<Node*>& s, std::vector<float>& out) {
  std::for_each(s.begin(), s.end(), [&](Node* n) { out.push_back(n->w); });  // expect: DET220
}
void dedupe(std::vector<Node*>& v) {
  std::sort(v.begin(), v.end());  // expect: DET220
  v.erase(std::unique(v.begin(), v.end()), v.end());
}
// 221
float acc(const Map<float>& m) {
  return std::accumulate(m.begin(), m.end(), 0.f,  // expect: DET221
                         [](float a, const auto& kv) { return a + kv.second; });
}
int acci(const Map<int>& m) {
  return std::accumulate(m.begin(), m.end(), 0,
                         [](int a, const auto& kv) { return a + kv.second; });
}
std::vector<std::string> keys(const Map<int>& m) {
  std::vector<std::string> k;
  for (auto& kv : m) k.emplace_back(kv.first);  // expect: DET221
  return k;
}
std::vector<std::string> keys_sorted(const Map<int>& m) {
  std::vector<std::string> k;
  for (auto& kv : m) k.emplace_back(kv.first);
  std::sort(k.begin(), k.end());
  return k;
}
std::vector<int> copy_out(const std::unordered_set<int>& s) {
  return std::vector<int>(s.begin(), s.end());  // expect: DET221
}
std::set<int> copy_set(const std::unordered_set<int>& s) { return {s.begin(), s.end()}; }
void write(std::ostream& o, const Map<double>& m) {
  for (const auto& [k, v] : m) o << k << v;  // expect: DET221
}
void printfit(const Map<double>& m) {
  for (auto i = m.cbegin(); i != m.cend(); i++) std::printf("%s", i->first.c_str());  // expect: DET221
}
struct Total {
  double t = 0;
  void add(double v) { t += v; }
};
double by_member(const Map<double>& m) {
  Total t;
  for (auto& kv : m) t.add(kv.second);  // expect: DET221
  return t.t;
}
double by_copy(const std::unordered_set<int>& s, std::vector<int>& v) {
  std::copy(s.begin(), s.end(), std::back_inserter(v));  // expect: DET221
  return 0;
}
float best(const Map<float>& m) {
  float b = 0;
  for (auto& kv : m) b = std::max(b, kv.second);
  return b;
}
Map<float> scale(const Map<float>& m) {
  Map<float> r;
  for (auto& [k, v] : m) r[k] = v * 2;
  return r;
}
std::string joined(const std::unordered_set<std::string>& s) {
  std::string r;
  for (auto& x : s) r += x + ",";  // expect: DET221
  return r;
}
void number(const std::unordered_set<std::string>& s, std::map<std::string, int>& ids) {
  int n = 0;
  for (auto& x : s) ids[x] = n++;  // expect: DET221
}
std::string first(const std::unordered_set<std::string>& s) { return *s.begin(); }  // expect: DET221
struct Holder {
  Map<double> m;
  auto begin() const { return m.begin(); }
  auto end() const { return m.end(); }
};
double held(const Holder& h) {
  double t = 0;
  for (auto& kv : h) t += kv.second;  // expect: DET221
  return t;
}
// 222
struct Hit {
  float score;
  int doc;
  bool operator<(const Hit& o) const { return score < o.score; }
};
void rank1(std::vector<Hit>& h) { std::sort(h.begin(), h.end()); }  // expect: DET222
void rank2(std::vector<Hit>& h) {
  std::sort(h.begin(), h.end(),
            [](auto& a, auto& b) { return std::tie(a.score, a.doc) < std::tie(b.score, b.doc); });
}
void rank3(std::vector<Hit>& h) { std::stable_sort(h.begin(), h.end()); }
void rank4(std::vector<Hit>& h) { std::ranges::sort(h, std::greater{}, &Hit::score); }  // expect: DET222
bool better(const Hit& a, const Hit& b) { return a.score > b.score; }
void rank5(std::vector<Hit>& h) { std::partial_sort(h.begin(), h.begin() + 3, h.end(), better); }  // expect: DET222
void rank6(std::vector<std::pair<float, int>>& h) {
  std::sort(h.begin(), h.end(), [](const auto& a, const auto& b) { return a.first < b.first; });  // expect: DET222
}
void rank7(std::vector<std::pair<float, int>>& h) { std::sort(h.begin(), h.end()); }
void argsort(std::vector<int>& idx, const std::vector<float>& s) {
  std::sort(idx.begin(), idx.end(), [&](int a, int b) { return s[a] < s[b]; });  // expect: DET222
}
// 223
namespace fs = std::filesystem;
std::vector<fs::path> ls(const fs::path& d) {
  return {fs::directory_iterator(d), fs::directory_iterator()};  // expect: DET223
}
std::vector<fs::path> ls_sorted(const fs::path& d) {
  std::vector<fs::path> v{fs::directory_iterator(d), fs::directory_iterator()};
  std::sort(v.begin(), v.end());
  return v;
}
void each_file(const char* d) {
  for (auto& e : fs::recursive_directory_iterator{d}) std::cout << e.path();  // expect: DET223
}
void readd(const char* d, std::vector<std::string>& o) {
  DIR* h = opendir(d);
  while (dirent* e = readdir(h)) o.push_back(e->d_name);  // expect: DET223
  closedir(h);
}
void scan1(const char* d) {
  dirent** l;
  int n = scandir(d, &l, nullptr, nullptr);  // expect: DET223
  for (int i = 0; i < n; ++i) puts(l[i]->d_name);
}
void scan2(const char* d) {
  dirent** l;
  int n = scandir(d, &l, nullptr, alphasort);
  for (int i = 0; i < n; ++i) puts(l[i]->d_name);
}
void globs(const char* p) {
  glob_t g;
  const int f = GLOB_NOSORT | GLOB_MARK;
  glob(p, f, nullptr, &g);  // expect: DET223
  for (size_t i = 0; i < g.gl_pathc; ++i) puts(g.gl_pathv[i]);
}
void globs2(const char* p) {
  glob_t g;
  glob(p, GLOB_MARK, nullptr, &g);
  for (size_t i = 0; i < g.gl_pathc; ++i) puts(g.gl_pathv[i]);
}
size_t total(const fs::path& d) {
  size_t t = 0;
  for (auto& e : fs::directory_iterator(d)) t += e.file_size();
  return t;
}
void clean(const fs::path& d) {
  for (auto& e : fs::directory_iterator(d)) fs::remove(e.path());
}
std::set<std::string> names(const fs::path& d) {
  std::set<std::string> s;
  for (auto& e : fs::directory_iterator(d)) s.insert(e.path().string());
  return s;
}
