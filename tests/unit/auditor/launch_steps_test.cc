#include <gmock/gmock.h>

#include "instrument/trace/reader.h"
#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

class Steps : public LaunchTest {
 protected:
  Subject stepping(const std::string& steps) const {
    return {{DETAUDIT_STEPPING_SUBJECT, steps}, folder_, false};
  }
  // The highest step in a run's trace; how the trace ended in `summary`.
  static uint64_t last_step(const std::filesystem::path& run, instrument::TraceSummary& summary) {
    instrument::TraceReader reader(run);
    uint64_t last = 0;
    while (const instrument::Event* event = reader.next()) last = std::max(last, event->step);
    summary = reader.summary();
    return last;
  }
};

TEST_F(Steps, ASubjectThatPassedTheStepIsStopped) {
  RunOptions until = options();
  until.stop_after_step = 5;
  RunResult result = run_subject(stepping("0"), {}, until);  // by itself it never ends
  EXPECT_EQ(result.end, RunEnd::kStopped);
  instrument::TraceSummary summary;
  EXPECT_GT(last_step(result.directory, summary), 5u);
  EXPECT_EQ(summary.state, instrument::TraceState::kUnfinished);
  EXPECT_EQ(summary.dropped, 0u);
}

TEST_F(Steps, ASubjectThatEndsBeforeTheStepIsLeftAlone) {
  RunOptions until = options();
  until.stop_after_step = 100;
  RunResult result = run_subject(stepping("20"), {}, until);
  EXPECT_EQ(result.end, RunEnd::kExited);
  instrument::TraceSummary summary;
  EXPECT_EQ(last_step(result.directory, summary), 19u);
  EXPECT_EQ(summary.state, instrument::TraceState::kFinished);
}

TEST_F(Steps, ATimeoutLosesNoEventRecordedBeforeIt) {
  RunOptions limited = options();
  limited.timeout_seconds = 0.3;
  RunResult result = run_subject(stepping("0"), {}, limited);
  EXPECT_EQ(result.end, RunEnd::kTimedOut);
  instrument::TraceSummary summary;
  uint64_t last = last_step(result.directory, summary);
  EXPECT_EQ(summary.events, last + 1);
  EXPECT_EQ(summary.state, instrument::TraceState::kUnfinished);
}

}  // namespace
}  // namespace detaudit::auditor
