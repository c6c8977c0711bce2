#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "auditor/scan/reading.h"
#include "auditor/scan/reading_cache.h"

namespace detaudit::auditor {

// A program that reads sources, and what its answers depend on besides the sources.
class ReaderProgram {
 public:
  // `argv` starts it; `parts`: folders with files of its own.
  ReaderProgram(std::vector<std::string> argv, const std::vector<std::filesystem::path>& parts,
                FileDigests& digests);

  const std::vector<std::string>& argv() const { return argv_; }
  const std::string& identity() const { return identity_; }

 private:
  std::vector<std::string> argv_;
  std::string identity_;
};

// A precompiled header, and what is in it.
struct Prefix {
  std::string path;
  std::vector<std::string> includes;  // real paths
};
// The one that a request can be read with, or null; asked for when the reading is not known
// already.
using PrefixOf = std::function<const Prefix*(size_t request)>;

// One reading by a process of its own.
Reading read_one(const ReaderProgram& reader, const ReadingRequest& request);

// Asks `threads` processes of one reader for all readings that the cache does not have, each
// process one file at a time; a file that ends its reader is skipped with the reason. Answers are
// in the order of the requests.
std::vector<Reading> read_all(const ReaderProgram& reader,
                              const std::vector<ReadingRequest>& requests, unsigned threads,
                              ReadingCache& cache, const PrefixOf& prefix_of);

}  // namespace detaudit::auditor
