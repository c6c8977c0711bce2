// What nvcc declares and clang's CUDA wrapper does not, so that code written for nvcc parses.
// Declarations only: nothing here is ever compiled to code.
#pragma once
#pragma clang system_header

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// What nvcc defines and code asks for.
#ifndef __CUDACC_VER_MAJOR__
#define __CUDACC_VER_MAJOR__ 13
#define __CUDACC_VER_MINOR__ 0
#define __CUDACC_VER_BUILD__ 0
#endif
#ifndef __CUDACC_EXTENDED_LAMBDA__
#define __CUDACC_EXTENDED_LAMBDA__ 1
#endif
#ifndef __CUDACC_RELAXED_CONSTEXPR__
#define __CUDACC_RELAXED_CONSTEXPR__ 1
#endif

#if defined(__clang__) && defined(__CUDA__)
#define DETAUDIT_HOST __attribute__((host))
#define DETAUDIT_DEVICE __attribute__((device))

// The host's min and max of nvcc's math_functions.h.
#define DETAUDIT_EXTREMA(a, b, result)    \
  DETAUDIT_HOST result max(a, b);         \
  DETAUDIT_HOST result min(a, b);
#define DETAUDIT_INTEGER_EXTREMA(type)                 \
  DETAUDIT_EXTREMA(type, type, type)                   \
  DETAUDIT_EXTREMA(type, unsigned type, unsigned type) \
  DETAUDIT_EXTREMA(unsigned type, type, unsigned type) \
  DETAUDIT_EXTREMA(unsigned type, unsigned type, unsigned type)
DETAUDIT_INTEGER_EXTREMA(int)
DETAUDIT_INTEGER_EXTREMA(long)
DETAUDIT_INTEGER_EXTREMA(long long)
DETAUDIT_EXTREMA(float, float, float)
DETAUDIT_EXTREMA(double, double, double)
DETAUDIT_EXTREMA(float, double, double)
DETAUDIT_EXTREMA(double, float, double)
#undef DETAUDIT_INTEGER_EXTREMA
#undef DETAUDIT_EXTREMA

template <class T> DETAUDIT_HOST bool isfinite(T);
template <class T> DETAUDIT_HOST bool isinf(T);
template <class T> DETAUDIT_HOST bool isnan(T);
template <class T> DETAUDIT_HOST bool signbit(T);

// Loads and stores with a cache's hint, of the types that clang's headers leave out.
template <class T> DETAUDIT_DEVICE T __ldcg(const T*);
template <class T> DETAUDIT_DEVICE T __ldca(const T*);
template <class T> DETAUDIT_DEVICE T __ldcs(const T*);
template <class T> DETAUDIT_DEVICE T __ldlu(const T*);
template <class T> DETAUDIT_DEVICE T __ldcv(const T*);
template <class T, class U> DETAUDIT_DEVICE void __stwb(T*, U);
template <class T, class U> DETAUDIT_DEVICE void __stcg(T*, U);
template <class T, class U> DETAUDIT_DEVICE void __stcs(T*, U);
template <class T, class U> DETAUDIT_DEVICE void __stwt(T*, U);

#undef DETAUDIT_DEVICE
#undef DETAUDIT_HOST
#endif
