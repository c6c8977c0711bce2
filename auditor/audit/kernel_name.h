#pragma once

#include <string>

namespace detaudit::auditor {

// A compiled kernel's name as people know it: `full` with its template arguments and parameters,
// `base` without, nor its namespaces. Both are the name itself where it is no mangled one.
struct KernelName {
  std::string full, base;
};
KernelName kernel_name(const std::string& symbol);

// The base of a kernel's or a function's full name.
std::string base_name(const std::string& full);

}  // namespace detaudit::auditor
