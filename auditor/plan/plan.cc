#include "auditor/plan/plan.h"

namespace detaudit::auditor {

const char* goal_name(Goal goal) {
  switch (goal) {
    case Goal::kBitwise: return "bitwise";
    case Goal::kMetrics: return "metrics";
    case Goal::kDocumented: return "documented";
  }
  return "?";
}

const char* scope_name(Scope scope) {
  return scope == Scope::kThreadCount ? "thread-count" : "run-to-run";
}

}  // namespace detaudit::auditor
