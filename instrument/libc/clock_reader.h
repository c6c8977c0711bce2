#pragma once

#include <cstddef>
#include <cstdint>

namespace detaudit::instrument {

// Who looks at a clock. Libraries look, and back off from locks, as often as the schedule has it:
// where clocks are pinned, what the program itself sees does not follow that.
enum class ClockReader : uint8_t { kProgram, kLibrary };
inline constexpr size_t kClockReaders = 2;

// By the place of a call: the program is its executable, or the interpreter's library.
ClockReader reader_at(const void* site);

}  // namespace detaudit::instrument
