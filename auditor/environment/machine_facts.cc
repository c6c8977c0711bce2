#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <iterator>
#include <set>
#include <sstream>

#include "auditor/environment/facts.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

// Instruction sets by which libraries choose their code paths, as /proc/cpuinfo names them (x86,
// Arm).
constexpr std::array kFlagsThatMatter = {
    "sse4_2",   "avx",      "f16c",     "fma",         "avx2",        "avx512f",
    "avx512dq", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16",
    "avx_vnni", "amx_bf16", "amx_int8", "asimd",       "asimdhp",     "asimddp",
    "bf16",     "sve",      "sve2",     "i8mm"};

// The value of the first `KEY<tab>: VALUE` line of a /proc file.
std::string field_of(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    size_t colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with(key)) continue;
    if (line.find_first_not_of(" \t", key.size()) != colon) continue;
    size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

std::string os_name(const fs::path& root) {
  std::istringstream lines(text_of(root / "etc/os-release"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("PRETTY_NAME=")) continue;
    std::string name = line.substr(12);
    std::erase(name, '"');
    return name;
  }
  return "";
}

std::string isa_flags(const std::string& cpuinfo) {
  std::string all = field_of(cpuinfo, "flags");
  if (all.empty()) all = field_of(cpuinfo, "Features");
  std::istringstream words(all);
  std::set<std::string> present{std::istream_iterator<std::string>(words), {}};
  std::string text;
  for (const char* flag : kFlagsThatMatter) {
    if (present.contains(flag)) text += (text.empty() ? "" : " ") + std::string(flag);
  }
  return text;
}

std::string usable_cpus() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::to_string(CPU_COUNT(&set)) : "";
}

std::string memory_bytes(const std::string& meminfo) {
  std::istringstream total(field_of(meminfo, "MemTotal"));
  uint64_t kilobytes = 0;
  return total >> kilobytes ? std::to_string(kilobytes * 1024) : "";
}

}  // namespace

void add_machine_facts(Manifest& manifest, const fs::path& root) {
  utsname name{};
  uname(&name);
  std::string cpuinfo = text_of(root / "proc/cpuinfo");
  std::string model = field_of(cpuinfo, "model name");
  if (model.empty()) model = field_of(cpuinfo, "CPU part");
  manifest["os.name"] = or_absent(os_name(root));
  manifest["os.kernel"] = std::string(name.sysname) + " " + name.release;
  manifest["os.machine"] = name.machine;
  manifest["os.randomize_va_space"] =
      or_absent(first_line_of(root / "proc/sys/kernel/randomize_va_space"));
  manifest["cpu.model"] = or_absent(model);
  manifest["cpu.microcode"] = or_absent(field_of(cpuinfo, "microcode"));
  manifest["cpu.count"] = std::to_string(sysconf(_SC_NPROCESSORS_ONLN));
  manifest["cpu.usable"] = or_absent(usable_cpus());
  manifest["cpu.isa"] = or_absent(isa_flags(cpuinfo));
  manifest["memory.bytes"] = or_absent(memory_bytes(text_of(root / "proc/meminfo")));
  manifest["libc.version"] = std::string("glibc ") + gnu_get_libc_version();
}

}  // namespace detaudit::auditor
