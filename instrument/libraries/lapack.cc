// LAPACK's drivers and factorizations, by their names in Fortran, which LAPACKE calls too.
#include "instrument/libraries/numeric_symbols.h"

namespace detaudit::instrument {
namespace {

// See Routine for the words.
constexpr Routine kGesv("in ih =nn >n# =nh !");
constexpr Routine kGetrf("im in =mn >&# !");
constexpr Routine kGetrs("ot in ih <nn <n# =nh !");
constexpr Routine kGetri("in =nn <n# - ww !");
constexpr Routine kPosv("ou in ih =nn^u =nh !");
constexpr Routine kPotrf("ou in =nn^u !");
constexpr Routine kPotrs("ou in ih <nn^u =nh !");
constexpr Routine kGeqrf("im in =mn >&* - ww !");
constexpr Routine kOrgqr("im in ik =mn <k* - ww !");
constexpr Routine kGels("ot im in ih =mn <%h>~h - ww !");
constexpr Routine kSyev("oj ou in <nn^u>nn?j >n+ - ww !");
constexpr Routine kHeev("oj ou in <nn^u>nn?j >n+ - ww - !");
constexpr Routine kSyevd("oj ou in <nn^u>nn?j >n+ - ww - wi !");
constexpr Routine kHeevd("oj ou in <nn^u>nn?j >n+ - ww - wr - wi !");
constexpr Routine kGeevReal("oj ok in <nn >n* >n* >nn?j >nn?k - ww !");
constexpr Routine kGeevComplex("oj ok in <nn >n* >nn?j >nn?k - ww - !");
constexpr Routine kGesvdReal("oj ok im in <mn >&+ >mJ >Kn - ww !");
constexpr Routine kGesvdComplex("oj ok im in <mn >&+ >mJ >Kn - ww - !");
constexpr Routine kGesddReal("oj im in <mn >&+ >mJ >Ln - ww - !");
constexpr Routine kGesddComplex("oj im in <mn >&+ >mJ >Ln - ww - - !");

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

// clang-format off: a table
BOTH(gesv, kGesv) BOTH(getrf, kGetrf) BOTH(getrs, kGetrs) BOTH(getri, kGetri)
BOTH(posv, kPosv) BOTH(potrf, kPotrf) BOTH(potrs, kPotrs) BOTH(potri, kPotrf)
BOTH(geqrf, kGeqrf) REAL(orgqr, kOrgqr) COMPLEX(ungqr, kOrgqr)
BOTH(gels, kGels)
REAL(syev, kSyev) COMPLEX(heev, kHeev) REAL(syevd, kSyevd) COMPLEX(heevd, kHeevd)
REAL(geev, kGeevReal) COMPLEX(geev, kGeevComplex)
REAL(gesvd, kGesvdReal) COMPLEX(gesvd, kGesvdComplex)
REAL(gesdd, kGesddReal) COMPLEX(gesdd, kGesddComplex)
