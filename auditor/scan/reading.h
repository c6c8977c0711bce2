#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/scan_report.h"

namespace detaudit::auditor {

// What a reader is asked, and answers, in one line of JSON each. Paths are bytes: a byte travels as
// the code point of its number.

struct ReadingRequest {
  std::string path;                    // absolute
  std::vector<std::string> arguments;  // the compiler's, for C and its like
  // A precompiled header that stands for the first `-include` of the arguments: it saves time, and
  // changes nothing. Empty: none.
  std::string prefix = {};
  std::string precompile_to = {};  // write such a header, of `path`, here
};
std::string to_line(const ReadingRequest& request);  // without an end
// The same without what changes nothing: what a reading depends on.
std::string key_line(const ReadingRequest& request);
std::optional<ReadingRequest> parse_request(const std::string& line);

// A hazard as a reader sees it; places are of real paths.
struct ReadPlace {
  std::string file;
  unsigned line = 0, column = 0, end_line = 0, end_column = 0;
  std::string function;
};
struct ReadFinding {
  ReadPlace place;
  std::vector<ReadPlace> callers;  // that lead there, nearest first
  std::string code, cause, message, label, fix, replacement;
  std::string call;  // of a script: what is called there, by its whole name; empty elsewhere
  std::vector<std::string> evidence;
  bool in_kernel = false;  // of a GPU, itself: not a function that kernels call
};

struct Reading {
  reports::ScanStatus status = reports::ScanStatus::kScanned;
  std::vector<std::string> reasons;   // why not all of it was read
  std::vector<std::string> includes;  // real paths of all files that were read besides
  // Files that were included and not found, or asked for by `__has_include`: where each would stand
  // beside the file that includes it, and its name, for the folders that are searched.
  std::vector<std::string> missing;
  std::vector<ReadFinding> findings;
};
std::string to_line(const Reading& reading);  // text that is not UTF-8 is written out as `\\xNN`
// Nothing for what no reader writes.
std::optional<Reading> parse_reading(const std::string& line);

// Nothing was read, and why.
Reading skipped_reading(std::string reason);

}  // namespace detaudit::auditor
