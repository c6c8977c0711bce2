#include "auditor/environment/restored_variables.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>

#include "auditor/environment/facts.h"
#include "auditor/environment/redaction.h"

namespace detaudit::auditor {
namespace {

constexpr std::string_view kPrefix = "variable.";

Manifest variables_of(const Manifest& manifest) {
  Manifest variables;
  for (const auto& [name, value] : manifest) {
    if (name.starts_with(kPrefix)) variables.emplace(name.substr(kPrefix.size()), value);
  }
  return variables;
}

}  // namespace

RestoredVariables restore_variables(const Manifest& then) {
  RestoredVariables restored;
  Manifest wanted = variables_of(then), facts;
  // A manifest without any says nothing of them.
  if (wanted.empty()) return restored;
  add_variable_facts(facts);
  const Manifest now = variables_of(facts);
  for (const auto& [name, value] : now) wanted.try_emplace(name, kAbsent);
  for (const auto& [name, value] : wanted) {
    const char* own = std::getenv(name.c_str());
    if (value.find(kRedacted) != std::string::npos) {
      restored.unknown.push_back(name);
    } else if (value == kAbsent) {
      if (!own) continue;
      restored.changed.push_back(fmt::format("`{}` is unset again, not `{}`", name, now.at(name)));
      unsetenv(name.c_str());
    } else if (!own || value != own) {
      restored.changed.push_back(
          own ? fmt::format("`{}` is `{}` again, not `{}`", name, value, redacted(name, own))
              : fmt::format("`{}` is `{}` again, not unset", name, value));
      setenv(name.c_str(), value.c_str(), 1);
    }
  }
  return restored;
}

}  // namespace detaudit::auditor
