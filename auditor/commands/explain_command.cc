#include <algorithm>
#include <cctype>
#include <fmt/format.h>

#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "reports/codes.h"

namespace detaudit::auditor {

reports::ExitCode explain_command(const Arguments& arguments) {
  const CommandLine line("explain", {}, {"CODE"}, arguments);
  if (line.helped()) return reports::ExitCode::kOk;
  if (!line.has("operand-CODE")) {
    std::string text;
    for (const reports::Code& code : reports::codes()) {
      text += fmt::format("{}  {}\n", code.code, code.name);
    }
    write_result(text, "");
    return reports::ExitCode::kOk;
  }
  std::string asked = line.get<std::string>("operand-CODE");
  std::transform(asked.begin(), asked.end(), asked.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const reports::Code* code = reports::find_code(asked);
  if (!code) {
    throw reports::usage_error("DET901", fmt::format("unknown code `{}`", asked),
                               "`detaudit explain` without a code lists them all");
  }
  write_result(reports::explain(*code), "");
  return reports::ExitCode::kOk;
}

}  // namespace detaudit::auditor
