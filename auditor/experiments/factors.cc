#include "auditor/experiments/factors.h"

#include <algorithm>
#include <filesystem>

#include "auditor/experiments/experiments.h"
#include "auditor/plan/conditions.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using rules::Factor;

bool was_read(const std::vector<RunFacts>& facts, instrument::SourceKind kind) {
  return std::any_of(facts.begin(), facts.end(), [&](const RunFacts& run) {
    return std::any_of(run.sources.begin(), run.sources.end(),
                       [&](const auto& source) { return source.kind == kind; });
  });
}

bool runs_python(const Subject& subject) {
  const std::string program = fs::path(subject.argv.at(0)).filename().string();
  return program.rfind("python", 0) == 0 || fs::path(program).extension() == ".py";
}

// Some process asked for the seed of Python's string hashes, whatever started it.
bool reads_hash_seed(const std::vector<RunFacts>& facts) {
  return std::any_of(facts.begin(), facts.end(), [](const RunFacts& run) {
    return std::any_of(run.sources.begin(), run.sources.end(), [](const auto& source) {
      return source.kind == instrument::SourceKind::kSystemRead && source.site == "PYTHONHASHSEED";
    });
  });
}

// Threads were born, or processes, of which some record nothing but what they write: the lane of
// outputs is no thread.
bool has_threads(const std::vector<RunFacts>& facts) {
  return was_read(facts, instrument::SourceKind::kThreadBirth) ||
         std::any_of(facts.begin(), facts.end(), [](const RunFacts& run) {
           return std::any_of(run.sources.begin(), run.sources.end(), [&](const auto& source) {
             return source.process != run.sources.front().process;
           });
         }) ||
         std::any_of(facts.begin(), facts.end(), [](const RunFacts& run) {
           return std::count_if(run.lanes.begin(), run.lanes.end(),
                                [](const auto& lane) { return lane != "outputs"; }) > 1;
         });
}

}  // namespace

std::vector<Factor> factors_for(const Plan& plan, const AuditedRuns& runs) {
  const std::vector<RunFacts>& facts = runs.facts;
  std::vector<Factor> factors;
  if (runs.opened_earlier_files) factors.push_back(Factor::kEarlierFiles);
  if (was_read(facts, instrument::SourceKind::kEntropy)) factors.push_back(Factor::kEntropy);
  if (was_read(facts, instrument::SourceKind::kClock)) factors.push_back(Factor::kClock);
  if (!user_holds_hash_seed() && (runs_python(plan.subject) || reads_hash_seed(facts))) {
    factors.push_back(Factor::kHashSeed);
  }
  if (!reordered_folders(facts).empty()) factors.push_back(Factor::kFolderOrder);
  if (was_read(facts, instrument::SourceKind::kPid)) factors.push_back(Factor::kProcessId);
  factors.insert(factors.end(), {Factor::kMemory, Factor::kAddresses});
  if (has_threads(facts)) factors.push_back(Factor::kSchedule);
  return factors;
}

// The first arm of those that leave each other files starts like a held one.
bool by_chance(Factor factor) {
  return factor == Factor::kAddresses || factor == Factor::kSchedule ||
         factor == Factor::kEarlierFiles;
}

std::vector<Hold> holds_for(const AuditedRuns& runs, bool drawn) {
  std::vector<Hold> holds = {{true, true}, {true, false}, {false, false}};
  if (was_read(runs.facts, instrument::SourceKind::kClock)) {
    for (Hold& hold : holds) hold.other_clocks = false;
    holds.insert(holds.begin(), {true, true, true});
  }
  // A program that survived no fill uses memory as it finds it.
  Hold unfilled = holds.front();
  unfilled.memory = false;
  holds.push_back(unfilled);
  if (!runs.opened_earlier_files && !drawn) return holds;
  std::vector<Hold> with_files = holds;
  for (Hold& hold : with_files) hold.files = true;
  with_files.insert(with_files.end(), holds.begin(), holds.end());
  return with_files;
}

}  // namespace detaudit::auditor
