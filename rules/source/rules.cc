#include "rules/source/rules.h"

namespace detaudit::rules::source {

std::span<const Rule> all_rules() {
  static constexpr Rule kRules[] = {
      float_atomics,     swap_loops,    inline_assembly,  atomic_objects,   cooperative_reductions,
      device_algorithms, slot_allocation, entropy_sources, time_seeds,      default_seeds,
      element_order,     sorting,       directory_order,  openmp,           parallel_algorithms,
      lock_order,        device_memory, library_settings, library_searches, collectives,
      identities};
  return kRules;
}

}  // namespace detaudit::rules::source
