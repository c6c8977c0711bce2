#pragma once

#include <span>
#include <string>
#include <string_view>

#include "auditor/workload/options.h"

namespace detaudit::workload {

// Why two executions of an operation on equal inputs give equal bits, if they do.
enum class Guarantee {
  kByConstruction,  // always
  kPair,            // with the deterministic one of its two kernels
  kNone,            // never
};

struct Operation {
  std::string_view name;
  Guarantee guarantee;
  std::string_view kernel = name;  // of a pair: its name in the catalogue of kernels
};

// Every operation that a run with these options executes, by name.
std::span<const Operation> all_operations(Model model);
bool is_used(const Operation& operation, const Options& options);

// With --kernels deterministic: throws reports::DiagnosticError (exit 2) that names the first
// operation without a deterministic version.
void require_deterministic(const Options& options);

// One line an operation.
std::string list_operations(const Options& options);

}  // namespace detaudit::workload
