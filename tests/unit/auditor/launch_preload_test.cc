#include <gmock/gmock.h>

#include "instrument/trace/reader.h"
#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

using Preload = LaunchTest;

// The preloaded probe sees a program that knows nothing of detaudit: here the clock it reads.
TEST_F(Preload, ThePreloadedProbeReachesAnyProgram) {
  RunOptions probed = options();
  probed.probe_libc = true;
  Subject date = {{"/bin/date", "+%s"}, folder_, false};
  Conditions pinned;
  pinned.control.clock_pinned = true;
  RunResult result = run_subject(date, pinned, probed);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.stderr_tail, "");
  instrument::TraceReader reader(result.directory);
  while (reader.next() != nullptr) {
  }
  bool clock = false;
  for (const instrument::SourceRecord& source : reader.sources()) {
    clock |= source.kind == instrument::SourceKind::kClock;
  }
  EXPECT_TRUE(clock);
  probed.directory = folder_ / "second";
  EXPECT_EQ(run_subject(date, pinned, probed).stdout_tail, result.stdout_tail);
}

TEST_F(Preload, AProgramThatThePreloadedProbeCannotReachIsNoted) {
  RunOptions probed = options();
  probed.probe_libc = true;
  RunResult result = run_subject({{DETAUDIT_STATIC_PROGRAM}, folder_, false}, {}, probed);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.notes, testing::ElementsAre(testing::HasSubstr("statically linked")));
  probed.directory = folder_ / "second";
  EXPECT_THAT(run_subject({{DETAUDIT_REUSED_BLOCK}, folder_, false}, {}, probed).notes,
              testing::IsEmpty());
}

}  // namespace
}  // namespace detaudit::auditor
