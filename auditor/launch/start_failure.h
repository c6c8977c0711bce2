#pragma once

#include "auditor/launch/child_process.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {

// Where starting a program can go wrong.
enum class StartStage { kPipe, kFork, kDirectory, kAddresses, kExec };

// What to tell the user (exit 2, DET905); `error` is the errno of the stage.
reports::DiagnosticError start_failure(const ChildPlan& plan, StartStage stage, int error);

// False for a file that holds a zero byte at its beginning, or cannot be read. Only system calls.
bool looks_like_text(const char* path);

}  // namespace detaudit::auditor
