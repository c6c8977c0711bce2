#pragma once

#include <string>

namespace detaudit::auditor {

// "SIGSEGV", "SIGRTMIN+2", "signal 99".
std::string signal_name(int signal);

}  // namespace detaudit::auditor
