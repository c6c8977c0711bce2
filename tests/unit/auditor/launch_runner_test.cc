#include <gmock/gmock.h>

#include <csignal>

#include "auditor/launch/signal_name.h"
#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Runner = LaunchTest;

TEST_F(Runner, ReportsExitCodes) {
  for (int code : {0, 1, 77, 255}) {
    RunResult result = run("exit " + std::to_string(code));
    EXPECT_EQ(result.end, RunEnd::kExited);
    EXPECT_EQ(result.exit_code, code);
    EXPECT_GT(result.wall_seconds, 0);
  }
}

TEST_F(Runner, ReportsSignals) {
  for (int signal : {SIGSEGV, SIGKILL, SIGABRT, SIGTERM}) {
    RunResult result = run("ulimit -c 0; kill -" + std::to_string(signal) + " $$");
    EXPECT_EQ(result.end, RunEnd::kSignalled);
    EXPECT_EQ(result.signal, signal);
  }
}

TEST_F(Runner, NamesSignals) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGRTMIN), "SIGRTMIN");
  EXPECT_EQ(signal_name(SIGRTMIN + 2), "SIGRTMIN+2");
  EXPECT_EQ(signal_name(0), "signal 0");
}

TEST_F(Runner, KeepsBothStreamsApart) {
  RunResult result = run("printf out; printf error >&2");
  EXPECT_EQ(result.stdout_tail, "out");
  EXPECT_EQ(result.stderr_tail, "error");
  EXPECT_EQ(result.stdout_bytes, 3u);
  EXPECT_EQ(result.stderr_bytes, 5u);
  EXPECT_EQ(read(result.directory / "stdout.bin"), "out");
  EXPECT_EQ(read(result.directory / "stderr.bin"), "error");
  EXPECT_THAT(result.stdout_chunks, ElementsAre(kernels::digest("out", 3)));
  EXPECT_THAT(result.stderr_chunks, ElementsAre(kernels::digest("error", 5)));
}

// Chunk boundaries follow the bytes, not the sizes in which a pipe delivers them.
TEST_F(Runner, DigestsChunksByPosition) {
  std::filesystem::path data = write("data", std::string(200000, '\0') + "\xff\x01 end", 0644);
  RunResult whole = run("cat " + data.string());
  std::string text = read(data);
  ASSERT_EQ(whole.stdout_chunks.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    std::string chunk = text.substr(i * kernels::kDigestChunkBytes, kernels::kDigestChunkBytes);
    EXPECT_EQ(whole.stdout_chunks[i], kernels::digest(chunk.data(), chunk.size()));
  }
  RunResult piecemeal = run("dd bs=777 status=none if=" + data.string());
  EXPECT_EQ(piecemeal.stdout_chunks, whole.stdout_chunks);
  EXPECT_EQ(piecemeal.stdout_tail, text.substr(text.size() - 4096));
}

// 1 GB in a second or two: the one slow test here.
TEST_F(Runner, TakesOneGigabyteOfOutput) {
  RunOptions limited = options();
  limited.keep_output_bytes = 1000;
  RunResult result = run_subject(shell("head -c 1073741824 /dev/zero"), {}, limited);
  EXPECT_EQ(result.end, RunEnd::kExited);
  EXPECT_EQ(result.stdout_bytes, 1073741824u);
  EXPECT_EQ(result.stdout_chunks.size(), 16384u);
  EXPECT_EQ(result.stdout_tail, std::string(4096, '\0'));
  EXPECT_EQ(std::filesystem::file_size(result.directory / "stdout.bin"), 1000u);
}

TEST_F(Runner, GoesOnWhenTheSubjectClosesItsOutput) {
  RunResult result = run("exec >&- 2>&-; sleep 0.05; exit 3");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.stdout_bytes, 0u);
  EXPECT_GE(result.wall_seconds, 0.05);
}

TEST_F(Runner, GivesAnEmptyStandardInput) {
  EXPECT_EQ(run("cat; echo done").stdout_tail, "done\n");
}

TEST_F(Runner, RunsInTheSubjectsDirectory) {
  Subject subject = shell("pwd");
  subject.directory = folder_;
  EXPECT_EQ(run_subject(subject, {}, options()).stdout_tail, folder_.string() + "\n");
}

TEST_F(Runner, TicksWhileTheSubjectRuns) {
  RunOptions ticking = options();
  int ticks = 0;
  ticking.tick = [&](double) { ++ticks; };
  run_subject(shell("sleep 0.35"), {}, ticking);
  EXPECT_GE(ticks, 1);
}

TEST_F(Runner, LeavesNothingBehindWhenTheSubjectCannotStart) {
  Subject broken = {{write("broken",
                           std::string("\x7f"
                                       "ELF\0\0",
                                       6),
                           0755)},
                    folder_,
                    false};
  EXPECT_THAT(complaint_of([&] { run_subject(broken, {}, options()); }), HasSubstr("Exec format"));
  EXPECT_FALSE(std::filesystem::exists(options().directory));

  Subject nowhere = shell("true");
  nowhere.directory = folder_ / "missing";
  EXPECT_THAT(complaint_of([&] { run_subject(nowhere, {}, options()); }),
              HasSubstr("No such file or directory"));
  EXPECT_FALSE(std::filesystem::exists(options().directory));
}

TEST_F(Runner, RunsAScriptWithoutAFirstLine) {
  Subject script = {{write("script", "echo $1\n", 0755), "word"}, folder_, false};
  EXPECT_EQ(run_subject(script, {}, options()).stdout_tail, "word\n");
}

TEST_F(Runner, NamesADirectoryThatCannotBeCreated) {
  write("run", "a file", 0644);
  EXPECT_THAT(complaint_of([&] { run("true"); }), HasSubstr("DET906 cannot create"));
}

TEST_F(Runner, SaysWhenOutputCouldNotBeKept) {
  std::filesystem::create_directories(options().directory / "stdout.bin");
  RunResult result = run("printf out");
  EXPECT_EQ(result.stdout_tail, "out");
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("not whole on disk")));
}

}  // namespace
}  // namespace detaudit::auditor
