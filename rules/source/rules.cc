#include "rules/source/rules.h"

namespace detaudit::rules::source {

std::span<const Rule> all_rules() {
  static constexpr Rule kRules[] = {float_atomics};
  return kRules;
}

}  // namespace detaudit::rules::source
