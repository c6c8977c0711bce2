#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>
#include <sstream>

#include "instrument/trace/seal.h"
#include "tests/unit/instrument/run_subject.h"

namespace detaudit::instrument {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

constexpr uint64_t kPinnedSecond = 1577836800;

// Runs an act of sources_subject with the libc probe preloaded.
class Sources : public testing::Test {
 protected:
  std::string run(const std::string& act, Control control = {}) {
    TraceFolder& folder = *folders_.emplace_back(std::make_unique<TraceFolder>());
    control.trace_directory = folder.path().string();
    std::string output = subject_output(
        {SOURCES_SUBJECT, act}, {{kControlVariable, encode(control)}, {"LD_PRELOAD", LIBC_PROBE}});
    seal_finished_process(folder.path());  // of the shell that became the subject
    trace_ = read_trace(folder.path());
    return output;
  }
  uint64_t value(const std::string& output, const std::string& name) {
    std::istringstream lines(output);
    std::string word;
    uint64_t number = 0;
    while (lines >> word >> std::hex >> number)
      if (word == name) return number;
    ADD_FAILURE() << "no " << name << " in\n" << output;
    return 0;
  }
  std::vector<std::string> functions(SourceKind kind) {
    std::vector<std::string> names;
    for (const SourceRecord& source : trace_.sources)
      if (source.kind == kind && source.site.starts_with("sources_subject+0x"))
        names.push_back(source.function);
    std::sort(names.begin(), names.end());
    return names;
  }
  std::vector<std::unique_ptr<TraceFolder>> folders_;
  WholeTrace trace_;
};

TEST_F(Sources, EntropyIsSeenAndLeftAlone) {
  std::string first = run("entropy");
  EXPECT_THAT(functions(SourceKind::kEntropy),
              testing::ElementsAre("arc4random", "arc4random_uniform", "getentropy", "getrandom",
                                   "open(/dev/urandom)", "open(/dev/urandom)", "std::random_device",
                                   "std::random_device"));
  std::string second = run("entropy");
  for (const char* name : {"random_device", "getrandom", "getentropy", "open", "fopen"})
    EXPECT_NE(value(first, name), value(second, name)) << name;
}

TEST_F(Sources, PinnedEntropyIsAFunctionOfItsSeed) {
  Control pinned;
  pinned.entropy_seed = 42;
  std::string first = run("entropy", pinned);
  EXPECT_EQ(functions(SourceKind::kEntropy).size(), 8u);
  EXPECT_EQ(run("entropy", pinned), first);
  pinned.entropy_seed = 43;
  EXPECT_NE(run("entropy", pinned), first);
  std::istringstream lines(first);
  std::string name, two_values[2];
  lines >> name >> two_values[0] >> name >> two_values[1];
  EXPECT_NE(two_values[0], two_values[1]);
}

TEST_F(Sources, PinnedEntropyFollowsTheLaneNotTheSchedule) {
  Control pinned;
  pinned.entropy_seed = 42;
  std::string first = run("threads", pinned);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    pinned.schedule_seed = seed;
    EXPECT_EQ(run("threads", pinned), first);
  }
  EXPECT_THAT(functions(SourceKind::kThreadBirth), Contains("pthread_create"));
}

TEST_F(Sources, ClocksAreSeenAndShifted) {
  std::string output = run("clocks");
  EXPECT_THAT(functions(SourceKind::kClock),
              testing::ElementsAre("clock_gettime(CLOCK_REALTIME)", "gettimeofday",
                                   "std::chrono::system_clock::now", "time"));
  auto now = static_cast<double>(std::time(nullptr));
  EXPECT_NEAR(static_cast<double>(value(output, "time")), now, 60);
  Control shifted;
  shifted.clock_shift_ns = 1'000'000'000'000'000;
  output = run("clocks", shifted);
  now = static_cast<double>(std::time(nullptr)) + 1e6;
  EXPECT_NEAR(static_cast<double>(value(output, "time")), now, 60);
  EXPECT_NEAR(static_cast<double>(value(output, "gettimeofday")) / 1e6, now, 60);
  EXPECT_NEAR(static_cast<double>(value(output, "clock_gettime")) / 1e9, now, 60);
  EXPECT_NEAR(static_cast<double>(value(output, "system_clock")) / 1e9, now, 60);
}

