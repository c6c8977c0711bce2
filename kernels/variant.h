#pragma once

namespace detaudit::kernels {

// Which of a pair's two implementations runs.
enum class Variant { kAtomic, kDeterministic };

}  // namespace detaudit::kernels
