#pragma once

#include <functional>
#include <string>

#include "reports/progress.h"

namespace detaudit::auditor {

// Tells on stderr what an audit is doing: a moving line on a terminal, else one line a phase.
class Narration {
 public:
  explicit Narration(std::string title);
  std::function<void(const std::string&)> phase();
  std::function<void(double)> tick();
  std::function<void(const std::string&)> line();  // that stays
  void done();

 private:
  reports::Progress progress_;
};

}  // namespace detaudit::auditor
