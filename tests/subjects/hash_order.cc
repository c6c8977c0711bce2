// Layers visited in the order of a set of pointers, from two regions; the twin keeps a list.
#include <detaudit/probe.h>

#include <memory>
#include <unordered_set>
#include <vector>

struct Layer {
  std::vector<float> weights;
  float scale;
};

int main() {
  std::vector<std::unique_ptr<Layer>> layers;
  std::unordered_set<const float*> addresses;
  std::vector<const float*> list;
  for (size_t i = 0; i < 40; ++i) {
    // Small tensors lie on the heap, large ones in mappings of their own.
    const size_t size = i % 2 ? 64 : 100000;
    layers.push_back(std::make_unique<Layer>(Layer{std::vector<float>(size, 1), 1}));
    layers.back()->weights[0] = 1.0f / static_cast<float>(3 + i * i);
    addresses.insert(layers.back()->weights.data());
    list.push_back(layers.back()->weights.data());
  }
#ifdef CLEAN
  const auto& order = list;
#else
  const auto& order = addresses;
#endif
  for (uint64_t step = 0; step < 6; ++step) {
    detaudit_step(step);
    detaudit_op* op = detaudit_op_begin("fold", nullptr);
    float total = 0;
    std::vector<int32_t> visited;
    for (const float* first : order) {
      total = total * 0.9f + *first;
      for (size_t i = 0; i < list.size(); ++i)
        if (list[i] == first) visited.push_back(static_cast<int32_t>(i));
    }
    detaudit_op_output(op, {"visited", visited.data(), visited.size(), DETAUDIT_I32});
    detaudit_op_output(op, {"total", &total, 1, DETAUDIT_F32});
    detaudit_op_end(op);
    for (auto& layer : layers) layer->weights[0] *= 1.01f;
  }
}
