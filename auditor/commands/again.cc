#include "auditor/commands/again.h"

#include <fmt/format.h>
#include <filesystem>
#include <iostream>

#include "auditor/commands/command_line.h"
#include "auditor/environment/manifest.h"
#include "auditor/environment/restored_variables.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

void enter_folder(const std::string& id, const std::string& folder) {
  std::error_code error;
  fs::current_path(folder, error);
  if (!error) return;
  throw reports::usage_error(
      "DET905",
      fmt::format("audit {} ran in `{}`, which cannot be entered: {}", id, folder, error.message()),
      "restore the folder, or audit anew with `detaudit run`");
}

// What was right then and is wrong now is no mistake on this command line.
RunRequest parse_stored(const std::string& id, const Arguments& options, const AuditPlan& stored) {
  Arguments arguments = options;
  if (!stored.subject.empty()) {
    arguments.push_back("--");
    arguments.insert(arguments.end(), stored.subject.begin(), stored.subject.end());
  }
  try {
    return parse_run(arguments);
  } catch (const reports::DiagnosticError& error) {
    reports::Diagnostic diagnostic = error.diagnostic();
    diagnostic.message = fmt::format("audit {} cannot be run again: {}", id, diagnostic.message);
    if (diagnostic.code == "DET905") {
      diagnostic.helps = {"restore the program, or audit another with `detaudit run -- PROGRAM`"};
    }
    throw reports::DiagnosticError(std::move(diagnostic), error.exit_code());
  }
}

void say(reports::Diagnostic diagnostic) { std::cerr << render(diagnostic, colour_for(2)); }

void compare_environments(const std::string& id, const Manifest& then,
                          const RestoredVariables& restored, const Arguments& argv) {
  constexpr size_t kShown = 12;
  reports::Diagnostic set{reports::Severity::kNote, "", "", {}, {}, restored.changed, {}};
  if (!restored.changed.empty()) {
    set.message = fmt::format("environment variables are set as they were in audit {}", id);
    say(std::move(set));
  }
  reports::Diagnostic differs{reports::Severity::kWarning, "", "", {}, {}, {}, {}};
  for (const std::string& name : restored.unknown) {
    differs.notes.push_back(
        fmt::format("`{}` looked like a secret and was not kept: it is as it is now", name));
  }
  for (const ManifestDifference& d : diff_manifests(then, collect_manifest(argv))) {
    if (d.name.starts_with("variable.")) continue;  // restored, or told of above
    differs.notes.push_back(fmt::format("`{}` was `{}`, and is `{}`", d.name,
                                        d.first.value_or("unknown"),
                                        d.second.value_or("unknown")));
  }
  if (differs.notes.empty()) return;
  differs.message = fmt::format(
      "the environment differs from that of audit {} in {} fact{} that cannot be restored", id,
      differs.notes.size(), differs.notes.size() == 1 ? "" : "s");
  if (differs.notes.size() > kShown) {
    differs.notes.resize(kShown);
    differs.helps.push_back(fmt::format("`detaudit env diff {}` shows them all", id));
  }
  say(std::move(differs));
}

}  // namespace

void repeat_audit(RunRequest& request, const Store& store) {
  const std::string id = store.resolve(request.again);
  const AuditPlan stored = store.plan(id);
  // Given from where the user is.
  if (!request.report_file.empty() && request.report_file != "-") {
    request.report_file = fs::absolute(request.report_file).string();
  }
  enter_folder(id, stored.directory);
  const std::optional<Manifest> then = store.environment(id);
  const RestoredVariables restored = then ? restore_variables(*then) : RestoredVariables{};
  const Arguments options = repeated_options(stored.options, request.options);
  RunRequest again = parse_stored(id, options, stored);
  request.plan = std::move(again.plan);
  request.plan.title = stored.title;
  request.options = options;
  if (then) {
    compare_environments(id, *then, restored, request.plan.subject.argv);
  } else {
    say({reports::Severity::kWarning,
         "",
         fmt::format("audit {} did not get as far as its environment: variables are as they are "
                     "now",
                     id),
         {},
         {},
         {},
         {}});
  }
}

}  // namespace detaudit::auditor
