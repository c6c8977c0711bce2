#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace {

using testing::HasSubstr;

std::string read_all(const std::string& command, int& exit_code) {
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer;
  for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), n);
  const int status = pclose(pipe);
  exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return text;
}

std::string workload(const std::string& arguments, int expected_exit = 0) {
  int exit_code = -1;
  const std::string text =
      read_all(std::string(DETAUDIT_WORKLOAD) + " " + arguments + " 2>&1", exit_code);
  EXPECT_EQ(exit_code, expected_exit) << text;
  return text;
}

TEST(WorkloadProgram, OneErrorAndExitTwoForWhatIsWrong) {
  for (const char* arguments :
       {"--hazard nope", "--batch 100000", "--data /nowhere", "--threads 0",
        "--kernels deterministic --update hogwild", "--workload charlm --data /dev/null",
        "--check --data /etc/passwd"}) {
    const std::string text = workload(arguments, 2);
    EXPECT_EQ(text.find("error["), 0u) << arguments << ": " << text;
    EXPECT_EQ(text.find("error[", 1), std::string::npos) << text;
    EXPECT_THAT(text, HasSubstr("help: "));
  }
}

TEST(WorkloadProgram, ListsAndChecksWithoutTraining) {
  EXPECT_EQ(workload("--check"), "");
  EXPECT_EQ(workload("--check --workload charlm"), "");
  EXPECT_THAT(workload("--list-hazards"), HasSubstr("uninitialized-buffer"));
  EXPECT_THAT(workload("--list-ops"), HasSubstr("max_pool2d_backward"));
  EXPECT_THAT(workload("--list-ops --workload charlm"), HasSubstr("attention_backward"));
  EXPECT_THAT(workload("--help"), HasSubstr("--reshuffle-each-epoch"));
}

TEST(WorkloadProgram, DeterministicRunsPrintTheSame) {
  const std::string arguments = "--kernels deterministic --steps 8 --batch 16";
  const std::string expected = workload(arguments + " --threads 2");
  EXPECT_THAT(expected, HasSubstr("test loss"));
  for (const char* threads : {"1", "2", "4"})
    EXPECT_EQ(workload(arguments + " --threads " + threads), expected) << threads;
}

TEST(WorkloadProgram, ReadsTextThatIsNamed) {
  int exit_code = -1;
  read_all("yes 'to be or not to be, that is the question' | head -c 20000 > workload_text.txt",
           exit_code);
  const std::string text =
      workload("--workload charlm --data workload_text.txt --steps 3 --batch 4");
  EXPECT_THAT(text, HasSubstr("by frequency alone"));
  std::remove("workload_text.txt");
}

}  // namespace
