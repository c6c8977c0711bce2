#pragma once

#include <optional>
#include <string>

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// What is read at a node, as a person names it ("std::random_device", "time", "clock64"); nothing
// where it is none of these.
std::optional<std::string> entropy_read(const Site& site);
std::optional<std::string> clock_read(const Site& site);     // times, counters of cycles
// A register that inline assembly reads: %smid, %globaltimer and their like.
std::optional<std::string> register_read(const Site& site);
std::optional<std::string> identity_read(const Site& site);  // of processes and threads
std::optional<std::string> address_read(const Site& site);   // a pointer as a number

}  // namespace detaudit::rules::source
