#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "auditor/launch/runner.h"
#include "auditor/launch/start_failure.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::usage_error;

enum class FileKind { kMissing, kUnreachable, kDirectory, kSpecial, kNotExecutable, kExecutable };

FileKind kind_of(const fs::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? FileKind::kMissing : FileKind::kUnreachable;
  }
  if (S_ISDIR(status.st_mode)) return FileKind::kDirectory;
  if (!S_ISREG(status.st_mode)) return FileKind::kSpecial;
  return access(path.c_str(), X_OK) == 0 ? FileKind::kExecutable : FileKind::kNotExecutable;
}

std::string backquoted(const fs::path& path) {
  std::string text = "`";
  return text.append(path.string()).append("`");
}

reports::DiagnosticError not_executable(const fs::path& path) {
  std::string name = path.string();
  return usage_error(
      "DET905", backquoted(path) + " is not executable",
      "run `chmod +x " + name + "`, or name its interpreter first: `-- python3 " + name + "`");
}

// The first executable in PATH; as execvp, a file that may not be executed does not end the search.
fs::path search_path(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::istringstream folders(variable != nullptr ? variable : "/bin:/usr/bin");
  fs::path refused;
  for (std::string folder; std::getline(folders, folder, ':');) {
    fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    FileKind kind = kind_of(candidate);
    if (kind == FileKind::kExecutable) return candidate;
    if (kind == FileKind::kNotExecutable && refused.empty()) refused = candidate;
  }
  if (!refused.empty()) throw not_executable(refused);
  if (kind_of(name) == FileKind::kExecutable) {
    throw usage_error("DET905", backquoted(name) + " is not on PATH",
                      "there is one in this folder: write `./" + name + "`");
  }
  throw usage_error("DET905", backquoted(name) + " was not found on PATH",
                    "check the spelling, or give its path: `-- ./" + name + "`");
}

void require_interpreter(const fs::path& script, const std::string& interpreter) {
  std::string subject = backquoted(script) + " asks for the interpreter " + backquoted(interpreter);
  if (!interpreter.empty() && interpreter.back() == '\r') {
    throw usage_error("DET905", backquoted(script) + " has Windows line endings in its #! line",
                      "convert it: `sed -i 's/\\r$//' " + script.string() + "`");
  }
  switch (kind_of(interpreter)) {
    case FileKind::kExecutable:
      return;
    case FileKind::kMissing:
      throw usage_error("DET905", subject + ", which does not exist",
                        "install it, or correct the first line of the script");
    default:
      throw usage_error("DET905", subject + ", which cannot be executed",
                        "correct the first line of the script");
  }
}

// #! lines: the interpreter must be there, and behind `env` the program that it is to find.
void check_first_line(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  char head[256] = {};
  file.read(head, sizeof head - 1);
  if (file.gcount() == 0 && file.eof()) {
    throw usage_error("DET905", backquoted(path) + " is an empty file", "name a program");
  }
  std::string line(head, static_cast<size_t>(file.gcount()));
  if (line.compare(0, 2, "#!") != 0) return;
  line = line.substr(2, line.find('\n') - 2);
  std::istringstream words(line);
  std::string interpreter, argument;
  words >> interpreter;
  if (interpreter.empty()) return;
  if (line.back() == '\r' && words.peek() == '\r') interpreter += '\r';
  require_interpreter(path, interpreter);
  if (fs::path(interpreter).filename() != "env") return;
  while (words >> argument && (argument[0] == '-' || argument.find('=') != std::string::npos)) {
  }
  if (!words || argument.find('/') != std::string::npos) return;
  try {
    search_path(argument);
  } catch (const reports::DiagnosticError&) {
    throw usage_error("DET905",
                      backquoted(path) + " asks for the interpreter " + backquoted(argument) +
                          ", which is not on PATH",
                      "install it, or correct the first line of the script");
  }
}

// bin/ and lib/ stand side by side, built or installed.
fs::path place_beside(const char* folder, const char* name) {
  std::error_code error;
  fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    throw reports::DiagnosticError(
        {reports::Severity::kError,
         "DET999",
         "this program cannot find itself: /proc/self/exe: " + error.message(),
         {},
         "",
         {},
         {"mount /proc"}},
        reports::ExitCode::kInternal);
  }
  return self.parent_path().parent_path() / folder / name;
}

fs::path installed_beside(const char* folder, const char* name) {
  fs::path path = place_beside(folder, name);
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw reports::DiagnosticError({reports::Severity::kError,
                                    "DET999",
                                    backquoted(path) + " is missing",
                                    {},
                                    "",
                                    {},
                                    {"it belongs to detaudit: build or install all of it again"}},
                                   reports::ExitCode::kInternal);
  }
  return path;
}

}  // namespace

fs::path resolve_program(const std::string& name) {
  if (name.empty()) {
    throw usage_error("DET905", "the program to audit has an empty name",
                      "write `detaudit run -- PROGRAM ARG...`");
  }
  fs::path path = name.find('/') == std::string::npos ? search_path(name) : fs::path(name);
  switch (kind_of(path)) {
    case FileKind::kMissing:
      throw usage_error("DET905", backquoted(name) + " does not exist", "check the path");
    case FileKind::kUnreachable:
      throw usage_error("DET905", backquoted(name) + " cannot be reached: " + std::strerror(errno),
                        "check the permissions of the folders above it");
    case FileKind::kDirectory:
      throw usage_error("DET905", backquoted(name) + " is a directory", "name a program in it");
    case FileKind::kSpecial:
      throw usage_error("DET905", backquoted(name) + " is not a regular file", "name a program");
    case FileKind::kNotExecutable:
      throw not_executable(name);
    case FileKind::kExecutable:
      break;
  }
  check_first_line(path);
  return fs::absolute(path).lexically_normal();
}

fs::path gpu_probe_library() {
  fs::path library = place_beside("lib", "libdetaudit_cupti.so");
  std::error_code error;
  return fs::exists(library, error) ? library : fs::path();
}
fs::path python_adapters() {
  fs::path folder = place_beside("lib", "detaudit/python");
  std::error_code error;
  return fs::exists(folder / "sitecustomize.py", error) ? folder : fs::path();
}
fs::path scan_parts() { return place_beside("lib", "detaudit/scan"); }
fs::path probe_library() { return installed_beside("lib", "libdetaudit_libc.so"); }
fs::path workload_program() { return installed_beside("bin", "detaudit-workload"); }

}  // namespace detaudit::auditor
