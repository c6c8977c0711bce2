#include "instrument/control.h"

#include <gtest/gtest.h>

namespace detaudit::instrument {
namespace {

TEST(Control, SurvivesEncoding) {
  Control control;
  control.trace_directory = "/tmp/a b;c=d%,\xc3\xa9\n";
  control.replays = 7;
  control.replay_ops = {1, UINT64_MAX};
  control.capture = {0xabcdef};
  control.stop_recording_after_step = 12;
  control.schedule_seed = 3;
  control.workers = 1;
  control.clock_shift_ns = -5'000'000'000;
  control.clock_pinned = true;
  control.entropy_seed = UINT64_MAX;
  Control read = decode(encode(control));
  EXPECT_EQ(read.trace_directory, control.trace_directory);
  EXPECT_EQ(read.replays, 7u);
  EXPECT_EQ(read.replay_ops, control.replay_ops);
  EXPECT_EQ(read.capture, control.capture);
  EXPECT_EQ(read.stop_recording_after_step, 12u);
  EXPECT_EQ(read.schedule_seed, 3u);
  EXPECT_EQ(read.workers, 1u);
  EXPECT_EQ(read.clock_shift_ns, -5'000'000'000);
  EXPECT_TRUE(read.clock_pinned);
  EXPECT_EQ(read.entropy_seed, UINT64_MAX);
  EXPECT_EQ(encode(read), encode(control));
}

TEST(Control, BadValuesAreAbsentAndUnknownNamesIgnored) {
  Control read =
      decode("trace=%zz;replays=many;;=;x;colour=red;workers=2;capture=1,zz,,f;entropy_seed=-1");
  EXPECT_EQ(read.trace_directory, "");
  EXPECT_EQ(read.replays, 0u);
  EXPECT_EQ(read.workers, 2u);
  EXPECT_EQ(read.capture, (std::vector<uint64_t>{1, 15}));
  EXPECT_EQ(read.entropy_seed, 0u);
  EXPECT_EQ(decode("").trace_directory, "");
  EXPECT_EQ(decode("trace=/a%2").trace_directory, "");
}

}  // namespace
}  // namespace detaudit::instrument
