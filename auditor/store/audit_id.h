#pragma once

#include <chrono>
#include <string>

namespace detaudit::auditor {

using AuditTime = std::chrono::system_clock::time_point;

// "20261123-145602-7f3a": UTC date and time, then 1/65536ths of the second, so that ids sort by
// time. Two audits of one instant are told apart by whoever inserts them (a later `attempt` gives
// the next id).
std::string audit_id(AuditTime time, unsigned attempt);

// "2026-11-23T14:56:02Z".
std::string iso_time(AuditTime time);

}  // namespace detaudit::auditor
