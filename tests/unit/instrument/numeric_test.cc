#include "tests/unit/instrument/numeric_cases.h"

#include "tests/unit/instrument/run_subject.h"

namespace detaudit::instrument {
namespace {

using namespace numeric;

// The whole sequence of calls, in the order in which the subject makes them.
TEST(NumericCalls, DigestWhatTheRoutineReadsAndWritesAndNothingElse) {
  TraceFolder folder;
  Control control;
  control.trace_directory = folder.path();
  ASSERT_EQ(run_subject({NUMERIC_SUBJECT},
                        {{kControlVariable, encode(control)}, {"LD_PRELOAD", LIBC_PROBE}}),
            0);
  const WholeTrace trace = read_trace(folder.path());
  EXPECT_EQ(trace.summary.dropped, 0u);
  const size_t calls = 1 + 3 * kNumbers;
  // Of the calls that are wrong or empty, the empty one.
  ASSERT_EQ(trace.events.size(), kCases.size() * calls + 1);
  for (size_t i = 0; i < kCases.size(); ++i) {
    const NamedEvent* events = &trace.events[i * calls];
    SCOPED_TRACE("case " + std::to_string(i) + ": " + kCases[i].op);
    for (int at = 0; at < 3 * kNumbers; ++at) {
      const NamedEvent& changed = events[1 + at];
      const Use use = kCases[i].use(at / kNumbers, at % kNumbers);
      ASSERT_EQ(changed.op, kCases[i].op);
      EXPECT_EQ(changed.inputs != events[0].inputs, (use & kRead) != 0) << at;
      EXPECT_EQ(changed.outputs != events[0].outputs, (use & kWritten) != 0) << at;
    }
  }
  const NamedEvent& empty = trace.events.back();
  EXPECT_EQ(empty.op, "cblas_ddot");
  EXPECT_EQ(empty.inputs.size(), 1u);  // how many
}

}  // namespace
}  // namespace detaudit::instrument
