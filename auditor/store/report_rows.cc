#include "auditor/store/report_rows.h"

namespace detaudit::auditor {
namespace {

using reports::Report;
using reports::ReportFinding;

void insert_runs(Database& database, const std::string& audit, const Report& report) {
  Statement insert = database.prepare("INSERT INTO runs VALUES (?,?,?,?,?,?,?,?,?,?)");
  for (const reports::ReportRun& run : report.runs) {
    insert
        .bind(audit, run.index, run.exit_code, run.signal, run.timed_out, run.events, run.lossy,
              run.wall_seconds, run.digest, run.conditions)
        .run();
  }
}

void insert_finding(Statement& insert, const std::string& audit, int position,
                    const ReportFinding& finding) {
  auto magnitude = [&](auto member) {
    using Value = std::decay_t<decltype((*finding.magnitude).*member)>;
    return finding.magnitude ? std::optional<Value>((*finding.magnitude).*member) : std::nullopt;
  };
  std::optional<std::string> file;
  std::optional<unsigned> line, column;
  if (finding.location) {
    file = finding.location->file;
    line = finding.location->line;
    column = finding.location->column;
  }
  using reports::ReportMagnitude;
  insert
      .bind(audit, position, finding.id, finding.code, reports::severity_name(finding.severity),
            finding.message, finding.cause, finding.proof, finding.kind, finding.op, finding.key,
            finding.kernel, finding.lane, finding.step, finding.event, finding.origin,
            finding.occurrences, magnitude(&ReportMagnitude::elements),
            magnitude(&ReportMagnitude::differing), magnitude(&ReportMagnitude::max_ulp),
            magnitude(&ReportMagnitude::max_abs), file, line, column, finding.fix.summary,
            finding.fix.replacement, finding.fix.cost_ratio)
      .run();
}

void insert_findings(Database& database, const std::string& audit, const Report& report) {
  Statement insert = database.prepare(
      "INSERT INTO findings VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  Statement insert_evidence = database.prepare("INSERT INTO evidence VALUES (?,?,?,?)");
  int position = 0;
  for (const ReportFinding& finding : report.findings) {
    insert_finding(insert, audit, position, finding);
    int line = 0;
    for (const std::string& text : finding.evidence) {
      insert_evidence.bind(audit, position, line++, text).run();
    }
    ++position;
  }
}

void insert_coverage(Database& database, const std::string& audit, const Report& report) {
  Statement insert = database.prepare("INSERT INTO coverage VALUES (?,?,?,?)");
  auto one = [&](const char* name, const auto& value) { insert.bind(audit, name, 0, value).run(); };
  one("events_compared", report.events_compared);
  one("lanes", report.lanes);
  one("unaligned", report.unaligned);
  one("untested", report.untested);
  one("propagated", report.propagated);
  one("comparisons", report.comparisons);
  one("divergence_probability_upper_95", report.divergence_probability_upper_95);
  auto list = [&](const char* name, const std::vector<std::string>& values) {
    int position = 0;
    for (const std::string& value : values) insert.bind(audit, name, position++, value).run();
  };
  list("reason", report.reasons);
  list("unseen", report.unseen);
  list("perturbed", report.perturbed);
  list("unperturbed", report.unperturbed);
  list("experiment", report.experiments);
}

void insert_operations(Database& database, const std::string& audit, const Report& report) {
  Statement insert = database.prepare("INSERT INTO operations VALUES (?,?,?,?,?,?,?,?,?)");
  int position = 0;
  for (const reports::ReportOperation& operation : report.operations) {
    insert
        .bind(audit, position++, operation.op, operation.kind, operation.events, operation.origins,
              operation.propagated, operation.replayed, operation.varied)
        .run();
  }
}

void insert_environment(Database& database, const std::string& audit, const Report& report) {
  Statement insert = database.prepare("INSERT INTO environment VALUES (?,?,?)");
  for (const auto& [name, value] : report.environment) insert.bind(audit, name, value).run();
}

void insert_metrics(Database& database, const std::string& audit, const Report& report) {
  Statement insert = database.prepare("INSERT OR REPLACE INTO metrics VALUES (?,?,?,?,?,?,?)");
  for (const reports::ReportMetric& metric : report.metrics) {
    int run = 0;
    for (double value : metric.last_values) {
      insert
          .bind(audit, metric.name, run++, value, metric.max_abs_difference, metric.tolerance,
                metric.within)
          .run();
    }
  }
}

}  // namespace

void insert_report_rows(Database& database, const std::string& audit, const Report& report) {
  insert_runs(database, audit, report);
  insert_findings(database, audit, report);
  insert_coverage(database, audit, report);
  insert_operations(database, audit, report);
  insert_environment(database, audit, report);
  insert_metrics(database, audit, report);
}

}  // namespace detaudit::auditor
