#pragma once

#include <vector>

// Calls of BLAS and LAPACK on three buffers of numbers, and which of those they read and write by
// the routines' documentation, number by number. The subject makes each call once, and again with
// each single number changed; the test knows what that must change.
namespace detaudit::instrument::numeric {

extern "C" {
void cblas_dgemm(int, int, int, int, int, int, double, const double*, int, const double*, int,
                 double, double*, int);
void scipy_cblas_dgemm64_(int, int, int, long, long, long, double, const double*, long,
                          const double*, long, double, double*, long);
void cblas_dsyrk(int, int, int, int, int, double, const double*, int, double, double*, int);
void cblas_dtrsm(int, int, int, int, int, int, int, double, const double*, int, double*, int);
void cblas_dgemv(int, int, int, int, double, const double*, int, const double*, int, double,
                 double*, int);
void cblas_zherk(int, int, int, int, int, double, const void*, int, double, void*, int);
double cblas_ddot(int, const double*, int, const double*, int);
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*,
            const double*, const int*, const double*, const int*, const double*, double*,
            const int*);
void dgesv_(const int*, const int*, double*, const int*, int*, double*, const int*, int*);
}

constexpr int kNumbers = 48;
using Buffers = double[3][kNumbers];
enum Use { kIgnored = 0, kRead = 1, kWritten = 2, kBoth = 3 };
enum {
  kRows = 101,
  kColumns = 102,
  kPlain = 111,
  kTransposed = 112,
  kUpper = 121,
  kLower = 122,
  kUnit = 132,
  kLeft = 141
};

struct Case {
  const char* op;
  void (*call)(Buffers&);
  Use (*use)(int buffer, int number);
};

// Number `at` of a buffer as a place in a matrix whose stretches are `stride` apart.
struct Place {
  int along, across;
};
inline Place place(int at, int stride) { return {at % stride, at / stride}; }
inline bool within(Place p, int along, int across) { return p.along < along && p.across < across; }

inline const std::vector<Case> kCases = {
    {"cblas_dgemm",  // A is 3x2, B 4x2 and transposed, C 3x4, by rows
     [](Buffers& b) {
       cblas_dgemm(kRows, kPlain, kTransposed, 3, 4, 2, 1.5, b[0], 5, b[1], 6, 0.0, b[2], 7);
     },
     [](int buffer, int at) {
       if (buffer == 0) return within(place(at, 5), 2, 3) ? kRead : kIgnored;
       if (buffer == 1) return within(place(at, 6), 2, 4) ? kRead : kIgnored;
       return within(place(at, 7), 4, 3) ? kWritten : kIgnored;
     }},
    {"cblas_dgemm",  // nothing is multiplied
     [](Buffers& b) {
       cblas_dgemm(kColumns, kPlain, kPlain, 3, 4, 2, 0.0, b[0], 5, b[1], 6, 2.0, b[2], 7);
     },
     [](int buffer, int at) {
       return buffer == 2 && within(place(at, 7), 3, 4) ? kBoth : kIgnored;
     }},
    {"scipy_cblas_dgemm64_",
     [](Buffers& b) {
       scipy_cblas_dgemm64_(kColumns, kPlain, kPlain, 3, 4, 2, 1.0, b[0], 3, b[1], 2, 1.0, b[2], 3);
     },
     [](int buffer, int at) {
       if (buffer == 2) return at < 12 ? kBoth : kIgnored;
       return at < (buffer == 0 ? 6 : 8) ? kRead : kIgnored;
     }},
    {"dgemm_",  // A is 2x3 and transposed
     [](Buffers& b) {
       const int m = 3, n = 4, k = 2, lda = 4, ldb = 2, ldc = 3;
       const double one = 1, zero = 0;
       dgemm_("t", "N", &m, &n, &k, &one, b[0], &lda, b[1], &ldb, &zero, b[2], &ldc);
     },
     [](int buffer, int at) {
       if (buffer == 0) return within(place(at, 4), 2, 3) ? kRead : kIgnored;
       if (buffer == 1) return at < 8 ? kRead : kIgnored;
       return at < 12 ? kWritten : kIgnored;
     }},
    {"cblas_dsyrk",
     [](Buffers& b) { cblas_dsyrk(kColumns, kLower, kPlain, 4, 2, 1.0, b[0], 5, 2.0, b[2], 6); },
     [](int buffer, int at) {
       if (buffer == 0) return within(place(at, 5), 4, 2) ? kRead : kIgnored;
       const Place p = place(at, 6);
       return buffer == 2 && within(p, 4, 4) && p.along >= p.across ? kBoth : kIgnored;
     }},
    {"cblas_dsyrk",  // the same triangle, by rows
     [](Buffers& b) { cblas_dsyrk(kRows, kUpper, kTransposed, 4, 2, 1.0, b[0], 5, 0.0, b[2], 6); },
     [](int buffer, int at) {
       if (buffer == 0) return within(place(at, 5), 4, 2) ? kRead : kIgnored;
       const Place p = place(at, 6);
       return buffer == 2 && within(p, 4, 4) && p.along >= p.across ? kWritten : kIgnored;
     }},
    {"cblas_dtrsm",
     [](Buffers& b) {
       cblas_dtrsm(kRows, kLeft, kUpper, kPlain, kUnit, 3, 2, 1.0, b[0], 5, b[1], 4);
     },
     [](int buffer, int at) {
       const Place p = place(at, 5);
       if (buffer == 0) return within(p, 3, 3) && p.along > p.across ? kRead : kIgnored;
       return buffer == 1 && within(place(at, 4), 2, 3) ? kBoth : kIgnored;
     }},
    {"cblas_dgemv",
     [](Buffers& b) {
       cblas_dgemv(kColumns, kTransposed, 3, 4, 1.0, b[0], 5, b[1], 2, 0.0, b[2], -1);
     },
     [](int buffer, int at) {
       if (buffer == 0) return within(place(at, 5), 3, 4) ? kRead : kIgnored;
       if (buffer == 1) return at % 2 == 0 && at < 6 ? kRead : kIgnored;
       return at < 4 ? kWritten : kIgnored;
     }},
    {"cblas_ddot", [](Buffers& b) { cblas_ddot(5, b[0], -2, b[1], 3); },
     [](int buffer, int at) {
       if (buffer == 0) return at % 2 == 0 && at < 10 ? kRead : kIgnored;
       return buffer == 1 && at % 3 == 0 && at < 15 ? kRead : kIgnored;
     }},
    {"cblas_zherk",
     [](Buffers& b) { cblas_zherk(kColumns, kUpper, kPlain, 3, 2, 1.0, b[0], 4, 1.0, b[2], 3); },
     [](int buffer, int at) {
       if (buffer == 0) return within(place(at / 2, 4), 3, 2) ? kRead : kIgnored;
       const Place p = place(at / 2, 3);
       return buffer == 2 && within(p, 3, 3) && p.along <= p.across ? kBoth : kIgnored;
     }},
    {"dgesv_",  // three pivots of four bytes
     [](Buffers& b) {
       const int n = 3, right = 2, lda = 4, ldb = 5;
       int info = 0;
       dgesv_(&n, &right, b[0], &lda, reinterpret_cast<int*>(b[2]), b[1], &ldb, &info);
     },
     [](int buffer, int at) {
       if (buffer == 0) return within(place(at, 4), 3, 3) ? kBoth : kIgnored;
       if (buffer == 1) return within(place(at, 5), 3, 2) ? kBoth : kIgnored;
       return at < 2 ? kWritten : kIgnored;
     }},
};

}  // namespace detaudit::instrument::numeric
