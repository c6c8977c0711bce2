// Runs what needs a GPU and prints a table. Exits 0 when all passed, 1 when one failed, 77 when no
// GPU answers.
//   device_checks [--rows | --list | --device | --memory] [digest | twins | training]...
// --rows: a line a row as it is there, fields between tabs; --list: names alone, running nothing;
// --device: the GPU's name; --memory: by how much more of the device's memory was in use at most,
// in bytes, until the end of stdin, behind a line when it begins.
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "tests/device/checks.h"

namespace detaudit::device {
namespace {

enum class Output { kTable, kRows, kList, kDevice, kMemory };

const char* word(Result::Kind kind) {
  switch (kind) {
    case Result::Kind::kPassed:
      return "passed";
    case Result::Kind::kFailed:
      return "failed";
    case Result::Kind::kMeasured:
      return "measured";
  }
  return "?";
}

Result result_of(const Check& check, kernels::cuda::Stream& stream) {
  try {
    return check.run(stream);
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

int watch_memory() {
  const size_t before = used_device_memory();
  size_t most = before;
  std::puts("watching");
  std::fflush(stdout);
  pollfd input{0, POLLIN, 0};
  while (poll(&input, 1, 5) == 0) most = std::max(most, used_device_memory());
  std::printf("%zu\n", most - before);
  return 0;
}

int run_all(Output output, const std::vector<Check>& checks) {
  if (output == Output::kList) {
    for (const Check& check : checks)
      std::printf("%s\t%s\n", check.name.c_str(), check.wanted.c_str());
    return 0;
  }
  if (const auto missing = kernels::cuda::missing_device()) {
    std::printf("skipped: no GPU answers: %s\n", missing->what());
    return 77;
  }
  kernels::cuda::Stream stream;
  if (output == Output::kDevice) {
    std::printf("%s\n", stream.device_name().c_str());
    return 0;
  }
  if (output == Output::kMemory) return watch_memory();
  if (output == Output::kTable)
    std::printf("device: %s\n%-48s %-22s %-8s %s\n", stream.device_name().c_str(), "check",
                "wanted", "", "found");
  const char* format = output == Output::kTable ? "%-48s %-22s %-8s %s\n" : "%s\t%s\t%s\t%s\n";
  unsigned failures = 0;
  for (const Check& check : checks) {
    const Result result = result_of(check, stream);
    failures += result.kind == Result::Kind::kFailed;
    std::printf(format, check.name.c_str(), check.wanted.c_str(), word(result.kind),
                result.value.c_str());
    std::fflush(stdout);
  }
  return failures > 0 ? 1 : 0;
}

struct Option {
  const char* text;
  Output output;
};
constexpr Option kOptions[] = {{"--rows", Output::kRows},
                               {"--list", Output::kList},
                               {"--device", Output::kDevice},
                               {"--memory", Output::kMemory}};

struct Suite {
  const char* name;
  std::vector<Check> (*checks)();
};
constexpr Suite kSuites[] = {
    {"digest", digest_checks}, {"twins", twin_checks}, {"training", training_checks}};

int run(std::vector<std::string> words) {
  Output output = Output::kTable;
  for (const Option& option : kOptions)
    if (std::erase(words, option.text) > 0) output = option.output;
  std::vector<Check> checks;
  for (const Suite& suite : kSuites) {
    if (!words.empty() && std::find(words.begin(), words.end(), suite.name) == words.end())
      continue;
    std::ranges::move(suite.checks(), std::back_inserter(checks));
  }
  return run_all(output, checks);
}

}  // namespace
}  // namespace detaudit::device

int main(int argc, char** argv) { return detaudit::device::run({argv + 1, argv + argc}); }
