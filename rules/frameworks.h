#pragma once

#include <string_view>

#include "rules/cause.h"
#include "rules/evidence.h"

namespace detaudit::rules {

// A call of a framework, as an adapter names it: "numpy.random.default_rng()". These are names that
// our adapters give to what they saw asked of a framework, never the subject's own.
bool is_framework_call(std::string_view function);

// Puts the fix into the framework's words, and names the line of the call that needs it, where the
// cause is proven and a call that it points at was seen. The cause and its proof stay as they are.
void speak_of_framework(const OriginEvidence& evidence, Conclusion& conclusion);

}  // namespace detaudit::rules
