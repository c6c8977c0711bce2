#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

struct Hit {
  int document;
  float score;
};
struct Alone {
  int key;
};
using Hits = std::vector<Hit>;

bool better(const Hit& a, const Hit& b) { return a.score > b.score; }
struct Better {
  bool operator()(const Hit& a, const Hit& b) const { return a.score > b.score; }
};

void pointers(std::vector<Hit*>& hits, Hit** raw, int n) {
  std::sort(hits.begin(), hits.end());                                             // expect: DET220
  std::sort(raw, raw + n);                                                         // expect: DET220
  std::sort(hits.begin(), hits.end(), std::less<Hit*>());                          // expect: DET220
  std::sort(hits.begin(), hits.end(), [](Hit* a, Hit* b) { return a < b; });       // expect: DET220
  std::ranges::sort(hits);                                                         // expect: DET220
  std::stable_sort(hits.begin(), hits.end(), [](auto* a, auto* b) { return a->document < b->document; });
}

void values(Hits& hits, std::vector<int>& numbers, std::vector<Alone>& alone,
            std::vector<std::pair<int, float>>& pairs) {
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.score > b.score; });  // expect: DET222
  std::sort(hits.begin(), hits.end(), better);    // expect: DET222
  std::sort(hits.begin(), hits.end(), Better());  // expect: DET222
  auto compare = [](const auto& a, const auto& b) { return a.second < b.second; };
  std::sort(pairs.begin(), pairs.end(), compare);  // expect: DET222

  std::stable_sort(hits.begin(), hits.end(), better);
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.score, a.document) < std::tie(b.score, b.document);
  });
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return a.score > b.score || (a.score == b.score && a.document < b.document);
  });
  std::sort(numbers.begin(), numbers.end(), [](int a, int b) { return a > b; });
  std::sort(numbers.begin(), numbers.end());
  std::sort(alone.begin(), alone.end(), [](const Alone& a, const Alone& b) { return a.key < b.key; });
  std::sort(pairs.begin(), pairs.end());
}
