#include <algorithm>

#include "auditor/environment/facts.h"
#include "auditor/launch/query.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kGitLimit{2000};

bool in_a_checkout(fs::path directory) {
  std::error_code error;
  for (; !fs::exists(directory / ".git", error); directory = directory.parent_path()) {
    if (directory == directory.parent_path()) return false;
  }
  return true;
}

}  // namespace

// Tracked files alone: what an audit leaves behind is no change of the program.
void add_checkout_facts(Manifest& manifest, const fs::path& directory) {
  manifest["git.commit"] = kAbsent;
  if (!in_a_checkout(directory)) return;
  auto commit = output_of({"git", "rev-parse", "HEAD"}, kGitLimit, directory);
  if (!commit || commit->empty()) return;  // no git, no commit yet, or not ours to read
  manifest["git.commit"] = commit->substr(0, commit->find('\n'));
  auto changes =
      output_of({"git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=no"},
                kGitLimit, directory);
  auto files = changes ? std::count(changes->begin(), changes->end(), '\n') : 0;
  manifest["git.state"] = !changes     ? "unknown"
                          : files == 0 ? "clean"
                                       : "tracked files changed: " + std::to_string(files);
}

}  // namespace detaudit::auditor