TEST_F(Sources, APinnedClockCountsReadings) {
  Control pinned;
  pinned.clock_pinned = true;
  std::string output = run("clocks", pinned);
  EXPECT_EQ(value(output, "time"), kPinnedSecond);
  EXPECT_EQ(value(output, "gettimeofday"), kPinnedSecond * 1000000 + 1);
  EXPECT_EQ(value(output, "clock_gettime"), kPinnedSecond * 1000000000 + 2000);
  EXPECT_EQ(value(output, "system_clock"), kPinnedSecond * 1000000000 + 3000);
  EXPECT_EQ(run("clocks", pinned), output);
  run("monotonic", pinned);
  EXPECT_THAT(functions(SourceKind::kClock), Contains("std::chrono::steady_clock::now"));
}

TEST_F(Sources, ACallSiteIsOneRecordWithACount) {
  run("many");
  std::vector<uint64_t> counts;
  for (const SourceRecord& source : trace_.sources)
    if (source.function == "time") counts.push_back(source.count);
  EXPECT_THAT(counts, testing::UnorderedElementsAre(1000, 1));
  EXPECT_THAT(functions(SourceKind::kPid), testing::ElementsAre("getpid"));
}

TEST_F(Sources, TheProbeSeesNoReadingOfItsOwn) {
  run("locks");
  for (const SourceRecord& source : trace_.sources)
    EXPECT_THAT(source.site, Not(testing::AnyOf(HasSubstr("libdetaudit"), HasSubstr("libc.so"),
                                                testing::StartsWith("ld-"))));
  EXPECT_EQ(trace_.summary.state, TraceState::kFinished);
}

TEST_F(Sources, FilesWrittenAreNamedWhereTheyEndUp) {
  TraceFolder work;
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(work.path());
  run("files");
  std::filesystem::current_path(before);
  std::vector<std::string> paths;
  for (const SourceRecord& source : trace_.sources)
    if (source.kind == SourceKind::kFileWritten) paths.push_back(source.site);
  std::string folder = std::filesystem::canonical(work.path()).string() + "/";
  // stdout is the test's own redirection, opened before the subject began by a shell under the
  // probe.
  EXPECT_THAT(paths, testing::IsSupersetOf({folder + "stream.txt", folder + "file.txt",
                                            folder + "creat.txt", folder + "partial.txt",
                                            folder + "final.txt"}));
  EXPECT_THAT(paths, Each(Not(testing::StartsWith("/dev/"))));
}

// A working folder for the length of a test.
class InFolder {
 public:
  InFolder() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(work_.path());
  }
  ~InFolder() { std::filesystem::current_path(before_); }
  std::string path(const std::string& name) const {
    return std::filesystem::canonical(work_.path()).string() + "/" + name;
  }

 private:
  TraceFolder work_;
  std::filesystem::path before_;
};

TEST_F(Sources, WhoWritesIsSeen) {
  InFolder folder;
  Control control;
  control.run_from_ns = 1;
  run("writes", control);
  std::set<std::pair<std::string, std::string>> writers;
  std::vector<std::string> saved, renamed;
  for (const SourceRecord& source : trace_.sources) {
    const std::string call = source.site.substr(0, source.site.find("+0x"));
    if (source.kind == SourceKind::kFirstWrite) writers.emplace(source.function, call);
    if (source.kind == SourceKind::kSaved) saved.push_back(source.site);
    if (source.kind == SourceKind::kRenamed) renamed.push_back(source.function + " " + source.site);
  }
  auto written = [&](const std::string& chunk, const std::string& name, const std::string& call) {
    return writers.contains({chunk + " " + folder.path(name), call + " at sources_subject"});
  };
  // Compilers turn the one into the other.
  EXPECT_TRUE(written("0", "stream.txt", "fputs") || written("0", "stream.txt", "fwrite"));
  EXPECT_TRUE(written("0", "cxx.txt", "write") || written("0", "cxx.txt", "writev"));
  EXPECT_TRUE(written("0", "calls.txt", "write"));
  EXPECT_TRUE(written("3", "calls.txt", "pwrite"));  // 200000 / 65536
  EXPECT_THAT(saved, testing::ElementsAre(folder.path("again.txt")));
  EXPECT_THAT(renamed, Contains(folder.path("moved.txt") + " " + folder.path("again.txt")));
}

