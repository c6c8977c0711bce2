#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reports/html_parts.h"
#include "reports/phrases.h"
#include "reports/printable.h"

namespace detaudit::reports {
namespace {

std::string cell(const std::string& markup) { return "<td>" + markup + "</td>"; }

std::string number_cell(const std::string& markup) {
  return "<td class=\"number\">" + markup + "</td>";
}

std::string number_cell(uint64_t value) { return number_cell(fmt::format("{}", value)); }

std::string row_head(const std::string& markup) { return "<th scope=\"row\">" + markup + "</th>"; }

std::string row(const std::string& cells, bool marked = false) {
  return (marked ? "<tr class=\"marked\">" : "<tr>") + cells + "</tr>\n";
}

std::string row(std::string_view name, const std::string& markup) {
  return row(row_head(escape(name)) + cell(markup));
}

std::string list(const std::vector<std::string>& lines) {
  std::string out = "<ul>\n";
  for (const std::string& line : lines) out += "<li>" + prose(line) + "</li>\n";
  return out + "</ul>\n";
}

struct Sign {
  const char* style;
  const char* symbol;  // beside the word: never colour alone
};

Sign sign_of(const std::string& verdict) {
  if (verdict == "reproducible") return {"good", "✓"};
  if (verdict == "within-tolerance") return {"good", "≈"};
  if (verdict == "divergent") return {"bad", "≠"};
  return {"doubtful", "?"};
}

// "2026-11-23 14:56:02 UTC": breaks where a person would.
std::string spaced(std::string time) {
  if (size_t at = time.find('T'); at != std::string::npos) time[at] = ' ';
  if (time.ends_with('Z')) time.replace(time.size() - 1, 1, " UTC");
  return time;
}

std::string tile(std::string_view name, const std::string& value) {
  if (value.empty()) return "";
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, escape(value));
}

// One property of all runs; cells that differ from the first run's say so.
std::string run_row(const Report& report, std::string_view name,
                    std::string (*value)(const ReportRun&)) {
  std::string cells = row_head(escape(name));
  std::string first = report.runs.empty() ? "" : value(report.runs.front());
  for (const ReportRun& run : report.runs) {
    std::string text = value(run);
    cells += text == first ? cell(escape(text))
                           : "<td class=\"differs\"><span class=\"mark\">differs</span> " +
                                 escape(text) + "</td>";
  }
  return row(cells);
}

std::string plain_run_row(const Report& report, std::string_view name,
                          std::string (*value)(const ReportRun&)) {
  std::string cells = row_head(escape(name));
  for (const ReportRun& run : report.runs) cells += cell(escape(value(run)));
  return row(cells);
}

}  // namespace

std::string verdict_header(const Report& report) {
  Sign sign = sign_of(report.verdict);
  std::string out = fmt::format(
      "<header>\n<p class=\"product\">detaudit report{3}</p>\n"
      "<h1 class=\"{0}\"><span class=\"sign {0}\" aria-hidden=\"true\">{1}</span> {2}</h1>\n"
      "<p class=\"claim\">{4}</p>\n<dl class=\"tiles\">\n",
      sign.style, sign.symbol, escape(report.verdict),
      report.audit_id.empty() ? "" : " " + escape(report.audit_id), escape(claim(report)));
  out += tile("Scope", report.scope) + tile("Goal", report.goal);
  out += tile("Runs", fmt::format("{}", report.runs.size()));
  out += tile("Events compared", fmt::format("{}", report.events_compared));
  out += tile("Findings", fmt::format("{}", report.findings.size()));
  out += tile("Started", spaced(report.started)) + "</dl>\n";
  if (std::string first = first_origin(report); !first.empty()) {
    out += "<p class=\"first\">" + prose(first) + "</p>\n";
  }
  if (!report.reasons.empty()) out += list(report.reasons);
  out += "<p>" + escape(bound(report)) + ".</p>\n";
  if (!report.subject.empty()) {
    std::vector<std::string> words;  // as JSON keeps them
    for (const std::string& word : report.subject) words.push_back(valid_utf8(word));
    out += "<p class=\"command\"><code>" + escape(shell_words(words)) + "</code></p>\n";
  }
  return out + "</header>\n";
}

