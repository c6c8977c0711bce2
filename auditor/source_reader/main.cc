// Reads C, C++ and CUDA C++ sources for `detaudit scan`: a request a line on stdin, its reading a
// line on stdout. One file at a time, in one process, so that a source on which the parser dies
// costs nothing but itself.
#include <sys/resource.h>

#include <iostream>

#include "auditor/scan/reading.h"
#include "auditor/source_reader/parse.h"
#include "rules/source/finding.h"

namespace {

using namespace detaudit;
using auditor::ReadFinding;
using auditor::Reading;
using auditor::ReadingRequest;
using auditor::ReadPlace;
using rules::source::Finding;

constexpr rlim_t kMostMemory = rlim_t{4} << 30;

ReadPlace read_place(const rules::source::Place& place, const std::string& function) {
  return {place.file, place.line, place.column, place.end_line, place.end_column, function};
}

ReadFinding read_finding(Finding& found) {
  ReadFinding read;
  read.place = read_place(found.place, found.function);
  for (const Finding::Caller& caller : found.callers) {
    read.callers.push_back(read_place(caller.place, caller.function));
  }
  read.code = found.code;
  read.cause = rules::cause_name(found.cause);
  read.message = std::move(found.message);
  read.label = std::move(found.label);
  read.fix = std::move(found.fix);
  read.replacement = std::move(found.replacement);
  read.evidence = std::move(found.evidence);
  read.in_kernel = found.in_kernel;
  read.call = std::move(found.call);
  return read;
}

Reading precompile(CXIndex index, const ReadingRequest& request) {
  Reading reading;
  if (!auditor::precompile(index, request.path, request.arguments, request.precompile_to,
                           reading.includes)) {
    return auditor::skipped_reading("it cannot be precompiled");
  }
  return reading;
}

// A prefix that is out of date, or made with options that do not fit, is done without.
auditor::OwnedUnit parse(CXIndex index, const ReadingRequest& request) {
  if (!request.prefix.empty()) {
    auditor::OwnedUnit unit = auditor::parse(
        index, request.path, auditor::with_prefix(request.arguments, request.prefix));
    if (unit && auditor::parse_errors(unit.get()).empty()) return unit;
  }
  return auditor::parse(index, request.path, request.arguments);
}

Reading read(CXIndex index, const ReadingRequest& request) {
  const auditor::OwnedUnit unit = parse(index, request);
  if (!unit) return auditor::skipped_reading("the compiler cannot begin to read it");
  Reading reading;
  reading.reasons = auditor::parse_errors(unit.get());
  if (!reading.reasons.empty()) reading.status = reports::ScanStatus::kDegraded;
  reading.includes = auditor::included_files(unit.get());
  reading.missing = auditor::missing_files(unit.get());
  const rules::source::Unit judged(unit.get());
  for (Finding& found : rules::source::judge(judged))
    reading.findings.push_back(read_finding(found));
  return reading;
}

}  // namespace

int main() {
  const rlimit limit{kMostMemory, kMostMemory};
  setrlimit(RLIMIT_DATA, &limit);
  // A unit's declarations are then those that its parser met, instantiations with them, and none of
  // a precompiled header's.
  CXIndex index = clang_createIndex(1, 0);
  for (std::string line; std::getline(std::cin, line);) {
    const auto request = auditor::parse_request(line);
    if (!request) return 2;
    const Reading reading =
        request->precompile_to.empty() ? read(index, *request) : precompile(index, *request);
    std::cout << auditor::to_line(reading) << '\n' << std::flush;
  }
  clang_disposeIndex(index);
}