TEST_F(Sources, DrawnNamesFollowPinnedEntropy) {
  Control pinned;
  pinned.entropy_seed = 42;
  std::string names[2];
  for (std::string& name : names) {
    InFolder folder;
    name = run("writes", pinned);
    const auto made = std::find_if(trace_.sources.begin(), trace_.sources.end(), [](const auto& s) {
      return s.kind == SourceKind::kNameMade;
    });
    ASSERT_NE(made, trace_.sources.end());
    EXPECT_EQ(made->function, folder.path("drawn-XXXXXX"));
  }
  EXPECT_EQ(names[0], names[1]);
  InFolder folder;
  EXPECT_NE(run("writes"), names[0]);
}

TEST_F(Sources, FoldersAreReadInTheOrderAskedFor) {
  InFolder folder;
  Control control;
  control.folder_order = 1;
  EXPECT_EQ(run("folder", control), ". .. a b c . .. a b c ");
  std::set<std::string> orders;
  for (uint64_t order = 2; order < 10; ++order) {
    control.folder_order = order;
    const std::string listed = run("folder", control);
    EXPECT_EQ(listed.substr(0, listed.size() / 2), listed.substr(listed.size() / 2));
    orders.insert(listed);
  }
  EXPECT_GT(orders.size(), 2u);
}

