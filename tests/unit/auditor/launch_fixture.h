#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "auditor/launch/runner.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {

// A folder of the test's own, gone afterwards, and short ways to run a shell script in it.
class LaunchTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "detaudit-launch-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  RunOptions options() const {
    RunOptions options;
    options.directory = folder_ / "run";
    options.probe_libc = false;  // these tests are of the runner alone
    return options;
  }
  static Subject shell(const std::string& script) {
    return {{"/bin/sh", "-c", script}, std::filesystem::current_path(), false};
  }
  RunResult run(const std::string& script, const Conditions& conditions = {}) const {
    return run_subject(shell(script), conditions, options());
  }
  std::filesystem::path write(const std::string& name, const std::string& text, mode_t mode) const {
    std::filesystem::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
};

// The diagnostic that `act` throws, its helps appended to its message; "" when it throws none.
template <typename Act>
std::string complaint_of(Act act, reports::ExitCode expected = reports::ExitCode::kUsage) {
  try {
    act();
  } catch (const reports::DiagnosticError& error) {
    EXPECT_EQ(error.exit_code(), expected);
    EXPECT_FALSE(error.diagnostic().helps.empty());
    std::string text = error.diagnostic().code + " " + error.diagnostic().message;
    for (const std::string& help : error.diagnostic().helps) text += " | " + help;
    return text;
  }
  return "";
}

}  // namespace detaudit::auditor
