#include <fmt/format.h>

#include <algorithm>

#include "reports/html_parts.h"
#include "reports/printable.h"

namespace detaudit::reports {
namespace {

constexpr size_t kLongestName = 160;
constexpr size_t kMostColumnsAbreast = 3;  // on a telephone

const char* entity(char byte) {
  switch (byte) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return nullptr;
  }
}

struct Entry {
  const char* anchor;
  const char* title;
  std::string body;
};

std::string navigation(const std::vector<Entry>& entries) {
  std::string out = "<nav aria-label=\"Sections\"><ul>\n";
  for (const Entry& entry : entries) {
    if (entry.body.empty()) continue;
    out += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", entry.anchor, entry.title);
  }
  return out + "</ul></nav>\n";
}

// Cells with the names of their columns, for screens on which each stands on a line of its own.
// Text is escaped, so what looks like a tag is one.
std::string with_names(std::string_view rows, const std::vector<std::string>& head) {
  std::string out;
  size_t column = 0;
  for (size_t at = 0; at < rows.size();) {
    const size_t tag = std::min(rows.find('<', at), rows.size());
    out += rows.substr(at, tag - at);
    at = tag;
    if (rows.substr(at).starts_with("<tr")) column = 0;
    for (std::string_view cell : {"<td", "<th"}) {
      if (!rows.substr(at).starts_with(cell)) continue;
      out += cell;
      at += cell.size();
      if (column > 0 && column < head.size()) out += " data-name=\"" + head[column] + "\"";
      ++column;
    }
    if (at == tag && at < rows.size()) out += rows[at++];
  }
  return out;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  for (char byte : printable(text)) {
    if (const char* name = entity(byte)) {
      out += name;
    } else {
      out += byte;
    }
  }
  return out;
}

std::string escape_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    out += escape(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string prose(std::string_view text) {
  std::string escaped = escape(text), out;
  for (size_t at = 0;;) {
    size_t open = escaped.find('`', at);
    size_t close = open == std::string::npos ? open : escaped.find('`', open + 1);
    if (close == std::string::npos) return out + escaped.substr(at);
    out += escaped.substr(at, open - at);
    out += "<code>" + escaped.substr(open + 1, close - open - 1) + "</code>";
    at = close + 1;
  }
}

std::string code(std::string_view name) {
  return "<code>" + escape(shortened(printable(name), kLongestName)) + "</code>";
}

std::string section(std::string_view anchor, std::string_view title, const std::string& body) {
  return fmt::format("<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n{2}</section>\n",
                     anchor, title, body);
}

std::string table(std::string_view caption, const std::vector<std::string>& head,
                  const std::string& rows) {
  const bool stacks = head.size() > kMostColumnsAbreast;
  std::string out = fmt::format(
      "<div class=\"scroll\" role=\"region\" aria-label=\"{0}\" tabindex=\"0\"><table{1}>\n"
      "<caption>{0}</caption>\n<thead><tr>",
      caption, stacks ? " class=\"stacks\"" : "");
  for (const std::string& cell : head) out += "<th scope=\"col\">" + cell + "</th>";
  return out + "</tr></thead>\n<tbody>\n" + (stacks ? with_names(rows, head) : rows) +
         "</tbody></table></div>\n";
}

std::string render_html(const Report& report) {
  const std::vector<Entry> entries = {{"findings", "Findings", findings_section(report)},
                                      {"coverage", "Coverage", coverage_section(report)},
                                      {"environment", "Environment", environment_section(report)},
                                      {"runs", "Runs side by side", runs_section(report)},
                                      {"metrics", "Metrics", metrics_section(report)},
                                      {"timeline", "Where the runs part", timeline_section(report)},
                                      {"operations", "Operations", operations_section(report)},
                                      {"experiments", "Experiments", experiments_section(report)},
                                      {"codes", "What the codes mean", codes_section(report)},
                                      {"raw", "Raw data", raw_section(report)}};
  // The policy makes sure of what the page promises: no script runs, nothing is fetched.
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n"
      "<title>{}: {}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
      escape(report.verdict), escape(shortened(printable(report.title), kLongestName)),
      style_sheet());
  out += verdict_header(report) + navigation(entries);
  for (const Entry& entry : entries) {
    if (!entry.body.empty()) out += section(entry.anchor, entry.title, entry.body);
  }
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace detaudit::reports
