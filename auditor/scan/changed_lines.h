#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace detaudit::auditor {

// The lines that the work in a checkout adds to what it shares with a revision; files that git does
// not know yet are new as a whole.
class ChangedLines {
 public:
  // Asks git about the checkouts that hold the files. Throws DET902 for a revision that is not
  // known there, files that no checkout holds, and where git fails.
  ChangedLines(const std::string& revision, const std::vector<std::filesystem::path>& files);

  bool touches(const std::filesystem::path& file) const;
  bool touches(const std::filesystem::path& file, unsigned first_line, unsigned last_line) const;

 private:
  void add_checkout(const std::filesystem::path& top, const std::string& revision);
  void add_diff(const std::filesystem::path& top, const std::string& diff);

  using Ranges = std::vector<std::pair<unsigned, unsigned>>;  // first and last line
  std::map<std::string, Ranges> changed_;                     // by real path
  std::set<std::string> whole_;                               // new, or not text
};

}  // namespace detaudit::auditor
