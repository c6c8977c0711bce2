#pragma once

#include <map>
#include <string>

#include "auditor/compare/comparison.h"
#include "auditor/launch/workplace.h"

namespace detaudit::auditor {

// What outputs are called in reports, the same in every run: a path by the name that it has in the
// subject's own folder, and a name that the C library drew (mkstemp) by its pattern, and which of
// that pattern it was.
class OutputNames {
 public:
  OutputNames(const RunFacts& facts, const Workplace& workplace);
  std::string name(const std::string& path) const;

 private:
  const Workplace& workplace_;
  std::map<std::string, std::string> drawn_;  // by path
};

}  // namespace detaudit::auditor
