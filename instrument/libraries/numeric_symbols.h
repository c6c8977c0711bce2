#pragma once

#include <complex>
#include <initializer_list>

#include "instrument/libc/next_function.h"
#include "instrument/libraries/numeric_call.h"

// How a routine of BLAS or LAPACK becomes a function of ours, once for each name that it goes by.
namespace detaudit::instrument {

constexpr NumberType number_type(char letter, uint32_t integer_bytes) {
  return {letter == 's' || letter == 'c' ? kernels::DType::kF32 : kernels::DType::kF64,
          letter == 'c' || letter == 'z' ? 2u : 1u, integer_bytes};
}

// Executes `call`, recorded as an operation unless it is part of another.
template <typename Result, typename Call>
Result record_numeric(const char* name, const Routine& routine, NumberType type,
                      Convention convention, std::span<const Word> words, const Call& call) {
  OutermostCall outermost(name);
  NumericCall described;
  if (!outermost || !described.read(routine, type, convention, words)) return call();
  if constexpr (std::is_void_v<Result>) {
    run_library_operation(
        EventKind::kOperation, name, nullptr, described.inputs(), described.outputs(),
        [](void* body) { (*static_cast<const Call*>(body))(); }, const_cast<Call*>(&call));
  } else {
    struct Body {
      const Call& call;
      Result result;
    } body{call, {}};
    described.add_result(&body.result, sizeof body.result);
    run_library_operation(
        EventKind::kOperation, name, nullptr, described.inputs(), described.outputs(),
        [](void* b) { static_cast<Body*>(b)->result = static_cast<Body*>(b)->call(); }, &body);
    return body.result;
  }
}

// Fortran: every argument is an address, lengths of texts follow. What was not passed is garbage
// that nobody reads.
#define DETAUDIT_WORDS(each)                                                                    \
  each(0), each(1), each(2), each(3), each(4), each(5), each(6), each(7), each(8), each(9),     \
      each(10), each(11), each(12), each(13), each(14), each(15), each(16), each(17), each(18), \
      each(19)
#define DETAUDIT_WORD_TYPE(i) Word
#define DETAUDIT_WORD_PARAMETER(i) Word w##i
#define DETAUDIT_WORD(i) w##i
using FortranSubroutine = void(DETAUDIT_WORDS(DETAUDIT_WORD_TYPE));

void call_fortran(CalledFunction& function, const Routine& routine, NumberType type,
                  const void* site, const Word* words);

#define DETAUDIT_SUBROUTINE(symbol, integers, routine, letter)                                   \
  static constinit CalledFunction g_##symbol(#symbol);                                           \
  DETAUDIT_INTERPOSED void symbol(DETAUDIT_WORDS(DETAUDIT_WORD_PARAMETER)) {                     \
    const Word words[] = {DETAUDIT_WORDS(DETAUDIT_WORD)};                                        \
    call_fortran(g_##symbol, routine, number_type(letter, integers), DETAUDIT_CALL_SITE, words); \
  }

// A function with a result, and CBLAS: arguments by value, in registers of 64 bits whatever their
// type, so that 64-bit integers pass.
inline Word word_of(const long& value) { return static_cast<Word>(value); }
inline Word word_of(const void* const& value) { return reinterpret_cast<Word>(value); }
inline Word word_of(const float& value) { return reinterpret_cast<Word>(&value); }
inline Word word_of(const double& value) { return reinterpret_cast<Word>(&value); }

template <typename Result, typename... Arguments>
Result call_typed(CalledFunction& function, const Routine& routine, NumberType type,
                  Convention convention, const void* site, Arguments... arguments) {
  auto* next = reinterpret_cast<Result (*)(Arguments...)>(function.at(site));
  if (!next) return Result();
  const Word words[] = {word_of(arguments)...};
  return record_numeric<Result>(function.name(), routine, type, convention, words,
                                [&]() -> Result { return next(arguments...); });
}

#define DETAUDIT_LIST(...) __VA_ARGS__
#define DETAUDIT_TYPED(symbol, integers, convention, Result, routine, letter, declared, passed) \
  static constinit CalledFunction g_##symbol(#symbol);                                          \
  DETAUDIT_INTERPOSED Result symbol(DETAUDIT_LIST declared) {                                   \
    return call_typed<Result>(g_##symbol, routine, number_type(letter, integers), convention,   \
                              DETAUDIT_CALL_SITE, DETAUDIT_LIST passed);                        \
  }

// The names: as they are, those of libraries with 64-bit integers, and of the copies that packages
// of Python carry.
#define DETAUDIT_FORTRAN(name, routine, letter)            \
  DETAUDIT_SUBROUTINE(name##_, 4, routine, letter)         \
  DETAUDIT_SUBROUTINE(name##_64_, 8, routine, letter)      \
  DETAUDIT_SUBROUTINE(scipy_##name##_, 4, routine, letter) \
  DETAUDIT_SUBROUTINE(scipy_##name##_64_, 8, routine, letter)

#define DETAUDIT_FORTRAN_FUNCTION(name, Result, routine, letter, declared, passed)               \
  DETAUDIT_TYPED(name##_, 4, Convention::kFortran, Result, routine, letter, declared, passed)    \
  DETAUDIT_TYPED(name##_64_, 8, Convention::kFortran, Result, routine, letter, declared, passed) \
  DETAUDIT_TYPED(scipy_##name##_, 4, Convention::kFortran, Result, routine, letter, declared,    \
                 passed)                                                                         \
  DETAUDIT_TYPED(scipy_##name##_64_, 8, Convention::kFortran, Result, routine, letter, declared, \
                 passed)

#define DETAUDIT_CBLAS(name, Result, routine, letter, declared, passed)                            \
  DETAUDIT_TYPED(cblas_##name, 4, Convention::kC, Result, routine, letter, declared, passed)       \
  DETAUDIT_TYPED(cblas_##name##64_, 8, Convention::kC, Result, routine, letter, declared, passed)  \
  DETAUDIT_TYPED(scipy_cblas_##name, 4, Convention::kC, Result, routine, letter, declared, passed) \
  DETAUDIT_TYPED(scipy_cblas_##name##64_, 8, Convention::kC, Result, routine, letter, declared,    \
                 passed)

// A subroutine in the types that it has.
#define REAL(name, routine) \
  DETAUDIT_FORTRAN(s##name, routine, 's') DETAUDIT_FORTRAN(d##name, routine, 'd')
#define COMPLEX(name, routine) \
  DETAUDIT_FORTRAN(c##name, routine, 'c') DETAUDIT_FORTRAN(z##name, routine, 'z')
#define BOTH(name, routine) REAL(name, routine) COMPLEX(name, routine)

}  // namespace detaudit::instrument
