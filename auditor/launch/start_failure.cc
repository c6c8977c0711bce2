#include "auditor/launch/start_failure.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace detaudit::auditor {
namespace {

using reports::usage_error;

reports::DiagnosticError exec_failure(const std::string& name, int error) {
  std::string reason = std::strerror(error);
  std::string message = "`" + name + "` could not be started: " + reason;
  switch (error) {
    case ENOENT:
      if (access(name.c_str(), F_OK) != 0) {
        return usage_error("DET905", message,
                           "it was there when the audit began: see whether the program's own runs "
                           "remove or move it");
      }
      return usage_error("DET905", message,
                         "the file is there, so what it needs to start is not: its dynamic loader "
                         "or interpreter; `file " +
                             name + "` names it");
    case ENOEXEC:
      return usage_error("DET905", message,
                         "it is built for another machine or is damaged; build it for this one");
    case ETXTBSY:
      return usage_error("DET905", message, "wait until the file is no longer being written");
    case E2BIG:
      return usage_error(
          "DET905", message,
          "the command line and the environment are too long together; shorten them");
    case EACCES:
      return usage_error("DET905", message,
                         "make it executable (`chmod +x " + name +
                             "`), or move it off a file system mounted noexec");
    default:
      return usage_error("DET905", message, "see that the program starts by itself, then audit it");
  }
}

}  // namespace

reports::DiagnosticError start_failure(const ChildPlan& plan, StartStage stage, int error) {
  std::string name = plan.program.string();
  std::string reason = std::strerror(error);
  switch (stage) {
    case StartStage::kDirectory:
      return usage_error(
          "DET905", "`" + name + "` cannot run in `" + plan.directory.string() + "`: " + reason,
          "name a directory that exists and may be entered");
    case StartStage::kFork:
      return usage_error("DET905", "no process could be started for `" + name + "`: " + reason,
                         "free memory or raise the limit on processes (`ulimit -u`)");
    case StartStage::kPipe:
      return usage_error("DET905", "the streams of `" + name + "` could not be set up: " + reason,
                         "raise the limit on open files (`ulimit -n`)");
    case StartStage::kAddresses:
    case StartStage::kExec:
      break;
  }
  return exec_failure(name, error);
}

bool looks_like_text(const char* path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char bytes[512];
  ssize_t got = read(fd, bytes, sizeof bytes);
  close(fd);
  // A damaged program is none of the shell's, whatever it holds.
  if (got >= 4 && std::memcmp(bytes, "\x7f" "ELF", 4) == 0) return false;
  return got > 0 && std::memchr(bytes, 0, static_cast<size_t>(got)) == nullptr;
}

}  // namespace detaudit::auditor
