#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <iterator>

#include "auditor/launch/random_bytes.h"
#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class RandomBytes : public LaunchTest {
 protected:
  RunResult start(bool held, std::vector<std::string> argv = {DETAUDIT_RANDOM_BYTES}) const {
    Conditions conditions;
    conditions.random_held = held;
    return run_subject({std::move(argv), folder_, false}, conditions, options());
  }
  std::string bytes(bool held) const { return start(held).stdout_tail; }
};

TEST_F(RandomBytes, AreTheSameWhenHeld) {
  const RunResult first = start(true);
  if (!first.notes.empty()) GTEST_SKIP() << first.notes[0];
  EXPECT_EQ(first.stdout_tail.size(), 33u);
  EXPECT_EQ(first.stdout_tail, bytes(true));
  // 128 random bits.
  EXPECT_NE(bytes(false), bytes(false));
  EXPECT_NE(first.stdout_tail, bytes(false));
}

TEST_F(RandomBytes, HoldingThemChangesNothingElse) {
  const std::string script =
      "cat /proc/self/status | grep -E '^(TracerPid|SigBlk|SigIgn|SigCgt)'; kill -TERM $$";
  const RunResult held = start(true, {"/bin/sh", "-c", script});
  const RunResult free = start(false, {"/bin/sh", "-c", script});
  EXPECT_EQ(held.end, RunEnd::kSignalled);
  EXPECT_EQ(held.signal, SIGTERM);
  EXPECT_EQ(held.stdout_tail, free.stdout_tail);
  EXPECT_THAT(held.stdout_tail, HasSubstr("TracerPid:\t0"));
}

TEST_F(RandomBytes, AProgramThatCannotStartIsStillAnError) {
  const fs::path absent = folder_ / "absent";
  EXPECT_THAT(complaint_of([&] { start(true, {absent.string()}); }), HasSubstr("absent"));
  // A script without a #! line is executed a second time.
  EXPECT_EQ(start(true, {write("script", "echo ran\n", 0755).string()}).stdout_tail, "ran\n");
}

// As in containers that allow no tracing; for this process, for good.
bool forbid_tracing() {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {std::size(steps), steps};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST_F(RandomBytes, WhereTracingIsForbiddenTheProgramRunsAndANoteSaysWhy) {
  EXPECT_EXIT(
      {
        if (!forbid_tracing()) std::_Exit(77);
        const RunResult result = start(true);
        const bool told = result.notes.size() == 1 &&
                          result.notes[0].ends_with("ptrace: Operation not permitted");
        std::_Exit(told && result.stdout_tail.size() == 33 ? 0 : 1);
      },
      [](int status) {
        return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
      },
      "");
}

TEST_F(RandomBytes, AProgramThatChangesItsUserIsLeftAlone) {
  const fs::path program = folder_ / "set-id";
  fs::copy_file(DETAUDIT_RANDOM_BYTES, program);
  EXPECT_THAT(unsafe_to_hold(program), IsEmpty());
  chmod(program.c_str(), 04755);
  EXPECT_THAT(unsafe_to_hold(program), HasSubstr("privileges"));
  EXPECT_THAT(start(true, {program.string()}).notes, testing::ElementsAre(HasSubstr("privileges")));
}

}  // namespace
}  // namespace detaudit::auditor
