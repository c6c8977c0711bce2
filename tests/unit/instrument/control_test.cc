#include "instrument/control.h"

#include <gtest/gtest.h>

namespace detaudit::instrument {
namespace {

TEST(Control, SurvivesEncoding) {
  Control control;
  control.trace_directory = "/tmp/a b;c=d%,\xc3\xa9\n";
  control.replays = 7;
  control.replay_seconds = 5;
  control.replay_ops = {1, UINT64_MAX};
  control.capture = {0xabcdef};
  control.stop_recording_after_step = 12;
  control.schedule_seed = 3;
  control.workers = 1;
  control.clock_shift_ns = -5'000'000'000;
  control.clock_pinned = true;
  control.other_clocks_pinned = true;
  control.folder_order = 7;
  control.run_from_ns = 1'700'000'000'000'000'000;
  control.stack_fill = 0x3d;
  control.entropy_seed = UINT64_MAX;
  control.gpu_fine_to = 64;
  control.gpu_sweep_every = 256;
  control.gpu_narrow_from = 32;
  Control read = decode(encode(control));
  EXPECT_EQ(read.trace_directory, control.trace_directory);
  EXPECT_EQ(read.replays, 7u);
  EXPECT_EQ(read.replay_seconds, 5u);
  EXPECT_EQ(read.replay_ops, control.replay_ops);
  EXPECT_EQ(read.capture, control.capture);
  EXPECT_EQ(read.stop_recording_after_step, 12u);
  EXPECT_EQ(read.schedule_seed, 3u);
  EXPECT_EQ(read.workers, 1u);
  EXPECT_EQ(read.clock_shift_ns, -5'000'000'000);
  EXPECT_TRUE(read.clock_pinned);
  EXPECT_TRUE(read.other_clocks_pinned);
  EXPECT_EQ(read.folder_order, 7u);
  EXPECT_EQ(read.run_from_ns, 1'700'000'000'000'000'000);
  EXPECT_EQ(read.stack_fill, 0x3d);
  EXPECT_EQ(read.entropy_seed, UINT64_MAX);
  EXPECT_EQ(read.gpu_fine_to, 64u);
  EXPECT_EQ(read.gpu_fine_launches, UINT64_MAX);
  EXPECT_EQ(read.gpu_sweep_every, 256u);
  EXPECT_EQ(read.gpu_narrow_from, 32u);
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
