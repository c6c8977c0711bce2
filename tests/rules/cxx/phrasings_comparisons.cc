// Comparisons that look at addresses, if only at last, and those that look at what is there.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct Node {
  int rank;
  const char* name;
};
static int by_value(const void* a, const void* b) {
  return *(const char* const*)a < *(const char* const*)b ? -1 : 1;
}
static int by_text(const void* a, const void* b) {
  return strcmp(*(const char* const*)a, *(const char* const*)b);
}
static int by_first_letter(const void* a, const void* b) {
  const char* x = *static_cast<const char* const*>(a);
  const char* y = *static_cast<const char* const*>(b);
  if (x == y) return 0;
  return *x != *y ? *x - *y : strcmp(x, y);
}
static int by_difference(const void* a, const void* b) {
  const auto x = ((Node* const*)a)[0];
  const auto y = ((Node* const*)b)[0];
  return x - y > 0 ? 1 : -1;
}
static int by_rank(const void* a, const void* b) {
  const Node* x = *(Node* const*)a;
  const Node* y = *(Node* const*)b;
  return x->rank != y->rank ? x->rank - y->rank : strcmp(x->name, y->name);
}
void c_sorts(const char** names, Node** nodes, size_t n) {
  qsort(names, n, sizeof *names, by_value);  // expect: DET220
  qsort(names, n, sizeof *names, by_text);
  qsort(names, n, sizeof *names, by_first_letter);
  qsort(nodes, n, sizeof *nodes, by_difference);  // expect: DET220
  qsort(nodes, n, sizeof *nodes, by_rank);
}
bool by_rank_then_place(const Node* a, const Node* b) {
  if (a->rank != b->rank) return a->rank < b->rank;
  return a < b;
}
using Shared = std::shared_ptr<Node>;
void sorts(std::vector<Node*>& nodes, std::vector<Shared>& kept, std::vector<const char*>& names) {
  std::sort(nodes.begin(), nodes.end(), by_rank_then_place);  // expect: DET220
  std::sort(nodes.begin(), nodes.end(), [](auto* a, auto* b) { return (uintptr_t)a < (uintptr_t)b; });  // expect: DET220
  std::sort(kept.begin(), kept.end(), [](const Shared& a, const Shared& b) {  // expect: DET220
    return a->rank < b->rank || (a->rank == b->rank && a.get() < b.get());
  });
  std::sort(nodes.begin(), nodes.end(), [](const Node* a, const Node* b) {
    return a->rank != b->rank ? a->rank < b->rank : std::strcmp(a->name, b->name) < 0;
  });
  std::sort(names.begin(), names.end(), [](const char* a, const char* b) { return strcmp(a, b) < 0; });
  std::sort(names.begin(), names.end(), [](const char* a, const char* b) { return std::string(a) < b; });
}
