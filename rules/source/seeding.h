#pragma once

#include <string>
#include <vector>

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// Where a random generator gets its seed.
struct Seeding {
  Site site;                   // the call
  std::string generator;       // "srand", "std::mt19937"
  std::vector<Site> seeds;     // expressions; none: the generator's own default
};
std::vector<Seeding> seedings(const Unit& unit);

// A class of random engines of the standard library, Boost or Thrust.
bool is_engine(CXCursor record);

}  // namespace detaudit::rules::source
