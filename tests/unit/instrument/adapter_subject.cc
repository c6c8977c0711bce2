// A subject for the adapter interface: buffers of every shape, each beside a contiguous copy of it.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "instrument/api/adapter.h"

namespace {

using Words = std::vector<int64_t>;

Words words(const void* data, int64_t dtype, int64_t item, const Words& sizes,
            const Words& strides) {
  Words all = {reinterpret_cast<int64_t>(data), dtype, item, static_cast<int64_t>(sizes.size())};
  all.insert(all.end(), sizes.begin(), sizes.end());
  all.insert(all.end(), strides.begin(), strides.end());
  return all;
}

// Items in row-major order, the slow and plain way.
std::vector<char> copied(const char* data, size_t item, const Words& sizes, const Words& strides) {
  std::vector<char> out;
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  for (int64_t at = 0; at < count; ++at) {
    const char* from = data;
    int64_t rest = at;
    for (size_t d = sizes.size(); d-- > 0; rest /= sizes[d]) from += rest % sizes[d] * strides[d];
    out.insert(out.end(), from, from + item);
  }
  return out;
}

void compare(const char* op, const char* data, int64_t dtype, int64_t item, const Words& sizes,
             const Words& strides) {
  const std::vector<char> plain = copied(data, static_cast<size_t>(item), sizes, strides);
  const Words strided = words(data, dtype, item, sizes, strides);
  const Words contiguous =
      words(plain.data(), dtype, item, {static_cast<int64_t>(plain.size()) / item}, {item});
  detaudit_op* open = detaudit_adapter_begin(op, "layer", "train.py", 7, strided.data(), 1, "x");
  detaudit_adapter_end(open, contiguous.data(), 1, "y");
}

void shapes() {
  std::vector<float> data(1 << 19);  // no fewer bytes than the widest strides below reach
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i) * 0.5f;
  const char* at = reinterpret_cast<const char*>(data.data());
  compare("contiguous", at, DETAUDIT_F32, 4, {300, 200}, {800, 4});
  compare("transposed", at, DETAUDIT_F32, 4, {300, 200}, {4, 1200});
  compare("every other", at, DETAUDIT_F32, 4, {99, 1001}, {8008, 8});
  compare("repeated", at, DETAUDIT_F32, 4, {500, 100}, {0, 4});
  compare("backwards", at + 4 * 9999, DETAUDIT_F32, 4, {10000}, {-4});
  compare("three dimensions", at, DETAUDIT_F32, 4, {7, 33, 129}, {4, 40000, 28});
  compare("complex", at, DETAUDIT_F32, 8, {201, 99}, {16, 4000});
  compare("of 28 bytes", at, DETAUDIT_U8, 28, {5000}, {56});  // 64 KiB is no multiple of it
  compare("of 3 bytes", at, DETAUDIT_U8, 3, {30000}, {7});
  compare("one", at, DETAUDIT_F32, 4, {}, {});
  compare("none", at, DETAUDIT_F32, 4, {0, 5}, {20, 4});
}

void odd() {
  const Words senseless = {1, 5, 0, 1, 3, 4};  // items of no bytes: not looked at
  detaudit_adapter_end(
      detaudit_adapter_begin("senseless", nullptr, nullptr, 0, senseless.data(), 1, nullptr),
      nullptr, 3, nullptr);
  const Words nothing = words(nullptr, DETAUDIT_F32, 4, {3}, {4});
  const Words inlined = {0, DETAUDIT_I64, 8, -1, 2, 17, 18};
  detaudit_adapter_end(
      detaudit_adapter_begin("odd", nullptr, nullptr, 0, nothing.data(), 1, nullptr),
      inlined.data(), 1, nullptr);
  Words many;
  std::vector<double> value(1, 2.5);
  for (int i = 0; i < 100; ++i)
    for (int64_t word : words(value.data(), DETAUDIT_F64, 8, {1}, {8})) many.push_back(word);
  detaudit_adapter_end(
      detaudit_adapter_begin("many", nullptr, nullptr, 0, many.data(), 100, nullptr), many.data(),
      100, nullptr);
  detaudit_adapter_end(nullptr, nullptr, 0, nullptr);
}

void facts() {
  const float samples[4][2] = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};
  const int64_t labels[4] = {1, 0, 1, 0};
  Words batch = words(samples, DETAUDIT_F32, 4, {4, 2}, {8, 4});
  for (int64_t word : words(labels, DETAUDIT_I64, 8, {4}, {8})) batch.push_back(word);
  detaudit_adapter_batch("loader", nullptr, "train.py", 9, batch.data(), 2);
  Words other = words(samples[3], DETAUDIT_F32, 4, {4, 2}, {-8, 4});
  for (int64_t word : words(labels + 3, DETAUDIT_I64, 8, {4}, {-8})) other.push_back(word);
  detaudit_adapter_batch("loader", nullptr, "train.py", 9, other.data(), 2);
  for (int i = 0; i < 3; ++i) {
    std::string gone = "numpy.random.default_rng()";
    detaudit_adapter_note(DETAUDIT_NOTE_ENTROPY, gone.c_str(), "train.py:3", 1);
    gone.assign(gone.size(), '#');
  }
  detaudit_adapter_note(DETAUDIT_NOTE_UNSEEN, "compiled code", nullptr, 1);
  detaudit_adapter_state("generator", nullptr, "train.py", 4, "abc", 3);
  detaudit_adapter_metric("loss", "train.py", 5, 0.5);
}

// Ranks' work in the midst of a training step.
void phases() {
  const float sent[2] = {1, 2}, received[2] = {3, 4};
  const Words in = words(sent, DETAUDIT_F32, 4, {2}, {4});
  const Words out = words(received, DETAUDIT_F32, 4, {2}, {4});
  detaudit_adapter_phase(DETAUDIT_PHASE_TRAINING);
  detaudit_op* reduced = detaudit_adapter_begin_collective("all_reduce", "group 0", "train.py", 3,
                                                           in.data(), 1);
  detaudit_adapter_phase(DETAUDIT_PHASE_EVALUATION);
  detaudit_adapter_metric("accuracy", "train.py", 5, 0.25);
  detaudit_adapter_phase(DETAUDIT_PHASE_GRADIENTS_OFF + 1);
  detaudit_adapter_metric("loss", "train.py", 6, 0.5);
  detaudit_adapter_end(reduced, out.data(), 1, nullptr);
}

}  // namespace

int main(int count, char** words) {
  const std::string act = count > 1 ? words[1] : "";
  detaudit_adapter_open(DETAUDIT_ADAPTER_VERSION, "a test");
  if (act == "newer") return detaudit_adapter_open(DETAUDIT_ADAPTER_VERSION + 1, "a test");
  if (act == "shapes") shapes();
  if (act == "odd") odd();
  if (act == "facts") facts();
  if (act == "phases") phases();
  return 0;
}
