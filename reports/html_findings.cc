#include <fmt/format.h>

#include <set>

#include "reports/codes.h"
#include "reports/html_parts.h"
#include "reports/phrases.h"
#include "reports/printable.h"

namespace detaudit::reports {
namespace {

constexpr size_t kOpenCards = 6;  // further findings start folded
constexpr size_t kLongestMessage = 240;

std::string known_code(const std::string& code) {
  if (!find_code(code)) return escape(code);
  return fmt::format("<a href=\"#{0}\">{0}</a>", escape(code));
}

std::string fact(std::string_view name, const std::string& markup) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, markup);
}

// For what is long: two columns, or the whole width of a narrow screen.
std::string wide_fact(std::string_view name, const std::string& markup) {
  return fmt::format("<div class=\"wide\"><dt>{}</dt><dd>{}</dd></div>\n", name, markup);
}

std::string source(const SourceLocation& location) {
  std::string at = escape(location.file);
  if (location.line > 0) at += fmt::format(":{}", location.line);
  if (location.line > 0 && location.column > 0) at += fmt::format(":{}", location.column);
  std::string out = "<p class=\"at\"><code>" + at + "</code></p>\n";
  if (location.text.empty()) return out;
  return out + fmt::format("<pre class=\"source\"><span class=\"line\">{}</span> {}</pre>\n",
                           location.line, escape(location.text));
}

// Of a cause: one that is not known has none.
std::string proof_word(const ReportFinding& finding) {
  if (finding.cause != "unknown") return escape(finding.proof);
  return finding.proof == "replay" ? "none; replay proves that it varies" : "none";
}

std::string facts(const ReportFinding& finding) {
  std::string out = "<dl class=\"facts\">\n";
  out += fact("Cause", escape(finding.cause));
  out += fact("Proof", proof_word(finding));
  out += fact("Code", known_code(finding.code));
  out += fact("First seen", fmt::format("step {}, event {}", finding.step, finding.event));
  out += fact("Occurrences", fmt::format("{}", finding.occurrences));
  if (!finding.lane.empty()) out += fact("Lane", code(finding.lane));
  if (!finding.key.empty()) out += fact("Key", code(finding.key));
  if (!finding.op.empty()) out += wide_fact(escape(finding.kind), code(finding.op));
  if (!finding.kernel.empty()) out += wide_fact("Kernel", code(finding.kernel));
  if (finding.magnitude) out += wide_fact("Magnitude", escape(magnitude(*finding.magnitude)));
  return out + "</dl>\n";
}

std::string card(const ReportFinding& finding, bool open) {
  std::string severity = severity_name(finding.severity);
  std::string out = fmt::format(
      "<details class=\"card {0}\" id=\"{1}\"{2}>\n<summary><h3><span class=\"tag {0}\">{0}</span> "
      "<span class=\"id\">{1}</span> {3}</h3></summary>\n",
      severity, escape(finding.id), open ? " open" : "",
      prose(shortened(printable(finding.message), kLongestMessage)));
  out += facts(finding);
  if (finding.location) out += source(*finding.location);
  if (!finding.evidence.empty()) {
    out += "<h4>Evidence</h4>\n<ul>\n";
    for (const std::string& fact : finding.evidence) out += "<li>" + prose(fact) + "</li>\n";
    out += "</ul>\n";
  }
  if (std::string help = remedy(finding.fix); !help.empty()) {
    out += "<p class=\"fix\"><strong>Fix</strong> " + prose(help) + "</p>\n";
  }
  return out + "</details>\n";
}

std::string overview(const Report& report) {
  std::string rows;
  for (const ReportFinding& finding : report.findings) {
    rows += fmt::format(
        "<tr><th scope=\"row\"><a href=\"#{0}\">{0}</a></th><td>{1}</td><td>{2}</td>"
        "<td class=\"number\">{3}</td><td class=\"number\">{4}</td><td>{5}</td><td>{6}</td></tr>\n",
        escape(finding.id), code(finding.op), finding.origin ? "origin" : "varies on replay",
        finding.step, finding.occurrences, escape(finding.cause), proof_word(finding));
  }
  return table("Findings by step, then in order of execution; outputs last",
               {"Finding", "Operation", "Seen as", "Step", "Occurrences", "Cause", "Proof"}, rows);
}

// Paragraphs and "- " items of an explanation.
std::string paragraphs(std::string_view text) {
  std::string out;
  bool in_list = false;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    bool item = line.starts_with("- ");
    if (item != in_list) out += item ? "<ul>\n" : "</ul>\n";
    in_list = item;
    out += item ? "<li>" + prose(line.substr(2)) + "</li>\n" : "<p>" + prose(line) + "</p>\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return in_list ? out + "</ul>\n" : out;
}

}  // namespace

std::string findings_section(const Report& report) {
  if (report.findings.empty()) {
    return report.verdict == "reproducible" ? "<p>None: no event differs.</p>\n" : "<p>None.</p>\n";
  }
  std::string out = report.findings.size() > 1 ? overview(report) : "";
  for (size_t i = 0; i < report.findings.size(); ++i) {
    out += card(report.findings[i], i < kOpenCards);
  }
  return out;
}

std::string codes_section(const Report& report) {
  std::set<std::string> met;
  std::string out;
  for (const ReportFinding& finding : report.findings) {
    const Code* known = find_code(finding.code);
    if (!known || !met.insert(finding.code).second) continue;
    out += fmt::format("<details id=\"{0}\"><summary><h3>{0} {1}</h3></summary>\n", known->code,
                       known->name);
    out += paragraphs(known->what) + paragraphs(known->why);
    out += "<pre class=\"source\">" + escape_lines(known->example) + "</pre>\n";
    out += "<h4>What to do</h4>\n" + paragraphs(known->fix) + "</details>\n";
  }
  return out;
}

}  // namespace detaudit::reports
