#include <array>

#include "auditor/commands/command.h"

namespace detaudit::auditor {

std::span<const Command> commands() {
  static constexpr std::array<Command, 10> kCommands = {{
      {"run", "[options] [-- PROGRAM ARG...]", "audit a program, or the built-in workload",
       run_command},
      {"scan", "[options] PATH...", "find hazards in sources and compiled GPU code",
       scan_command},
      {"report", "[options] [AUDIT]", "render a stored audit", report_command},
      {"list", "[options]", "list the stored audits", list_command},
      {"show", "[options] AUDIT", "show a stored audit", show_command},
      {"diff", "[options] A B", "compare two stored audits or traces", diff_command},
      {"env", "[options] [diff A B]", "the environment manifest, or how two differ", env_command},
      {"kernels", "list|verify|bench", "the atomic and deterministic kernel pairs",
       kernels_command},
      {"explain", "CODE", "what a code means, and the fix", explain_command},
      {"selftest", "[options]", "plant every hazard and see it found", selftest_command},
  }};
  return kCommands;
}

}  // namespace detaudit::auditor
