#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "auditor/scan/reading.h"
#include "kernels/digest.h"

namespace detaudit::auditor {

// Digests of files and folders as they are now, each looked at once a scan. Safe on several
// threads.
class FileDigests {
 public:
  std::optional<kernels::Digest> of_file(const std::string& path);  // nothing: not readable
  // Of the names in a folder that an `#include` could mean.
  kernels::Digest of_names(const std::string& folder);

 private:
  std::mutex mutex_;
  std::map<std::string, std::optional<kernels::Digest>> files_;
  std::map<std::string, kernels::Digest> folders_;
};

// Readings of earlier scans, by the contents of all files that went into one, the arguments and the
// reader itself. Owns a folder of one file a reading; what cannot be read there or written counts
// as not there. Safe on several threads and in several processes.
class ReadingCache {
 public:
  explicit ReadingCache(std::filesystem::path folder);  // empty: nothing is kept
  ~ReadingCache();  // deletes the oldest where it has grown large
  ReadingCache(const ReadingCache&) = delete;
  ReadingCache& operator=(const ReadingCache&) = delete;

  // `reader`: what its answers depend on besides.
  std::optional<Reading> find(const std::string& reader, const ReadingRequest& request);
  void keep(const std::string& reader, const ReadingRequest& request, const Reading& reading);

  const std::filesystem::path& folder() const { return folder_; }
  FileDigests& digests() { return digests_; }

 private:
  std::filesystem::path place(const std::string& reader, const ReadingRequest& request);

  std::filesystem::path folder_;
  std::filesystem::file_time_type begun_;
  FileDigests digests_;
  std::atomic<bool> grown_{false};
};

// $XDG_CACHE_HOME/detaudit/scan, or ~/.cache/detaudit/scan; empty where neither is known.
std::filesystem::path user_cache_folder();

}  // namespace detaudit::auditor
