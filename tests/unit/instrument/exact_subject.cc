// exact_subject [readonly]: an operation that varies on replay and notes what it is given to read.
// Prints every distinct state of its inputs, in the order in which they came.
#include <detaudit/probe.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr size_t kElements = 16;

struct Inputs {
  float f32[kElements];
  double f64[kElements];
  uint16_t bf16[kElements], f16[kElements];
  int32_t i32[kElements];
  float zeros[kElements];
};

struct Work {
  Inputs inputs;
  const float* constant = nullptr;
  float output = 0;
  uint32_t hidden = 0;  // what makes it vary, as a race would
  std::vector<std::string> seen;
};

double bfloat(uint16_t bits) {
  const uint32_t wide = uint32_t{bits} << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

// Normal numbers and zero.
double half(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  double value = exponent ? 1 + (bits & 1023) / 1024.0 : 0;
  for (int i = 15; i < exponent; ++i) value *= 2;
  for (int i = exponent; exponent && i < 15; ++i) value /= 2;
  return bits & 0x8000 ? -value : value;
}

std::string state(const Work& work) {
  std::string text;
  auto add = [&](const char* name, auto value) {
    text += name;
    for (size_t i = 0; i < kElements; ++i) text += " " + std::to_string(value(i));
    text += "\n";
  };
  const Inputs& in = work.inputs;
  add("f32", [&](size_t i) { return static_cast<double>(in.f32[i]); });
  add("f64", [&](size_t i) { return in.f64[i]; });
  add("bf16", [&](size_t i) { return bfloat(in.bf16[i]); });
  add("f16", [&](size_t i) { return half(in.f16[i]); });
  add("i32", [&](size_t i) { return static_cast<double>(in.i32[i]); });
  add("zeros", [&](size_t i) { return static_cast<double>(in.zeros[i]); });
  if (work.constant)
    add("constant", [&](size_t i) { return static_cast<double>(work.constant[i]); });
  return text;
}

void run(void* context) {
  auto& work = *static_cast<Work*>(context);
  const std::string now = state(work);
  if (std::find(work.seen.begin(), work.seen.end(), now) == work.seen.end()) {
    work.seen.push_back(now);
  }
  work.output = detaudit_workers(4) > 1 ? static_cast<float>(work.hidden++ % 2) : 0;
}

void fill(Inputs& in) {
  for (size_t i = 0; i < kElements; ++i) {
    const double value = (i % 3 == 1 ? -1 : 1) * (1.3 + 0.1 * static_cast<double>(i));
    in.f32[i] = static_cast<float>(value * 100);
    in.f64[i] = value;
    uint32_t bits;
    const auto narrow = static_cast<float>(value);
    std::memcpy(&bits, &narrow, sizeof bits);
    in.bf16[i] = static_cast<uint16_t>(bits >> 16);
    in.f16[i] = static_cast<uint16_t>((i % 3 == 1 ? 0x8000 : 0) | (15 << 10) | (i * 7));
    in.i32[i] = static_cast<int32_t>(i) - 3;
    in.zeros[i] = 0;
  }
}

}  // namespace

int main(int count, char**) {
  Work work;
  fill(work.inputs);
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  std::memcpy(page, work.inputs.f32, sizeof work.inputs.f32);
  mprotect(page, 4096, PROT_READ);
  if (count > 1) work.constant = static_cast<const float*>(page);
  Inputs& in = work.inputs;
  const detaudit_buffer inputs[] = {
      {"f32", in.f32, kElements, DETAUDIT_F32},    {"f64", in.f64, kElements, DETAUDIT_F64},
      {"bf16", in.bf16, kElements, DETAUDIT_BF16}, {"f16", in.f16, kElements, DETAUDIT_F16},
      {"i32", in.i32, kElements, DETAUDIT_I32},    {"zeros", in.zeros, kElements, DETAUDIT_F32},
      {"constant", page, kElements, DETAUDIT_F32}};
  const detaudit_buffer output = {"y", &work.output, 1, DETAUDIT_F32};
  const std::string before = state(work);
  detaudit_op_run("varies", nullptr, inputs, count > 1 ? 7 : 6, &output, 1, run, &work);
  for (const std::string& each : work.seen) std::printf("%s", each.c_str());
  return state(work) == before ? 0 : 2;
}
