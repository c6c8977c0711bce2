#include "auditor/launch/workplace.h"

#include <unistd.h>

#include <system_error>

#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

bool is_under(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// Without links; the folder that we are in for an empty path.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path start = path.empty() ? fs::current_path(error) : path;
  const fs::path result = fs::weakly_canonical(start, error);
  return error ? start : result;
}

std::string moved(const std::string& path, const fs::path& from, const fs::path& to) {
  if (!is_under(path, from.string())) return path;
  return to.string() + path.substr(from.string().size());
}

// Where a copy of a folder lies: beside it, or in the audit's own folder.
fs::path copy_in(const fs::path& parent, const fs::path& folder, const fs::path& audit) {
  return parent / ("." + folder.filename().string() + "." + audit.filename().string());
}

Subject settled(Subject subject) {
  subject.directory = resolved(subject.directory);
  return subject;
}

}  // namespace

Workplace::Workplace(const Subject& subject, const fs::path& audit)
    : original_(settled(subject)), audit_(resolved(audit)) {
  const fs::path store = audit_.parent_path();
  const bool ours = store.parent_path().filename() == ".detaudit";
  rules_.left_out.insert(ours ? store.parent_path().string() : store.string());
}

Workplace::~Workplace() {
  if (copy_.empty()) return;
  remove_folder(copy_);
  remove_folder(parked_);
}

void Workplace::place_copy() {
  const fs::path& folder = original_.directory;
  if (folder == folder.root_path()) {
    throw reports::usage_error("DET905", "cannot copy `/`: it is the whole machine",
                               "run in the folder that holds what the program needs");
  }
  const bool beside = access(folder.parent_path().c_str(), W_OK | X_OK) == 0;
  copy_ = copy_in(beside ? folder.parent_path() : audit_, folder, audit_);
  parked_ = copy_.string() + ".kept";
  moved_ = original_;
  moved_.directory = copy_;
  moved_.argv.at(0) = moved(moved_.argv.at(0), folder, copy_);
}

void Workplace::make_fresh() {
  remove_folder(copy_);
  copy_folder(original_.directory, copy_, rules_);
}

const Subject& Workplace::prepare(Conditions::Folder folder) {
  using Folder = Conditions::Folder;
  if (folder == Folder::kAsIs) return original_;
  if (copy_.empty()) place_copy();
  std::error_code error;
  if (folder == Folder::kFresh) {
    if (current_ == Folder::kCarried) fs::rename(copy_, parked_, error);
    make_fresh();
  } else if (current_ != Folder::kCarried) {
    if (fs::exists(parked_, error)) {
      remove_folder(copy_);
      fs::rename(parked_, copy_, error);
    } else {
      make_fresh();
    }
  }
  current_ = folder;
  return moved_;
}

void Workplace::leave_out(const std::string& path) { rules_.left_out.insert(path); }

std::string Workplace::shown(const std::string& path) const {
  return copy_.empty() ? path : moved(path, copy_, original_.directory);
}

std::string out_of_copy(const std::string& path, const fs::path& directory, const fs::path& audit) {
  const fs::path folder = resolved(directory), own = resolved(audit);
  const std::string beside = moved(path, copy_in(folder.parent_path(), folder, own), folder);
  return moved(beside, copy_in(own, folder, own), folder);
}

}  // namespace detaudit::auditor
