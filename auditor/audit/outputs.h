#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "auditor/audit/output_names.h"
#include "auditor/audit/watched_folders.h"
#include "auditor/compare/comparison.h"
#include "auditor/launch/runner.h"
#include "auditor/launch/workplace.h"
#include "auditor/plan/plan.h"

namespace detaudit::auditor {

// What a run left outside its process: stdout, stderr when judged, the files that it opened for
// writing and what changed in the watched folders, each as it stands after the run.
struct RunOutputs {
  uint64_t judged = 0;                   // outputs that were digested
  std::map<std::string, kernels::Digest> digests;  // of those, by name
  GivenNames names;                      // of the files among them
  std::vector<std::string> removed;      // written, and removed again in sight
  bool more_saves = false;               // files were written over more often than was looked at
  std::vector<std::string> ignored;      // left out by --ignore-output
  std::vector<std::string> foreign;      // held open by another program: not judged
  std::vector<std::string> unseen;       // written, but not to be read afterwards
  std::vector<std::string> lost;         // written, and gone in a way that nobody saw
  std::vector<std::string> by_folder;    // judged, and seen by comparing folders alone
  std::vector<std::string> written;      // every path that the run made or changed, where it lies
};

// The key of an output's event about what it held when it was written over; its number follows.
inline constexpr const char* kSaveKey = "save ";

// Whether the sums of outputs' words are kept beside the trace: arms are asked whether order alone
// parts them.
enum class WordSums { kNone, kKept };

// Whether a glob of --ignore-output means that output: its path, or its name alone.
bool matches_output(const std::string& pattern, const std::string& name);

bool has_trace(const std::filesystem::path& directory);
// What a run's trace says, where a probe wrote one, and what was seen of files from outside.
RunFacts facts_of(const RunResult& result);

// Digests the outputs in 64 KiB chunks and appends them to the run's trace as events of kind
// kOutput, so that they are aligned, compared and experimented on like every other event.
// `first`: the outputs of the run whose names are followed (OutputNames); null for that run itself.
// `folders`: looked at before the run; null when only what the probe saw is to be judged.
// Throws Interrupted on Ctrl-C. All names but `written` are those that the paths have in the subject's own folder.
RunOutputs record_outputs(const Plan& plan, const RunResult& result, const RunFacts& facts,
                          const Workplace& workplace, const RunOutputs* first,
                          WatchedFolders* folders = nullptr,
                          WordSums word_sums = WordSums::kNone);

}  // namespace detaudit::auditor
