#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "auditor/compare/comparison.h"
#include "auditor/launch/workplace.h"
#include "auditor/plan/conditions.h"
#include "auditor/plan/plan.h"

namespace detaudit::auditor {

// What the arms are run for: the origins to watch and how far to run.
struct ArmScope {
  std::vector<uint64_t> identities;   // watched and captured
  std::vector<uint64_t> replay_ops;   // hashes of op names replayed on a free schedule
  uint64_t last_step = 0;             // of an operation's origin; outputs need the whole run
  bool outputs = false;               // some origin is an output
};

// What the arms have to know of the audit's own runs.
struct AuditedRuns {
  std::vector<RunFacts> facts;
  std::set<std::string> ends;         // an arm that ends otherwise is no run of the same subject
  double longest_seconds = 0;
  bool opened_earlier_files = false;  // a run opened what an earlier one had left
};

// The arms' way to the outside.
struct ArmOutlet {
  std::filesystem::path directory;            // one folder an arm below it
  std::function<void(const std::string&)> narrate;
  std::function<void(double seconds)> tick;
  Workplace* workplace = nullptr;  // where the audit's runs were, and arms are
  // Where some origin is an output: before each arm; and after it, as the audit's runs record them.
  std::function<void(const Subject&)> look_at_outputs;
  std::function<void(const RunResult&)> record_outputs;
};

// One control arm, and what it replays: nothing, the origins' operations, or those for long: what
// varies in one execution of hundreds.
enum class ArmReplays { kNone, kOrigins, kOriginsForLong };

// Runs control arms of one audit: the subject again under chosen conditions, cut after the last
// origin's step (the built-in workload is ended there, other subjects run to their end), until the
// budget is spent: kMostArms of them, or the plan's seconds, in which they are also compared. Without
// those, the larger of kMostSeconds and 30 runs' time; twice that once a factor is at hand that only
// wants proof.
class Arms {
 public:
  static constexpr unsigned kMostArms = 160;
  static constexpr double kMostSeconds = 60;

  Arms(const Plan& plan, ArmScope scope, const AuditedRuns& runs, ArmOutlet outlet);

  // The run's folder, or nothing when the subject failed in it, which is noted, or no budget is left.
  std::optional<std::filesystem::path> run(const std::string& name, Conditions conditions,
                                           ArmReplays replays);
  Comparison compare(const std::filesystem::path& a, const std::filesystem::path& b);
  bool ended_alike(const std::filesystem::path& a, const std::filesystem::path& b) const;
  bool spent(double share = 1) const;   // or so much of it
  void expect_proof() { proof_expected_ = true; }
  unsigned count() const { return arms_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  const Subject* place(const std::string& name, const Conditions& conditions);
  std::string failure_of(const RunResult& result) const;  // empty when it ran as the runs did

  const Plan& plan_;
  ArmScope scope_;
  const AuditedRuns& runs_;
  ArmOutlet outlet_;
  std::vector<std::string> notes_;
  std::map<std::filesystem::path, std::string> ends_;  // of arms, by folder
  unsigned arms_ = 0;
  double seconds_ = 0;
  bool proof_expected_ = false;
};

// Thrown when Ctrl-C ended a run; what was recorded stays.
struct Interrupted {
  int runs_finished = 0;
};

}  // namespace detaudit::auditor
