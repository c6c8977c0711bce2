#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "auditor/launch/workplace.h"
#include "auditor/symbols/symbolizer.h"

namespace detaudit::auditor {

// Who wrote the bytes of an output that parted, and what had been read before that: lines of
// evidence, and the place of the call where debug information has it.
struct OutputWriters {
  std::vector<std::string> lines;
  std::string file;
  uint32_t line = 0;
};

// For an output by its name in reports; nothing where no probe saw it written. Looks at the first
// run that has it.
OutputWriters writers_of(const OriginGroup& output, const std::vector<ObservedRun>& runs,
                         const Workplace& workplace, Symbolizer& symbolizer);

}  // namespace detaudit::auditor
