#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "instrument/trace/seal.h"
#include "tests/unit/instrument/run_subject.h"

namespace detaudit::instrument {
namespace {

using testing::HasSubstr;

Control control_for(const std::filesystem::path& folder) {
  Control control;
  control.trace_directory = folder.string();
  return control;
}

// Starts an act of probe_subject after `prepare` in the child; its pid.
template <typename Prepare>
pid_t start(const std::string& act, const Control& control, Prepare prepare) {
  pid_t child = fork();
  if (child == 0) {
    prepare();
    setenv("TSAN_OPTIONS", "die_after_fork=0", 0);  // its own limit, not the recorder's
    setenv(kControlVariable, encode(control).c_str(), 1);
    execl(PROBE_SUBJECT, PROBE_SUBJECT, act.c_str(), nullptr);
    _exit(127);
  }
  return child;
}

int exit_code(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(RecorderFaults, AKilledSubjectLosesNothingWhole) {
  TraceFolder folder;
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  pid_t child =
      start("forever", control_for(folder.path()), [&] { dup2(pipes[1], STDOUT_FILENO); });
  char byte;
  ASSERT_EQ(read(pipes[0], &byte, 1), 1);
  kill(child, SIGKILL);
  EXPECT_EQ(exit_code(child), 1000 + SIGKILL);
  close(pipes[0]);
  close(pipes[1]);
  WholeTrace trace = read_trace(folder.path());
  EXPECT_GT(trace.events.size(), 20000u);
  EXPECT_EQ(trace.summary.state, TraceState::kUnfinished);
  EXPECT_EQ(trace.summary.dropped, 0u);
  for (size_t i = 0; i < trace.events.size(); ++i) ASSERT_EQ(trace.events[i].step, i);
}

TEST(RecorderFaults, ALimitOnFileSizesMarksTheTraceAndSparesTheSubject) {
  TraceFolder folder;
  pid_t child = start("many", control_for(folder.path()), [] {
    rlimit limit{1 << 20, 1 << 20};
    setrlimit(RLIMIT_FSIZE, &limit);
  });
  EXPECT_EQ(exit_code(child), 0);
  WholeTrace trace = read_trace(folder.path());
  EXPECT_GT(trace.events.size(), 1000u);
  EXPECT_EQ(trace.events.size() + trace.summary.dropped, 30000u);
  EXPECT_THAT(trace.summary.lossy_reason, HasSubstr("limit on file sizes"));
  EXPECT_EQ(seal_finished_process(folder.path()), 0);
}

// A file system of 512 KiB, in a mount namespace of the subject's own.
TEST(RecorderFaults, AFullDiskMarksTheTraceAndSparesTheSubject) {
  TraceFolder folder;
  std::string copy = folder.file("out");
  std::filesystem::create_directory(copy);
  constexpr int kNoMount = 99;
  pid_t child = fork();
  if (child == 0) {
    std::string small = folder.file("small");
    std::filesystem::create_directory(small);
    bool mounted = (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
                   mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   mount("tmpfs", small.c_str(), "tmpfs", 0, "size=512k") == 0;
    if (!mounted) _exit(kNoMount);
    int code = exit_code(start("many", control_for(small), [] {}));
    std::filesystem::copy(small + "/p0.dtrace", copy);
    _exit(code);
  }
  int code = exit_code(child);
  if (code == kNoMount) GTEST_SKIP() << "no file system may be mounted here";
  EXPECT_EQ(code, 0);
  WholeTrace trace = read_trace(copy);
  EXPECT_GT(trace.events.size(), 1000u);
  EXPECT_EQ(trace.events.size() + trace.summary.dropped, 30000u);
  EXPECT_THAT(trace.summary.lossy_reason, HasSubstr("no space left"));
}

TEST(RecorderFaults, AChildThatCannotRecordMarksItsParent) {
  TraceFolder folder;
  // The name of the first child is taken.
  write_bytes(folder.file("p0.1.dtrace.partial"), "");
  EXPECT_EQ(exit_code(start("forks", control_for(folder.path()), [] {})), 0);
  std::filesystem::remove(folder.file("p0.1.dtrace.partial"));
  WholeTrace trace = read_trace(folder.path());
  EXPECT_EQ(trace.summary.dropped, 1u);
  EXPECT_THAT(trace.summary.lossy_reason, HasSubstr("could not open its trace"));
  EXPECT_EQ(trace.of("parent").size(), 2u);
  EXPECT_EQ(trace.of("child").size(), 1u);
}

TEST(RecorderFaults, NothingToWriteToIsNoTrace) {
  TraceFolder folder;
  write_bytes(folder.file("file"), "not a folder");
  for (const char* act : {"ops", "threads", "forks", "bad_use"})
    EXPECT_EQ(exit_code(start(act, control_for(folder.path() / "file"), [] {})), 0);
}

// As daemons do; the subject's next file then has the number of any descriptor that was ours.
TEST(RecorderFaults, ClosingEveryDescriptorHarmsNeitherSide) {
  TraceFolder folder;
  setenv("SUBJECT_FILE", folder.file("mine.txt").c_str(), 1);
  EXPECT_EQ(exit_code(start("closes", control_for(folder.path()), [] {})), 0);
  EXPECT_EQ(read_bytes(folder.file("mine.txt")), "mine");
  WholeTrace trace = read_trace(folder.path());
  EXPECT_EQ(trace.events.size(), 30000u);
  EXPECT_EQ(trace.summary.dropped, 0u);
}

TEST(RecorderFaults, AFileThatIsNoLongerOursIsLeftAlone) {
  TraceFolder folder;
  pid_t child = start("pauses", control_for(folder.path()), [] {});
  std::string path = folder.file("p0.dtrace.partial");
  while (!std::filesystem::exists(folder.file("paused"))) usleep(1000);
  std::filesystem::remove(path);
  write_bytes(path, "someone else's");
  write_bytes(folder.file("go on"), "");
  EXPECT_EQ(exit_code(child), 0);
  EXPECT_EQ(read_bytes(path), "someone else's");
}

}  // namespace
}  // namespace detaudit::instrument
