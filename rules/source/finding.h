#pragma once

#include <string>
#include <vector>

#include "rules/cause.h"
#include "rules/source/unit.h"

namespace detaudit::rules::source {

// A hazard at a place in the source.
struct Finding {
  std::string code;  // its severity is the code's
  Cause cause = Cause::kUnknown;
  Place place;
  std::string function;  // that it is in
  bool in_kernel = false;  // which is one of a GPU
  std::string message;   // "`atomicAdd` adds `float` numbers in no fixed order"
  std::string label;     // what is wrong at the place
  std::vector<std::string> evidence;
  std::string fix;
  std::string replacement;  // of the catalogue of kernels, or empty
  std::string call;         // the function whose reading is the hazard, where it is one that reads
  // Calls that lead here from other files, the nearest first: where it shows who scans those alone.
  struct Caller {
    Place place;
    std::string function;
  };
  std::vector<Caller> callers;
};

// Collects findings; one place has one finding of a code, whatever number of instantiations show
// it.
class Findings {
 public:
  explicit Findings(const Unit& unit) : unit_(unit) {}

  // What the caller fills in further; its place, function and callers are known.
  Finding& add(const char* code, Cause cause, Site site);
  std::vector<Finding> take();  // by place

 private:
  const Unit& unit_;
  std::vector<Finding> found_;
};

// Asks every rule.
std::vector<Finding> judge(const Unit& unit);

}  // namespace detaudit::rules::source
