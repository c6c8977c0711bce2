#pragma once

#include <span>

#include "reports/codes.h"

namespace detaudit::reports {

// The parts of codes(), each in order of code. Texts are paragraphs divided by newlines; lines that
// begin with "- " are list items; examples are verbatim.
std::span<const Code> cause_codes();     // a run's finding whose cause is known
std::span<const Code> evidence_codes();  // a run's finding known by its shape alone
std::span<const Code> source_codes();    // hazards in C, C++ and CUDA C++
std::span<const Code> script_codes();    // hazards in Python
std::span<const Code> gpu_codes();       // hazards in compiled GPU code
std::span<const Code> usage_codes();     // usage, input and internal errors

}  // namespace detaudit::reports
