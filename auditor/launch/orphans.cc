#include "auditor/launch/orphans.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool is_process(const fs::path& entry) {
  return entry.filename().string().find_first_not_of("0123456789") == std::string::npos;
}

// State and parent of a process, from "pid (name) S parent ...".
struct Stat {
  char state = '?';
  pid_t parent = 0;
};
Stat stat_of(const std::string& process) {
  const std::string text = read(process + "/stat");
  const size_t name_end = text.rfind(") ");
  Stat stat;
  if (name_end == std::string::npos || name_end + 4 > text.size()) return stat;
  stat.state = text[name_end + 2];
  stat.parent = std::atoi(text.c_str() + name_end + 3);
  return stat;
}

// A kernel without the list of children: by everyone's parent.
std::set<pid_t> children_by_parent() {
  std::set<pid_t> children;
  std::error_code error;
  // detaudit: allow(DET223) a set comes of it
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    if (is_process(it->path()) && stat_of(it->path().string()).parent == getpid()) {
      children.insert(std::atoi(it->path().filename().c_str()));
    }
  }
  return children;
}

std::set<pid_t> children() {
  std::set<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator it("/proc/self/task", error), end; !error && it != end;
       it.increment(error)) {
    std::ifstream list(it->path() / "children");
    if (!list) return children_by_parent();
    for (pid_t child; list >> child;) found.insert(child);
  }
  return found;
}

std::string command_line(pid_t process) {
  std::string text = read("/proc/" + std::to_string(process) + "/cmdline");
  while (!text.empty() && text.back() == '\0') text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  constexpr size_t kShown = 80;
  if (text.size() > kShown) text = text.substr(0, kShown) + "...";
  return text.empty() ? "process " + std::to_string(process) : text;
}

}  // namespace

OrphanWatch::OrphanWatch() : others_(children()) {
  prctl(PR_GET_CHILD_SUBREAPER, &was_);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

OrphanWatch::~OrphanWatch() { prctl(PR_SET_CHILD_SUBREAPER, was_); }

std::vector<std::string> OrphanWatch::running(pid_t subject) const {
  std::vector<std::string> names;
  for (const pid_t child : children()) {
    if (child == subject || others_.contains(child)) continue;
    if (stat_of("/proc/" + std::to_string(child)).state == 'Z') {
      waitpid(child, nullptr, WNOHANG);
    } else {
      names.push_back(command_line(child));
    }
  }
  return names;
}

}  // namespace detaudit::auditor
