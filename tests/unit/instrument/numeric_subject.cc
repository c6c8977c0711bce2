#include <cstring>

#include "tests/unit/instrument/numeric_cases.h"

using namespace detaudit::instrument::numeric;

static void flip(double& number) {
  unsigned char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  for (unsigned char& byte : bytes) byte ^= 0x5a;
  std::memcpy(&number, bytes, sizeof number);
}

int main() {
  static Buffers buffers;
  for (auto& buffer : buffers)
    for (int at = 0; at < kNumbers; ++at) buffer[at] = 1 + at / 7.0;
  for (const Case& each : kCases) {
    each.call(buffers);
    for (auto& buffer : buffers)
      for (double& number : buffer) {
        flip(number);
        each.call(buffers);
        flip(number);
      }
  }
  // Nothing to read, and nothing that may be read: passed on, whatever comes of it.
  cblas_ddot(0, nullptr, 1, nullptr, 1);
  cblas_ddot(-1, buffers[0], 1, buffers[1], 1);
  cblas_ddot(5, nullptr, 1, buffers[1], 1);
  cblas_dgemm(kRows, kPlain, kPlain, 3, 4, 2, 1.0, buffers[0], 1, buffers[1], 4, 0.0, buffers[2],
              4);
  cblas_dgemm(7, kPlain, kPlain, 3, 4, 2, 1.0, buffers[0], 4, buffers[1], 4, 0.0, buffers[2], 4);
  cblas_dgemm(kRows, 9, kPlain, 3, 4, 2, 1.0, buffers[0], 4, buffers[1], 4, 0.0, buffers[2], 4);
  return 0;
}
