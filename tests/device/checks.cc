#include "tests/device/checks.h"

#include <cstdarg>
#include <cstdio>

namespace detaudit::device {

std::string text(const char* format, ...) {
  char buffer[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

}  // namespace detaudit::device
