#pragma once

#include <span>

#include "rules/source/finding.h"

namespace detaudit::rules::source {

// One family of hazards: what it finds in a translation unit.
using Rule = void (*)(const Unit&, Findings&);

void float_atomics(const Unit&, Findings&);
void swap_loops(const Unit&, Findings&);
void inline_assembly(const Unit&, Findings&);
void atomic_objects(const Unit&, Findings&);
void cooperative_reductions(const Unit&, Findings&);
void device_algorithms(const Unit&, Findings&);
void slot_allocation(const Unit&, Findings&);
void entropy_sources(const Unit&, Findings&);
void time_seeds(const Unit&, Findings&);
void default_seeds(const Unit&, Findings&);
void element_order(const Unit&, Findings&);
void sorting(const Unit&, Findings&);
void directory_order(const Unit&, Findings&);
void openmp(const Unit&, Findings&);
void parallel_algorithms(const Unit&, Findings&);
void lock_order(const Unit&, Findings&);
void device_memory(const Unit&, Findings&);
void library_settings(const Unit&, Findings&);
void library_searches(const Unit&, Findings&);
void collectives(const Unit&, Findings&);
void identities(const Unit&, Findings&);

std::span<const Rule> all_rules();

}  // namespace detaudit::rules::source
