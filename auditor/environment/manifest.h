#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace detaudit::auditor {

// The environment manifest: flat names ("os.name", "cpu.model", "variable.OMP_NUM_THREADS") to
// values. Values that look secret are redacted before they get here. What was looked for and is
// not present has the value "absent".
using Manifest = std::map<std::string, std::string>;

// Names of what only the runs of an audit tell: "run.gpu".
inline constexpr const char* kOfRuns = "run.";

// This machine, now. `program` (may be empty) adds facts of that executable: its build id, compiler,
// libraries by version, interpreter and framework versions where it is a script run by one.
Manifest collect_manifest(const std::vector<std::string>& argv);

// Names of facts that are needed for `--goal documented` and missing here; empty when complete.
std::vector<std::string> missing_facts(const Manifest& manifest);

struct ManifestDifference {
  std::string name;
  std::optional<std::string> first, second;  // nothing where the name is not in that one
};
// For people.
std::string shown_value(const std::optional<std::string>& value);
std::vector<ManifestDifference> diff_manifests(const Manifest& first, const Manifest& second);

std::string render_manifest_text(const Manifest& manifest);
std::string render_manifest_json(const Manifest& manifest);

}  // namespace detaudit::auditor
