#pragma once

#include "instrument/libraries/numeric_routine.h"

namespace detaudit::instrument::blas {

// What the routines of BLAS read and write; see Routine for the words. Those of one shape share it.
inline constexpr Routine kGemm("oa ob im in ik sx <mk/a <kn/b sy =mn?y");
inline constexpr Routine kSymm("ol ou im in sx <@@^u <mn sy =mn?y");
inline constexpr Routine kSyrk("ou ot in ik sx <nk/t sy =nn^u?y");
inline constexpr Routine kHerk("ou ot in ik rx <nk/t ry =nn^u?y");
inline constexpr Routine kSyr2k("ou ot in ik sx <nk/t <nk/t sy =nn^u?y");
inline constexpr Routine kHer2k("ou ot in ik sx <nk/t <nk/t ry =nn^u?y");
inline constexpr Routine kTrsm("ol ou ot od im in sx <@@^u-d =mn");
inline constexpr Routine kGemv("ot im in sx <mn <~. sy =%.?y");
inline constexpr Routine kSymv("ou in sx <nn^u <n. sy =n.?y");
inline constexpr Routine kGer("im in sx <m. <n. =mn");
inline constexpr Routine kSyr("ou in sx <n. =nn^u");
inline constexpr Routine kHer("ou in rx <n. =nn^u");
inline constexpr Routine kSyr2("ou in sx <n. <n. =nn^u");
inline constexpr Routine kTrsv("ou ot od in <nn^u-d =n.");
inline constexpr Routine kDot("in <n. <n.");
inline constexpr Routine kDotTo("in <n. <n. >1*");
inline constexpr Routine kAxpy("in sx <n. =n.");
inline constexpr Routine kScal("in sx =n.");
inline constexpr Routine kScalReal("in rx =n.");
inline constexpr Routine kNorm("in <n.");

}  // namespace detaudit::instrument::blas
