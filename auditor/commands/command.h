#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/diagnostic.h"

namespace detaudit::auditor {

using Arguments = std::vector<std::string>;

// One command of the program: `detaudit NAME ...`. `run` gets what follows the name and returns the
// exit code; it throws reports::DiagnosticError for everything else.
struct Command {
  std::string_view name;
  std::string_view synopsis;   // "[options] [-- PROGRAM ARG...]"
  std::string_view summary;
  reports::ExitCode (*run)(const Arguments&);
};

std::span<const Command> commands();

reports::ExitCode run_command(const Arguments&);
reports::ExitCode scan_command(const Arguments&);
reports::ExitCode report_command(const Arguments&);
reports::ExitCode list_command(const Arguments&);
reports::ExitCode show_command(const Arguments&);
reports::ExitCode diff_command(const Arguments&);
reports::ExitCode env_command(const Arguments&);
reports::ExitCode kernels_command(const Arguments&);
reports::ExitCode explain_command(const Arguments&);
reports::ExitCode selftest_command(const Arguments&);

}  // namespace detaudit::auditor