std::string coverage_section(const Report& report) {
  std::string rows = row("Events compared", fmt::format("{}", report.events_compared));
  rows += row("Lanes", fmt::format("{}", report.lanes));
  rows += row("Events in one run only", fmt::format("{}", report.unaligned));
  rows += row("Propagated",
              fmt::format("{} whose inputs already differed", counted(report.propagated, "event")));
  rows += row("Not tested", fmt::format("{} had unequal inputs and no replay",
                                        counted(report.untested, "event")));
  rows += row("Comparisons", fmt::format("{}", report.comparisons));
  auto add = [&](const char* name, const std::vector<std::string>& lines) {
    if (!lines.empty()) rows += row(name, list(lines));
  };
  std::string perturbed;
  for (const std::string& factor : report.perturbed) {
    perturbed += (perturbed.empty() ? "" : ", ") + escape(factor);
  }
  if (!perturbed.empty()) rows += row("Perturbed", perturbed);
  add("Looked at", report.gpu);
  add("Not seen", report.unseen);
  add("Could not be perturbed", report.unperturbed);
  return table("What was compared, and what was not", {"What", "How much"}, rows);
}

std::string environment_section(const Report& report) {
  if (report.environment.empty()) return "";
  // In order of the names as shown, whatever bytes they have.
  std::map<std::string, std::string> facts;
  for (const auto& [name, value] : report.environment) facts[printable(name)] = value;
  std::string rows;
  size_t absent = 0;
  for (const auto& [name, value] : facts) {
    absent += value == "absent";
    rows += row(name, escape(value));
  }
  return fmt::format("<details><summary>{}, {} absent</summary>\n{}</details>\n",
                     counted(report.environment.size(), "fact"), absent,
                     table("The machine, the program and their settings; absent is what was looked "
                           "for and is not there",
                           {"Name", "Value"}, rows));
}

std::string runs_section(const Report& report) {
  if (report.runs.empty()) return "";
  std::vector<std::string> head = {"What"};
  for (const ReportRun& run : report.runs) head.push_back(fmt::format("Run {}", run.index + 1));
  std::string rows = run_row(report, "End", run_end);
  rows += run_row(report, "Digest", [](const ReportRun& run) {
    return run.digest.empty() ? std::string("none") : run.digest;
  });
  rows +=
      run_row(report, "Events", [](const ReportRun& run) { return fmt::format("{}", run.events); });
  rows += run_row(report, "Trace",
                  [](const ReportRun& run) { return std::string(run.lossy ? "lossy" : "whole"); });
  rows += plain_run_row(report, "Conditions", [](const ReportRun& run) { return run.conditions; });
  rows += plain_run_row(report, "Wall time", [](const ReportRun& run) {
    return fmt::format("{:.3f} s", run.wall_seconds);
  });
  return table(
      "What came of each run: what differs from run 1 is marked. Conditions differ on purpose",
      head, rows);
}

std::string metrics_section(const Report& report) {
  if (report.metrics.empty()) return "";
  std::string rows;
  for (const ReportMetric& metric : report.metrics) {
    std::string values;
    for (double value : metric.last_values) {
      values += fmt::format("{}{}", values.empty() ? "" : ", ", value);
    }
    std::string judged = metric.tolerance ? (metric.within ? "within" : "beyond") : "not asked";
    rows += row(row_head(code(metric.name)) + cell(values) +
                    number_cell(fmt::format("{:.3g}", metric.max_abs_difference)) +
                    number_cell(metric.tolerance ? fmt::format("{}", *metric.tolerance) : "none") +
                    cell(judged),
                metric.tolerance && !metric.within);
  }
  return table("Metrics that the subject recorded",
               {"Metric", "Last value of each run", "Largest difference", "Tolerance", "Judged"},
               rows);
}

std::string operations_section(const Report& report) {
  if (report.operations.empty()) return "";
  std::string rows;
  for (const ReportOperation& each : report.operations) {
    std::string replay = each.replayed == 0 ? "no"
                         : each.varied      ? fmt::format("{} executions, varies", each.replayed)
                                            : fmt::format("{} executions, equal", each.replayed);
    rows += row(row_head(code(each.op)) + cell(escape(each.kind)) + number_cell(each.events) +
                    number_cell(each.origins) + number_cell(each.propagated) + cell(replay),
                each.origins > 0 || each.varied);
  }
  return table("What was recorded, by operation; those that differ are marked",
               {"Operation", "Kind", "Events", "Origins", "Propagated", "Replayed"}, rows);
}

std::string experiments_section(const Report& report) {
  if (report.experiments.empty()) return "";
  return "<p>Control runs: what was held or let vary, and what came of it.</p>\n" +
         list(report.experiments);
}

std::string raw_section(const Report& report) {
  return "<details><summary>The whole report as JSON</summary>\n<pre class=\"raw\">" +
         escape_lines(render_json(report)) + "</pre></details>\n";
}

}  // namespace detaudit::reports
