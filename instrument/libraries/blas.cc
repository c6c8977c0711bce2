// BLAS, by its names in Fortran and in C (CBLAS): every call an operation.
#include "instrument/libraries/blas_routines.h"
#include "instrument/libraries/numeric_symbols.h"

namespace detaudit::instrument {

void call_fortran(CalledFunction& function, const Routine& routine, NumberType type,
                  const void* site, const Word* words) {
  auto* next = reinterpret_cast<FortranSubroutine*>(function.at(site));
  if (!next) return;
  const auto call = [next, words] {
#define DETAUDIT_WORD_AT(i) words[i]
    next(DETAUDIT_WORDS(DETAUDIT_WORD_AT));
  };
  record_numeric<void>(function.name(), routine, type, Convention::kFortran,
                       {words, Routine::kMostArguments}, call);
}

}  // namespace detaudit::instrument

using namespace detaudit::instrument;
using namespace detaudit::instrument::blas;

// clang-format off: tables

// Subroutines.
BOTH(gemm, kGemm)
BOTH(symm, kSymm) COMPLEX(hemm, kSymm)
BOTH(syrk, kSyrk) COMPLEX(herk, kHerk)
BOTH(syr2k, kSyr2k) COMPLEX(her2k, kHer2k)
BOTH(trmm, kTrsm) BOTH(trsm, kTrsm)
BOTH(gemv, kGemv)
REAL(symv, kSymv) COMPLEX(hemv, kSymv)
REAL(ger, kGer) COMPLEX(geru, kGer) COMPLEX(gerc, kGer)
REAL(syr, kSyr) COMPLEX(her, kHer)
REAL(syr2, kSyr2) COMPLEX(her2, kSyr2)
BOTH(trmv, kTrsv) BOTH(trsv, kTrsv)
BOTH(axpy, kAxpy)
BOTH(scal, kScal) DETAUDIT_FORTRAN(csscal, kScalReal, 'c') DETAUDIT_FORTRAN(zdscal, kScalReal, 'z')

// Functions.
using P = void*;
using I = long;
#define TWO_VECTORS_BY_ADDRESS (P n, P v, P step_v, P w, P step_w), (n, v, step_v, w, step_w)
#define VECTOR_BY_ADDRESS (P n, P v, P step), (n, v, step)
#define FUNCTION(name, Result, routine, letter, ...) \
  DETAUDIT_FORTRAN_FUNCTION(name, Result, routine, letter, __VA_ARGS__)
FUNCTION(sdot, float, kDot, 's', TWO_VECTORS_BY_ADDRESS)
FUNCTION(ddot, double, kDot, 'd', TWO_VECTORS_BY_ADDRESS)
FUNCTION(cdotu, std::complex<float>, kDot, 'c', TWO_VECTORS_BY_ADDRESS)
FUNCTION(cdotc, std::complex<float>, kDot, 'c', TWO_VECTORS_BY_ADDRESS)
FUNCTION(zdotu, std::complex<double>, kDot, 'z', TWO_VECTORS_BY_ADDRESS)
FUNCTION(zdotc, std::complex<double>, kDot, 'z', TWO_VECTORS_BY_ADDRESS)
FUNCTION(snrm2, float, kNorm, 's', VECTOR_BY_ADDRESS)
FUNCTION(dnrm2, double, kNorm, 'd', VECTOR_BY_ADDRESS)
FUNCTION(scnrm2, float, kNorm, 'c', VECTOR_BY_ADDRESS)
FUNCTION(dznrm2, double, kNorm, 'z', VECTOR_BY_ADDRESS)
FUNCTION(sasum, float, kNorm, 's', VECTOR_BY_ADDRESS)
FUNCTION(dasum, double, kNorm, 'd', VECTOR_BY_ADDRESS)
FUNCTION(scasum, float, kNorm, 'c', VECTOR_BY_ADDRESS)
FUNCTION(dzasum, double, kNorm, 'z', VECTOR_BY_ADDRESS)

// CBLAS: `S` is how it takes a scalar, `y` of another kind in her2k.
#define C_GEMM(S) (I order, I ta, I tb, I m, I n, I k, S x, P a, I lda, P b, I ldb, S y, P c, I ldc), \
                  (order, ta, tb, m, n, k, x, a, lda, b, ldb, y, c, ldc)
#define C_SYMM(S) (I order, I side, I part, I m, I n, S x, P a, I lda, P b, I ldb, S y, P c, I ldc), \
                  (order, side, part, m, n, x, a, lda, b, ldb, y, c, ldc)
#define C_SYRK(S) (I order, I part, I t, I n, I k, S x, P a, I lda, S y, P c, I ldc), \
                  (order, part, t, n, k, x, a, lda, y, c, ldc)
#define C_SYR2K(S, R) (I order, I part, I t, I n, I k, S x, P a, I lda, P b, I ldb, R y, P c, I ldc), \
                      (order, part, t, n, k, x, a, lda, b, ldb, y, c, ldc)
#define C_TRSM(S) (I order, I side, I part, I t, I d, I m, I n, S x, P a, I lda, P b, I ldb), \
                  (order, side, part, t, d, m, n, x, a, lda, b, ldb)
#define C_GEMV(S) (I order, I t, I m, I n, S x, P a, I lda, P v, I step_v, S y, P w, I step_w), \
                  (order, t, m, n, x, a, lda, v, step_v, y, w, step_w)
