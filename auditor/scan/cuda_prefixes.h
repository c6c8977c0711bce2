#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "auditor/scan/compile_database.h"
#include "auditor/scan/reader_crew.h"

namespace detaudit::auditor {

// CUDA's headers, which every CUDA C++ source begins with, precompiled once for each set of options
// and kept beside the readings. Safe on several threads; the first that needs one makes it, others
// wait.
class CudaPrefixes {
 public:
  CudaPrefixes(const ReaderProgram& reader, ReadingCache& cache) : reader_(reader), cache_(cache) {}

  // Null for other languages, without a toolkit or a cache, and where options may change those
  // headers.
  const Prefix* for_command(const CompileCommand& command);

 private:
  std::optional<Prefix> make(const ReadingRequest& request);

  const ReaderProgram& reader_;
  ReadingCache& cache_;
  std::mutex mutex_;
  std::map<std::vector<std::string>, std::optional<Prefix>> made_;  // by arguments
};

}  // namespace detaudit::auditor
