#pragma once

#include <cstdint>

namespace detaudit::instrument {

// What a routine of BLAS or LAPACK reads and writes, from a line of text. One word an argument, in
// Fortran's order (CBLAS has the order of storage before it):
//   oX    option X: a letter, or a number of CBLAS's
//   iX    integer X                 wX    integer X, length of a workspace; -1 asks for it
//   sX    scalar of the type        rX    scalar of its real type
//   -     workspace                 !     `info`
// and buffers: `<` read, `>` written, `=` both, both forms one after the other when they differ:
//   <mk   matrix of m rows and k columns; its leading dimension is the next argument
//   <n.   vector of n elements; its increment is the next argument
//   <n*   elements in one stretch; <n+ of the real type, <n# integers
// sizes: an integer's letter; 1; & the smaller of m and n; @ m when option l is L, else n;
//   ~ n when option t is N, else m; % the other one; J, K: m, L: n, when option j (K: k) is A, and
//   the smaller of m and n when it is S (J, L: of option j, K: of option k, of n)
// marks: /x transposed unless option x is N   ^x the triangle that option x names
//   -x without the diagonal when option x is U
//   ?x only when option x is not N, or scalar x is not zero
// What is only read is not read when scalar x is zero.
struct Routine {
  enum class Field : uint8_t {
    kOption,
    kInteger,
    kLength,
    kScalar,
    kRealScalar,
    kBuffer,
    kStep,
    kWorkspace,
    kInfo
  };
  enum class Shape : uint8_t { kMatrix, kVector, kStretch, kRealStretch, kIntegers };
  struct Buffer {
    uint8_t argument = 0;
    bool read = false, written = false;
    Shape shape = Shape::kMatrix;
    char rows = 0, columns = '1';
    char transposed = 0, triangle = 0, unit = 0, needs = 0;
  };
  static constexpr unsigned kMostArguments = 20, kMostBuffers = 8;

  unsigned arguments = 0, buffers = 0;
  Field fields[kMostArguments]{};
  char letters[kMostArguments]{};
  Buffer buffer[kMostBuffers]{};

  // Not a constant expression where the text makes no sense.
  consteval Routine(const char* text) {  // NOLINT: a table's lines are texts
    for (const char* at = text; *at;) {
      if (*at == ' ')
        ++at;
      else if (*at == '<' || *at == '>' || *at == '=')
        at = add_buffers(at);
      else
        at = add_plain(at);
    }
  }

 private:
  static constexpr bool is_size(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'J' && c <= 'L') || c == '1' || c == '&' || c == '@' ||
           c == '~' || c == '%';
  }
  consteval void add(Field field, char letter) {
    if (arguments == kMostArguments) throw "too many arguments";
    fields[arguments] = field;
    letters[arguments++] = letter;
  }
  consteval const char* add_plain(const char* at) {
    switch (*at) {
      case '-':
        add(Field::kWorkspace, 0);
        return at + 1;
      case '!':
        add(Field::kInfo, 0);
        return at + 1;
      case 'o':
        add(Field::kOption, at[1]);
        return at + 2;
      case 'i':
        add(Field::kInteger, at[1]);
        return at + 2;
      case 'w':
        add(Field::kLength, at[1]);
        return at + 2;
      case 's':
        add(Field::kScalar, at[1]);
        return at + 2;
      case 'r':
        add(Field::kRealScalar, at[1]);
        return at + 2;
      default:
        throw "no such word";
    }
  }
  consteval const char* add_buffers(const char* at) {
    const unsigned argument = arguments;
    bool stepped = false;
    add(Field::kBuffer, 0);
    while (*at == '<' || *at == '>' || *at == '=') {
      if (buffers == kMostBuffers) throw "too many buffers";
      Buffer& added = buffer[buffers++];
      added.argument = static_cast<uint8_t>(argument);
      added.read = *at != '>';
      added.written = *at != '<';
      at = parse_shape(at + 1, added);
      at = parse_marks(at, added);
      stepped = added.shape == Shape::kMatrix || added.shape == Shape::kVector;
    }
    if (*at && *at != ' ') throw "no such mark";
    if (stepped) add(Field::kStep, 0);
    return at;
  }
  static consteval const char* parse_shape(const char* at, Buffer& added) {
    if (!is_size(*at)) throw "no such size";
    added.rows = *at++;
    switch (*at) {
      case '.':
        added.shape = Shape::kVector;
        return at + 1;
      case '*':
        added.shape = Shape::kStretch;
        return at + 1;
      case '+':
        added.shape = Shape::kRealStretch;
        return at + 1;
      case '#':
        added.shape = Shape::kIntegers;
        return at + 1;
      default:
        break;
    }
    if (!is_size(*at)) throw "no such size";
    added.columns = *at;
    return at + 1;
  }
  static consteval const char* parse_marks(const char* at, Buffer& added) {
    for (;; at += 2) {
      switch (*at) {
        case '/':
          added.transposed = at[1];
          break;
        case '^':
          added.triangle = at[1];
          break;
        case '-':
          added.unit = at[1];
          break;
        case '?':
          added.needs = at[1];
          break;
        default:
          return at;
      }
    }
  }
};

}  // namespace detaudit::instrument
