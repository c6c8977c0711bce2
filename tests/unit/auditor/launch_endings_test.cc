#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "auditor/launch/interruption.h"
#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Each of these waits for real deadlines: tenths of a second to two seconds.
using Endings = LaunchTest;

TEST_F(Endings, ATimeoutEndsTheSubject) {
  RunOptions limited = options();
  limited.timeout_seconds = 0.2;
  RunResult result = run_subject(shell("echo started; sleep 60 & wait"), {}, limited);
  EXPECT_EQ(result.end, RunEnd::kTimedOut);
  EXPECT_EQ(result.stdout_tail, "started\n");
  EXPECT_GE(result.wall_seconds, 0.2);
}

TEST_F(Endings, ATimeoutEndsASubjectThatIgnoresSigterm) {
  RunOptions limited = options();
  limited.timeout_seconds = 0.1;
  RunResult result =
      run_subject(shell("trap 'echo asked' TERM; while :; do sleep 0.05; done"), {}, limited);
  EXPECT_EQ(result.end, RunEnd::kTimedOut);
  EXPECT_EQ(result.stdout_tail, "asked\n");
  EXPECT_GE(result.wall_seconds, 2);
}

TEST_F(Endings, ATimeoutEndsAStoppedSubject) {
  RunOptions limited = options();
  limited.timeout_seconds = 0.2;
  EXPECT_EQ(run_subject(shell("kill -STOP $$"), {}, limited).end, RunEnd::kTimedOut);
}

TEST_F(Endings, ASubjectWithinItsTimeIsLeftAlone) {
  RunOptions limited = options();
  limited.timeout_seconds = 60;
  EXPECT_EQ(run_subject(shell("exit 5"), {}, limited).exit_code, 5);
}

TEST_F(Endings, AGrandchildThatHoldsTheOutputIsEnded) {
  RunResult result = run("sleep 60 & echo $!; exit 4");
  EXPECT_EQ(result.end, RunEnd::kExited);
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("left behind")));
  // It dies in its own time: gone, or a zombie until its new parent notices.
  std::string stat = "/proc/" + std::to_string(std::stoi(result.stdout_tail)) + "/stat";
  auto dead = [&] {
    std::string status = read(stat);
    return status.empty() || status.find(") Z ") != std::string::npos;
  };
  for (int i = 0; i < 1000 && !dead(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(dead());
}

TEST_F(Endings, AGrandchildThatWritesSoonEnoughIsHeard) {
  RunResult result = run("(sleep 0.2; echo late) & echo early");
  EXPECT_EQ(result.stdout_tail, "early\nlate\n");
  EXPECT_THAT(result.notes, IsEmpty());
}

TEST_F(Endings, AGrandchildInItsOwnSessionIsNamedAndNotWaitedFor) {
  RunResult result = run("setsid sleep 5 >/dev/null 2>&1 & exit 0");
  EXPECT_EQ(result.end, RunEnd::kExited);
  EXPECT_THAT(result.left_running, ElementsAre("sleep 5"));
}

TEST_F(Endings, AGrandchildThatEndsSoonEnoughIsNotNamed) {
  const std::string file = (folder_ / "late").string();
  RunResult result = run("(setsid sh -c 'sleep 0.3; echo late > " + file + "' >/dev/null 2>&1 &)");
  EXPECT_THAT(result.left_running, IsEmpty());
  EXPECT_EQ(read(file), "late\n");
}

// Raises `signal` in this process while the subject sleeps, and again if asked.
void interrupt_soon(RunOptions& options, int signal, int times) {
  options.tick = [signal, times, raised = 0](double) mutable {
    if (raised++ < times) raise(signal);
  };
}

TEST_F(Endings, AnInterruptionEndsTheSubject) {
  for (int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, SIG_DFL);  // a test driver in the background ignores SIGINT
    RunOptions interrupted = options();
    interrupt_soon(interrupted, signal, 1);
    RunResult result = run_subject(shell("echo started; exec sleep 60"), {}, interrupted);
    EXPECT_EQ(result.end, RunEnd::kInterrupted);
    EXPECT_EQ(result.stdout_tail, "started\n");
    struct sigaction after {};
    sigaction(signal, nullptr, &after);
    EXPECT_EQ(after.sa_handler, SIG_DFL) << "the handler outlives the run";
  }
}

TEST_F(Endings, ASecondInterruptionDoesNotWait) {
  std::signal(SIGINT, SIG_DFL);
  RunOptions interrupted = options();
  interrupt_soon(interrupted, SIGINT, 2);
  RunResult result =
      run_subject(shell("trap '' TERM; echo started; sleep 1.5; echo within the grace; sleep 60"),
                  {}, interrupted);
  EXPECT_EQ(result.end, RunEnd::kInterrupted);
  EXPECT_EQ(result.stdout_tail, "started\n");
}

TEST_F(Endings, AnInterruptionBetweenRunsIsNotLost) {
  std::signal(SIGINT, SIG_DFL);
  InterruptionWatch audit;
  raise(SIGINT);
  EXPECT_EQ(audit.requests(), 1);
  EXPECT_EQ(run("echo started").end, RunEnd::kInterrupted);
  EXPECT_FALSE(std::filesystem::exists(options().directory));
}

}  // namespace
}  // namespace detaudit::auditor
