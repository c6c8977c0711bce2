#pragma once

#include <map>
#include <set>
#include <string>

#include "auditor/compare/comparison.h"
#include "auditor/launch/workplace.h"

namespace detaudit::auditor {

// The names of a run's outputs, and of those that hold the number of a process, by what they are
// without it.
struct GivenNames {
  std::set<std::string> all;
  std::map<std::string, std::string> numbered;
};

// What outputs are called in reports, the same in every run: a path by the name that it has in the
// subject's own folder, and a name that the C library drew (mkstemp) by its pattern, and which of
// that pattern it was. A name that holds the id of a process as that was told it, and that none of
// the first run's has, is the first run's that differs from it in that id alone.
class OutputNames {
 public:
  // `first`: of the run whose names are followed; null for that run itself.
  OutputNames(const RunFacts& facts, const Workplace& workplace, const GivenNames* first);
  std::string name(const std::string& path) const;
  void give(const std::string& path, GivenNames& given) const;

 private:
  std::string plain_name(const std::string& path) const;
  std::string followed(const std::string& plain, const std::string& pattern) const;
  std::string without_numbers(const std::string& name) const;

  const GivenNames* first_;
  std::map<std::string, std::string> processes_;  // by number
  const Workplace& workplace_;
  std::map<std::string, std::string> drawn_;  // by path
};

}  // namespace detaudit::auditor
