#pragma once

#include <map>
#include <string>

#include "auditor/compare/comparison.h"
#include "auditor/symbols/symbolizer.h"

namespace detaudit::auditor {

// The places in one run's code, by the names that its probe gave them: "train+0x11d5" as
// "train.c:41 (draw_seed)". A module whose file has changed since it was loaded keeps its offsets.
class CallSites {
 public:
  CallSites(const RunFacts& facts, Symbolizer& symbolizer);

  struct Named {
    std::string text;  // the place itself where nothing is known of it
    std::string file;  // with its folder; empty without debug information
    uint32_t line = 0;
  };
  // Of several, innermost first and with spaces between: the first that is in the program's own source.
  Named name(const std::string& sites) const;

 private:
  Named name_one(const std::string& site) const;
  Symbolizer& symbolizer_;
  std::map<std::string, std::string> paths_;  // of modules whose files still are what they were
};

// Names the places at which the runs' sources were read.
void name_call_sites(RunFacts& facts, Symbolizer& symbolizer);

}  // namespace detaudit::auditor
