#include "auditor/store/owner.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

namespace detaudit::auditor {
namespace {

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  file >> id;
  return id;
}

// Field 22 of /proc/PID/stat; 0 when there is no such process, or only its remains.
int64_t start_time(int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  size_t name_end = line.rfind(')');  // the name may hold spaces and parentheses
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return 0;
  for (int i = 4; i < 22; ++i) fields >> field;
  int64_t start = 0;
  fields >> start;
  return start;
}

}  // namespace

Owner this_process() { return {getpid(), start_time(getpid()), boot_id()}; }

bool alive(const Owner& owner) {
  int64_t start = start_time(owner.pid);
  return start != 0 && start == owner.start && boot_id() == owner.boot;
}

}  // namespace detaudit::auditor
