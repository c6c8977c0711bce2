#include <cstdio>

#include "auditor/launch/runner.h"

namespace detaudit::auditor {
namespace {

std::string clock_shift(int64_t shift_ns) {
  char text[64];
  std::snprintf(text, sizeof text, "clock %+.10g s", static_cast<double>(shift_ns) / 1e9);
  return text;
}

std::string fill_byte(uint8_t fill) {
  char text[16];
  std::snprintf(text, sizeof text, "fill 0x%02x", fill);
  return text;
}

void describe_control(const instrument::Control& control, std::vector<std::string>& parts) {
  if (control.clock_pinned) parts.push_back("clock pinned");
  if (control.clock_shift_ns != 0) parts.push_back(clock_shift(control.clock_shift_ns));
  if (control.pid_pinned) parts.push_back("process id pinned");
  if (control.entropy_seed != 0) {
    parts.push_back("entropy seed " + std::to_string(control.entropy_seed));
  }
  if (control.schedule_seed != 0) {
    parts.push_back("schedule seed " + std::to_string(control.schedule_seed));
  }
  if (control.workers != 0) {
    parts.push_back(std::to_string(control.workers) +
                    (control.workers == 1 ? " worker" : " workers"));
  }
  if (control.replays != 0) parts.push_back("replay " + std::to_string(control.replays));
}

}  // namespace

std::string Conditions::describe() const {
  std::vector<std::string> parts;
  if (memory_fill) parts.push_back(fill_byte(*memory_fill));
  if (hash_seed) parts.push_back("hash seed " + std::to_string(*hash_seed));
  if (addresses == Addresses::kFixed) parts.push_back("addresses fixed");
  if (addresses == Addresses::kRandom) parts.push_back("addresses random");
  describe_control(control, parts);
  if (folder == Folder::kFresh) parts.push_back("fresh folder");
  if (folder == Folder::kCarried) parts.push_back("folder as the last arm left it");
  if (one_cpu) parts.push_back("one processor");
  if (random_held) parts.push_back("random bytes of the start held");
  for (const auto& [name, value] : variables) parts.push_back(name + "=" + value);
  std::string arguments;
  for (const std::string& argument : extra_arguments) {
    arguments += (arguments.empty() ? "" : " ") + argument;
  }
  if (!arguments.empty()) parts.push_back(arguments);
  std::string line;
  for (const std::string& part : parts) line += (line.empty() ? "" : ", ") + part;
  return line.empty() ? "as is" : line;
}

}  // namespace detaudit::auditor
