#include "tests/golden/sample_reports.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace detaudit::tests {
namespace {

using namespace reports;

Report built_in(const std::string& verdict) {
  Report report;
  report.audit_id = "20261123-145602-7f3a";
  report.verdict = verdict;
  report.scope = "run-to-run";
  report.goal = "bitwise";
  report.subject = {"detaudit-workload", "--workload", "convnet", "--seed", "1"};
  report.started = "2026-11-23T14:56:02Z";
  report.title = "built-in workload convnet";
  report.events_compared = 9120;
  report.lanes = 3;
  report.comparisons = 1;
  report.divergence_probability_upper_95 = 0.95;
  report.perturbed = {"memory", "schedule", "time", "hash"};
  report.unperturbed = {"aslr: personality: operation not permitted"};
  report.environment = {{"os.name", "Debian GNU/Linux 12 (bookworm)"},
                        {"os.kernel", "6.1.0-18-amd64"},
                        {"cpu.model", "Example CPU @ 2.00GHz"},
                        {"cpu.usable", "2"},
                        {"cpu.isa", "avx2 fma; kernels use x86-64-v3"},
                        {"program.compiler", "GCC 12.2.0"},
                        {"gpu.driver", "absent"},
                        {"variable.OMP_NUM_THREADS", "absent"},
                        {"variable.LANG", "C.UTF-8"}};
  return report;
}

ReportRun run(int index, const std::string& digest, const std::string& conditions) {
  ReportRun run;
  run.index = index;
  run.exit_code = 0;
  run.events = 9120;
  run.wall_seconds = 2.5 + 0.125 * index;
  run.digest = digest;
  run.conditions = conditions;
  return run;
}

constexpr const char* kDigest = "3f2a9c01d2e4b5968877665544332211";
constexpr const char* kOtherDigest = "77c1d02be95a4f1300aa11bb22cc33dd";

ReportFinding scatter_add() {
  ReportFinding finding;
  finding.id = "F1";
  finding.code = "DET101";
  finding.message = "`max_pool/backward` wrote different bytes in run 2";
  finding.cause = "float-atomics";
  finding.proof = "replay";
  finding.kind = "operation";
  finding.op = "max_pool/backward";
  finding.key = "pool1";
  finding.lane = "p0";
  finding.step = 3;
  finding.event = 118;
  finding.occurrences = 40;
  finding.magnitude = ReportMagnitude{2359296, 4, 1, 1.1920928955078125e-07};
  finding.location = SourceLocation{"auditor/workload/convnet.cc", 141, 5,
                                    "    max_pool_backward(grid, out.grad, indices, in.grad);"};
  finding.evidence = {"3 distinct results in 16 executions on equal inputs",
                      "1 distinct result in 16 executions on one thread",
                      "with every factor held it agreed in 2 of 2 pairs"};
  finding.fix = {"add each window's gradient from the side of its input, in a fixed order",
                 "max_pool/deterministic", 0.9};
  return finding;
}

ReportFinding racy_loader() {
  ReportFinding finding;
  finding.id = "F2";
  finding.code = "DET104";
  finding.severity = Severity::kWarning;
  finding.message = "batches of `train` were used in another order";
  finding.cause = "data-order";
  finding.proof = "counterfactual";
  finding.kind = "batch";
  finding.op = "train";
  finding.lane = "p0";
  finding.step = 7;
  finding.event = 301;
  finding.occurrences = 1;
  finding.evidence = {"the same samples were used over the whole run",
                      "with the schedule alone let vary: parted in 2 of 2 pairs"};
  finding.fix.summary = "use batches by sequence number, not as loaders finish them";
  return finding;
}

void add_operations(Report& report, uint64_t origins) {
  report.operations = {{"conv2d/forward", "operation", 320, 0, 12 * origins, 32, false},
                       {"max_pool/backward", "operation", 320, 40 * origins, 0, 32, origins > 0},
                       {"dropout", "rng-stream", 160, 0, 0, 0, false},
                       {"train", "batch", 160, origins, 0, 0, false}};
}

void add_timeline(Report& report, bool parts) {
  for (uint64_t step = 0; step < 24; ++step) {
    ReportBin bin{step, step, 57, 0, 0, 0};
    if (parts && step >= 3) bin.propagated = 2 * step;
    if (parts && step >= 3 && step % 4 == 3) bin.origins = 2;
    if (parts && step == 15) bin.missing = 1;
    report.timeline.push_back(bin);
  }
}

}  // namespace

