#pragma once

namespace detaudit::instrument {

// How what the trace says of a vendor's library call begins or goes on when the library does not
// promise equal bits from run to run: "cudnnConvolutionBackwardFilter (not reproducible: algorithm
// 0)".
inline constexpr const char* kNotReproducible = "not reproducible: ";

}  // namespace detaudit::instrument
