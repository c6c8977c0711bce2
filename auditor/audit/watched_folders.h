#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// What one run changed in the watched folders, whoever of its processes did it and by whatever
// call. Paths are absolute, without links.
struct FolderChanges {
  std::vector<std::string> files;            // regular files, new or written
  std::map<std::string, std::string> names;  // other paths: "directory", "link to x", "removed"
  std::vector<std::string> foreign;          // files that another program holds open, not judged
};

// The net under the probe: the subject's folder and the places named on its command line, walked
// before and after each run. A change is told by size, inode, modification and change time.
// One look costs a system call an entry, for at most 20000 entries when the watch begins.
class WatchedFolders {
 public:
  // Leaves out `ours`, and every file that this process itself holds open.
  WatchedFolders(const Subject& subject, std::filesystem::path ours);

  void look();              // what changed up to now is no run's doing
  FolderChanges changes();  // since the last look, and a new look
  bool cover(const std::string& path) const;
  std::vector<std::string> appeared() const;  // what there is and was not when the watch began
  const std::filesystem::path& directory() const { return directory_; }  // the subject's
  const std::vector<std::string>& watched() const { return watched_; }
  struct LeftOut {
    std::string path, why;
  };
  const std::vector<LeftOut>& left_out() const { return left_out_; }

 private:
  struct Entry {
    mode_t mode = 0;
    uint64_t inode = 0, device = 0;
    int64_t size = 0, written_ns = 0, changed_ns = 0;
    std::string target;  // of a link
    bool operator==(const Entry&) const = default;
  };
  using Entries = std::map<std::string, Entry>;
  struct Root {
    std::filesystem::path path;
    enum class Depth { kTree, kFolder, kPath } depth = Depth::kTree;
  };
  void add_root(const std::filesystem::path& path, Root::Depth depth);
  void add_argument(const std::string& argument);
  void leave_out(const std::string& path, const std::string& why);
  Entries walk(bool first);
  void walk_root(const Root& root, bool first, Entries& entries);
  void settle(const Entries& entries) const;
  void name_what_stands(const Entries& now, FolderChanges& changes) const;

  std::filesystem::path directory_, ours_;
  std::vector<Root> roots_;
  std::set<std::string> skipped_;  // folders that are not walked
  std::vector<std::string> watched_;
  std::vector<LeftOut> left_out_;
  Entries at_first_, last_;
  std::set<std::string> made_;  // since the first look: folders, links and the like
};

}  // namespace detaudit::auditor
