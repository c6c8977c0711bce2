#pragma once

#include <string>
#include <string_view>

#include "reports/report.h"

namespace detaudit::reports {

// The page's parts. Each returns markup in which every text of the model is escaped; empty when
// the model has nothing for it.

// `text` where markup or a quoted attribute stands: printable, and inert.
std::string escape(std::string_view text);
// The same for text of several lines.
std::string escape_lines(std::string_view text);
// A sentence: what stands between backquotes is code.
std::string prose(std::string_view text);
// A name as code, cut when it is very long: the raw JSON has it whole.
std::string code(std::string_view name);
// A section with its heading and the anchor that the navigation uses.
std::string section(std::string_view anchor, std::string_view title, const std::string& body);
// A table; one of many columns has a line a cell on a narrow screen. `head` holds escaped cells.
std::string table(std::string_view caption, const std::vector<std::string>& head,
                  const std::string& rows);

std::string_view style_sheet();
std::string verdict_header(const Report& report);
std::string findings_section(const Report& report);
std::string coverage_section(const Report& report);
std::string environment_section(const Report& report);
std::string runs_section(const Report& report);
std::string metrics_section(const Report& report);
std::string timeline_section(const Report& report);
std::string operations_section(const Report& report);
std::string experiments_section(const Report& report);
std::string codes_section(const Report& report);
std::string raw_section(const Report& report);

}  // namespace detaudit::reports
