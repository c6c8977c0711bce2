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
  switch (scope) {
    case Scope::kRunToRun: return "run-to-run";
    case Scope::kThreadCount: return "thread-count";
    case Scope::kDevice: return "device";
  }
  return "?";
}

}  // namespace detaudit::auditor
