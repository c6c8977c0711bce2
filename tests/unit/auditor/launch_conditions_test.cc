#include <gmock/gmock.h>
#include <sys/personality.h>

#include <cstdlib>

#include "auditor/launch/child_environment.h"
#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using ConditionsTest = LaunchTest;

TEST_F(ConditionsTest, ReachTheSubjectAsVariables) {
  Conditions conditions;
  conditions.memory_fill = 0x5a;
  conditions.hash_seed = 7;
  conditions.variables["DETAUDIT_TEST_WORD"] = "two words";
  conditions.control.schedule_seed = 3;
  RunResult result =
      run("echo \"$MALLOC_PERTURB_|$PYTHONHASHSEED|$DETAUDIT_TEST_WORD|$GLIBC_TUNABLES|"
          "$DETAUDIT_CONTROL\"",
          conditions);
  EXPECT_THAT(result.stdout_tail, StartsWith("90|7|two words|glibc.malloc.perturb=90:"));
  std::string control = result.stdout_tail.substr(result.stdout_tail.rfind('|') + 1);
  control.pop_back();
  instrument::Control decoded = instrument::decode(control);
  EXPECT_EQ(decoded.schedule_seed, 3u);
  EXPECT_EQ(decoded.trace_directory, result.directory.string());
}

// An interpreter keeps its environment on the heap: another length of a value moves all addresses.
TEST_F(ConditionsTest, ValuesOfArmsHaveOneLengthEach) {
  Conditions held;
  held.hash_seed = 10001;
  held.control.trace_directory = "/tmp/trace";
  held.control.capture = {7, 8};
  held.control.clock_pinned = held.control.other_clocks_pinned = held.control.pid_pinned = true;
  Conditions freed = held;
  freed.control.clock_pinned = freed.control.other_clocks_pinned = false;
  freed.control.clock_shift_ns = INT64_MIN;
  freed.control.entropy_seed = UINT64_MAX;
  freed.hash_seed = 11014;
  const auto ours = child_environment(held, ""), theirs = child_environment(freed, "");
  ASSERT_EQ(ours.size(), theirs.size());
  EXPECT_NE(ours, theirs);
  for (size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i].size(), theirs[i].size()) << ours[i];
}

TEST_F(ConditionsTest, LeaveTheSubjectsOwnVariablesAlone) {
  setenv("DETAUDIT_TEST_OWN", "kept", 1);
  EXPECT_EQ(run("echo $DETAUDIT_TEST_OWN$MALLOC_PERTURB_$PYTHONHASHSEED").stdout_tail, "kept\n");
  unsetenv("DETAUDIT_TEST_OWN");
}

TEST_F(ConditionsTest, PutTheProbeBeforeTheUsersPreloads) {
  setenv("LD_PRELOAD", "/users.so", 1);
  std::vector<std::string> with = child_environment({}, "/ours.so");
  std::vector<std::string> without = child_environment({}, "");
  unsetenv("LD_PRELOAD");
  EXPECT_THAT(with, Contains("LD_PRELOAD=/ours.so:/users.so"));
  EXPECT_THAT(without, Contains("LD_PRELOAD=/users.so"));
  EXPECT_THAT(child_environment({}, "/ours.so"), Contains("LD_PRELOAD=/ours.so"));
}

TEST_F(ConditionsTest, PutTheAdaptersBeforeTheUsersPythonPath) {
  ASSERT_FALSE(python_adapters().empty());
  setenv("PYTHONPATH", "/users", 1);
  const std::vector<std::string> with = child_environment({}, "/ours.so");
  const std::vector<std::string> without = child_environment({}, "");
  unsetenv("PYTHONPATH");
  EXPECT_THAT(with, Contains("PYTHONPATH=" + python_adapters().string() + ":/users"));
  EXPECT_THAT(without, Contains("PYTHONPATH=/users"));
}

