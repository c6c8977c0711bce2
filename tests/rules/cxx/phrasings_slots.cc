#include <atomic>
#include <cstddef>
#include <vector>

using Index = std::size_t;
using Cursor = std::atomic<Index>;

class Arena {
 public:
  Index claim(Index n) { return head_.fetch_add(n); }  // expect: DET208
  void append(float v) { data_[claim(1)] = v; }

 private:
  Cursor head_{0};
  std::vector<float> data_;
};

struct Hit {
  int id;
  float score;
};

void gather(const Hit* hits, int n, Hit* out, Cursor& used) {
  for (int i = 0; i < n; ++i) {
    if (hits[i].score < 0.5f) continue;
    Hit& slot = out[used.fetch_add(1, std::memory_order_relaxed)];  // expect: DET208
    slot = hits[i];
  }
}

void by_object(std::vector<Hit>& out, std::atomic<int>& used, Hit hit) {
  out.at(std::atomic_fetch_add(&used, 1)) = hit;  // expect: DET208
}

// Tickets that name work, rounds of a progress bar, reference counts.
void tickets(std::atomic<int>& next, const std::vector<Hit>& in, std::vector<float>& out) {
  while (true) {
    const auto row = static_cast<Index>(next.fetch_add(1));
    if (row >= in.size()) return;
    out[row] = in[row].score * 2;
  }
}
bool release(std::atomic<int>& references) { return references.fetch_sub(1) == 1; }
void progress(std::atomic<int>& done, const char* marks, char* line) {
  const int n = ++done;
  if (n % 100 == 0) line[0] = marks[0];
}