Report divergent_report() {
  Report report = built_in("divergent");
  report.runs = {run(0, kDigest, "fill 0x5a, schedule seed 1"),
                 run(1, kOtherDigest, "fill 0xa5, schedule seed 2, clock +3607 s"),
                 run(2, kDigest, "fill 0x3c, schedule seed 3, clock +7214 s")};
  report.comparisons = 2;
  report.divergence_probability_upper_95 = 1;
  report.propagated = 812;
  report.untested = 640;
  report.findings = {scatter_add(), racy_loader()};
  add_timeline(report, true);
  add_operations(report, 1);
  report.metrics = {{"loss", {0.1234, 0.1235, 0.1234}, 0.0001, std::nullopt, true}};
  report.experiments = {
      "held: memory fill, entropy, clock, addresses, hash seed, one worker: 2 runs agree",
      "schedule let vary: 2 of 2 pairs part at `max_pool/backward`, step 3"};
  return report;
}

Report reproducible_report() {
  Report report = built_in("reproducible");
  report.runs = {run(0, kDigest, "fill 0x5a, schedule seed 1"),
                 run(1, kDigest, "fill 0xa5, schedule seed 2, clock +3607 s")};
  report.reasons = {"every run finished, no trace was lossy, every lane has its partner"};
  report.unseen = {"memory that is changed between recorded operations and never read by one"};
  add_timeline(report, false);
  add_operations(report, 0);
  return report;
}

Report inconclusive_report() {
  Report report = built_in("inconclusive");
  report.title = "./train";
  report.subject = {"./train", "--epochs", "2"};
  report.runs = {run(0, kDigest, "fill 0x5a"), run(1, kDigest, "fill 0xa5"),
                 run(2, "", "fill 0x3c")};
  report.runs[1].exit_code.reset();
  report.runs[1].signal = "SIGSEGV";
  report.runs[1].events = 1204;
  report.runs[1].lossy = true;
  report.runs[2].exit_code.reset();
  report.runs[2].timed_out = true;
  report.runs[2].events = 0;
  report.reasons = {"run 2 ended by SIGSEGV after 1204 events", "run 2's trace lost 312 events",
                    "run 3 did not finish in 60 s"};
  report.events_compared = report.lanes = 0;
  report.comparisons = 0;
  report.divergence_probability_upper_95 = 1;
  return report;
}

Report within_tolerance_report() {
  Report report = divergent_report();
  report.verdict = "within-tolerance";
  report.goal = "metrics";
  report.metrics = {{"accuracy", {0.9634, 0.9634, 0.9634}, 0, 0.001, true},
                    {"loss", {0.1234, 0.1235, 0.1234}, 0.0001, 0.001, true}};
  return report;
}

Report hostile_report() {
  const std::string markup = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;";
  const std::string bytes =
      std::string("nul\0esc\x1b[2J\r\n", 12) + "\xff\xfe\xe2\x80\xae</textarea>";
  Report report = built_in("divergent");
  report.title = markup;
  report.subject = {markup, bytes, "--name=" + std::string(300, 'w')};
  report.reasons = {markup, bytes};
  report.runs = {run(0, kDigest, markup), run(1, kOtherDigest, bytes)};
  report.unseen = report.perturbed = report.unperturbed = report.experiments = {markup, bytes};
  ReportFinding finding = scatter_add();
  finding.message = "`" + markup + "` " + bytes;
  finding.op = finding.key = finding.lane = finding.kernel =
      std::string(2000, 'x') + markup + bytes;
  finding.magnitude =
      ReportMagnitude{UINT64_MAX, UINT64_MAX, UINT64_MAX, std::numeric_limits<double>::infinity()};
  finding.location = SourceLocation{markup + ".cc", 4294967295u, 7, bytes + markup};
  finding.evidence = {markup, bytes};
  finding.fix = {markup, bytes, std::nan("")};
  report.findings = {finding};
  report.operations = {{markup, "operation", UINT64_MAX, 1, 0, 0, true}};
  report.metrics = {{markup,
                     {std::nan(""), -std::numeric_limits<double>::infinity(), -0.0},
                     std::numeric_limits<double>::infinity(),
                     5e-324,
                     false}};
  report.timeline = {{0, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 1}};
  report.environment = {{markup, bytes}, {bytes, markup}, {"\xff", "1"}, {"Z", "2"}};
  return report;
}

void PrintTo(const SampleReport& sample, std::ostream* out) { *out << sample.name; }

std::vector<SampleReport> sample_reports() {
  return {{"divergent", divergent_report()},       {"reproducible", reproducible_report()},
          {"inconclusive", inconclusive_report()}, {"within_tolerance", within_tolerance_report()},
          {"hostile", hostile_report()},           {"empty", Report{}}};
}

}  // namespace detaudit::tests
