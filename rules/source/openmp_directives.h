#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// An OpenMP pragma, read from its tokens: libclang shows none without -fopenmp. `_Pragma` and
// macros that hold one are read too.
struct Directive {
  Place place;                     // of its first token, or of the macro that brings it
  std::vector<std::string> words;  // behind `omp`: names, punctuation
  unsigned last_line = 0;

  bool has(const std::string& word) const;
};
std::vector<Directive> openmp_directives(const Unit& unit);

// A directive's statement in a function: the first code behind it.
std::optional<Site> statement_of(const Function& function, const Directive& directive);

}  // namespace detaudit::rules::source
