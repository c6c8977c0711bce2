#pragma once

#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

#include "auditor/scan/reading.h"

namespace detaudit::auditor {

// Findings of readings at the files that were asked about, each place once however many units show
// it.
class FoundPlaces {
 public:
  // A file that was asked about, and how it was named.
  void add_file(const std::string& real_path, const std::string& shown);

  // A finding in another file goes to the calls that lead there: in each file the nearest one.
  void add(const ReadFinding& finding);
  void move_into(reports::ScanReport& report);

 private:
  void put(const ReadFinding& finding, const ReadPlace& place, const std::string& way);

  std::unordered_map<std::string, std::string> shown_;  // by real path
  std::map<std::tuple<std::string, unsigned, unsigned, std::string>, reports::ScanFinding> found_;
};

}  // namespace detaudit::auditor
