#include "kernels/magnitude.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace detaudit::kernels {
namespace {

// Runs of equal bytes are skipped by memcmp, this many at a time.
constexpr size_t kBlockElements = 1024;

// How a type is stored and what its bits are worth. `Bits` is the unsigned word of its size.
template <class Word, int kExponentBits>
struct Float {
  using Bits = Word;
  static constexpr int kFractionBits = 8 * sizeof(Word) - 1 - kExponentBits;
  static constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(Word) - 1));
  static constexpr Bits kInfinity =
      static_cast<Bits>(((Bits{1} << kExponentBits) - 1) << kFractionBits);

  static Bits magnitude(Bits bits) { return static_cast<Bits>(bits & ~kSign); }
  static bool is_nan(Bits bits) { return magnitude(bits) > kInfinity; }

  static double value(Bits bits) {
    if constexpr (sizeof(Word) == 8) {
      return std::bit_cast<double>(bits);
    } else if constexpr (sizeof(Word) == 4) {
      return std::bit_cast<float>(bits);
    } else if constexpr (kExponentBits == 8) {
      return std::bit_cast<float>(uint32_t{bits} << 16);
    } else {
      return half_value(bits);
    }
  }

  // IEEE binary16: 5 bits of exponent, 10 of fraction.
  static double half_value(uint16_t bits) {
    const int exponent = magnitude(bits) >> kFractionBits;
    const int fraction = bits & ((1 << kFractionBits) - 1);
    double value = exponent == 0 ? std::ldexp(fraction, -24)
                                 : std::ldexp(fraction + (1 << kFractionBits), exponent - 25);
    if (magnitude(bits) >= kInfinity) {
      value = is_nan(bits) ? std::numeric_limits<double>::quiet_NaN()
                           : std::numeric_limits<double>::infinity();
    }
    return bits & kSign ? -value : value;
  }

  static uint64_t ulp(Bits a, Bits b) {
    if (is_nan(a) || is_nan(b)) return std::numeric_limits<uint64_t>::max();
    const uint64_t x = magnitude(a), y = magnitude(b);
    return (a ^ b) & kSign ? x + y : std::max(x, y) - std::min(x, y);
  }

  static double distance(Bits a, Bits b) {
    const double difference = std::abs(value(a) - value(b));
    return std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
  }
};

template <class Value>
struct Integer {
  using Bits = std::make_unsigned_t<Value>;
  static double value(Bits bits) { return static_cast<double>(static_cast<Value>(bits)); }
  static uint64_t ulp(Bits, Bits) { return 0; }
  static double distance(Bits a, Bits b) {
    const bool less = static_cast<Value>(a) < static_cast<Value>(b);
    return static_cast<double>(static_cast<Bits>(less ? b - a : a - b));
  }
};

template <class Type>
typename Type::Bits element(const unsigned char* from, size_t index) {
  typename Type::Bits bits;
  std::memcpy(&bits, from + index * sizeof bits, sizeof bits);
  return bits;
}

template <class Type>
void compare_block(const unsigned char* a, const unsigned char* b, size_t begin, size_t end,
                   Magnitude& result) {
  for (size_t i = begin; i < end; ++i) {
    const auto x = element<Type>(a, i), y = element<Type>(b, i);
    if (x == y) continue;
    if (result.differing++ == 0) result.first_element = i;
    result.max_ulp = std::max(result.max_ulp, Type::ulp(x, y));
    result.max_abs = std::max(result.max_abs, Type::distance(x, y));
  }
}

template <class Type>
double scale_of(const unsigned char* a, size_t elements) {
  double scale = 0;
  for (size_t i = 0; i < elements; ++i) {
    const double value = std::abs(Type::value(element<Type>(a, i)));
    scale = value <= std::numeric_limits<double>::max() && value > scale ? value : scale;
  }
  return scale;
}

template <class Type>
Magnitude compare(const unsigned char* a, const unsigned char* b, size_t elements) {
  constexpr size_t kBytes = sizeof(typename Type::Bits);
  Magnitude result;
  result.elements = elements;
  for (size_t begin = 0; begin < elements; begin += kBlockElements) {
    const size_t end = std::min(begin + kBlockElements, elements);
    if (std::memcmp(a + begin * kBytes, b + begin * kBytes, (end - begin) * kBytes) == 0) continue;
    compare_block<Type>(a, b, begin, end, result);
  }
  result.scale = scale_of<Type>(a, elements);
  return result;
}

}  // namespace

Magnitude compare_buffers(const void* left, const void* right, size_t elements, DType dtype) {
  const auto* a = static_cast<const unsigned char*>(left);
  const auto* b = static_cast<const unsigned char*>(right);
  switch (dtype) {
    case DType::kU8:
      return compare<Integer<uint8_t>>(a, b, elements);
    case DType::kI32:
      return compare<Integer<int32_t>>(a, b, elements);
    case DType::kI64:
      return compare<Integer<int64_t>>(a, b, elements);
    case DType::kF16:
      return compare<Float<uint16_t, 5>>(a, b, elements);
    case DType::kBF16:
      return compare<Float<uint16_t, 8>>(a, b, elements);
    case DType::kF32:
      return compare<Float<uint32_t, 8>>(a, b, elements);
    case DType::kF64:
      return compare<Float<uint64_t, 11>>(a, b, elements);
  }
  return {};
}

Magnitude merge(const Magnitude& a, const Magnitude& b) {
  Magnitude worst = a;
  worst.elements = std::max(a.elements, b.elements);
  worst.differing = std::max(a.differing, b.differing);
  worst.max_ulp = std::max(a.max_ulp, b.max_ulp);
  worst.max_abs = std::max(a.max_abs, b.max_abs);
  worst.scale = std::max(a.scale, b.scale);
  if (a.differing == 0) {
    worst.first_element = b.first_element;
  } else if (b.differing > 0) {
    worst.first_element = std::min(a.first_element, b.first_element);
  }
  return worst;
}

}  // namespace detaudit::kernels
