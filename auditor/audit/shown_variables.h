#pragma once

#include <string>
#include <vector>

#include "auditor/audit/observation.h"

namespace detaudit::auditor {

// The text without the values of the variables that an audit sets in a subject's environment, each
// run to others, in whatever form they stand behind their names. `named` gets the names it holds.
std::string without_our_variables(const std::string& text, std::vector<std::string>& named);

// The variables of ours that stand in an output of every run, where it differs in nothing but their
// values; empty otherwise, and where not all of it was kept: of stdout and stderr, 16 MiB are.
std::vector<std::string> only_our_variables(const Observation& observation,
                                            const std::string& output);

}  // namespace detaudit::auditor