TEST_F(ConditionsTest, KeepTheUsersOtherTunables) {
  setenv("GLIBC_TUNABLES", "glibc.malloc.perturb=3:glibc.malloc.arena_max=1", 1);
  Conditions conditions;
  conditions.memory_fill = 9;
  std::vector<std::string> block = child_environment(conditions, "");
  unsetenv("GLIBC_TUNABLES");
  EXPECT_THAT(block, Contains("GLIBC_TUNABLES=glibc.malloc.perturb=9:glibc.malloc.tcache_count=0:"
                              "glibc.malloc.arena_max=1"));
}

bool can_fix_addresses() {
  int now = personality(0xffffffff);
  bool possible = personality(static_cast<unsigned>(now | ADDR_NO_RANDOMIZE)) >= 0;
  personality(static_cast<unsigned>(now));
  return possible;
}

TEST_F(ConditionsTest, FixedAddressesAreEqualAndRandomOnesAreNot) {
  if (!can_fix_addresses()) GTEST_SKIP() << "this container forbids personality()";
  auto addresses = [&](Conditions::Addresses how) {
    Conditions conditions;
    conditions.addresses = how;
    return run("exec grep -E 'stack|heap|libc' /proc/self/maps", conditions).stdout_tail;
  };
  std::string fixed = addresses(Conditions::Addresses::kFixed);
  EXPECT_THAT(fixed, HasSubstr("[stack]"));
  EXPECT_EQ(fixed, addresses(Conditions::Addresses::kFixed));
  // 22 random bits of the stack and 28 of the libraries: equal by chance once in 2^50.
  EXPECT_NE(addresses(Conditions::Addresses::kRandom), addresses(Conditions::Addresses::kRandom));
}

TEST_F(ConditionsTest, OneProcessorIsOneForAllThatTheSubjectStarts) {
  Conditions held;
  held.one_cpu = true;
  const std::string free = run("nproc").stdout_tail;
  if (free == "1\n") GTEST_SKIP() << "this machine gives us one processor";
  EXPECT_EQ(run("nproc", held).stdout_tail, "1\n");
  EXPECT_EQ(run("(sh -c nproc)", held).stdout_tail, "1\n");
  // Every run has the same one, and we keep ours.
  const char* list = "grep Cpus_allowed_list /proc/self/status";
  EXPECT_EQ(run(list, held).stdout_tail, run(list, held).stdout_tail);
  EXPECT_EQ(run("nproc").stdout_tail, free);
}

// A block that malloc hands out again within a thread: glibc fills it only without its cache.
TEST_F(ConditionsTest, MemoryFillReachesSmallReusedBlocks) {
  auto reused = [&](std::optional<uint8_t> fill) {
    Conditions conditions;
    conditions.memory_fill = fill;
    Subject subject = {{DETAUDIT_REUSED_BLOCK}, folder_, false};
    return run_subject(subject, conditions, options()).stdout_tail;
  };
  EXPECT_EQ(reused(0x5a), "a5\n");  // glibc fills with the complement
  EXPECT_EQ(reused(0x0f), "f0\n");
  EXPECT_EQ(reused(std::nullopt), "07\n");  // what the program itself left there
}

TEST_F(ConditionsTest, DescribeThemselvesInOneLine) {
  EXPECT_EQ(Conditions{}.describe(), "as is");
  Conditions conditions;
  conditions.memory_fill = 0x5a;
  conditions.hash_seed = 11;
  conditions.addresses = Conditions::Addresses::kFixed;
  conditions.control.clock_shift_ns = 3607000000000;
  conditions.control.schedule_seed = 2;
  conditions.control.workers = 1;
  conditions.extra_arguments = {"--threads", "2"};
  EXPECT_EQ(conditions.describe(),
            "fill 0x5a, hash seed 11, addresses fixed, clock +3607 s, schedule seed 2, 1 worker, "
            "--threads 2");
}

}  // namespace
}  // namespace detaudit::auditor
