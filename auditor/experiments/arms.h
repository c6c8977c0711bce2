#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "auditor/plan/conditions.h"
#include "auditor/plan/plan.h"
#include "auditor/compare/comparison.h"

namespace detaudit::auditor {

// What the arms are run for: the origins to watch and how far to run.
struct ArmScope {
  std::vector<uint64_t> identities;   // watched and captured
  std::vector<uint64_t> replay_ops;   // hashes of op names replayed on a free schedule
  uint64_t last_step = 0;
};

// The arms' way to the outside.
struct ArmOutlet {
  std::filesystem::path directory;            // one folder an arm below it
  std::function<void(const std::string&)> narrate;
  std::function<void(double seconds)> tick;
};

// Runs control arms of one audit: the subject again under chosen conditions, cut after the last
// origin's step (the built-in workload is ended there, other subjects run to their end).
class Arms {
 public:
  Arms(const Plan& plan, ArmScope scope, ArmOutlet outlet);

  // The run's folder, or nothing when the subject failed in it (noted in `notes`).
  std::optional<std::filesystem::path> run(const std::string& name, Conditions conditions,
                                           bool replay);
  Comparison compare(const std::filesystem::path& a, const std::filesystem::path& b) const;
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  const Plan& plan_;
  ArmScope scope_;
  ArmOutlet outlet_;
  std::vector<std::string> notes_;
  unsigned arms_ = 0;
};

// Thrown when Ctrl-C ended a run; what was recorded stays.
struct Interrupted {
  int runs_finished = 0;
};

}  // namespace detaudit::auditor
