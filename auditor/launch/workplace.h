#pragma once

#include <filesystem>
#include <string>

#include "auditor/launch/folder_copy.h"
#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// Where the runs of one audit happen: in the subject's folder, or in copies of it, which all have
// one path, so that nothing but their content differs. Owns the copies, beside the folder where
// that can be written (`../data` then leads where it did), else in the audit's own folder. One run
// at a time.
class Workplace {
 public:
  // `audit`: this audit's folder. Copies leave out all audits.
  Workplace(const Subject& subject, const std::filesystem::path& audit);
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  // The subject to run next, in a folder as asked for. Throws exit 2 when it cannot be copied.
  const Subject& prepare(Conditions::Folder folder);
  // A file that a run made: a fresh copy starts without it.
  void leave_out(const std::string& path);

  // A path in the copy by the name it has in the folder itself; any other as it is.
  std::string shown(const std::string& path) const;

 private:
  void place_copy();  // decides where copies are
  void make_fresh();

  const Subject original_;
  std::filesystem::path audit_, copy_, parked_;  // empty copy_: none was needed yet
  CopyRules rules_;
  Subject moved_;
  Conditions::Folder current_ = Conditions::Folder::kAsIs;  // what lies at copy_
};

// A path in a copy that an audit made of `directory`, by the name it has in that; any other as it
// is. The copy may be gone.
std::string out_of_copy(const std::string& path, const std::filesystem::path& directory,
                        const std::filesystem::path& audit);

}  // namespace detaudit::auditor
