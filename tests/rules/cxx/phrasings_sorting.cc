#include <algorithm>
#include <array>
#include <compare>
#include <functional>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

struct Box {
  float x, y, w, h;
  float score;
  int label;
  float area() const { return w * h; }
};
using Boxes = std::vector<Box>;
static bool higher(Box const& l, Box const& r) noexcept { return r.score < l.score; }
struct Rank {
  const std::vector<float>& scores;
  bool operator()(int a, int b) const { return scores[a] > scores[b]; }
};

void partial(Boxes& boxes, std::vector<int>& order, const std::vector<float>& scores) {
  std::sort(begin(boxes), end(boxes), &higher);  // expect: DET222
  std::ranges::sort(boxes, std::greater{}, &Box::score);  // expect: DET222
  std::sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.area() < b.area(); });  // expect: DET222
  std::partial_sort(boxes.begin(), boxes.begin() + 5, boxes.end(), [](auto& a, auto& b) { return a.score > b.score; });  // expect: DET222
  std::nth_element(boxes.begin(), boxes.begin() + 5, boxes.end(), higher);  // expect: DET222
  std::sort(order.begin(), order.end(), [&](int a, int b) { return scores[a] > scores[b]; });  // expect: DET222
  std::sort(order.begin(), order.end(), Rank{scores});  // expect: DET222
}

void total(Boxes& boxes, std::vector<int>& order, const std::vector<float>& scores,
           std::vector<std::tuple<float, int>>& tuples, std::vector<std::array<int, 2>>& edges) {
  std::ranges::stable_sort(boxes, {}, &Box::score);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    if (scores[a] != scores[b]) return scores[a] > scores[b];
    return a < b;
  });
  std::sort(tuples.begin(), tuples.end(), std::greater<>());
  std::sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a < b; });
  std::sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) {
    return std::make_tuple(a.score, a.label, a.x, a.y, a.w, a.h) < std::make_tuple(b.score, b.label, b.x, b.y, b.w, b.h);
  });
}
