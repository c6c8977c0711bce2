#include "auditor/store/audit_id.h"

#include <cstdio>
#include <ctime>

namespace detaudit::auditor {
namespace {

std::string format_utc(std::chrono::sys_seconds time, const char* format) {
  std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

}  // namespace

std::string audit_id(AuditTime time, unsigned attempt) {
  auto second = std::chrono::floor<std::chrono::seconds>(time);
  std::chrono::nanoseconds rest = time - second;
  uint64_t ticks = static_cast<uint64_t>(rest.count()) * 65536 / 1'000'000'000 + attempt;
  second += std::chrono::seconds(ticks / 65536);
  char suffix[8];
  std::snprintf(suffix, sizeof suffix, "-%04x", static_cast<unsigned>(ticks % 65536));
  return format_utc(second, "%Y%m%d-%H%M%S") + suffix;
}

std::string iso_time(AuditTime time) {
  return format_utc(std::chrono::floor<std::chrono::seconds>(time), "%Y-%m-%dT%H:%M:%SZ");
}

}  // namespace detaudit::auditor
