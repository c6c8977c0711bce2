#pragma once

#include <functional>
#include <string>
#include <vector>

#include "auditor/scan/reading.h"

namespace detaudit::auditor {

// Asks `threads` processes of one reader for all readings, each process one file at a time; a file
// that ends its reader is skipped with the reason. Answers are in the order of the requests.
// `argv` starts the reader.
std::vector<Reading> read_all(const std::vector<std::string>& argv,
                              const std::vector<ReadingRequest>& requests, unsigned threads);

}  // namespace detaudit::auditor