TEST_F(Sources, WaitsMovePinnedClocksAndDeadlinesAreThoseSeen) {
  Control pinned;
  pinned.clock_pinned = pinned.other_clocks_pinned = true;
  const std::string output = run("waits", pinned);
  EXPECT_GE(value(output, "waited_ns"), 50'000'000u);
  EXPECT_LT(value(output, "waited_ns"), 50'100'000u);
  EXPECT_EQ(run("waits", pinned), output);
  Control shifted;
  shifted.clock_shift_ns = int64_t{86'400} * 1'000'000'000;
  EXPECT_GE(value(run("waits", shifted), "waited_ns"), 55'000'000u);
}

TEST_F(Sources, DelaysLeaveLocksCorrect) {
  Control perturbed;
  perturbed.schedule_seed = 7;
  run("locks", perturbed);
  EXPECT_EQ(trace_.summary.dropped, 0u);
}

TEST_F(Sources, LeavingAtOnceFinishesTheTrace) {
  TraceFolder folder;
  Control control;
  control.trace_directory = folder.path().string();
  EXPECT_EQ(run_subject({SOURCES_SUBJECT, "leave"},
                        {{kControlVariable, encode(control)}, {"LD_PRELOAD", LIBC_PROBE}}),
            0);
  EXPECT_TRUE(std::filesystem::exists(folder.file("p0.dtrace")));
  EXPECT_TRUE(std::filesystem::exists(folder.file("p0.1.dtrace")));
  WholeTrace read = read_trace(folder.path());
  EXPECT_EQ(read.summary.state, TraceState::kFinished);
  EXPECT_EQ(std::count_if(read.sources.begin(), read.sources.end(),
                          [](const SourceRecord& source) { return source.function == "time"; }),
            2);
}

constexpr uint64_t kLargestId = 1 << 22;  // that Linux gives

TEST_F(Sources, PinnedIdsAreThoseOfLanesAndNobodyElses) {
  Control pinned;
  pinned.pid_pinned = true;
  const std::string output = run("ids", pinned);
  const uint64_t process = value(output, "process");
  for (const char* name : {"process", "parent", "second_thread", "child", "next_child"})
    EXPECT_GT(value(output, name), kLargestId) << name;
  for (const char* name :
       {"thread", "raw_process", "raw_thread", "thread's_process", "child's_parent"})
    EXPECT_EQ(value(output, name), process) << name;
  for (const char* name : {"raw_parent", "thread's_parent"})
    EXPECT_EQ(value(output, name), value(output, "parent")) << name;
  EXPECT_EQ(value(output, "child's_thread"), value(output, "child"));
  const std::set<uint64_t> apart = {process, value(output, "parent"), value(output, "child"),
                                    value(output, "next_child"), value(output, "second_thread")};
  EXPECT_EQ(apart.size(), 5u) << output;
  EXPECT_EQ(run("ids", pinned), output);
}

TEST_F(Sources, ASignalToItsPinnedSelfArrives) {
  Control pinned;
  pinned.pid_pinned = true;
  EXPECT_EQ(value(run("ids", pinned), "signals"), 1u);
  EXPECT_EQ(value(run("ids"), "signals"), 1u);
}

TEST_F(Sources, FreeIdsAreReal) {
  const std::string output = run("ids");
  EXPECT_LE(value(output, "process"), kLargestId);
  EXPECT_EQ(value(output, "child's_parent"), value(output, "process"));
  EXPECT_NE(value(run("ids"), "process"), value(output, "process"));
}

TEST_F(Sources, UnusedStackFollowsTheFill) {
  const std::string plain = run("stacks");
  Control control;
  control.stack_fill = 0x3d;
  const std::string filled = run("stacks", control);
  for (const char* name : {"first_thread", "thread"}) {
    EXPECT_LT(value(plain, name), 400u) << name;
    EXPECT_GT(value(filled, name), 4096u) << name;  // of 8192; the rest was used before
  }
  EXPECT_LT(value(filled, "own_stack"), 100u);
}

TEST_F(Sources, FillingSparesSmallStacks) {
  TraceFolder folder;
  Control control;
  control.stack_fill = 0x3d;
  control.trace_directory = folder.path().string();
  for (const char* kib : {"48", "64", "256", "unlimited"})
    EXPECT_EQ(run_subject({"/bin/sh", "-c",
                           std::string("ulimit -s ") + kib + "; exec \"$0\" stacks > /dev/null",
                           SOURCES_SUBJECT},
                          {{kControlVariable, encode(control)}, {"LD_PRELOAD", LIBC_PROBE}}),
              0)
        << kib;
}

TEST_F(Sources, WithoutAnAuditNothingChanges) {
  auto now = static_cast<double>(std::time(nullptr));
  std::string output = subject_output({SOURCES_SUBJECT, "clocks"}, {{"LD_PRELOAD", LIBC_PROBE}});
  EXPECT_NEAR(static_cast<double>(value(output, "time")), now, 60);
  for (const char* act : {"entropy", "threads", "locks", "leave", "many", "monotonic"})
    subject_output({SOURCES_SUBJECT, act}, {{"LD_PRELOAD", LIBC_PROBE}});
}

TEST_F(Sources, OrdinaryProgramsAreUnharmed) {
  Control control;
  control.entropy_seed = 1;
  control.clock_pinned = true;
  control.schedule_seed = 1;
  TraceFolder folder;
  control.trace_directory = folder.path().string();
  EXPECT_EQ(subject_output({"/bin/sh", "-c", "echo a | cat; (echo b); ls / > /dev/null; true"},
                           {{kControlVariable, encode(control)}, {"LD_PRELOAD", LIBC_PROBE}}),
            "a\nb\n");
  seal_finished_process(folder.path());
  TraceSummary summary = read_trace(folder.path()).summary;
  EXPECT_EQ(summary.dropped, 0u);
  EXPECT_EQ(summary.state, TraceState::kFinished);
}

}  // namespace
}  // namespace detaudit::instrument
