#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "auditor/store/store.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {

inline reports::ReportFinding sample_finding() {
  reports::ReportFinding finding;
  finding.id = "F1";
  finding.code = "DET101";
  finding.message = "`scatter_add` wrote different bytes in run 2";
  finding.cause = "float-atomics";
  finding.proof = "replay";
  finding.kind = "operation";
  finding.op = "scatter_add";
  finding.lane = "main";
  finding.step = 3;
  finding.event = 118;
  finding.occurrences = 40;
  finding.magnitude = reports::ReportMagnitude{4096, 7, UINT64_MAX, 1e-7};
  finding.location.emplace();
  finding.location->file = "model/scatter_add.cu";
  finding.location->line = 41;
  finding.location->column = 5;
  finding.evidence = {"3 distinct results in 16 executions", "equal on one worker"};
  finding.fix = {"use `scatter_add/deterministic`", "scatter_add/deterministic", 0.9};
  return finding;
}

// A report with something in every table.
inline reports::Report sample_report(const std::string& id) {
  reports::Report report;
  report.audit_id = id;
  report.verdict = "divergent";
  report.scope = "run-to-run";
  report.goal = "bitwise";
  report.subject = {"./train", "--steps", "8"};
  report.started = "2026-11-23T14:56:02Z";
  report.title = "train";
  report.runs.resize(2);
  report.runs[0].exit_code = 0;
  report.runs[0].digest = std::string(32, 'a');
  report.runs[1].index = 1;
  report.runs[1].signal = "SIGSEGV";
  report.runs[1].events = 1234;
  report.events_compared = 1234;
  report.comparisons = 1;
  report.unseen = {"device memory"};
  report.findings = {sample_finding()};
  report.metrics.push_back({"loss", {0.25, 0.5}, 0.25, 0.1, false});
  report.operations.push_back({"scatter_add", "operation", 40, 40, 0, 16, true});
  report.environment = {{"cpu.model", "a CPU"}, {"os.name", "Debian"}};
  return report;
}

inline AuditPlan sample_plan() { return {{"--runs", "2"}, {"./train", "--steps", "8"}, "/home"}; }

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "detaudit-store-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    file_ = folder_ / "audits.db";
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Store open(Store::Access access = Store::Access::kReadWrite) const {
    return Store(file_, access);
  }
  std::string complete_audit() const {
    Store store = open();
    std::string id = store.begin(sample_plan(), "train");
    store.complete(id, sample_report(id));
    return id;
  }
  void write(const std::filesystem::path& path, const std::string& bytes) const {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  std::filesystem::path folder_, file_;
};

// The diagnostic that `act` throws with exit code 2, its helps appended; "" when it throws none.
template <typename Act>
std::string complaint_of(Act act) {
  try {
    act();
  } catch (const reports::DiagnosticError& error) {
    EXPECT_EQ(error.exit_code(), reports::ExitCode::kUsage);
    EXPECT_FALSE(error.diagnostic().helps.empty());
    std::string text = error.diagnostic().code + " " + error.diagnostic().message;
    for (const std::string& help : error.diagnostic().helps) text += " | " + help;
    return text;
  }
  return "";
}

// The same, in a process of its own whom permissions bind (root is above them).
template <typename Act>
std::string complaint_of_nobody(Act act) {
  int ends[2];
  if (pipe(ends) != 0) return "pipe";
  pid_t child = fork();
  if (child == 0) {
    bool bound = geteuid() != 0 ||
                 (setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
    std::string text = bound ? complaint_of(act) : "cannot become nobody";
    [[maybe_unused]] ssize_t written = ::write(ends[1], text.data(), text.size());
    _exit(0);
  }
  close(ends[1]);
  std::string text(4096, '\0');
  ssize_t got = read(ends[0], text.data(), text.size());
  close(ends[0]);
  waitpid(child, nullptr, 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

}  // namespace detaudit::auditor