#define C_SYMV(S) (I order, I part, I n, S x, P a, I lda, P v, I step_v, S y, P w, I step_w), \
                  (order, part, n, x, a, lda, v, step_v, y, w, step_w)
#define C_GER(S) (I order, I m, I n, S x, P v, I step_v, P w, I step_w, P a, I lda), \
                 (order, m, n, x, v, step_v, w, step_w, a, lda)
#define C_SYR(S) (I order, I part, I n, S x, P v, I step_v, P a, I lda), \
                 (order, part, n, x, v, step_v, a, lda)
#define C_SYR2(S) (I order, I part, I n, S x, P v, I step_v, P w, I step_w, P a, I lda), \
                  (order, part, n, x, v, step_v, w, step_w, a, lda)
#define C_TRSV (I order, I part, I t, I d, I n, P a, I lda, P v, I step), \
               (order, part, t, d, n, a, lda, v, step)
#define C_DOT (I n, P v, I step_v, P w, I step_w), (n, v, step_v, w, step_w)
#define C_DOT_TO (I n, P v, I step_v, P w, I step_w, P to), (n, v, step_v, w, step_w, to)
#define C_AXPY(S) (I n, S x, P v, I step_v, P w, I step_w), (n, x, v, step_v, w, step_w)
#define C_SCAL(S) (I n, S x, P v, I step), (n, x, v, step)
#define C_NORM (I n, P v, I step), (n, v, step)

#define CBLAS(name, Result, routine, letter, ...) \
  DETAUDIT_CBLAS(name, Result, routine, letter, __VA_ARGS__)
#define C_REAL(name, routine, shape) \
  CBLAS(s##name, void, routine, 's', shape(float)) CBLAS(d##name, void, routine, 'd', shape(double))
#define C_COMPLEX(name, routine, shape) \
  CBLAS(c##name, void, routine, 'c', shape(P)) CBLAS(z##name, void, routine, 'z', shape(P))
// Complex matrices with real scalars.
#define C_HERMITIAN(name, routine, shape) \
  CBLAS(c##name, void, routine, 'c', shape(float)) CBLAS(z##name, void, routine, 'z', shape(double))
#define C_BOTH(name, routine, shape) C_REAL(name, routine, shape) C_COMPLEX(name, routine, shape)
C_BOTH(gemm, kGemm, C_GEMM)
C_BOTH(symm, kSymm, C_SYMM) C_COMPLEX(hemm, kSymm, C_SYMM)
C_BOTH(syrk, kSyrk, C_SYRK) C_HERMITIAN(herk, kHerk, C_SYRK)
CBLAS(ssyr2k, void, kSyr2k, 's', C_SYR2K(float, float))
CBLAS(dsyr2k, void, kSyr2k, 'd', C_SYR2K(double, double))
CBLAS(csyr2k, void, kSyr2k, 'c', C_SYR2K(P, P))
CBLAS(zsyr2k, void, kSyr2k, 'z', C_SYR2K(P, P))
CBLAS(cher2k, void, kHer2k, 'c', C_SYR2K(P, float))
CBLAS(zher2k, void, kHer2k, 'z', C_SYR2K(P, double))
C_BOTH(trmm, kTrsm, C_TRSM) C_BOTH(trsm, kTrsm, C_TRSM)
C_BOTH(gemv, kGemv, C_GEMV)
C_REAL(symv, kSymv, C_SYMV) C_COMPLEX(hemv, kSymv, C_SYMV)
C_REAL(ger, kGer, C_GER) C_COMPLEX(geru, kGer, C_GER) C_COMPLEX(gerc, kGer, C_GER)
C_REAL(syr, kSyr, C_SYR) C_HERMITIAN(her, kHer, C_SYR)
C_REAL(syr2, kSyr2, C_SYR2) C_COMPLEX(her2, kSyr2, C_SYR2)
#define C_TRSV_OF(S) C_TRSV
C_BOTH(trmv, kTrsv, C_TRSV_OF) C_BOTH(trsv, kTrsv, C_TRSV_OF)
CBLAS(sdot, float, kDot, 's', C_DOT)
CBLAS(ddot, double, kDot, 'd', C_DOT)
CBLAS(cdotu_sub, void, kDotTo, 'c', C_DOT_TO)
CBLAS(cdotc_sub, void, kDotTo, 'c', C_DOT_TO)
CBLAS(zdotu_sub, void, kDotTo, 'z', C_DOT_TO)
CBLAS(zdotc_sub, void, kDotTo, 'z', C_DOT_TO)
C_BOTH(axpy, kAxpy, C_AXPY)
C_BOTH(scal, kScal, C_SCAL)
CBLAS(csscal, void, kScalReal, 'c', C_SCAL(float))
CBLAS(zdscal, void, kScalReal, 'z', C_SCAL(double))
CBLAS(snrm2, float, kNorm, 's', C_NORM)
CBLAS(dnrm2, double, kNorm, 'd', C_NORM)
CBLAS(scnrm2, float, kNorm, 'c', C_NORM)
CBLAS(dznrm2, double, kNorm, 'z', C_NORM)
CBLAS(sasum, float, kNorm, 's', C_NORM)
CBLAS(dasum, double, kNorm, 'd', C_NORM)
CBLAS(scasum, float, kNorm, 'c', C_NORM)
CBLAS(dzasum, double, kNorm, 'z', C_NORM)
