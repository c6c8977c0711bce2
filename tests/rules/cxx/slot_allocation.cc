#include <atomic>
#include <vector>

struct Queue {
  std::atomic<int> size{0};
  std::vector<float> items;
  void push(float value) {
    items[size.fetch_add(1)] = value;  // expect: DET208
  }
};

void slots(std::atomic<unsigned>& next, const float* in, float* out, int i) {
  const unsigned slot = next++;  // expect: DET208
  out[slot] = in[i];
}

void work(std::atomic<int>& next, const float* in, float* out, int n) {
  for (int i = next++; i < n; i = next++) out[i] = in[i] * 2;
  for (;;) {
    const int row = next.fetch_add(16);
    if (row >= n) break;
    for (int k = row; k < row + 16; ++k) out[k] = in[k];
  }
}
