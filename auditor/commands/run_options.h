#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auditor/commands/command.h"
#include "auditor/plan/plan.h"

namespace detaudit::auditor {

enum class ResultFormat { kText, kJson };

// `detaudit run`'s command line, understood.
struct RunRequest {
  Plan plan;
  std::string db;                 // empty: the default
  std::string report_file;        // --report
  ResultFormat format = ResultFormat::kText;
  enum class OnDivergence { kFail, kNoFail } on_divergence = OnDivergence::kFail;
  std::string again;              // audit id to run again
  Arguments options;              // as given, without the subject: what --again repeats
  bool helped = false;
};

// Throws exit 2 for anything wrong on the command line.
RunRequest parse_run(const Arguments& arguments);

// Options of a stored audit as --again repeats them: without those that were about its place and
// its output, and with the number of runs and the timeout that are `given` now.
Arguments repeated_options(const Arguments& stored, const Arguments& given);

}  // namespace detaudit::auditor
